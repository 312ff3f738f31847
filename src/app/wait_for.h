#pragma once
// For commands, which have no connection that could wait instead.

#include <future>
#include <utility>

#include "control/control.h"

namespace hk::app {

/// Runs a change and waits until it is applied.
template <class Start>
auto wait_for(Start start) -> decltype(start(control::Control::Done{})) {
  std::promise<Result<void>> applied;
  auto outcome = applied.get_future();
  auto started = start([&applied](Result<void> result) { applied.set_value(std::move(result)); });
  if (!started) return started;
  if (auto result = outcome.get(); !result) return std::unexpected(result.error());
  return started;
}

}  // namespace hk::app

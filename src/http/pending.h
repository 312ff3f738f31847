#pragma once
// Lets a response wait for work that was started before the response existed.

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "http/message.h"

namespace hk::http {

/// `done()` goes to the work (Control::write, Log::append), `gate()` to the response; they may meet in any order and on
/// any two threads. Each is taken once. Work that drops its `done` uncalled never lets the response go: the server's
/// answer_time ends it then.
class Pending {
 public:
  std::move_only_function<void(Result<void>)> done() {
    return [state = state_](Result<void> outcome) { state->meet(std::move(outcome), nullptr); };
  }
  std::move_only_function<void(GateDone)> gate() {
    return [state = state_](GateDone then) { state->meet(std::nullopt, std::move(then)); };
  }

 private:
  struct State {
    std::mutex mutex;
    std::optional<Result<void>> outcome;
    GateDone then;

    void meet(std::optional<Result<void>> came, GateDone waits) {
      std::unique_lock lock(mutex);
      if (came) outcome = std::move(came);
      if (waits) then = std::move(waits);
      if (!outcome || !then) return;
      GateDone call = std::exchange(then, nullptr);
      Result<void> result = std::move(*outcome);
      lock.unlock();
      call(std::move(result));
    }
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace hk::http

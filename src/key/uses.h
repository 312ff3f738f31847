#pragma once
// When each key was used last, gathered in memory so that it costs no write each.

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "control/control.h"

namespace hk::key {

/// How often the program writes what was gathered. A kill loses as much.
inline constexpr std::chrono::minutes kUsesEvery{5};
/// Keys that one change names; the rest waits for the next.
inline constexpr std::size_t kUsesPerWrite = 1'000;

/// Thread-safe.
class Uses {
 public:
  Uses(control::Control& control, const Clock& clock) : control_(control), clock_(clock) {}

  /// On I/O threads: memory only.
  void note(const ApiKeyId& key);
  /// What is not written yet.
  std::optional<TimeMs> latest(const ApiKeyId& key) const;
  /// Writes what was gathered, nothing where there is nothing. Blocks: workers only. What cannot be written waits.
  Result<void> write();

 private:
  control::Control& control_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<ApiKeyId, TimeMs> gathered_;
};

}  // namespace hk::key

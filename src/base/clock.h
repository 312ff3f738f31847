#pragma once
// Time inside the program is UTC milliseconds; zones exist only at the edges (db/zones.h).

#include <atomic>
#include <chrono>
#include <cstdint>

namespace hk {

using Millis = std::chrono::milliseconds;
/// A UTC instant with millisecond resolution.
using TimeMs = std::chrono::sys_time<Millis>;
/// A calendar date of some zone, as days since 1970-01-01. Which zone is the context's matter.
using Day = std::int32_t;

inline std::int64_t to_ms(TimeMs t) {
  return t.time_since_epoch().count();
}
inline TimeMs from_ms(std::int64_t ms) {
  return TimeMs{Millis{ms}};
}

/// Passed in wherever the present matters, so that tests decide what time it is.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeMs now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimeMs now() const override { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }
};

/// A clock that moves only when told to. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimeMs start) : ms_(to_ms(start)) {}
  TimeMs now() const override { return from_ms(ms_.load()); }
  void set(TimeMs t) { ms_.store(to_ms(t)); }
  void advance(Millis by) { ms_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> ms_;
};

}  // namespace hk

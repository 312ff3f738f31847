#pragma once
// The machine's clock, believed as far as it can be: what it says is kept for ever, and days are sealed by it.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/error.h"

namespace hk {

/// What a TrustedClock reads.
class TimeSource {
 public:
  virtual ~TimeSource() = default;
  /// What people call the time. Anybody may set it.
  virtual TimeMs wall() const = 0;
  /// Since some moment in the past. Nobody can set it, and it goes on while the machine sleeps.
  virtual Millis steady() const = 0;
};
/// CLOCK_REALTIME and CLOCK_BOOTTIME.
const TimeSource& machine_time();

/// The wall clock, until it leaps against the steady one. A leap of more than kLeap is believed when it has lasted
/// kBelieveAfter without another; until then time goes on as if nothing had happened. A machine that slept has not
/// leapt: both clocks went on.
///
/// A time that cannot be (before kEarliest, from kLatest on, or more than kMaxBehind before what is recorded already)
/// is never kept to: whatever comes next is believed at once, and until then believable() says what is wrong.
///
/// Thread-safe; no lock while nothing leaps.
class TrustedClock final : public Clock {
 public:
  explicit TrustedClock(const TimeSource& source = machine_time());

  TimeMs now() const override;

  /// At the start: the newest time that was recorded before. A clock far ahead of it (kMaxAhead) may be right or not:
  /// it counts, but is not settled for kBelieveAfter.
  void start_after(TimeMs recorded);

  /// Why nothing may be recorded under the present time.
  Result<void> believable() const;
  /// Whether what cannot be undone (sealing a day, destroying a salt) may be done by the present time.
  bool settled() const;
  /// Whether the machine's clock shows another time than this one, which may still be the right one.
  bool leapt() const { return leapt_; }

  static constexpr Millis kLeap = std::chrono::seconds(60);
  static constexpr Millis kBelieveAfter = std::chrono::minutes(10);
  static constexpr Millis kMaxBehind = std::chrono::hours(1);
  static constexpr Millis kMaxAhead = std::chrono::hours(48);
  static constexpr TimeMs kEarliest = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};
  static constexpr TimeMs kLatest = std::chrono::sys_days{std::chrono::year{2060} / 1 / 1};  // the end of db::Zone

 private:
  struct Reading {
    TimeMs wall{};
    Millis steady{};
    Millis offset() const { return wall.time_since_epoch() - steady; }
  };
  struct Leap {
    Millis offset{};  // wall minus steady behind it
    Millis since{};   // of the steady clock
  };

  Reading read() const;
  /// With mutex_ held.
  TimeMs look() const;
  void follow(const Reading& reading) const;
  TimeMs earliest() const { return from_ms(earliest_ms_); }
  bool possible(TimeMs time) const;

  const TimeSource& source_;
  mutable std::atomic<std::int64_t> offset_ms_;  // wall minus steady, as believed
  mutable std::atomic<bool> leapt_ = false;      // leap_ is there
  mutable std::mutex mutex_;
  mutable std::optional<Leap> leap_;
  mutable Millis settled_from_ = Millis::min();  // of the steady clock
  std::atomic<std::int64_t> earliest_ms_;        // what is before it cannot be
};

}  // namespace hk

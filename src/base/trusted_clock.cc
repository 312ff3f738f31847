#include "base/trusted_clock.h"

#include <ctime>
#include <string>

#include "base/logging.h"
#include "base/text.h"

namespace hk {
namespace {

/// Drift that needs no look: clocks are steered all the time.
constexpr Millis kDrift = std::chrono::seconds(1);
/// Both clocks read within this are read at the same time.
constexpr Millis kSameTime{100};
constexpr int kReadings = 10;

class MachineTime final : public TimeSource {
 public:
  TimeMs wall() const override { return TimeMs{read(CLOCK_REALTIME)}; }
  Millis steady() const override { return read(CLOCK_BOOTTIME); }

 private:
  static Millis read(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::floor<Millis>(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }
};

Millis distance(Millis a, Millis b) {
  return a < b ? b - a : a - b;
}

std::int64_t seconds(Millis time) {
  return std::chrono::round<std::chrono::seconds>(time).count();
}

}  // namespace

const TimeSource& machine_time() {
  static const MachineTime source;
  return source;
}

TrustedClock::TrustedClock(const TimeSource& source)
    : source_(source), offset_ms_(read().offset().count()), earliest_ms_(to_ms(kEarliest)) {}

/// A thread may be held up between two looks.
TrustedClock::Reading TrustedClock::read() const {
  Reading reading;
  for (int i = 0; i < kReadings; ++i) {
    const Millis before = source_.steady();
    reading = {.wall = source_.wall(), .steady = source_.steady()};
    if (reading.steady - before <= kSameTime) break;
  }
  return reading;
}

TimeMs TrustedClock::now() const {
  const Reading reading{.wall = source_.wall(), .steady = source_.steady()};
  if (!leapt_ && distance(reading.offset(), Millis{offset_ms_}) <= kDrift) return reading.wall;
  const std::lock_guard lock(mutex_);
  return look();
}

TimeMs TrustedClock::look() const {
  const Reading reading = read();
  const Millis offset = reading.offset(), believed{offset_ms_};
  const TimeMs line{reading.steady + believed};
  if (distance(offset, believed) <= kLeap) {
    if (leap_) logging::warn("the machine's clock is back where it was", {{"seconds", seconds(offset - believed)}});
    leap_.reset();
    leapt_ = false;
    offset_ms_ = offset.count();
    return reading.wall;
  }
  if (!possible(line)) {
    logging::warn("the machine's clock was set", {{"seconds", seconds(offset - believed)}});
    follow(reading);
    if (earliest() > kEarliest && reading.wall > earliest() + kMaxBehind + kMaxAhead)
      settled_from_ = reading.steady + kBelieveAfter;
    return reading.wall;
  }
  if (!leap_ || distance(offset, leap_->offset) > kLeap) {
    leap_ = {.offset = offset, .since = reading.steady};
    leapt_ = true;
    logging::warn("the machine's clock has leapt; it is believed when it stays so",
                  {{"seconds", seconds(offset - believed)}, {"wait_seconds", seconds(kBelieveAfter)}});
  }
  if (reading.steady - leap_->since < kBelieveAfter) return line;
  logging::warn("the leap of the machine's clock is believed now", {{"seconds", seconds(offset - believed)}});
  follow(reading);
  return reading.wall;
}

void TrustedClock::follow(const Reading& reading) const {
  offset_ms_ = reading.offset().count();
  leap_.reset();
  leapt_ = false;
}

bool TrustedClock::possible(TimeMs time) const {
  return time >= earliest() && time < kLatest;
}

void TrustedClock::start_after(TimeMs recorded) {
  const std::lock_guard lock(mutex_);
  // What a clock like that has written is no measure.
  if (recorded < kEarliest + kMaxBehind || recorded >= kLatest || recorded - kMaxBehind < earliest()) return;
  earliest_ms_ = to_ms(recorded - kMaxBehind);
  const Reading reading = read();
  if (possible(reading.wall) && reading.wall > recorded + kMaxAhead) {
    settled_from_ = reading.steady + kBelieveAfter;
    logging::info("nothing was recorded for days; no day is sealed before the clock has stayed as it is",
                  {{"last", rfc3339(recorded)}, {"wait_seconds", seconds(kBelieveAfter)}});
  }
}

Result<void> TrustedClock::believable() const {
  const TimeMs time = now();
  if (possible(time)) return {};
  std::string message = "the server's clock says " + rfc3339(time);
  if (time >= kEarliest && time < kLatest) {
    message += ", but the newest hit is of " + rfc3339(earliest() + kMaxBehind) +
               "; set the clock, or, if it is right, start once with HITKEEP_TRUST_CLOCK=true";
  } else {
    message += ", which cannot be; set the clock";
  }
  return fail(Code::unavailable, std::move(message));
}

bool TrustedClock::settled() const {
  const std::lock_guard lock(mutex_);
  const TimeMs time = look();
  return possible(time) && !leap_ && read().steady >= settled_from_;
}

}  // namespace hk

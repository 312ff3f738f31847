#include "base/trusted_clock.h"

#include <gtest/gtest.h>

namespace hk {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimeMs kNoon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + hours(12);

/// A machine whose clock anybody sets.
class Machine final : public TimeSource {
 public:
  TimeMs wall() const override { return wall_; }
  Millis steady() const override { return steady_; }
  /// Time passes, or the machine sleeps: that is the same.
  void pass(Millis by) {
    wall_ += by;
    steady_ += by;
  }
  void leap(Millis by) { wall_ += by; }

 private:
  TimeMs wall_ = kNoon;
  Millis steady_ = hours(5);
};

struct Trusted {
  Machine machine;
  TrustedClock clock{machine};
};

TEST(TrustedClock, IsTheMachinesClockWhileThatIsSteered) {
  Trusted t;
  TimeMs right = kNoon;
  for (int i = 0; i < 200; ++i) {
    t.machine.pass(minutes(7));
    t.machine.leap(seconds(i % 3 == 0 ? 59 : 3));
    right = t.machine.wall();
    EXPECT_EQ(t.clock.now(), right);
    EXPECT_TRUE(t.clock.settled());
  }
}

TEST(TrustedClock, ALeapIsBelievedAfterTenMinutes) {
  for (const Millis leap : {Millis(minutes(-120)), Millis(seconds(-61)), Millis(seconds(61)), Millis(hours(3)),
                            Millis(days(2)), Millis(days(3650))}) {
    Trusted t;
    t.machine.leap(leap);
    EXPECT_EQ(t.clock.now(), kNoon) << leap.count();
    EXPECT_FALSE(t.clock.settled());
    EXPECT_TRUE(t.clock.believable());
    t.machine.pass(minutes(10) - Millis{1});
    EXPECT_EQ(t.clock.now(), kNoon + minutes(10) - Millis{1});
    EXPECT_FALSE(t.clock.settled());
    t.machine.pass(Millis{1});
    EXPECT_EQ(t.clock.now(), kNoon + minutes(10) + leap);
    EXPECT_TRUE(t.clock.settled());
  }
}

TEST(TrustedClock, ALeapThatGoesAwayWasNone) {
  Trusted t;
  for (int i = 0; i < 10; ++i) {  // it must not add up to ten minutes either
    t.machine.leap(days(2));
    EXPECT_EQ(t.clock.now(), t.machine.wall() - days(2));
    EXPECT_FALSE(t.clock.settled());
    t.machine.pass(minutes(9));
    EXPECT_FALSE(t.clock.settled());
    EXPECT_EQ(t.clock.now(), t.machine.wall() - days(2));
    t.machine.leap(-days(2));
    EXPECT_EQ(t.clock.now(), t.machine.wall());
    EXPECT_TRUE(t.clock.settled());
    t.machine.pass(minutes(1));
  }
}

TEST(TrustedClock, EveryOtherLeapWaitsAnew) {
  Trusted t;
  t.machine.leap(hours(2));
  EXPECT_FALSE(t.clock.settled());
  t.machine.pass(minutes(9));
  t.machine.leap(hours(2));
  EXPECT_EQ(t.clock.now(), kNoon + minutes(9));
  t.machine.pass(minutes(9));
  EXPECT_EQ(t.clock.now(), kNoon + minutes(18));
  t.machine.pass(minutes(1));
  EXPECT_EQ(t.clock.now(), t.machine.wall());
}

TEST(TrustedClock, AMachineThatSleptIsRightAtOnce) {
  Trusted t;
  t.machine.pass(days(2));
  EXPECT_EQ(t.clock.now(), kNoon + days(2));
  EXPECT_TRUE(t.clock.settled());
}

TEST(TrustedClock, ATimeThatCannotBeIsSaidAndNotKeptTo) {
  for (const Millis wrong : {Millis(-kNoon.time_since_epoch()), Millis(days(35 * 365))}) {  // 1970 and 2061
    Machine machine;
    machine.leap(wrong);
    TrustedClock clock{machine};
    const auto told = clock.believable();
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code, Code::unavailable);
    EXPECT_FALSE(clock.settled());
    machine.leap(-wrong);
    EXPECT_EQ(clock.now(), kNoon) << "there is no reason to wait";
    EXPECT_TRUE(clock.believable());
    EXPECT_TRUE(clock.settled());
  }
}

TEST(TrustedClock, AStartBeforeTheNewestRecordRefuses) {
  Trusted t;
  t.clock.start_after(kNoon + hours(1));
  EXPECT_TRUE(t.clock.believable()) << "an hour is what a forgotten summer time costs";
  t.clock.start_after(kNoon + hours(1) + Millis{1});
  const auto told = t.clock.believable();
  ASSERT_FALSE(told);
  EXPECT_NE(told.error().message.find("2026-11-25T12:00:00"), std::string::npos) << told.error().message;
  EXPECT_NE(told.error().message.find("2026-11-25T13:00:00"), std::string::npos) << told.error().message;
  EXPECT_NE(told.error().message.find("HITKEEP_TRUST_CLOCK"), std::string::npos);
  EXPECT_FALSE(t.clock.settled());
  t.machine.leap(minutes(30));
  EXPECT_TRUE(t.clock.believable()) << "it was set: no waiting";
  EXPECT_EQ(t.clock.now(), kNoon + minutes(30));
  EXPECT_TRUE(t.clock.settled());
}

TEST(TrustedClock, AStartFarBehindTheNewestRecordCountsButSettlesLater) {
  Trusted near;
  near.clock.start_after(kNoon - hours(48));
  EXPECT_TRUE(near.clock.settled());
  Trusted t;
  t.clock.start_after(kNoon - hours(48) - Millis{1});
  EXPECT_TRUE(t.clock.believable());
  EXPECT_EQ(t.clock.now(), kNoon);
  EXPECT_FALSE(t.clock.settled());
  t.machine.pass(minutes(10) - Millis{1});
  EXPECT_FALSE(t.clock.settled());
  t.machine.pass(Millis{1});
  EXPECT_TRUE(t.clock.settled());
}

/// A board without a battery: 1970 at the start, the right time a minute later, the last record a week ago.
TEST(TrustedClock, TheTimeThatComesFromTheNetworkIsBelievedAtOnceAndSettlesLater) {
  Machine machine;
  machine.leap(-kNoon.time_since_epoch());
  TrustedClock clock{machine};
  clock.start_after(kNoon - days(7));
  EXPECT_FALSE(clock.believable());
  machine.pass(minutes(1));
  machine.leap(kNoon.time_since_epoch());
  EXPECT_EQ(clock.now(), kNoon + minutes(1));
  EXPECT_TRUE(clock.believable());
  EXPECT_FALSE(clock.settled());
  machine.pass(minutes(10));
  EXPECT_TRUE(clock.settled());
}

TEST(TrustedClock, RecordsFromAnImpossibleTimeAreNoMeasure) {
  Trusted t;
  t.clock.start_after(kNoon + days(35 * 365));
  t.clock.start_after(TimeMs{});
  EXPECT_TRUE(t.clock.believable());
  EXPECT_TRUE(t.clock.settled());
}

TEST(TrustedClock, TheMachinesTimesGoOn) {
  const TrustedClock clock;
  const TimeMs first = clock.now();
  EXPECT_GT(first, kNoon - days(3650));
  EXPECT_GE(clock.now(), first - seconds(1));
  EXPECT_GE(machine_time().steady(), Millis{0});
  EXPECT_TRUE(clock.believable());
}

}  // namespace
}  // namespace hk

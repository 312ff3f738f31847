#include "log/follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/testing/said_follower.h"

namespace hk::log {
namespace {

using ::testing::HasSubstr;
using testing::SaidFollower;
using Kind = Follower::Kind;

constexpr Millis kPatience{60'000};

class FollowersTest : public ::testing::Test {
 protected:
  std::string trouble() const {
    const auto ready = readiness(all_, kPatience);
    return ready ? "" : ready.error().message;
  }

  SaidFollower control_{Kind::control}, lane_{Kind::lane}, other_{Kind::lane}, guest_{Kind::guest};
  Followers all_{&control_, &lane_, &other_, &guest_};
};

TEST_F(FollowersTest, TheLogKeepsWhatTheSlowestLacks) {
  control_.has_applied = 5;
  lane_.has_applied = 7;
  other_.has_applied = 9;
  guest_.has_applied = 8;
  EXPECT_EQ(release_floor(all_, 10), 5u);
  control_.has_applied = 10;
  EXPECT_EQ(release_floor(all_, 10), 7u);
  EXPECT_EQ(release_floor({}, 10), 10u);
}

TEST_F(FollowersTest, AWishNeverHoldsMoreThanIsReleased) {
  EXPECT_EQ(wish_floor(all_, 10), 10u) << "nobody wishes";
  lane_.wish = 4;
  other_.wish = 7;
  EXPECT_EQ(wish_floor(all_, 10), 4u);
  EXPECT_EQ(wish_floor(all_, 3), 3u);
  lane_.has_applied = 1'000;
  const Followers alone{&lane_};
  EXPECT_EQ(release_floor(alone, 1'000), 1'000u) << "and holds nothing that room is needed for";
}

TEST_F(FollowersTest, AGuestHoldsTheLogNoLongerThanItMay) {
  control_.has_applied = lane_.has_applied = other_.has_applied = 1'000;
  guest_.allowed = Allowance{.bytes = 300, .time = kPatience};
  guest_.has_applied = 700;
  EXPECT_EQ(release_floor(all_, 1'000), 700u);
  EXPECT_FALSE(guest_.cut);
  guest_.has_applied = 699;
  EXPECT_EQ(release_floor(all_, 1'000), 1'000u) << "a dead target never stops ingest";
  EXPECT_TRUE(guest_.cut);

  guest_.cut = false;
  guest_.has_applied = 999;
  guest_.is_behind = kPatience + Millis{1};
  EXPECT_EQ(release_floor(all_, 1'000), 1'000u) << "nor for longer than its time";
  EXPECT_TRUE(guest_.cut);

  lane_.has_applied = 1;
  lane_.is_behind = kPatience * 1'000;
  EXPECT_EQ(release_floor(all_, 1'000), 1u) << "what the program answers from may hold it";
  EXPECT_FALSE(lane_.cut);
}

TEST_F(FollowersTest, ReadyMeansThatControlWorksAndALaneDoes) {
  EXPECT_EQ(trouble(), "");
  lane_.works = fail(Code::unavailable, "no lane");
  guest_.works = fail(Code::unavailable, "no guest");
  guest_.is_behind = kPatience * 2;
  EXPECT_EQ(trouble(), "") << "one lane stops alone, a guest never matters";
  EXPECT_EQ(stopped(all_), 2u);
  other_.works = fail(Code::unavailable, "no other lane");
  EXPECT_EQ(trouble(), "no lane");
  control_.works = fail(Code::unavailable, "no changes");
  EXPECT_EQ(trouble(), "no changes");
  control_.works = lane_.works = other_.works = {};
  lane_.is_behind = kPatience;
  EXPECT_EQ(trouble(), "");
  lane_.is_behind = kPatience + Millis{1};
  EXPECT_THAT(trouble(), HasSubstr("behind"));
}

TEST_F(FollowersTest, AllAreHeldAndLetGoTogether) {
  auto held = hold(all_);
  ASSERT_TRUE(held);
  EXPECT_EQ(control_.held + lane_.held + other_.held + guest_.held, 4);
  held->reset();
  EXPECT_EQ(control_.held + lane_.held + other_.held + guest_.held, 0);
}

TEST_F(FollowersTest, OneThatCannotStopKeepsNoOtherFromIt) {
  control_.works = fail(Code::unavailable, "no");
  const auto done = stop(all_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "no");
  EXPECT_TRUE(lane_.has_stopped && other_.has_stopped && guest_.has_stopped);
}

}  // namespace
}  // namespace hk::log

#include "http/rate_limit.h"

#include <gtest/gtest.h>

namespace hk::http {
namespace {

using namespace std::chrono_literals;
using Instant = RateLimiter::Instant;

int taken(RateLimiter& limiter, std::uint64_t key, Instant now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += limiter.take(key, now).count() == 0;
  return count;
}

TEST(RateLimiterTest, GivesTheBurstThenTheRate) {
  RateLimiter limiter({.per_second = 20, .burst = 40});
  const Instant start{1h};
  EXPECT_EQ(taken(limiter, 1, start, 100), 40);
  EXPECT_EQ(limiter.take(1, start), 50ms);
  EXPECT_EQ(taken(limiter, 1, start + 49ms, 100), 0);
  EXPECT_EQ(taken(limiter, 1, start + 50ms, 100), 1);
  EXPECT_EQ(taken(limiter, 1, start + 1050ms, 100), 20);
  EXPECT_EQ(taken(limiter, 1, start + 1h, 100), 40) << "never more than the burst";
  EXPECT_EQ(taken(limiter, 2, start, 100), 40) << "each client has its own";
}

TEST(RateLimiterTest, NoRateIsNoLimit) {
  RateLimiter limiter({.per_second = 0, .burst = 1});
  EXPECT_EQ(taken(limiter, 1, Instant{1h}, 1000), 1000);
}

TEST(RateLimiterTest, ForgetsTheClientThatLosesLeast) {
  RateLimiter limiter({.per_second = 1, .burst = 2});
  const Instant now{1h};
  // One set of the table: keys that differ by a multiple of kSets.
  const auto key = [](std::uint64_t i) { return 7 + i * RateLimiter::kSets; };
  EXPECT_EQ(taken(limiter, key(0), now, 5), 2);
  for (std::uint64_t i = 1; i < RateLimiter::kWays; ++i) EXPECT_EQ(taken(limiter, key(i), now, 1), 1);
  EXPECT_EQ(taken(limiter, key(RateLimiter::kWays), now, 5), 2) << "the table is full, and takes newcomers still";
  EXPECT_EQ(taken(limiter, key(0), now, 5), 0) << "the emptiest bucket is the last to be forgotten";
}

}  // namespace
}  // namespace hk::http

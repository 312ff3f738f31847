#include "store/visits.h"

#include <gtest/gtest.h>

namespace hk::store {
namespace {

const VisitorDay kAnna{SiteKey{1}, 20'000, 42};

TimeMs at(std::int64_t ms) {
  return from_ms(20'000LL * 86'400'000 + 43'200'000 + ms);
}

TEST(OpenVisits, ThirtyMinutesOfSilenceEndAVisitAndOneMillisecondLessDoesNot) {
  OpenVisits visits;
  EXPECT_TRUE(visits.decide(kAnna, 0, at(0), false, {}).opens);
  EXPECT_FALSE(visits.decide(kAnna, 0, at(1'799'999), false, {}).opens);
  const auto next = visits.decide(kAnna, 0, at(1'799'999 + 1'800'000), false, {});
  EXPECT_TRUE(next.opens);
  EXPECT_EQ(next.visit, 2u);
}

TEST(OpenVisits, NumbersCountPerSiteInOrderOfOpening) {
  OpenVisits visits;
  EXPECT_EQ(visits.decide(kAnna, 0, at(0), false, {}).visit, 1u);
  EXPECT_EQ(visits.decide({SiteKey{2}, 20'000, 42}, 0, at(1), false, {}).visit, 1u);
  EXPECT_EQ(visits.decide({SiteKey{1}, 20'000, 43}, 0, at(2), false, {}).visit, 2u);
}

TEST(OpenVisits, AStragglerWithinDisorderFindsItsVisitAndALaterOneDoesNotHideIt) {
  OpenVisits visits;
  visits.decide(kAnna, 0, at(60'000), false, {});
  EXPECT_FALSE(visits.decide(kAnna, 0, at(0), false, {}).opens);
  EXPECT_TRUE(visits.decide(kAnna, 0, at(60'000 - 1'800'000), false, {}).opens);
  EXPECT_EQ(visits.decide(kAnna, 0, at(61'000), false, {}).visit, 1u);
}

TEST(OpenVisits, YesterdaysHashOnlyContinuesAnOpenVisit) {
  OpenVisits visits;
  const VisitorDay today{SiteKey{1}, 20'001, 77};
  visits.decide(kAnna, 0, at(0), false, {});
  EXPECT_FALSE(visits.decide(today, 42, at(1'000), false, {}).opens);
  EXPECT_EQ(visits.decide(today, 0, at(2'000), false, {}).visit, 1u);  // by its own hash from now on
  EXPECT_TRUE(visits.decide({SiteKey{1}, 20'001, 78}, 41, at(3'000), false, {}).opens);
  EXPECT_TRUE(visits.decide({SiteKey{2}, 20'001, 77}, 42, at(3'000), false, {}).opens);
}

TEST(OpenVisits, LateHitsDoNotMoveTheClock) {
  OpenVisits visits;
  visits.decide(kAnna, 0, at(0), false, {});
  visits.decide({SiteKey{1}, 20'001, 7}, 0, at(86'400'000), true, {});
  EXPECT_EQ(visits.log_time(), at(0));
  EXPECT_FALSE(visits.turns_back(at(-86'400'000), true));
  EXPECT_FALSE(visits.decide(kAnna, 0, at(60'000), false, {}).opens);
}

TEST(OpenVisits, MemoryIsBoundedByLogTimeAndSeals) {
  OpenVisits visits;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    visits.decide({SiteKey{1}, 20'000, i}, 0, at(static_cast<std::int64_t>(i) * 60'000), false, {});
    visits.expire();
  }
  // One a minute: a gap's worth, the disorder and what a sweep every five minutes leaves.
  EXPECT_LE(visits.size(), 30u + 1u + 5u + 1u);
  visits.forget({{SiteKey{1}, 20'000}});
  EXPECT_EQ(visits.size(), 0u);
}

}  // namespace
}  // namespace hk::store

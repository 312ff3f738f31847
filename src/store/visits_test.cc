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

/// An hour ahead is what a forgotten summer time does; more than 30 minutes are enough to tear.
TEST(OpenVisits, AClockThatIsSetBackTearsNoVisit) {
  for (const std::int64_t minutes : {2, 31, 60, 119, 121, 2'880}) {
    OpenVisits visits;
    const VisitorDay bert{SiteKey{1}, 20'000, 43};
    const std::uint32_t first = visits.decide(kAnna, 0, at(0), false, {}).visit;
    const std::uint32_t ahead = visits.decide(kAnna, 0, at(minutes * 60'000), false, {}).visit;
    EXPECT_EQ(ahead == first, minutes < 30) << "a leap is silence for all that anybody knows";
    visits.decide(bert, 0, at(minutes * 60'000), false, {});
    // As the owner does it: what memory may have dropped comes back from the tables.
    ASSERT_TRUE(visits.turns_back(at(1'000), false));
    visits.restore_time(at(1'000));
    visits.restore(kAnna, {first, at(0)}, {});
    EXPECT_EQ(visits.decide(kAnna, 0, at(1'000), false, {}).visit, first) << minutes;
    EXPECT_EQ(visits.decide(bert, 0, at(2'000), false, {}).opens, minutes >= 30) << "he came during the leap";
    for (std::int64_t minute = 1; minute < 3 * minutes; ++minute) {
      EXPECT_FALSE(visits.decide(kAnna, 0, at(minute * 60'000), false, {}).opens) << minutes << ": " << minute;
      EXPECT_FALSE(visits.decide(bert, 0, at(minute * 60'000 + 1), false, {}).opens) << minutes << ": " << minute;
      visits.expire();
    }
  }
}

TEST(OpenVisits, AVisitThatKeepsItsHashGoesOnDayAfterDay) {
  OpenVisits visits;
  const std::uint32_t visit = visits.decide(kAnna, 0, at(0), false, {}).visit;
  for (Day day = 20'001; day < 20'004; ++day) {
    const VisitorDay anna{SiteKey{1}, day, kAnna.visitor};
    EXPECT_EQ(visits.decide(anna, kAnna.visitor, at((day - 20'000) * 1'200'000), false, {}).visit, visit);
  }
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

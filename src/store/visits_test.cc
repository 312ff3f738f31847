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
  visits.restore_number(SiteKey{1}, 1);
  EXPECT_EQ(visits.decide({SiteKey{1}, 20'000, 44}, 0, at(3), false, {}).visit, 3u) << "numbers never go back";
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
    const Millis back = visits.turn_back(at(1'000));
    visits.restore(kAnna, {first, at(0), at(0) - back}, {});
    EXPECT_EQ(visits.decide(kAnna, 0, at(1'000), false, {}).visit, ahead) << minutes << ": the one that he was in";
    EXPECT_FALSE(visits.decide(bert, 0, at(2'000), false, {}).opens) << "he came during the leap";
    for (std::int64_t minute = 1; minute < 3 * minutes; ++minute) {
      EXPECT_FALSE(visits.decide(kAnna, 0, at(minute * 60'000), false, {}).opens) << minutes << ": " << minute;
      EXPECT_FALSE(visits.decide(bert, 0, at(minute * 60'000 + 1), false, {}).opens) << minutes << ": " << minute;
      visits.expire();
    }
  }
}

TEST(OpenVisits, ThirtyMinutesOfSilenceEndAVisitInATimeThatWasSetBackAsWell) {
  for (const std::int64_t gap : {1'799'999, 1'800'000}) {
    OpenVisits visits;
    const VisitorDay bert{SiteKey{1}, 20'000, 43};
    visits.decide(kAnna, 0, at(0), false, {});
    visits.decide(bert, 0, at(600'000), false, {});
    // Ten minutes after her view the clock is set back by five hours.
    EXPECT_EQ(visits.turn_back(at(600'000 - 18'000'000)), Millis{18'000'000});
    visits.decide(bert, 0, at(600'000 - 18'000'000), false, {});
    EXPECT_EQ(visits.decide(kAnna, 0, at(gap - 18'000'000), false, {}).opens, gap == 1'800'000);
  }
}

TEST(OpenVisits, WhatIsRestoredIsWhatWasKept) {
  OpenVisits kept, restored;
  for (OpenVisits* visits : {&kept, &restored}) {
    visits->decide(kAnna, 0, at(0), false, {});
    if (visits == &restored) {
      OpenVisits anew;
      anew.restore_time(at(0), Millis{});
      anew.restore_number(SiteKey{1}, 1);
      anew.restore(kAnna, {1, at(0), at(0)}, {});
      *visits = std::move(anew);
    }
    visits->turn_back(at(-7'200'000));
    EXPECT_EQ(visits->turn_back(at(-9'000'000)), Millis{9'000'000}) << "together";
    EXPECT_EQ(visits->find(kAnna)->visits[0].now, at(-9'000'000));
    EXPECT_EQ(visits->find(kAnna)->visits[0].last, at(0));
  }
}

TEST(OpenVisits, AVisitThatKeepsItsHashGoesOnDayAfterDay) {
  OpenVisits visits;
  const std::uint32_t visit = visits.decide(kAnna, 0, at(0), false, {}).visit;
  for (Day day = 20'001; day < 20'004; ++day) {
    const VisitorDay anna{SiteKey{1}, day, kAnna.visitor};
    EXPECT_EQ(visits.decide(anna, kAnna.visitor, at(std::int64_t{day - 20'000} * 1'200'000), false, {}).visit, visit);
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

TEST(OpenVisits, WhatMemoryMayHaveDroppedIsNotContinuedWhileItIsThere) {
  OpenVisits visits;
  visits.decide(kAnna, 0, at(0), false, {});
  visits.decide({SiteKey{1}, 20'000, 43}, 0, at(std::int64_t{31} * 60'000), false, {});
  EXPECT_TRUE(visits.decide(kAnna, 0, at(std::int64_t{29} * 60'000), true, {}).opens);
}

TEST(OpenVisits, MemoryIsBoundedByLogTimeAndSeals) {
  OpenVisits visits;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    visits.decide({SiteKey{1}, 20'000, i}, 0, at(static_cast<std::int64_t>(i) * 60'000), false, {});
    visits.expire();
  }
  // One a minute: a gap's worth, the disorder and what a sweep every five minutes leaves.
  EXPECT_LE(visits.size(), 30u + 1u + 5u + 1u);
  visits.forget(std::vector<SiteDay>{{SiteKey{1}, 20'000}});
  EXPECT_EQ(visits.size(), 0u);
}

}  // namespace
}  // namespace hk::store

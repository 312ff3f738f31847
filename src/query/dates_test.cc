#include "query/dates.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"

namespace hk::query {
namespace {

TEST(Dates, ReadsRealDatesOnly) {
  EXPECT_EQ(parse_date("1970-01-01"), 0);
  EXPECT_EQ(parse_date("2000-01-01"), kFirstDay);
  EXPECT_EQ(parse_date("2059-12-31"), kLastDay);
  EXPECT_EQ(parse_date("2024-02-29"), 19782);
  for (const auto* bad : {"", "2026", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "2026-01-01 ", "26-01-01",
                          "2026/01/01", "2026-01-0a", "+026-01-01"}) {
    EXPECT_EQ(parse_date(bad), std::nullopt) << bad;
  }
}

TEST(Dates, ReadsInstantsWithOffsets) {
  EXPECT_EQ(rfc3339(*parse_instant("2026-10-26T08:00:00Z")), "2026-10-26T08:00:00.000Z");
  EXPECT_EQ(rfc3339(*parse_instant("2026-10-26T08:00:00.5+01:00")), "2026-10-26T07:00:00.500Z");
  EXPECT_EQ(rfc3339(*parse_instant("2026-10-26T08:00:00.123456789-03:30")), "2026-10-26T11:30:00.123Z");
  EXPECT_EQ(rfc3339(*parse_instant("2026-10-26t08:00:00z")), "2026-10-26T08:00:00.000Z");
  for (const auto* bad :
       {"", "2026-10-26", "2026-10-26T08:00Z", "2026-10-26T08:00:00", "2026-10-26T24:00:00Z", "2026-10-26T08:60:00Z",
        "2026-10-26T08:00:60Z", "2026-10-26T08:00:00.Z", "2026-10-26T08:00:00+0100", "2026-10-26T08:00:00+24:00",
        "2026-10-26T08:00:00Zulu", "2026-10-26 08:00:00Z", "2026-02-30T08:00:00Z"}) {
    EXPECT_EQ(parse_instant(bad), std::nullopt) << bad;
  }
}

TEST(Dates, StepsByMonth) {
  const auto step = [](const char* from, int months) { return date_text(add_months(*parse_date(from), months)); };
  EXPECT_EQ(step("2026-03-31", -1), "2026-02-28");
  EXPECT_EQ(step("2024-03-31", -1), "2024-02-29");
  EXPECT_EQ(step("2026-01-15", -1), "2025-12-15");
  EXPECT_EQ(step("2025-02-28", -12), "2024-02-28");  // the last of its month, but a day has its number
  EXPECT_EQ(step("2026-11-01", 14), "2028-01-01");
  EXPECT_EQ(date_text(month_of(*parse_date("2026-11-30"))), "2026-11-01");
}

TEST(Dates, WritesLocalTimes) {
  const TimeMs at = *parse_instant("2026-10-25T00:00:00Z");
  EXPECT_EQ(local_text(at, std::chrono::minutes(120)), "2026-10-25T02:00:00+02:00");
  EXPECT_EQ(local_text(at, std::chrono::minutes(0)), "2026-10-25T00:00:00+00:00");
  EXPECT_EQ(local_text(at, std::chrono::minutes(-210)), "2026-10-24T20:30:00-03:30");
}

RC_GTEST_PROP(Dates, TextReadsBack, ()) {
  const auto day = *rc::gen::inRange<Day>(kFirstDay, kLastDay + 1);
  RC_ASSERT(parse_date(date_text(day)) == day);
  const TimeMs at = TimeMs(std::chrono::days(day)) + Millis(*rc::gen::inRange(0, 86'400'000));
  RC_ASSERT(parse_instant(rfc3339(at)) == at);
  const auto offset = std::chrono::minutes(*rc::gen::inRange(-14 * 60, 14 * 60 + 1));
  const TimeMs second = std::chrono::floor<std::chrono::seconds>(at);
  RC_ASSERT(parse_instant(local_text(second, offset)) == second);
}

}  // namespace
}  // namespace hk::query

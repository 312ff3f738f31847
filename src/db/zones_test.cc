#include "db/zones.h"

#include <gtest/gtest.h>

namespace hk::db {
namespace {

using std::chrono::hours;
using std::chrono::sys_days;
using namespace std::chrono_literals;

Day day(std::chrono::year_month_day date) {
  return static_cast<Day>(sys_days(date).time_since_epoch().count());
}
TimeMs at(std::chrono::year_month_day date, Millis time) {
  return TimeMs(sys_days(date)) + time;
}

class ZonesTest : public ::testing::Test {
 protected:
  std::shared_ptr<DuckDatabase> duck_ = DuckDatabase::memory({}).value();
  Zones zones_{duck_};
  std::shared_ptr<const Zone> zone(std::string_view name) {
    auto found = zones_.find(name);
    EXPECT_TRUE(found) << found.error().message;
    return *found;
  }
};

TEST_F(ZonesTest, UtcDaysAreDays) {
  auto utc = zone("UTC");
  EXPECT_EQ(utc->name(), "UTC");
  EXPECT_EQ(utc->day_of(at(2026y / 11 / 25, 0h)), day(2026y / 11 / 25));
  EXPECT_EQ(utc->day_of(at(2026y / 11 / 25, -1ms)), day(2026y / 11 / 24));
  EXPECT_EQ(utc->start_of(day(2026y / 11 / 25)), at(2026y / 11 / 25, 0h));
}

TEST_F(ZonesTest, ClockChangesMakeShortAndLongDays) {
  auto berlin = zone("Europe/Berlin");
  EXPECT_EQ(berlin->start_of(day(2026y / 3 / 29)), at(2026y / 3 / 28, 23h));
  EXPECT_EQ(berlin->start_of(day(2026y / 3 / 30)) - berlin->start_of(day(2026y / 3 / 29)), hours(23));
  EXPECT_EQ(berlin->start_of(day(2026y / 10 / 26)) - berlin->start_of(day(2026y / 10 / 25)), hours(25));
  EXPECT_EQ(berlin->day_of(at(2026y / 7 / 1, 21h + 59min)), day(2026y / 7 / 1));
  EXPECT_EQ(berlin->day_of(at(2026y / 7 / 1, 22h)), day(2026y / 7 / 2));
}

TEST_F(ZonesTest, AChangedZoneCutsTheDaysFromAComingOneOnAndEachInstantIsOfOneDay) {
  const auto now = at(2026y / 11 / 25, 15h);
  const std::vector<std::string> names = {"UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati",
                                          "Etc/GMT+12"};
  for (const std::string& from : names)
    for (const std::string& to : names) {
      const auto before = zone(from), next = zone(to);
      const Day switched = before->next_from(now, *next);
      const Zone both(before, switched, *next);
      SCOPED_TRACE(from + " to " + to);
      EXPECT_GT(both.start_of(switched), now);
      EXPECT_EQ(both.start_of(switched), next->start_of(switched));
      EXPECT_GT(switched, before->day_of(now));
      EXPECT_EQ(both.day_of(now), before->day_of(now));
      Day last = both.day_of(now - hours(72));
      for (auto t = now - hours(72); t < now + hours(96); t += 15min) {
        const Day day = both.day_of(t);
        EXPECT_TRUE(day == last || day > last);
        EXPECT_LE(both.start_of(day), t);
        EXPECT_GT(both.start_of(day + 1), t);
        EXPECT_EQ(both.name_of(day), day < switched ? from : to);
        EXPECT_EQ(both.name_at(t), t < next->start_of(switched) ? from : to);
        last = day;
      }
      const Zone back(std::make_shared<const Zone>(both), switched + 10, *before);
      EXPECT_EQ(back.day_of(now), before->day_of(now));
      EXPECT_EQ(back.start_of(switched + 5), next->start_of(switched + 5));
      EXPECT_EQ(back.start_of(switched + 15), before->start_of(switched + 15));
    }
}

TEST_F(ZonesTest, MidnightsThatAreMissingOrTwice) {
  // Cairo: 2026-04-24 0:00 does not exist, the day begins at 1:00 (22:00 UTC).
  auto cairo = zone("Africa/Cairo");
  EXPECT_EQ(cairo->start_of(day(2026y / 4 / 24)), at(2026y / 4 / 23, 22h));
  EXPECT_EQ(cairo->day_of(at(2026y / 4 / 23, 22h) - 1ms), day(2026y / 4 / 23));
  // Havana: on 2026-11-01 at 1:00 it is 0:00 again; the day has 25 hours and begins at its first midnight.
  auto havana = zone("America/Havana");
  EXPECT_EQ(havana->start_of(day(2026y / 11 / 1)), at(2026y / 11 / 1, 4h));
  EXPECT_EQ(havana->start_of(day(2026y / 11 / 2)), at(2026y / 11 / 2, 5h));
  // Samoa had no 2011-12-30.
  auto apia = zone("Pacific/Apia");
  EXPECT_EQ(apia->start_of(day(2011y / 12 / 30)), apia->start_of(day(2011y / 12 / 31)));
  EXPECT_EQ(apia->day_of(apia->start_of(day(2011y / 12 / 31))), day(2011y / 12 / 31));
  EXPECT_EQ(apia->day_of(apia->start_of(day(2011y / 12 / 31)) - 1ms), day(2011y / 12 / 29));
}

TEST_F(ZonesTest, AgreesWithSqlAtEveryQuarterOfAnHourOfAYear) {
  auto c = duck_->connect().value();
  for (const char* name : {"Europe/Berlin", "America/Havana", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Kiritimati",
                           "Pacific/Pago_Pago", "Australia/Lord_Howe", "America/Sao_Paulo", "America/St_Johns"}) {
    auto z = zone(name);
    auto rows =
        c->query(
             "SELECT epoch_ms(t), timezone($1, t)::DATE FROM generate_series(TIMESTAMPTZ '2026-01-01', TIMESTAMPTZ "
             "'2027-01-01', INTERVAL 15 MINUTE) s(t)",
             {std::string(name)})
            .value();
    int checked = 0;
    while (rows->next().value()) {
      ASSERT_EQ(z->day_of(from_ms(rows->i64(0))), rows->i64(1)) << name << " at " << rows->i64(0);
      ++checked;
    }
    EXPECT_EQ(checked, 365 * 96 + 1);
  }
}

TEST_F(ZonesTest, OutsideTheTableCountsToItsEnds) {
  auto utc = zone("UTC");
  EXPECT_EQ(utc->day_of(at(1970y / 1 / 1, 0h)), day(2000y / 1 / 1));
  EXPECT_EQ(utc->day_of(at(2200y / 1 / 1, 0h)), day(2060y / 1 / 1));
  EXPECT_EQ(utc->start_of(0), at(2000y / 1 / 1, 0h));
  EXPECT_EQ(utc->start_of(1'000'000), at(2060y / 1 / 1, 0h));
}

TEST_F(ZonesTest, WhatBrowsersDoNotKnowIsRefusedAndHasItsRightName) {
  auto c = duck_->connect().value();
  auto names = c->query("SELECT name FROM pg_timezone_names() ORDER BY name").value();
  std::vector<std::string> other;
  int same = 0;
  while (names->next().value()) {
    const std::string name(names->text(0));
    iana_zone(name) == name ? (void)++same : other.push_back(name);
  }
  // A newer DuckDB with another number may know another name: ask Intl.DateTimeFormat of Firefox about it.
  EXPECT_EQ(same, 597);
  EXPECT_EQ(other.size(), 41u);
  for (const std::string& name : other) {
    const auto found = zones_.find(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, Code::invalid);
    const std::string iana(iana_zone(name));
    EXPECT_NE(found.error().message.find(iana), std::string::npos);
    EXPECT_TRUE(zone(iana));
    if (name.starts_with("SystemV/") && name.ends_with("DT")) continue;
    auto differ = c->query(
        "SELECT count(*) FROM generate_series(TIMESTAMP '2000-01-01', TIMESTAMP '2060-01-01', INTERVAL 6 HOUR) AS s(t) "
        "WHERE timezone($1, t) <> timezone($2, t)",
        {name, iana});
    ASSERT_TRUE(differ);
    ASSERT_TRUE((*differ)->next().value());
    EXPECT_EQ((*differ)->i64(0), 0) << name << " and " << iana;
  }
}

TEST_F(ZonesTest, UnknownNamesAreInvalidAndKnownOnesAreShared) {
  for (const char* name : {"", "Berlin", "europe/berlin", "Europe/Berlin'; DROP TABLE x", "+02:00"}) {
    auto found = zones_.find(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, Code::invalid);
    EXPECT_NE(found.error().message.find("Europe/Berlin"), std::string::npos);
  }
  EXPECT_EQ(zone("Europe/Berlin"), zone("Europe/Berlin"));
}

}  // namespace
}  // namespace hk::db

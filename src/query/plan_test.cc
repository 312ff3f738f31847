#include "query/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/dates.h"
#include "query/testing/single.h"
#include "query/testing/zone.h"

namespace hk::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Single;

const Day kDay = *parse_date("2026-11-01");
const SiteDays kBoth{.sealed = DayRange{kDay, kDay + 20}, .hot = DayRange{kDay + 21, kDay + 21}};
const Range kDays = DayRange{kDay, kDay + 21};
const Range kSealedDays = DayRange{kDay, kDay + 3};

Plan plan_of(const Single& query, const SiteDays& days = kBoth) {
  static const auto zone = testing::utc();
  const auto ok = check(query.question());
  EXPECT_TRUE(ok) << ok.error().message;
  return plan(query.query(), query.filter(), query.range, *zone, days);
}

/// How sealed visitors are counted: the mask, or 0 for distinct.
int mask(std::vector<Dimension> dimensions, const std::vector<Dimension>& filters = {}, Range range = kSealedDays) {
  Single query{.metrics = {Metric::visitors}, .dimensions = std::move(dimensions), .range = range};
  for (const Dimension& d : filters) query.filters.push_back({.dimension = d, .values = {"x"}});
  const auto parts = plan_of(query).parts;
  EXPECT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts.at(0).counting, parts.at(0).mask == 0 ? Counting::distinct : Counting::bits);
  return parts.at(0).mask;
}

Measures only(std::initializer_list<Measure> measures) {
  Measures out;
  for (const Measure m : measures) out.set(at(m));
  return out;
}

TEST(Plan, ReadsOnlyWhereRowsLie) {
  const auto kinds = [](const Range& range, const SiteDays& days) {
    std::vector<bool> hot;
    for (const Part& part : plan_of({.metrics = {Metric::visits}, .range = range}, days).parts) hot.push_back(part.hot);
    return hot;
  };
  EXPECT_THAT(kinds(kDays, kBoth), ElementsAre(false, true));
  EXPECT_THAT(kinds(kSealedDays, kBoth), ElementsAre(false));
  EXPECT_THAT(kinds(DayRange{kDay + 21, kDay + 30}, kBoth), ElementsAre(true));
  EXPECT_THAT(kinds(DayRange{kDay + 22, kDay + 30}, kBoth), IsEmpty());
  EXPECT_THAT(kinds(DayRange{kDay - 9, kDay - 1}, kBoth), IsEmpty());
  EXPECT_THAT(kinds(kDays, {}), IsEmpty());
  // A late hit for a day that is sealed: both have rows of it.
  EXPECT_THAT(kinds(kSealedDays, {.sealed = DayRange{kDay, kDay + 3}, .hot = DayRange{kDay, kDay + 9}}),
              ElementsAre(false, true));
}

TEST(Plan, TakesEachMeasureFromItsTable) {
  const auto tables = [](std::vector<Metric> metrics, std::vector<Dimension> dimensions) {
    std::vector<std::pair<Table, Measures>> out;
    for (const Part& part :
         plan_of({.metrics = std::move(metrics), .dimensions = std::move(dimensions), .range = kSealedDays}).parts) {
      out.emplace_back(part.table, part.measures);
    }
    return out;
  };
  using enum Measure;
  EXPECT_THAT(tables({Metric::visitors, Metric::bounce_rate, Metric::visit_duration}, {}),
              ElementsAre(std::pair(Table::visits, only({visitors, visits, bounces, duration}))));
  EXPECT_THAT(tables({Metric::views_per_visit, Metric::events}, {Dimension::source}),
              ElementsAre(std::pair(Table::visits, only({visits})), std::pair(Table::hits, only({pageviews})),
                          std::pair(Table::events, only({events}))));
  EXPECT_THAT(tables({Metric::visitors, Metric::pageviews}, {Dimension::page}),
              ElementsAre(std::pair(Table::hits, only({visitors, pageviews}))));
  EXPECT_THAT(tables({Metric::visitors, Metric::events}, {Dimension::event_name}),
              ElementsAre(std::pair(Table::events, only({visitors, events}))));
}

TEST(Plan, TakesEntriesAndExitsOfPagesFromVisits) {
  std::vector<std::pair<Table, std::optional<store::Attribute>>> parts;
  for (const Part& part :
       plan_of({.metrics = {Metric::exit_rate, Metric::entries}, .dimensions = {Dimension::page}, .range = kSealedDays})
           .parts)
    parts.emplace_back(part.table, part.page);
  EXPECT_THAT(parts, ElementsAre(std::pair(Table::visits, std::optional(store::Attribute::entry_page)),
                                 std::pair(Table::visits, std::optional(store::Attribute::exit_page)),
                                 std::pair(Table::hits, std::optional<store::Attribute>())));
  const auto whole = plan_of({.metrics = {Metric::entries}, .range = kSealedDays}).parts;
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].page, std::nullopt) << "of no page: all visits";
}

TEST(Plan, ReadsFetchesOnce) {
  const auto fetches = plan_of({.metrics = {Metric::ai_fetches}, .range = kSealedDays}).parts;
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_FALSE(fetches[0].hot);
}

TEST(Plan, CountsByBitsWhereTheyAreExact) {
  EXPECT_EQ(mask({Dimension::time_week}), 1);
  EXPECT_EQ(mask({Dimension::time_quarter}), 1);
  EXPECT_EQ(mask({}), 1);
  EXPECT_EQ(mask({Dimension::time_day}), 1);
  EXPECT_EQ(mask({Dimension::time_month}), 1);
  for (const Dimension d :
       {Dimension::country, Dimension::browser, Dimension::os, Dimension::device, Dimension::language}) {
    EXPECT_EQ(mask({d}), 1) << name_of(d);
    EXPECT_EQ(mask({Dimension::source}, {d}), 4) << name_of(d);
    EXPECT_EQ(mask({d, Dimension::channel}), 2) << name_of(d);
  }
  EXPECT_EQ(mask({Dimension::channel}), 2);
  EXPECT_EQ(mask({Dimension::source}), 4);
  EXPECT_EQ(mask({Dimension::referrer}), 8);
  EXPECT_EQ(mask({Dimension::entry_page}), 16);
  EXPECT_EQ(mask({Dimension::exit_page}), 32);
  EXPECT_EQ(mask({Dimension::time_day, Dimension::source}), 4);
  EXPECT_EQ(mask({Dimension::page}), 2);
  EXPECT_EQ(mask({Dimension::page}, {Dimension::page}), 2);
  EXPECT_EQ(mask({Dimension::time_day, Dimension::page}), 2);
}

TEST(Plan, CountsDistinctWhereBitsWouldLie) {
  // hours and other parts of days (storage.md: 6,000 for 11,595; 1,986 for 2,776)
  EXPECT_EQ(mask({Dimension::time_hour}), 0);
  EXPECT_EQ(mask({Dimension::hour_of_week}), 0);
  EXPECT_EQ(
      mask({}, {}, InstantRange{TimeMs(std::chrono::days(kDay)) + Millis(1), TimeMs(std::chrono::days(kDay + 1))}), 0);
  // a filter on what varies within a visitor's day
  for (const Dimension d :
       {Dimension::source, Dimension::channel, Dimension::referrer, Dimension::referrer_host, Dimension::hostname,
        Dimension::entry_page, Dimension::exit_page, Dimension::utm_source, Dimension::page, Dimension::event_name}) {
    EXPECT_EQ(mask({}, {d}), 0) << name_of(d);
    EXPECT_EQ(mask({Dimension::country}, {d}), 0) << name_of(d);
  }
  // dimensions without a bit, and two that vary
  for (const Dimension d : {Dimension::hostname, Dimension::referrer_host, Dimension::utm_source, Dimension::utm_medium,
                            Dimension::utm_campaign, Dimension::utm_term, Dimension::utm_content}) {
    EXPECT_EQ(mask({d}), 0) << name_of(d);
    EXPECT_EQ(mask({Dimension::source, d}), 0) << name_of(d);
    EXPECT_EQ(mask({d, Dimension::source}), 0) << name_of(d);
  }
  EXPECT_EQ(mask({Dimension::source, Dimension::channel}), 0);
  // a page view after midnight stands in a visit whose attributes are yesterday's
  EXPECT_EQ(mask({Dimension::page}, {Dimension::country}), 0);
  EXPECT_EQ(mask({Dimension::page, Dimension::country}), 0);
  EXPECT_EQ(mask({Dimension::page}, {Dimension::event_name}), 0);
  EXPECT_EQ(mask({Dimension::event_name}), 0);
}

TEST(Plan, CountsByBitsWhereEveryTestOfATreeAllowsThem) {
  const auto mask_where = [](const Predicate& where, std::vector<Dimension> dimensions = {}) {
    return plan_of({.metrics = {Metric::visitors},
                    .dimensions = std::move(dimensions),
                    .where = {.kind = Junction::all, .of = {where}},
                    .range = kSealedDays})
        .parts.at(0)
        .mask;
  };
  const auto test = [](Dimension d) { return test_of({.dimension = d, .values = {"x"}}); };
  const auto any = [](Predicate a, Predicate b) {
    return Predicate{.kind = Junction::any, .of = {std::move(a), std::move(b)}};
  };
  const Predicate pinned = any(test(Dimension::country), {.kind = Junction::none, .of = {test(Dimension::browser)}});
  EXPECT_EQ(mask_where(pinned), 1);
  EXPECT_EQ(mask_where(pinned, {Dimension::source}), 4);
  EXPECT_EQ(mask_where(any(pinned, test(Dimension::source))), 0);
  EXPECT_EQ(mask_where(any(test(Dimension::page), test(Dimension::page)), {Dimension::page}), 2);
  EXPECT_EQ(mask_where(any(test(Dimension::page), test(Dimension::country)), {Dimension::page}), 0);
}

TEST(Plan, InstantsThatAreWholeDaysAreWholeDays) {
  const InstantRange range{TimeMs(std::chrono::days(kDay)), TimeMs(std::chrono::days(kDay + 2))};
  EXPECT_EQ(mask({}, {}, range), 1);
  const auto window = window_of(range, *testing::utc());
  EXPECT_TRUE(window.whole_days);
  EXPECT_EQ(window.days, (DayRange{kDay, kDay + 1}));
  EXPECT_FALSE(window_of(range, *testing::fixed_zone("Asia/Kathmandu", std::chrono::minutes(345))).whole_days);
}

TEST(Plan, CountsOnlyDaysThatAreCutTheSlowWay) {
  using std::chrono::hours;
  const TimeMs midnight{std::chrono::days(kDay)};
  const auto parts = [&](InstantRange range, std::vector<Metric> metrics = {Metric::visitors}) {
    std::vector<std::tuple<Day, Day, bool, bool>> out;  // first and last day, whole, by bits
    for (const Part& part : plan_of({.metrics = std::move(metrics), .range = range}).parts) {
      out.emplace_back(part.window.days.first, part.window.days.last, part.window.whole_days,
                       part.counting == Counting::bits);
    }
    return out;
  };
  EXPECT_THAT(parts({midnight, midnight + hours(38)}),
              ElementsAre(std::tuple(kDay, kDay, true, true), std::tuple(kDay + 1, kDay + 1, false, false)));
  EXPECT_THAT(parts({midnight + hours(3), midnight + hours(75)}),
              ElementsAre(std::tuple(kDay, kDay, false, false), std::tuple(kDay + 1, kDay + 2, true, true),
                          std::tuple(kDay + 3, kDay + 3, false, false)));
  EXPECT_THAT(parts({midnight + hours(3), midnight + hours(9)}), ElementsAre(std::tuple(kDay, kDay, false, false)));
  EXPECT_THAT(parts({midnight + hours(20), midnight + hours(28)}),
              ElementsAre(std::tuple(kDay, kDay + 1, false, false)));
  // Only the sealed days are read there, and hot ones in one piece.
  EXPECT_THAT(
      parts({midnight + hours(20 * 24), midnight + hours(21 * 24 + 9)}),
      ElementsAre(std::tuple(kDay + 20, kDay + 20, true, true), std::tuple(kDay + 20, kDay + 21, false, false)));
  // Without visitors there is nothing to gain.
  EXPECT_THAT(parts({midnight, midnight + hours(38)}, {Metric::visits}),
              ElementsAre(std::tuple(kDay, kDay + 1, false, false)));
}

TEST(Plan, HotVisitorsAreAlwaysCountedDistinct) {
  for (const Part& part :
       plan_of({.metrics = {Metric::visitors}, .dimensions = {Dimension::source}, .range = kDays}).parts) {
    EXPECT_EQ(part.counting, part.hot ? Counting::distinct : Counting::bits);
  }
}

TEST(Plan, JoinsVisitsOnlyWhereTheyAreAsked) {
  const auto joined = [](std::vector<Dimension> dimensions, const std::vector<Dimension>& filters) {
    Single query{.metrics = {Metric::pageviews}, .dimensions = std::move(dimensions), .range = kDays};
    for (const Dimension& d : filters) query.filters.push_back({.dimension = d, .values = {"x"}});
    const auto parts = plan_of(query).parts;
    return parts.at(0).with_visits && parts.at(1).with_visits;
  };
  EXPECT_FALSE(joined({}, {}));
  EXPECT_FALSE(joined({Dimension::page}, {Dimension::page, Dimension::event_name}));
  EXPECT_TRUE(joined({Dimension::source}, {}));
  EXPECT_TRUE(joined({}, {Dimension::country}));
  EXPECT_TRUE(joined({}, {Dimension::exit_page}));
}

}  // namespace
}  // namespace hk::query

// Numbers that other counters got wrong in the field, each under what a person would say of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/dates.h"
#include "query/engine.h"
#include "query/testing/lane.h"
#include "query/testing/single.h"

namespace hk::query {
namespace {

using ::testing::ElementsAre;
using testing::Single;
using testing::site_in;
using testing::view;

/// Each is asked before and after its days are sealed.
struct NumbersOthersGotWrong : ::testing::TestWithParam<bool> {
  ManualClock clock{*parse_instant("2026-11-22T09:41:00Z")};
  metrics::Registry metrics;
  testing::TestLane lane;
  testing::OneLane lanes{lane};
  Engine engine{clock, lanes, metrics, std::chrono::minutes{10}};
  std::shared_ptr<const db::Zone> zone = testing::zone("UTC");

  void apply(const std::vector<store::Hit>& hits) {
    lane.apply(hits);
    if (GetParam()) lane.seal(SiteKey{7}, hits.back().day);
  }
  std::vector<std::vector<std::optional<double>>> ask(const Question& question) {
    const auto answer = engine.ask(site_in(zone), question);
    if (!answer) {
      ADD_FAILURE() << answer.error().message;
      return {};
    }
    std::vector<std::vector<std::optional<double>>> rows;
    for (const Row& row : std::get<QueryResult>(answer->results.at(0).second).rows) rows.push_back(row.metrics);
    return rows;
  }
  std::vector<std::vector<std::optional<double>>> ask(const Single& single) { return ask(single.question()); }
};

DayRange days(const char* first, const char* last) {
  return {*parse_date(first), *parse_date(last)};
}

TEST_P(NumbersOthersGotWrong, AVisitOverTheFullHourIsOneVisit) {
  apply({view(*zone, "2026-11-03T09:58:00Z", 1, "/a"), view(*zone, "2026-11-03T10:03:00Z", 1, "/b")});
  EXPECT_THAT(ask({.metrics = {Metric::visits, Metric::bounce_rate}, .range = days("2026-11-03", "2026-11-03")}),
              ElementsAre(ElementsAre(1.0, 0.0)));
}

TEST_P(NumbersOthersGotWrong, AVisitIsNoBounceBecauseTheRangeEndsWithin) {
  auto after = view(*zone, "2026-11-04T00:01:00Z", 1, "/b");
  const auto before = view(*zone, "2026-11-03T23:59:00Z", 1, "/a");
  after.visitor_before = before.visitor;
  apply({before, after});
  Single query{.metrics = {Metric::visits, Metric::bounce_rate}, .range = days("2026-11-03", "2026-11-03")};
  EXPECT_THAT(ask(query), ElementsAre(ElementsAre(1.0, 0.0)));
  query.range = days("2026-11-04", "2026-11-04");
  EXPECT_THAT(ask(query), ElementsAre(ElementsAre(0.0, std::nullopt)));
  query.range = days("2026-11-03", "2026-11-04");
  EXPECT_THAT(ask(query), ElementsAre(ElementsAre(1.0, 0.0)));
}

TEST_P(NumbersOthersGotWrong, FiveTabsAreOneVisitor) {
  std::vector<store::Hit> tabs;
  for (const char* path : {"/1", "/2", "/3", "/4", "/5"}) tabs.push_back(view(*zone, "2026-11-03T10:00:00Z", 1, path));
  apply(tabs);
  EXPECT_THAT(ask({.metrics = {Metric::visitors, Metric::visits, Metric::pageviews},
                   .range = days("2026-11-03", "2026-11-03")}),
              ElementsAre(ElementsAre(1.0, 1.0, 5.0)));
}

TEST_P(NumbersOthersGotWrong, AYearsVisitorsAreThoseOfItsDaysAndMonths) {
  std::vector<store::Hit> year;
  for (Day day = *parse_date("2025-11-01"); day < *parse_date("2026-11-01"); ++day)
    for (std::uint64_t person = 0; person <= static_cast<std::uint64_t>(day % 3); ++person)
      year.push_back(view(*zone, date_text(day) + "T10:00:00Z", person, "/"));
  apply(year);
  const auto sum = [&](std::vector<Dimension> by) {
    double all = 0;
    for (const auto& row : ask({.metrics = {Metric::visitors},
                                .dimensions = std::move(by),
                                .range = days("2025-11-01", "2026-10-31"),
                                .limit = 1000}))
      all += row.at(0).value_or(0);
    return all;
  };
  EXPECT_EQ(sum({}), static_cast<double>(year.size()));
  EXPECT_EQ(sum({Dimension::time_day}), sum({}));
  EXPECT_EQ(sum({Dimension::time_month}), sum({}));
}

TEST_P(NumbersOthersGotWrong, AFigureIsTheSameWhateverIsAskedBesideIt) {
  apply({view(*zone, "2026-11-03T09:00:00Z", 1, "/a"), view(*zone, "2026-11-03T09:01:00Z", 2, "/b"),
         view(*zone, "2026-11-03T09:02:00Z", 2, "/a"), view(*zone, "2026-11-03T11:00:00Z", 1, "/b")});
  const auto range = days("2026-11-03", "2026-11-03");
  EXPECT_THAT(ask({.metrics = {Metric::visits}, .range = range}), ElementsAre(ElementsAre(3.0)));
  EXPECT_THAT(ask({.metrics = {Metric::visits, Metric::pageviews, Metric::bounce_rate}, .range = range}).at(0).at(0),
              3.0);
  EXPECT_THAT(ask({.metrics = {Metric::visits}, .dimensions = {Dimension::time_day}, .range = range}),
              ElementsAre(ElementsAre(3.0)));
  EXPECT_THAT(ask({.metrics = {Metric::visits}, .dimensions = {Dimension::channel}, .range = range}),
              ElementsAre(ElementsAre(3.0)));
  EXPECT_THAT(ask({.metrics = {Metric::visits},
                   .where = test_of({Dimension::page, Operator::is, {"/a", "/b"}}),
                   .range = range}),
              ElementsAre(ElementsAre(3.0)));
}

TEST_P(NumbersOthersGotWrong, ALongVisitCountsOnceAndItsViewsWhereTheyWere) {
  std::vector<store::Hit> visit;
  for (const char* at : {"09:50", "10:10", "10:35", "11:00", "11:20"})
    visit.push_back(view(*zone, std::string("2026-11-03T") + at + ":00Z", 1, "/"));
  apply(visit);
  const auto hours = ask({.metrics = {Metric::visits, Metric::pageviews},
                          .dimensions = {Dimension::time_hour},
                          .range = days("2026-11-03", "2026-11-03")});
  ASSERT_EQ(hours.size(), 24u);
  EXPECT_THAT(hours[9], ElementsAre(1.0, 1.0));
  EXPECT_THAT(hours[10], ElementsAre(0.0, 2.0));
  EXPECT_THAT(hours[11], ElementsAre(0.0, 2.0));
}

TEST_P(NumbersOthersGotWrong, ADayIsTheSitesDay) {
  zone = testing::zone("Asia/Kathmandu");
  apply({view(*zone, "2026-11-03T18:14:00Z", 1, "/"), view(*zone, "2026-11-03T18:16:00Z", 2, "/")});
  EXPECT_THAT(ask({.metrics = {Metric::pageviews},
                   .dimensions = {Dimension::time_day},
                   .range = days("2026-11-03", "2026-11-04")}),
              ElementsAre(ElementsAre(1.0), ElementsAre(1.0)));
}

TEST_P(NumbersOthersGotWrong, WhoWentFromTheCheckoutToTheCartWentNoWay) {
  apply({view(*zone, "2026-11-03T10:00:00Z", 1, "/checkout"), view(*zone, "2026-11-03T10:00:00Z", 2, "/cart"),
         view(*zone, "2026-11-03T10:01:00Z", 1, "/cart"), view(*zone, "2026-11-03T10:01:00Z", 2, "/checkout")});
  Funnel funnel;
  for (const char* path : {"/cart", "/checkout"})
    funnel.steps.push_back({test_of({Dimension::page, Operator::is, {path}})});
  const auto answer =
      engine.ask(site_in(zone), {.range = days("2026-11-03", "2026-11-03"), .queries = {{"way", funnel}}});
  ASSERT_TRUE(answer) << answer.error().message;
  const auto& figures = std::get<FunnelResult>(answer->results.at(0).second).figures;
  ASSERT_TRUE(figures);
  EXPECT_THAT(figures->reached, ElementsAre(2, 1));
}

INSTANTIATE_TEST_SUITE_P(Days, NumbersOthersGotWrong, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Sealed" : "Hot"; });

}  // namespace
}  // namespace hk::query

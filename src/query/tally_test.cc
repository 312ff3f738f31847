#include "query/tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "query/dates.h"
#include "query/engine.h"
#include "query/testing/lane.h"
#include "query/testing/model.h"
#include "query/testing/page.h"
#include "query/testing/single.h"
#include "store/testing/property.h"

namespace hk::query {
namespace {

using ::testing::ElementsAre;
using testing::OneLane;
using ::testing::Pair;
using testing::TestLane;
using testing::view;

constexpr SiteKey kSite{7};
constexpr std::chrono::minutes kPatience{10};
constexpr Sharing kOneConnection{.most = 1};

/// Whatever an answer says.
std::string text(const Answer& answer) {
  std::string out;
  for (const auto& [name, found] : answer.results) {
    const auto& result = std::get<QueryResult>(found);
    out += name + " (" + std::to_string(result.more) + " more):";
    for (const Row& row : result.rows) {
      for (const std::string& d : row.dimensions) out += " [" + d + "]";
      for (const auto& m : row.metrics) out += " " + (m ? std::to_string(*m) : "null");
      for (const auto& m : row.compare) out += " vs " + (m ? std::to_string(*m) : "null");
      out += row.partial ? " so far;" : ";";
    }
    out += "\n";
  }
  return out;
}

TEST(Tally, APageIsAHandfulOfStatements) {
  TestLane lane;
  OneLane lanes(lane);
  const auto zone = testing::zone("Europe/Berlin");
  const auto site = testing::site_in(zone);
  const Day today = *parse_date("2026-11-24");
  std::mt19937_64 random(3);
  std::vector<store::Hit> hits;
  while (hits.size() < 50) hits = testing::random_hits(random, kSite, *zone, today - 60, 61);
  lane.apply(hits);
  lane.seal(kSite, today - 1);
  ManualClock clock(zone->start_of(today) + std::chrono::hours(20));
  metrics::Registry metrics;
  Engine engine(clock, lanes, metrics, kPatience, kOneConnection);
  const Question question = testing::first_page(*zone, clock.now(), R"("30d")").value();
  const auto statements = [&](const Question& asked) {
    lanes.statements = 0;
    const auto answer = engine.ask(site, asked);
    EXPECT_TRUE(answer) << answer.error().message;
    return lanes.statements.load();
  };
  // Days and seals, live visitors, clocks, hot visits, names; visits and hits: sealed and hot, of both periods.
  EXPECT_LE(statements(question), 10);
  EXPECT_LE(statements(question), 8) << "whole sealed days and names are known by now";
}

TEST(Tally, ASealedDayThatChangesIsSeenAtOnce) {
  TestLane lane;
  OneLane lanes(lane);
  const auto zone = testing::zone("UTC");
  const auto site = testing::site_in(zone);
  ManualClock clock(*parse_instant("2026-11-23T12:00:00Z"));
  metrics::Registry metrics;
  Engine engine(clock, lanes, metrics, kPatience, kOneConnection);
  const Question question = testing::Single{.metrics = {Metric::visitors, Metric::pageviews},
                                            .dimensions = {Dimension::page},
                                            .range = DayRange{*parse_date("2026-11-01"), *parse_date("2026-11-22")}}
                                .question();
  lane.apply({view(*zone, "2026-11-20T10:00:00Z", 1, "/a"), view(*zone, "2026-11-21T10:00:00Z", 1, "/b")});
  lane.seal(kSite, *parse_date("2026-11-21"));
  for (int again = 0; again < 2; ++again)
    EXPECT_EQ(text(*engine.ask(site, question)), "q (0 more): [/a] 1.000000 1.000000; [/b] 1.000000 1.000000;\n");
  // Somebody's hits of the 20th come late: hot first, then its day is sealed once more.
  lane.apply({view(*zone, "2026-11-20T11:00:00Z", 2, "/b")});
  const std::string more = "q (0 more): [/b] 2.000000 2.000000; [/a] 1.000000 1.000000;\n";
  EXPECT_EQ(text(*engine.ask(site, question)), more);
  lane.seal(kSite, *parse_date("2026-11-21"));
  EXPECT_EQ(text(*engine.ask(site, question)), more);
}

/// Of each group the sums of its metrics, over all of these ranges.
std::map<std::vector<std::string>, std::vector<double>> added_up(Engine& engine, const site::Site& site,
                                                                 testing::Single query,
                                                                 const std::vector<DayRange>& ranges) {
  std::map<std::vector<std::string>, std::vector<double>> out;
  for (const DayRange& range : ranges) {
    query.range = range;
    const auto answer = engine.ask(site, query.question());
    EXPECT_TRUE(answer) << answer.error().message;
    for (const Row& row : std::get<QueryResult>(answer->results[0].second).rows) {
      auto& sums = out[row.dimensions];
      sums.resize(row.metrics.size());
      for (std::size_t m = 0; m < sums.size(); ++m) sums[m] += row.metrics[m].value_or(0);
    }
  }
  return out;
}

TEST(Tally, MonthsThatAreReadTogetherAreToldApart) {
  TestLane lane;
  OneLane lanes(lane);
  const auto zone = testing::zone("Europe/Berlin");
  const auto site = testing::site_in(zone);
  std::mt19937_64 random(5);
  const std::vector<DayRange> months{{*parse_date("2026-07-01"), *parse_date("2026-07-31")},
                                     {*parse_date("2026-08-01"), *parse_date("2026-08-31")},
                                     {*parse_date("2026-09-01"), *parse_date("2026-09-30")}};
  for (const DayRange& month : months) {
    while (random() % 4 != 0) lane.apply(testing::random_hits(random, kSite, *zone, month.last - 1, 2));
    lane.seal(kSite, month.last);
  }
  ManualClock clock(zone->start_of(months.back().last + 30));
  metrics::Registry metrics;
  Engine together(clock, lanes, metrics, kPatience, kOneConnection), apart(clock, lanes, metrics, kPatience);
  const Filter filters[] = {{.dimension = Dimension::country, .op = Operator::is_not, .values = {"DE"}},
                            {.dimension = Dimension::page, .op = Operator::is_not, .values = {"/"}},
                            {.dimension = Dimension::channel, .op = Operator::is_not, .values = {"direct"}}};
  for (const Dimension::Kind dimension :
       {Dimension::source, Dimension::entry_page, Dimension::page, Dimension::country}) {
    testing::Single query{.metrics = {Metric::visitors}, .dimensions = {dimension}, .range = {}, .limit = 1'000};
    for (std::size_t i = 0; i <= std::size(filters); ++i) {
      if (i > 0) query.filters = {filters[i - 1]};
      EXPECT_EQ(added_up(together, site, query, {{months.front().first, months.back().last}}),
                added_up(apart, site, query, months));
    }
  }
}

/// A history in steps: hits of each day, days sealed early, late, or together, late hits, months sorted; asked at each.
void same_with_and_without(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto zone = testing::zone(random() % 2 == 0 ? "UTC" : "Europe/Berlin");
  const auto site = testing::site_in(zone);
  const Day first = *parse_date("2026-10-30");
  constexpr int kDays = 4;
  auto hits = testing::random_hits(random, kSite, *zone, first, kDays);
  TestLane lane;
  OneLane lanes(lane);
  ManualClock clock(zone->start_of(first));
  metrics::Registry metrics;
  Engine keeps(clock, lanes, metrics, kPatience, {.most = 2, .few_visits = 0});
  std::vector<testing::Single> asked;
  for (int i = 0; i < 4; ++i) asked.push_back(testing::random_query(random, *zone, first, kDays));
  std::vector<store::Hit> late;
  for (Day day = first; day < first + kDays; ++day) {
    std::vector<store::Hit> now;
    for (const store::Hit& one : hits) {
      if (one.day == day) (random() % 16 == 0 ? late : now).push_back(one);
    }
    lane.apply(now);
    clock.set(zone->start_of(day + 1));
    if (random() % 3 != 0) lane.seal(kSite, day - static_cast<Day>(random() % 2));
    if (random() % 3 == 0) lane.apply(std::exchange(late, {}));
    if (random() % 4 == 0) lane.rewrite(month_of(day));
    for (const testing::Single& one : asked) {
      Engine fresh(clock, lanes, metrics, kPatience, kOneConnection, 0);
      Question question = one.question();
      question.queries.emplace_back("again", one.query());
      question.queries.emplace_back("kpis",
                                    Query{.metrics = {Metric::visitors, Metric::bounce_rate, Metric::pageviews}});
      const std::string right = text(*fresh.ask(site, question));
      for (int again = 0; again < 2; ++again) {
        const auto kept = keeps.ask(site, question);
        if (!kept) RC_FAIL(kept.error().message);
        RC_ASSERT(text(*kept) == right);
      }
    }
  }
}

TEST(Tally, AnswersAreTheSameWithAndWithoutTheCache) {
  store::testing::holds(5, rc::gen::arbitrary<std::uint64_t>(), same_with_and_without);
}

TEST(PartCache, ForgetsWhatWasNotAskedForTheLongest) {
  auto groups = std::make_shared<Groups>(measures_of(Metric::visits));
  for (std::uint64_t key = 0; key < 100; ++key) groups->add(key, {});
  PartCache cache(3 * (groups->bytes() + 300));
  for (const char* key : {"a", "b", "c"}) cache.keep(key, groups);
  ASSERT_TRUE(cache.find("a"));
  cache.keep("d", groups);
  EXPECT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_LE(cache.bytes(), 3 * (groups->bytes() + 300));
  PartCache none(0);
  none.keep("a", groups);
  EXPECT_FALSE(none.find("a"));
}

TEST(PartCache, GroupsKeepWhatIsMeasured) {
  Groups groups(measures_of(Metric::bounce_rate));
  Sums sums{};
  sums[at(Measure::visits)] = 4;
  sums[at(Measure::bounces)] = 1;
  groups.add(9, sums);
  groups.add(8, {});
  std::vector<std::pair<std::uint64_t, Sums>> seen;
  groups.each([&](std::uint64_t key, const Sums& values) { seen.emplace_back(key, values); });
  EXPECT_THAT(seen, ElementsAre(Pair(9u, sums), Pair(8u, Sums{})));
}

}  // namespace
}  // namespace hk::query

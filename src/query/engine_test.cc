#include "query/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "query/dates.h"
#include "query/parse.h"
#include "query/plan.h"
#include "query/testing/failing.h"
#include "query/testing/lane.h"
#include "query/testing/model.h"
#include "query/testing/single.h"

namespace hk::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Single;
using testing::site_in;
using testing::TestLane;
using testing::zone;

constexpr SiteKey kSite{7};
const Question kLiveOnly{.include = {.live_visitors = true}};
constexpr std::chrono::minutes kPatience{10};  // a loaded machine is no failure

struct EngineTest : ::testing::Test {
  ManualClock clock{*parse_instant("2026-11-22T09:41:00Z")};
  metrics::Registry metrics;
  TestLane lane;
  testing::OneLane lanes{lane};
  Engine engine{clock, lanes, metrics, kPatience};

  QueryResult ask(const site::Site& site, const Single& single) {
    const Question question = single.question();
    EXPECT_TRUE(check(question)) << check(question).error().message;
    auto answer = engine.ask(site, question);
    if (!answer) {
      ADD_FAILURE() << answer.error().message;
      return {};
    }
    return std::get<QueryResult>(std::move(answer->results.at(0).second));
  }
};

store::Hit hit(const db::Zone& zone, std::string_view at, std::uint64_t person, std::string path = "/") {
  store::Hit h;
  h.site = kSite;
  h.at = *parse_instant(at);
  h.day = zone.day_of(h.at);
  h.visitor = person * 1'000'003 + static_cast<std::uint64_t>(h.day);
  h.path = std::move(path);
  return h;
}

DayRange days(const char* first, const char* last) {
  return {*parse_date(first), *parse_date(last)};
}

std::vector<std::string> labels(const QueryResult& result) {
  std::vector<std::string> out;
  for (const Row& row : result.rows) out.push_back(row.dimensions.at(0));
  return out;
}
std::vector<std::optional<double>> firsts(const QueryResult& result) {
  std::vector<std::optional<double>> out;
  for (const Row& row : result.rows) out.push_back(row.metrics.at(0));
  return out;
}

const QueryResult& table(const Answer& answer, std::size_t at = 0) {
  return std::get<QueryResult>(answer.results.at(at).second);
}

// --- against the model -----------------------------------------------------------------------------

std::string text(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += "[" + name + "]";
  return out;
}
std::string text(const std::vector<std::optional<double>>& metrics) {
  std::string out;
  for (const auto& m : metrics) out += (m ? std::to_string(*m) : "null") + " ";
  return out;
}
std::string text(const Predicate& predicate) {
  if (predicate.kind == Junction::test) {
    const Filter& f = predicate.test;
    if (is_done(f.dimension)) return "done op" + std::to_string(static_cast<int>(f.op)) + " " + text(f.done.front());
    return std::string(name_of(f.dimension)) + " op" + std::to_string(static_cast<int>(f.op)) + " " + text(f.values);
  }
  std::string out = predicate.kind == Junction::all ? "all(" : predicate.kind == Junction::any ? "any(" : "none(";
  for (const Predicate& child : predicate.of) out += text(child) + "; ";
  return out + ")";
}
std::string text(const Single& query) {
  std::string out = "metrics";
  for (const Metric m : query.metrics) out += " " + std::string(name_of(m));
  out += " by";
  for (const Dimension& d : query.dimensions) out += " " + std::string(name_of(d));
  out += " where " + text(query.filter());
  const auto range = [](const Range& r) {
    if (const auto* d = std::get_if<DayRange>(&r)) return date_text(d->first) + ".." + date_text(d->last);
    return std::to_string(to_ms(std::get<InstantRange>(r).from)) + ".." +
           std::to_string(to_ms(std::get<InstantRange>(r).to));
  };
  out += " in " + range(query.range);
  if (query.compare) out += " vs " + range(*query.compare);
  return out + " limit " + std::to_string(query.limit);
}

bool same(const std::vector<std::optional<double>>& a, const std::vector<std::optional<double>>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.has_value() == y.has_value() && (!x || std::abs(*x - *y) < 1e-9 * (1 + std::abs(*x)));
  });
}

/// What is wrong with `result`, by the model; empty when it is right.
std::string compare(const testing::Model& model, const Single& query, const QueryResult& result,
                    std::optional<Day> first, const db::Zone& zone, TimeMs now) {
  const auto expected = model.answer(query, query.range);
  const auto before = query.compare ? model.answer(query, *query.compare) : testing::Groups{};
  const auto null = std::vector<std::optional<double>>(query.metrics.size());
  const auto known = [&](const Range& range) {
    const Window window = window_of(range, zone);
    return first && window.to > zone.start_of(*first) && window.from <= now;
  };

  if (by_time_alone(query.query())) {
    std::size_t found = 0;
    for (const Row& row : result.rows) {
      const auto at = expected.find(row.dimensions);
      if (at != expected.end()) {
        ++found;
        if (!same(row.metrics, at->second)) return text(row.dimensions) + text(row.metrics) + "not " + text(at->second);
      } else {
        for (const auto& m : row.metrics) {
          if (m.value_or(0) != 0) return text(row.dimensions) + text(row.metrics) + "out of nothing";
        }
      }
    }
    if (found != expected.size()) return std::to_string(expected.size() - found) + " times are missing";
    if (!std::ranges::is_sorted(labels(result)) && !cuts_days(query.dimensions[0])) return "out of order";
    return "";
  }
  if (query.dimensions.empty()) {
    const Row& row = result.rows.at(0);
    const auto& want = known(query.range) ? expected.at({}) : null;
    if (!same(row.metrics, want)) return text(row.metrics) + "not " + text(want);
    if (!query.compare) return "";
    const auto& want_before = known(*query.compare) ? before.at({}) : null;
    return same(row.compare, want_before) ? "" : "compare " + text(row.compare) + "not " + text(want_before);
  }
  if (result.rows.size() != std::min<std::size_t>(expected.size(), query.limit) ||
      result.rows.size() + result.more != expected.size()) {
    return std::to_string(result.rows.size()) + " rows and " + std::to_string(result.more) + " more, not " +
           std::to_string(expected.size());
  }
  // The order: times, then what was asked, then names.
  std::vector<std::pair<std::vector<std::string>, std::vector<std::optional<double>>>> sorted(expected.begin(),
                                                                                              expected.end());
  std::vector<Order> orders = query.order;
  if (orders.empty()) orders.push_back({query.metrics[0], true});
  const bool timed = is_time(query.dimensions[0]);
  std::ranges::sort(sorted, [&](const auto& a, const auto& b) {
    if (timed && a.first[0] != b.first[0]) return a.first[0] < b.first[0];
    for (const Order& order : orders) {
      if (const auto* metric = std::get_if<Metric>(&order.by)) {
        const auto i = static_cast<std::size_t>(std::ranges::find(query.metrics, *metric) - query.metrics.begin());
        const auto &x = a.second[i], &y = b.second[i];
        if (x.has_value() != y.has_value()) return x.has_value();
        if (x && std::abs(*x - *y) > 1e-9) return order.descending ? *x > *y : *x < *y;
      } else {
        const auto i = static_cast<std::size_t>(std::ranges::find(query.dimensions, std::get<Dimension>(order.by)) -
                                                query.dimensions.begin());
        if (a.first[i] != b.first[i]) return order.descending ? a.first[i] > b.first[i] : a.first[i] < b.first[i];
      }
    }
    return a.first < b.first;
  });
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const Row& row = result.rows[i];
    const auto& [names, metrics] = sorted[i];
    if (row.dimensions != names || !same(row.metrics, metrics)) {
      return "row " + std::to_string(i) + ": " + text(row.dimensions) + text(row.metrics) + "not " + text(names) +
             text(metrics);
    }
    if (!query.compare) continue;
    const auto at = before.find(names);
    auto want = null;
    if (at != before.end()) {
      want = at->second;
    } else if (known(*query.compare)) {
      for (std::size_t m = 0; m < want.size(); ++m)
        if (facts_of(query.metrics[m]).additive) want[m] = 0;
    }
    if (!same(row.compare, want)) return "compare of " + text(names) + text(row.compare) + "not " + text(want);
  }
  return "";
}

class EngineLikeTheModel : public ::testing::TestWithParam<const char*> {};

TEST_P(EngineLikeTheModel, OnRandomHitsAndQueries) {
  const auto where = zone(GetParam());
  const Day first = *parse_date("2026-10-23");
  constexpr int kDays = 4;  // Berlin's clocks go back on the third of them
  auto icu = std::move(*db::DuckDatabase::memory({.memory_limit_bytes = 128u << 20, .threads = 1}));
  auto clock_connection = std::move(*icu->connect());
  const auto hour_label = [&](TimeMs at) {
    auto rows = clock_connection->query(
        "SELECT strftime(local, '%Y-%m-%dT%H:00:00'), (epoch_ms(local) - $2) // 60000 "
        "FROM (SELECT timezone($1, make_timestamptz($2 * 1000)) AS local)",
        {std::string(GetParam()), to_ms(at)});
    EXPECT_TRUE(rows && (*rows)->next().value_or(false));
    return std::string((*rows)->text(0)) + local_text(TimeMs{}, std::chrono::minutes((*rows)->i64(1))).substr(19);
  };

  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    std::mt19937_64 random(seed);
    TestLane lane;
    const site::Site site = site_in(where);
    const auto hits = testing::random_hits(random, kSite, *where, first, kDays);
    lane.apply(hits);
    lane.apply(testing::random_hits(random, SiteKey{8}, *where, first, kDays));
    lane.seal(kSite, first - 1 + static_cast<Day>(random() % (kDays + 1)));
    const testing::Model model(hits, *where, hour_label);

    ManualClock clock(where->start_of(first + kDays));
    metrics::Registry metrics;
    testing::OneLane lanes(lane);
    Engine engine(clock, lanes, metrics, kPatience);
    const auto first_day = hits.empty() ? std::nullopt : std::optional(hits.front().day);
    const auto looked = engine.read(site, {}, [&](Snapshot& snapshot) -> Result<int> {
      for (int i = 0; i < 60; ++i) {
        const Single query = testing::random_query(random, *where, first, kDays);
        Question question = query.question();
        question.include.first_day = true;
        const auto answer = snapshot.answer(question);
        if (!answer) return std::unexpected(answer.error());
        EXPECT_EQ(answer->first_day, first_day);
        EXPECT_EQ(compare(model, query, table(*answer), first_day, *where, clock.now()), "")
            << "seed " << seed << ": " << text(query);
      }
      return 60;
    });
    ASSERT_TRUE(looked) << looked.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, EngineLikeTheModel,
                         ::testing::Values("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu",
                                           "Australia/Lord_Howe"));

// --- places, networks, and who is no person ----------------------------------------------------------

/// "name 2; …": the rows of an answer by one dimension.
std::string listed(const Answer& answer) {
  std::string out;
  for (const Row& row : table(answer).rows)
    out += concat({row.dimensions.at(0), " ", std::to_string(static_cast<int>(row.metrics.at(0).value_or(-1))), "; "});
  return out;
}

TEST(EngineRows, MachinesAreCountedBesidePeopleAndListedByTheirClass) {
  TestLane lane;
  const auto site = site_in(testing::zone("Europe/Berlin"));
  std::vector<store::Hit> hits;
  for (std::uint64_t i = 0; i < 3; ++i) {
    hits.push_back(hit(*site.zone, i == 0 ? "2026-11-20T10:00:00Z" : "2026-11-21T10:00:00Z", i, "/"));
    hits.back().site = store::shadow_of(kSite);
    hits.back().os = i == 0 ? "search" : "ai_crawler";
  }
  hits.push_back(hit(*site.zone, "2026-11-21T11:00:00Z", 9, "/"));
  lane.apply(hits);
  lane.seal(store::shadow_of(kSite), *parse_date("2026-11-20"));
  ManualClock clock{*parse_instant("2026-11-22T09:41:00Z")};
  metrics::Registry metrics;
  testing::OneLane lanes(lane);
  Engine engine(clock, lanes, metrics, kPatience);
  const auto machine_visits = [&](Range range, bool machines) {
    return engine.ask(site, {.range = range, .include = {.machine_visits = true}, .machines = machines})
        .value()
        .machine_visits;
  };
  EXPECT_EQ(machine_visits(days("2026-11-20", "2026-11-21"), false), 3u) << "sealed and hot";
  EXPECT_EQ(machine_visits(days("2026-11-20", "2026-11-21"), true), 3u);
  EXPECT_EQ(machine_visits(days("2026-11-21", "2026-11-21"), false), 2u);
  EXPECT_EQ(machine_visits(InstantRange{*parse_instant("2026-11-20T09:00:00Z"), *parse_instant("2026-11-20T10:00:00Z")},
                           false),
            0u);
  EXPECT_EQ(machine_visits(InstantRange{*parse_instant("2026-11-20T10:00:00Z"), *parse_instant("2026-11-20T10:00:01Z")},
                           false),
            1u);
  auto question = parse(R"({"range":{"from":"2026-11-20","to":"2026-11-21"},
    "filters":[{"dimension":"visitor_kind","op":"is_not","values":["human"]}],
    "queries":{"kinds":{"metrics":["visits"],"dimensions":["visitor_kind"]}}})",
                        *site.zone, clock.now());
  ASSERT_TRUE(question) << question.error().message;
  EXPECT_EQ(listed(*engine.ask(site, *question)), "ai_crawler 2; search 1; ");
}

TEST(EngineRows, ANetworkIsCalledByWhoRunsIt) {
  TestLane lane;
  const auto site = site_in(testing::zone("UTC"));
  std::vector<store::Hit> hits;
  for (std::uint64_t i = 0; i < 3; ++i) {
    hits.push_back(hit(*site.zone, "2026-11-21T10:00:00Z", i, "/"));
    hits.back().asn = i == 0 ? 7 : 3320;
  }
  lane.apply(hits);
  ManualClock clock{*parse_instant("2026-11-22T09:41:00Z")};
  metrics::Registry metrics;
  testing::OneLane lanes(lane);
  Engine engine(clock, lanes, metrics, kPatience, shared_by_cores(1), kCacheBytes,
                [](std::uint32_t asn) { return asn == 3320 ? "Deutsche Telekom AG" : ""; });
  const auto asked = [&](Operator op, const char* value) {
    const auto answer =
        engine.ask(site, Single{.metrics = {Metric::visitors},
                                .dimensions = {Dimension::network},
                                .filters = {{.dimension = Dimension::network, .op = op, .values = {value}}},
                                .range = days("2026-11-20", "2026-11-21")}
                             .question());
    EXPECT_TRUE(answer) << answer.error().message;
    return listed(*answer);
  };
  const std::string telekom = "AS3320 Deutsche Telekom AG 2; ", other = "AS7 1; ";
  EXPECT_EQ(asked(Operator::contains, "telekom"), telekom);
  EXPECT_EQ(asked(Operator::is, "AS3320"), telekom);
  EXPECT_EQ(asked(Operator::is, "AS3320 What it was called before"), telekom) << "the number says which";
  EXPECT_EQ(asked(Operator::contains_not, "Telekom"), other);
  EXPECT_EQ(asked(Operator::contains, "as7"), other);
}

// --- days, hours and months as the site's clocks show them -------------------------------------------

struct ClockChange {
  const char* zone;
  const char* day;
  std::vector<std::string> around;  // labels of the hours around the change
  std::size_t hours;
};

class EngineHours : public EngineTest, public ::testing::WithParamInterface<ClockChange> {};

TEST_P(EngineHours, OfADayOnWhichClocksChange) {
  const auto& change = GetParam();
  const auto where = zone(change.zone);
  const Day day = *parse_date(change.day);
  // One visitor in every quarter of an hour of the day.
  std::vector<store::Hit> hits;
  for (TimeMs at = where->start_of(day); at < where->start_of(day + 1); at += std::chrono::minutes(15)) {
    store::Hit h;
    h.site = kSite;
    h.at = at;
    h.day = day;
    h.visitor = static_cast<std::uint64_t>(to_ms(at));
    h.path = "/";
    hits.push_back(h);
  }
  lane.apply(hits);
  for (const bool sealed : {false, true}) {
    if (sealed) lane.seal(kSite, day);
    const auto result = ask(site_in(where), {.metrics = {Metric::pageviews, Metric::visitors},
                                             .dimensions = {Dimension::time_hour},
                                             .range = DayRange{day, day}});
    const auto all = labels(result);
    EXPECT_EQ(all.size(), change.hours);
    const auto at = std::ranges::search(all, change.around);
    EXPECT_FALSE(at.empty()) << text(all);
    double sum = 0;
    for (const Row& row : result.rows) {
      EXPECT_EQ(row.metrics[0], row.metrics[1]);
      sum += *row.metrics[0];
    }
    EXPECT_EQ(sum, static_cast<double>(hits.size()));
    const auto whole = ask(site_in(where), {.metrics = {Metric::pageviews, Metric::visitors},
                                            .dimensions = {Dimension::time_day},
                                            .range = DayRange{day - 1, day + 1}});
    EXPECT_THAT(labels(whole), ElementsAre(date_text(day - 1), change.day, date_text(day + 1)));
    EXPECT_EQ(whole.rows[1].metrics[0], sum);
    EXPECT_EQ(whole.rows[1].metrics[1], sum);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Zones, EngineHours,
    ::testing::Values(
        ClockChange{"Europe/Berlin", "2026-03-29", {"2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"}, 23},
        ClockChange{"Europe/Berlin",
                    "2026-10-25",
                    {"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"},
                    25},
        ClockChange{"America/New_York", "2026-03-08", {"2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"}, 23},
        ClockChange{"America/New_York",
                    "2026-11-01",
                    {"2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00"},
                    25},
        ClockChange{"Asia/Kathmandu", "2026-10-25", {"2026-10-25T00:00:00+05:45", "2026-10-25T01:00:00+05:45"}, 24},
        // Half an hour forward: 2:00 to 2:30 is missing. Half an hour back: 1:30 to 2:00 comes twice.
        ClockChange{"Australia/Lord_Howe",
                    "2026-10-04",
                    {"2026-10-04T01:00:00+10:30", "2026-10-04T02:00:00+11:00", "2026-10-04T03:00:00+11:00"},
                    24},
        ClockChange{"Australia/Lord_Howe",
                    "2026-04-05",
                    {"2026-04-05T01:00:00+11:00", "2026-04-05T01:00:00+10:30", "2026-04-05T02:00:00+10:30"},
                    25}));

TEST_F(EngineTest, ARangeThatEndsOffAQuarterOfAnHourHasItsLastHour) {
  const auto where = zone("UTC");
  lane.apply({hit(*where, "2026-11-20T19:10:00Z", 1), hit(*where, "2026-11-20T20:02:00Z", 2),
              hit(*where, "2026-11-20T20:05:00Z", 3)});
  for (const bool sealed : {false, true}) {
    if (sealed) lane.seal(kSite, *parse_date("2026-11-20"));
    const auto result =
        ask(site_in(where),
            {.metrics = {Metric::pageviews},
             .dimensions = {Dimension::time_hour},
             .range = InstantRange{*parse_instant("2026-11-20T19:00:00Z"), *parse_instant("2026-11-20T20:05:00Z")}});
    EXPECT_THAT(labels(result), ElementsAre("2026-11-20T19:00:00+00:00", "2026-11-20T20:00:00+00:00"));
    EXPECT_THAT(firsts(result), ElementsAre(1.0, 1.0));
  }
}

TEST_F(EngineTest, MonthsAreTheSites) {
  const auto where = zone("Asia/Kathmandu");
  lane.apply({hit(*where, "2026-09-30T18:14:59Z", 1), hit(*where, "2026-09-30T18:15:00Z", 2),
              hit(*where, "2026-10-31T18:14:59Z", 3), hit(*where, "2026-10-31T18:15:00Z", 4)});
  for (const bool sealed : {false, true}) {
    if (sealed) lane.seal(kSite, *parse_date("2026-11-01"));
    const auto result = ask(site_in(where), {.metrics = {Metric::visits, Metric::pageviews},
                                             .dimensions = {Dimension::time_month},
                                             .range = days("2026-08-15", "2026-11-10")});
    EXPECT_THAT(labels(result), ElementsAre("2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01"));
    EXPECT_THAT(firsts(result), ElementsAre(std::nullopt, 1.0, 2.0, 1.0));
    EXPECT_EQ(result.rows[2].metrics[1], 2.0);
  }
}

// --- no data, running times, comparison --------------------------------------------------------------

TEST_F(EngineTest, TimesWithoutKnowledgeAreNullAndQuietOnesZero) {
  const auto where = zone("Europe/Berlin");  // now: Sunday 22 November, 10:41
  lane.apply({hit(*where, "2026-11-20T10:00:00Z", 1)});
  const auto result = ask(site_in(where), {.metrics = {Metric::visits, Metric::bounce_rate},
                                           .dimensions = {Dimension::time_day},
                                           .range = days("2026-11-19", "2026-11-23")});
  EXPECT_THAT(firsts(result), ElementsAre(std::nullopt, 1.0, 0.0, 0.0, std::nullopt));
  EXPECT_EQ(result.rows[2].metrics[1], std::nullopt);  // the bounce rate of no visits
  std::vector<bool> partial;
  for (const Row& row : result.rows) partial.push_back(row.partial);
  EXPECT_THAT(partial, ElementsAre(false, false, false, true, false));

  const auto hours = ask(
      site_in(where),
      {.metrics = {Metric::visits}, .dimensions = {Dimension::time_hour}, .range = days("2026-11-22", "2026-11-22")});
  ASSERT_EQ(hours.rows.size(), 24u);
  EXPECT_EQ(hours.rows[9].metrics[0], 0.0);
  EXPECT_EQ(hours.rows[10].metrics[0], 0.0);
  EXPECT_TRUE(hours.rows[10].partial);
  EXPECT_FALSE(hours.rows[9].partial);
  EXPECT_EQ(hours.rows[11].metrics[0], std::nullopt);
}

TEST_F(EngineTest, ASiteWithoutDataKnowsNothing) {
  const auto where = testing::zone("UTC");
  const Range range = days("2026-11-01", "2026-11-22");
  const auto totals =
      ask(site_in(where), {.metrics = {Metric::visitors, Metric::bounce_rate}, .range = range, .compare = range});
  ASSERT_EQ(totals.rows.size(), 1u);
  EXPECT_THAT(totals.rows[0].metrics, ElementsAre(std::nullopt, std::nullopt));
  EXPECT_THAT(totals.rows[0].compare, ElementsAre(std::nullopt, std::nullopt));
  EXPECT_TRUE(totals.rows[0].partial);
  EXPECT_THAT(
      ask(site_in(where), {.metrics = {Metric::visitors}, .dimensions = {Dimension::page}, .range = range}).rows,
      IsEmpty());
}

TEST_F(EngineTest, ComparesTimesByPositionAndNamesByName) {
  const auto where = testing::zone("UTC");
  lane.apply({hit(*where, "2026-11-01T10:00:00Z", 1, "/old"), hit(*where, "2026-11-01T11:00:00Z", 2, "/both"),
              hit(*where, "2026-11-03T10:00:00Z", 3, "/both"), hit(*where, "2026-11-04T10:00:00Z", 4, "/new"),
              hit(*where, "2026-11-04T10:01:00Z", 5, "/new")});
  Single query{.metrics = {Metric::visitors}, .dimensions = {Dimension::time_day}};
  query.range = days("2026-11-03", "2026-11-05");
  query.compare = days("2026-11-01", "2026-11-02");  // shorter: the third day has nothing beside it
  const auto times = ask(site_in(where), query);
  EXPECT_THAT(firsts(times), ElementsAre(1.0, 2.0, 0.0));
  EXPECT_THAT(times.rows[0].compare, ElementsAre(2.0));
  EXPECT_THAT(times.rows[1].compare, ElementsAre(0.0));
  EXPECT_THAT(times.rows[2].compare, ElementsAre(std::nullopt));

  query.dimensions = {Dimension::page};
  const auto pages = ask(site_in(where), query);
  EXPECT_THAT(labels(pages), ElementsAre("/new", "/both"));
  EXPECT_THAT(pages.rows[0].compare, ElementsAre(0.0));
  EXPECT_THAT(pages.rows[1].compare, ElementsAre(1.0));
}

/// A running range, how far its comparison goes, and how many quarters of an hour that is.
struct SoFar {
  const char* zone;
  const char* now;
  DayRange range;
  DayRange compare;
  const char* until;
  double quarters;
};

class EngineSoFar : public EngineTest, public ::testing::WithParamInterface<SoFar> {};

TEST_P(EngineSoFar, ComparesWithTheOtherPeriodUpToTheSameTimeOfDay) {
  const auto& [name, now, range, before, until, quarters] = GetParam();
  const auto where = zone(name);
  clock.set(*parse_instant(now));
  // Another visitor in every quarter of an hour of both periods: their whole last day too.
  std::vector<store::Hit> hits;
  for (const DayRange& days : {before, range}) {
    for (TimeMs at = where->start_of(days.first); at < where->start_of(days.last + 1); at += std::chrono::minutes(15)) {
      hits.push_back(hit(*where, rfc3339(at), static_cast<std::uint64_t>(to_ms(at) / 900'000)));
    }
  }
  lane.apply(hits);
  const site::Site site = site_in(where);
  const Query totals{.metrics = {Metric::visitors, Metric::visits, Metric::pageviews}};
  const Query pages{.metrics = {Metric::visitors}, .dimensions = {Dimension::page}};
  const Query chart{.metrics = {Metric::visitors}, .dimensions = {Dimension::time_day}};
  Question question{.range = range,
                    .compare = before,
                    .compare_so_far = true,
                    .queries = {{"totals", totals}, {"pages", pages}, {"chart", chart}}};
  for (const bool sealed : {false, true}) {
    if (sealed) lane.seal(kSite, before.last);
    const auto answer = engine.ask(site, question);
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_TRUE(answer->compare_until);
    EXPECT_EQ(local_text(answer->compare_until->at, answer->compare_until->offset), until);
    const auto result = [&](std::size_t i) { return table(*answer, i); };
    EXPECT_THAT(result(0).rows.at(0).compare, ElementsAre(quarters, quarters, quarters)) << sealed;
    EXPECT_THAT(result(1).rows.at(0).compare, ElementsAre(quarters)) << sealed;
    // The line of the comparison is drawn to its end, or to that of the range.
    const Day end = std::min(before.last, before.first + (range.last - range.first)) + 1;
    double whole = 0;
    for (const Row& row : result(2).rows) whole += row.compare.at(0).value_or(0);
    EXPECT_EQ(whole, (where->start_of(end) - where->start_of(before.first)) / std::chrono::minutes(15));
  }
  // What is over is compared whole, and so is a comparison that was written out.
  clock.set(where->start_of(range.last + 1));
  const auto over = engine.ask(site, question);
  ASSERT_TRUE(over);
  EXPECT_FALSE(over->compare_until);
  clock.set(*parse_instant(now));
  question.compare_so_far = false;
  const auto written = engine.ask(site, question);
  ASSERT_TRUE(written);
  EXPECT_FALSE(written->compare_until);
  EXPECT_EQ(table(*over, 0).rows[0].compare, table(*written, 0).rows[0].compare);
  EXPECT_GT(table(*written, 0).rows[0].compare[0].value_or(0), quarters);
}

INSTANTIATE_TEST_SUITE_P(
    Zones, EngineSoFar,
    ::testing::Values(SoFar{"UTC", "2026-11-22T14:20:00Z", days("2026-11-22", "2026-11-22"),
                            days("2026-11-21", "2026-11-21"), "2026-11-21T14:20:00+00:00", 58},
                      SoFar{"UTC", "2026-11-22T14:20:00Z", days("2026-11-16", "2026-11-22"),
                            days("2026-11-09", "2026-11-15"), "2026-11-15T14:20:00+00:00", 6 * 96 + 58},
                      // A month of 31 days before one of 30, on its last day: a range that is not as long.
                      SoFar{"UTC", "2026-11-30T14:20:00Z", days("2026-11-01", "2026-11-30"),
                            days("2026-10-01", "2026-10-31"), "2026-10-31T14:20:00+00:00", 30 * 96 + 58},
                      // It goes on for three more days.
                      SoFar{"UTC", "2026-11-19T14:20:00Z", days("2026-11-16", "2026-11-22"),
                            days("2026-11-09", "2026-11-15"), "2026-11-12T14:20:00+00:00", 3 * 96 + 58},
                      SoFar{"Asia/Kathmandu", "2026-10-26T04:20:00Z", days("2026-10-26", "2026-10-26"),
                            days("2026-10-25", "2026-10-25"), "2026-10-25T10:05:00+05:45", 41},
                      // The day after one of 25 hours, and that day itself.
                      SoFar{"Europe/Berlin", "2026-10-26T13:20:00Z", days("2026-10-26", "2026-10-26"),
                            days("2026-10-25", "2026-10-25"), "2026-10-25T14:20:00+01:00", 62},
                      SoFar{"Europe/Berlin", "2026-10-25T13:20:00Z", days("2026-10-25", "2026-10-25"),
                            days("2026-10-24", "2026-10-24"), "2026-10-24T14:20:00+02:00", 58},
                      // Half past two: there twice yesterday, and then twice today.
                      SoFar{"Europe/Berlin", "2026-10-26T01:30:00Z", days("2026-10-26", "2026-10-26"),
                            days("2026-10-25", "2026-10-25"), "2026-10-25T02:30:00+01:00", 14},
                      SoFar{"Europe/Berlin", "2026-10-25T01:30:00Z", days("2026-10-25", "2026-10-25"),
                            days("2026-10-24", "2026-10-24"), "2026-10-24T02:30:00+02:00", 10},
                      // The day after one of 23 hours, that day itself, and half past two, which that day skips.
                      SoFar{"Europe/Berlin", "2026-03-30T12:20:00Z", days("2026-03-30", "2026-03-30"),
                            days("2026-03-29", "2026-03-29"), "2026-03-29T14:20:00+02:00", 54},
                      SoFar{"Europe/Berlin", "2026-03-29T12:20:00Z", days("2026-03-29", "2026-03-29"),
                            days("2026-03-28", "2026-03-28"), "2026-03-28T14:20:00+01:00", 58},
                      SoFar{"Europe/Berlin", "2026-03-30T00:30:00Z", days("2026-03-30", "2026-03-30"),
                            days("2026-03-29", "2026-03-29"), "2026-03-29T03:30:00+02:00", 10},
                      SoFar{"America/New_York", "2026-11-02T15:00:00Z", days("2026-11-02", "2026-11-02"),
                            days("2026-11-01", "2026-11-01"), "2026-11-01T10:00:00-05:00", 44},
                      // Half an hour back.
                      SoFar{"Australia/Lord_Howe", "2026-04-05T22:40:00Z", days("2026-04-06", "2026-04-06"),
                            days("2026-04-05", "2026-04-05"), "2026-04-05T09:10:00+10:30", 39}));

TEST_F(EngineTest, ComparesRunningInstantsWithAsLongATime) {
  const auto where = zone("Europe/Berlin");  // now: 09:41 UTC
  lane.apply({hit(*where, "2026-11-22T05:41:00Z", 1), hit(*where, "2026-11-22T05:40:59Z", 2),
              hit(*where, "2026-11-22T08:00:00Z", 3)});
  const InstantRange range{*parse_instant("2026-11-22T08:00:00Z"), *parse_instant("2026-11-22T12:00:00Z")};
  const InstantRange before{*parse_instant("2026-11-22T04:00:00Z"), range.from};
  Question question = Single{.metrics = {Metric::visits}, .range = range, .compare = before}.question();
  question.compare_so_far = true;
  const auto answer = engine.ask(site_in(where), question);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->compare_until->at, *parse_instant("2026-11-22T05:41:00Z"));
  EXPECT_THAT(table(*answer, 0).rows[0].compare, ElementsAre(1.0));
}

TEST_F(EngineTest, EqualRowsAreInOrderOfTheirNames) {
  const auto where = testing::zone("UTC");
  lane.apply({hit(*where, "2026-11-03T10:00:00Z", 1, "/c"), hit(*where, "2026-11-03T10:00:01Z", 2, "/a"),
              hit(*where, "2026-11-03T10:00:02Z", 3, "/b"), hit(*where, "2026-11-03T10:00:03Z", 4, "/b")});
  const auto result = ask(site_in(where), {.metrics = {Metric::visitors},
                                           .dimensions = {Dimension::page},
                                           .range = days("2026-11-03", "2026-11-03"),
                                           .limit = 2});
  EXPECT_THAT(labels(result), ElementsAre("/b", "/a"));
  EXPECT_EQ(result.more, 1u);
}

// --- the view after midnight ---------------------------------------------------------------------------

TEST_F(EngineTest, AVisitOverMidnightIsOneVisitWhateverIsSealed) {
  const auto where = testing::zone("UTC");
  auto before = hit(*where, "2026-11-03T23:50:00Z", 1, "/a");
  before.source = "Google";
  auto after = hit(*where, "2026-11-04T00:10:00Z", 1, "/b");
  after.visitor_before = before.visitor;
  lane.apply({before, after});
  for (const char* sealed : {"", "2026-11-03", "2026-11-04"}) {
    if (const auto day = parse_date(sealed)) lane.seal(kSite, *day);
    Single query{.metrics = {Metric::visits, Metric::pageviews, Metric::visit_duration},
                 .dimensions = {Dimension::source},
                 .range = days("2026-11-03", "2026-11-04")};
    const auto both = ask(site_in(where), query);
    ASSERT_EQ(both.rows.size(), 1u) << sealed;
    EXPECT_EQ(both.rows[0].dimensions[0], "Google");
    EXPECT_THAT(both.rows[0].metrics, ElementsAre(1.0, 2.0, 1200.0)) << sealed;
    query.range = days("2026-11-04", "2026-11-04");
    const auto second = ask(site_in(where), query);
    ASSERT_EQ(second.rows.size(), 1u) << sealed;
    EXPECT_EQ(second.rows[0].dimensions[0], "Google");
    EXPECT_THAT(second.rows[0].metrics, ElementsAre(0.0, 1.0, std::nullopt)) << sealed;
    // Whoever saw /b counts among the visitors of the day of the visit.
    query = {.metrics = {Metric::visitors},
             .filters = {{Dimension::page, Operator::is, {"/b"}}},
             .range = days("2026-11-03", "2026-11-03")};
    EXPECT_THAT(ask(site_in(where), query).rows[0].metrics, ElementsAre(1.0)) << sealed;
  }
}

// --- live, limits, clean connections -------------------------------------------------------------------

TEST_F(EngineTest, LiveVisitorsWereActiveInTheLastFiveMinutes) {
  const auto where = testing::zone("UTC");
  auto event = hit(*where, "2026-11-22T09:38:00Z", 3);
  event.kind = store::HitKind::event;
  event.event_name = "signup";
  auto other = hit(*where, "2026-11-22T09:40:00Z", 4);
  other.site = SiteKey{8};
  lane.apply({hit(*where, "2026-11-22T09:35:59Z", 1), hit(*where, "2026-11-22T09:36:00Z", 2), event, other,
              hit(*where, "2026-11-22T09:39:00Z", 2)});
  const auto answer = engine.ask(site_in(where), kLiveOnly);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->live_visitors, 2u);
  EXPECT_EQ(answer->now, clock.now());
}

TEST_F(EngineTest, AConnectionCanBeUsedAgainAndAgain) {
  const auto where = testing::zone("UTC");
  lane.apply({hit(*where, "2026-11-22T09:00:00Z", 1, "/blog")});
  lanes.keep = true;
  const Query query{.metrics = {Metric::bounce_rate},
                    .dimensions = {Dimension::exit_page},
                    .filter = all_of({{Dimension::page, Operator::contains, {"BLOG"}}})};
  const Question question{.range = days("2026-11-22", "2026-11-22"), .queries = {{"q", query}, {"again", query}}};
  for (int i = 0; i < 3; ++i) {
    const auto answer = engine.ask(site_in(where), question);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(table(*answer, 1).rows.at(0).metrics[0], 100.0);
    auto left = lanes.kept->query("SELECT count(*) FROM duckdb_tables() WHERE temporary");
    ASSERT_TRUE(left && (*left)->next().value_or(false));
    EXPECT_EQ((*left)->i64(0), 0);
  }
}

TEST_F(EngineTest, HotVisitsAreThoseThatEndedAndThoseThatGoOn) {
  const auto where = testing::zone("UTC");
  auto other = hit(*where, "2026-11-22T09:02:00Z", 3, "/other");
  other.site = SiteKey{8};
  lane.apply({hit(*where, "2026-11-22T08:00:00Z", 1, "/ended"), hit(*where, "2026-11-22T09:00:00Z", 2, "/"),
              hit(*where, "2026-11-22T09:01:00Z", 2, "/on"), other});
  const auto ask_for = [&](Snapshot& snapshot, Metric metric, std::vector<Dimension> dimensions) {
    return snapshot.answer(
        Single{.metrics = {metric}, .dimensions = std::move(dimensions), .range = days("2026-11-22", "2026-11-22")}
            .question());
  };
  const auto exits = engine.read(site_in(where), {}, [&](Snapshot& snapshot) -> Result<Answer> {
    auto totals = ask_for(snapshot, Metric::bounce_rate, {});
    if (!totals) return totals;
    EXPECT_EQ(table(*totals).rows.at(0).metrics[0], 50.0);
    return ask_for(snapshot, Metric::visits, {Dimension::exit_page});
  });
  ASSERT_TRUE(exits) << exits.error().message;
  EXPECT_THAT(labels(table(*exits)), ElementsAre("/ended", "/on"));
}

TEST_F(EngineTest, LooksUpOnlyWhatIsAsked) {
  // A lane on which every statement fails answers a question that needs none.
  lanes.words = testing::kCorrupt;
  lanes.failures = 1'000;
  const auto site = site_in(testing::zone("UTC"));
  EXPECT_TRUE(engine.ask(site, {}));
  EXPECT_FALSE(engine.ask(site, kLiveOnly));
  EXPECT_FALSE(engine.ask(site, {.include = {.first_day = true}}));
  EXPECT_TRUE(engine.ask(site, {.include = {.applied_until = true}})) << "nothing is behind";
  lanes.is_behind = true;
  EXPECT_FALSE(engine.ask(site, {.include = {.applied_until = true}}));
  EXPECT_EQ(lanes.damage, 3) << "the store hears of damage";
}

TEST_F(EngineTest, TellsWordsOfTheDatabaseFromALaneThatCannotBeRead) {
  lanes.words = testing::kCorrupt;
  lanes.failures = 1;
  const auto site = site_in(testing::zone("UTC"));
  EXPECT_EQ(engine.ask(site, kLiveOnly).error().code, Code::internal);
  lanes.stopped = true;
  EXPECT_EQ(engine.ask(site, kLiveOnly).error().code, Code::unavailable);
}

TEST_F(EngineTest, TakesTooLongIsBusyAndTheConnectionLives) {
  lanes.keep = true;
  Engine hasty(clock, lanes, metrics, std::chrono::milliseconds(0));
  const auto where = testing::zone("UTC");
  Question question{.range = days("2026-09-01", "2026-11-22"), .queries = {}};
  // More than fits into no time at all, whatever the machine.
  for (std::size_t i = 0; i < 2'000; ++i) {
    question.queries.emplace_back("q", Query{.metrics = {Metric::visits}, .dimensions = {Dimension::time_hour}});
  }
  const auto answer = hasty.ask(site_in(where), question);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::busy);
  EXPECT_THAT(answer.error().message, HasSubstr("shorter range"));
  EXPECT_TRUE(engine.ask(site_in(where), kLiveOnly));
  EXPECT_THAT(metrics.render(), HasSubstr("hitkeep_query_timeouts_total 1"));
}

TEST_F(EngineTest, StopsWhenNobodyWaitsAndTheConnectionLives) {
  lanes.keep = true;
  const auto site = site_in(testing::zone("UTC"));
  std::stop_source client;
  client.request_stop();
  const auto answer = engine.ask(site, kLiveOnly, {.gone = client.get_token()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::busy);
  EXPECT_THAT(metrics.render(), HasSubstr("hitkeep_query_abandoned_total 1"));
  EXPECT_THAT(metrics.render(), HasSubstr("hitkeep_query_timeouts_total 0"));
  EXPECT_TRUE(engine.ask(site, kLiveOnly, {.gone = std::stop_source().get_token()}));
}

TEST_F(EngineTest, ShortOfMemoryAQuestionRunsOnceMoreAlone) {
  const auto site = site_in(testing::zone("UTC"));
  lanes.words = testing::kOutOfMemory;
  lanes.failures = 1;
  EXPECT_TRUE(engine.ask(site, kLiveOnly, {.who = "anna"}));
  EXPECT_THAT(metrics.render(), HasSubstr("hitkeep_query_alone_total 1"));
  lanes.failures = 2;
  const auto refused = engine.ask(site, kLiveOnly, {.who = "anna"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_THAT(refused.error().message, HasSubstr("shorter range"));
  // It was her own question: for a while she is not left alone again, and others are.
  lanes.failures = 1;
  EXPECT_FALSE(engine.ask(site, kLiveOnly, {.who = "anna"}));
  lanes.failures = 1;
  EXPECT_TRUE(engine.ask(site, kLiveOnly, {.who = "bert"}));
  EXPECT_TRUE(engine.ask(site, kLiveOnly, {.who = "anna"}));
  EXPECT_THAT(metrics.render(), HasSubstr("hitkeep_query_alone_total 3"));
  EXPECT_THAT(metrics.render(), HasSubstr("hitkeep_query_too_large_total 2"));
}

TEST_F(EngineTest, ShortOfMemoryEvenForTheRollBackTheNextQuestionIsAnswered) {
  const auto site = site_in(testing::zone("UTC"));
  int failures = 1;
  auto failing = std::make_unique<testing::FailingConnection>(lane.connect(), testing::kOutOfMemory, failures);
  testing::FailingConnection& connection = *failing;
  lanes.keep = true;
  lanes.kept = std::move(failing);
  connection.failing_rollbacks = 1;
  EXPECT_TRUE(engine.ask(site, kLiveOnly, {.who = "anna"}));
  // While memory is short there is no answer, and the words say so.
  connection.failing_rollbacks = 2;
  EXPECT_TRUE(engine.ask(site, kLiveOnly, {.who = "bert"}));
  const auto refused = db::DuckTransaction::begin(connection);
  ASSERT_FALSE(refused);
  EXPECT_EQ(db::cause_of(refused.error()), db::DuckCause::memory);
  EXPECT_TRUE(engine.ask(site, kLiveOnly, {.who = "bert"}));
}

TEST_F(EngineTest, ShortOfMemoryEvenForAConnectionAQuestionRunsOnceMoreAlone) {
  const auto site = site_in(testing::zone("UTC"));
  lanes.refusals = 1;
  EXPECT_TRUE(engine.ask(site, kLiveOnly, {.who = "anna"}));
  lanes.refusals = 2;
  const auto refused = engine.ask(site, kLiveOnly, {.who = "anna"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
}

/// More groups, each with a set of its own, than fit into a small memory.
TEST(EngineMemory, OnePersonsHugeQuestionSpoilsNobodysAnswer) {
  TestLane lane(64u << 20);
  const auto site = site_in(testing::zone("UTC"));
  std::vector<store::Hit> hits;
  for (std::uint64_t i = 0; i < 120'000; ++i) {
    hits.push_back(hit(*site.zone, "2026-11-21T10:00:00Z", i, "/" + std::to_string(i) + std::string(200, 'x')));
    hits.back().referrer_host = std::to_string(i) + ".example";
  }
  for (std::size_t i = 0; i < hits.size(); i += 20'000)
    lane.apply({hits.begin() + static_cast<std::ptrdiff_t>(i), hits.begin() + static_cast<std::ptrdiff_t>(i + 20'000)});
  ManualClock clock{*parse_instant("2026-11-22T09:41:00Z")};
  metrics::Registry metrics;
  testing::OneLane lanes(lane);
  Engine engine(clock, lanes, metrics, kPatience);
  const Question huge = Single{.metrics = {Metric::visitors, Metric::bounce_rate},
                               .dimensions = {Dimension::entry_page, Dimension::referrer},
                               .range = days("2026-11-01", "2026-11-22"),
                               .limit = 1000}
                            .question();
  const Question small = Single{.metrics = {Metric::pageviews}, .range = days("2026-11-20", "2026-11-22")}.question();
  std::atomic<bool> asking = true;
  std::jthread greedy([&] {
    for (int i = 0; i < 3; ++i) {
      const auto answer = engine.ask(site, huge, {.who = "greedy"});
      EXPECT_TRUE(answer || answer.error().code == Code::too_large) << answer.error().message;
    }
    asking = false;
  });
  do {
    const auto answer = engine.ask(site, small, {.who = "modest"});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(table(*answer, 0).rows[0].metrics[0], 120'000.0);
  } while (asking);
  greedy.join();
  EXPECT_THAT(metrics.render(), ::testing::Not(HasSubstr("hitkeep_query_too_large_total 0"))) << "it was too large";
}

/// Runs until somebody stops it.
bool endless(db::DuckConnection& connection) {
  const auto rows = connection.query("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range < b.range");
  return rows && (*rows)->next();
}

TEST(Watchdog, InterruptsWhatNobodyWaitsFor) {
  auto database = std::move(*db::DuckDatabase::memory({.threads = 1}));
  auto connection = std::move(*database->connect());
  Watchdog watchdog;
  std::stop_source client;
  const auto guard = watchdog.watch(*connection, std::chrono::hours(1), client.get_token());
  EXPECT_FALSE(guard.fired());
  std::jthread leaves([&] { client.request_stop(); });
  EXPECT_FALSE(endless(*connection));
  EXPECT_TRUE(guard.fired());
}

TEST(Watchdog, InterruptsWhatRunsTooLong) {
  auto database = std::move(*db::DuckDatabase::memory({.threads = 1}));
  auto connection = std::move(*database->connect());
  Watchdog watchdog;
  const auto guard = watchdog.watch(*connection, std::chrono::milliseconds(10));
  EXPECT_FALSE(endless(*connection));
  EXPECT_TRUE(guard.fired());
}

TEST(Watchdog, LeavesTheOthersAlone) {
  auto database = std::move(*db::DuckDatabase::memory({.threads = 1}));
  auto connection = std::move(*database->connect());
  Watchdog watchdog;
  {
    const auto gone = watchdog.watch(*connection, std::chrono::milliseconds(0));
  }
  const auto guard = watchdog.watch(*connection, std::chrono::hours(1));
  EXPECT_FALSE(guard.fired());
}

}  // namespace
}  // namespace hk::query

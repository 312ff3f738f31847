#include "query/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <random>

#include "query/dates.h"
#include "query/testing/lane.h"
#include "query/testing/model.h"
#include "query/testing/zone.h"
#include "sql/query.h"

namespace hk::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Day kDay = *parse_date("2026-01-01");

std::string squeezed(std::string_view sql) {
  std::string out;
  for (const char c : sql) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank || (!out.empty() && out.back() != ' ')) out += blank ? ' ' : c;
  }
  return out;
}

Statement statement(const Query& query, const SiteDays& days, std::vector<ResolvedFilter> filters = {},
                    const std::vector<Keys>* only = nullptr) {
  const auto zone = testing::utc();
  EXPECT_TRUE(check(query)) << check(query).error().message;
  return statement_for(query, plan(query, query.range, *zone, days), filters, {SiteKey{7}, "UTC"}, only);
}

// --- golden SQL ----------------------------------------------------------------------------------------

TEST(Statement, AddsSealedAndHotParts) {
  const auto s = statement({.metrics = {Metric::visitors, Metric::bounce_rate},
                            .dimensions = {Dimension::source},
                            .range = DayRange{kDay, kDay + 1}},
                           {.sealed = DayRange{kDay, kDay}, .hot = DayRange{kDay + 1, kDay + 1}});
  EXPECT_EQ(
      squeezed(s.sql),
      "-- One result. parts: sealed and hot aggregates of each table; sums: one row per group. WITH parts AS ( "
      "SELECT v.source AS k0, count(*) FILTER (v.bits & 4 <> 0) AS visitors, count(*) AS visits, "
      "count(*) FILTER (v.pageviews = 1 AND v.events = 0) AS bounces FROM sealed_visits v "
      "WHERE v.site = $1 AND v.day >= $2 AND v.day <= $3 GROUP BY ALL "
      "UNION ALL "
      "SELECT v.source AS k0, count(DISTINCT v.visitor) AS visitors, 0::BIGINT AS visits, 0::BIGINT AS bounces "
      "FROM hot_visits v WHERE v.site = $1 AND v.day >= $4 AND v.day <= $5 GROUP BY ALL "
      "UNION ALL "
      "SELECT v.source AS k0, 0::BIGINT AS visitors, count(*) AS visits, "
      "count(*) FILTER (o.pageviews = 1 AND o.events = 0) AS bounces FROM hot_visits v "
      "JOIN hot_outcomes o ON o.visit = v.visit WHERE v.site = $1 AND v.day >= $6 AND v.day <= $7 GROUP BY ALL ), "
      "sums AS ( SELECT k0, sum(visitors)::BIGINT AS visitors, sum(visits)::BIGINT AS visits, "
      "sum(bounces)::BIGINT AS bounces FROM parts GROUP BY ALL) "
      "SELECT k0, coalesce(t0.text, '') AS n0, visitors::DOUBLE AS m0, 100 * bounces / nullif(visits, 0) AS m1, "
      "count(*) OVER () AS rows FROM sums LEFT JOIN texts t0 ON t0.id = k0 "
      "ORDER BY m0 DESC NULLS LAST, n0 LIMIT $8 ");
}

TEST(Statement, CutsInstantsByTheQuarterHour) {
  const auto s = statement(
      {.metrics = {Metric::pageviews}, .dimensions = {Dimension::time_day}, .range = DayRange{kDay, kDay + 1}},
      {.sealed = DayRange{kDay, kDay}});
  EXPECT_EQ(squeezed(s.sql),
            "-- One result. parts: sealed and hot aggregates of each table; sums: one row per group. WITH parts AS ( "
            "SELECT CAST(timezone($2, make_timestamptz(quarter * 900000000)) AS DATE) AS t, sum(pageviews)::BIGINT AS "
            "pageviews FROM ( SELECT epoch_ms(h.ts) // 900000 AS quarter, count(*) AS pageviews FROM sealed_hits h "
            "WHERE h.site = $1 AND h.ts >= $3 AND h.ts < $4 GROUP BY ALL) GROUP BY ALL ), "
            "sums AS ( SELECT t, sum(pageviews)::BIGINT AS pageviews FROM parts GROUP BY ALL) "
            "SELECT t, pageviews::DOUBLE AS m0, count(*) OVER () AS rows FROM sums ORDER BY t ");
}

TEST(Statement, BindsWhatTheCallerSent) {
  // Nothing of a filter's text or a name can be found in the SQL: ids were looked up before.
  const auto s = statement({.metrics = {Metric::visits},
                            .dimensions = {Dimension::channel},
                            .filters = {{.dimension = Dimension::source, .values = {"'; DROP TABLE texts; --"}}},
                            .range = DayRange{kDay, kDay}},
                           {.sealed = DayRange{kDay, kDay}}, {{.dimension = Dimension::source, .ids = {4711}}});
  EXPECT_THAT(s.sql, HasSubstr("v.source IN ($4)"));
  EXPECT_THAT(s.sql, Not(HasSubstr("DROP")));
  EXPECT_THAT(s.sql, Not(HasSubstr("4711")));
  EXPECT_EQ(std::get<std::uint32_t>(s.params[3]), 4711u);
}

TEST(Statement, AFilterOnUnseenTextsMatchesNothing) {
  const Query query{.metrics = {Metric::visits},
                    .filters = {{.dimension = Dimension::source, .values = {"?"}}},
                    .range = DayRange{kDay, kDay}};
  const SiteDays days{.sealed = DayRange{kDay, kDay}};
  EXPECT_THAT(statement(query, days, {{.dimension = Dimension::source}}).sql, HasSubstr("AND false"));
  EXPECT_THAT(statement(query, days, {{.dimension = Dimension::source, .negate = true}}).sql, HasSubstr("AND true"));
}

TEST(Statement, FillsEveryPlaceholder) {
  EXPECT_EQ(fill("a {{x}} b {{y}}{{x}}", {{"x", "1"}, {"y", "{{x}}"}}), "a 1 b {{x}}1");
  EXPECT_EQ(fill("plain", {}), "plain");
}

// --- plans ---------------------------------------------------------------------------------------------

/// A lane with 400 days of rows of five sites, sealed day after day in order.
class Plans : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    lane_ = new testing::TestLane();
    connection_ = lane_->connect().release();
    for (const auto* sql : {"INSERT INTO sealed_visits SELECT 5 + i % 5, DATE '2026-01-01' + (i // 500)::INTEGER, "
                            "(TIMESTAMP '2026-01-01' + to_seconds((i * 864 // 5)::BIGINT))::TIMESTAMP_MS, i, i, 1, 1, "
                            "0, 0, 1, 1, false, 1, 1, 1, 1, "
                            "1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 FROM range(200000) r(i)",
                            "INSERT INTO sealed_hits SELECT site, start, visit, vd, 1, 3 FROM sealed_visits",
                            "INSERT INTO sealed_events SELECT site, start, visit, vd, 1, 2, '' FROM sealed_visits",
                            "CREATE TEMP TABLE hot_outcomes (visit UINTEGER, pageviews USMALLINT, events USMALLINT, "
                            "duration UINTEGER, exit_page UINTEGER)",
                            "CREATE TEMP TABLE picked_texts (pick UINTEGER, id UINTEGER)"}) {
      const auto done = connection_->exec(sql);
      ASSERT_TRUE(done) << done.error().message;
    }
  }
  static void TearDownTestSuite() {
    delete connection_;
    delete lane_;
  }

  static std::string explain(const Statement& s) {
    auto rows = connection_->query("EXPLAIN (ANALYZE, FORMAT JSON) " + s.sql, s.params);
    EXPECT_TRUE(rows) << rows.error().message << '\n' << s.sql;
    if (!rows || !(*rows)->next().value_or(false)) return {};
    return std::string((*rows)->text(1));
  }
  /// Rows that all scans of a plan looked at.
  static int scanned(std::string_view plan) {
    const std::string_view key = "\"cumulative_rows_scanned\": ";
    const auto at = plan.find(key);
    int out = -1;
    if (at != std::string_view::npos) std::from_chars(plan.data() + at + key.size(), plan.data() + plan.size(), out);
    return out;
  }

  static inline testing::TestLane* lane_ = nullptr;
  static inline db::DuckConnection* connection_ = nullptr;
};

TEST_F(Plans, ScanTheAskedDaysAlone) {
  const DayRange days{kDay + 200, kDay + 201};
  const InstantRange instants{TimeMs(std::chrono::days(kDay + 200)) + std::chrono::hours(3),
                              TimeMs(std::chrono::days(kDay + 201))};
  const SiteDays known{.sealed = DayRange{kDay, kDay + 399}, .hot = DayRange{kDay, kDay + 399}};
  const ResolvedFilter country{.dimension = Dimension::country, .ids = {1}};
  const ResolvedFilter page{.dimension = Dimension::page, .pick = 1};
  const ResolvedFilter event{.dimension = Dimension::event_name, .ids = {2}};
  struct Case {
    std::vector<Metric> metrics;
    std::vector<Dimension> dimensions;
    std::vector<ResolvedFilter> filters;
  };
  const std::vector<Case> cases{
      {{Metric::visitors, Metric::visits, Metric::bounce_rate, Metric::visit_duration}, {}, {}},
      {{Metric::visitors}, {Dimension::source}, {country}},
      {{Metric::visitors}, {Dimension::exit_page}, {}},
      {{Metric::visitors}, {Dimension::time_hour}, {}},
      {{Metric::visitors}, {Dimension::time_day}, {}},
      {{Metric::pageviews}, {Dimension::time_month}, {}},
      {{Metric::visitors, Metric::pageviews}, {Dimension::page}, {}},
      {{Metric::pageviews}, {Dimension::referrer}, {country}},
      {{Metric::visitors}, {}, {page}},
      {{Metric::pageviews, Metric::events}, {Dimension::device}, {page, event}},
      {{Metric::visitors, Metric::events}, {Dimension::event_name}, {}},
  };
  for (const Range& range : {Range(days), Range(instants)}) {
    for (const Case& c : cases) {
      Query query{.metrics = c.metrics, .dimensions = c.dimensions, .range = range};
      for (const ResolvedFilter& f : c.filters) query.filters.push_back({.dimension = f.dimension, .values = {"x"}});
      const Statement s = statement(query, known, c.filters);
      const std::string plan = explain(s);
      // Five tables of 200,000 rows in row groups of 16,384: one or two groups per scan, and the week around a visit.
      EXPECT_GT(scanned(plan), 0) << s.sql;
      EXPECT_LT(scanned(plan), 5 * 4 * 16'384) << s.sql << plan;
      for (const auto* column : {"site", "day", "start", "ts", "source", "country", "page", "name"}) {
        EXPECT_THAT(plan, Not(HasSubstr("CAST(" + std::string(column)))) << s.sql;
      }
    }
  }
}

TEST(HotOutcomes, AreThoseOfTheView) {
  const auto zone = testing::zone("UTC");
  std::mt19937_64 random(7);
  std::vector<store::Hit> hits;
  while (hits.size() < 40) hits = testing::random_hits(random, SiteKey{7}, *zone, kDay, 4);
  testing::TestLane lane;
  lane.apply(hits);
  lane.apply(testing::random_hits(random, SiteKey{8}, *zone, kDay, 4));
  const auto connection = lane.connect();
  ASSERT_TRUE(connection->query(hot_outcomes_sql(true), {std::uint32_t{7}}));
  const std::string view = "SELECT visit, pageviews, events, duration, exit_page FROM hot_visit_rows WHERE site = 7";
  auto rows = connection->query("SELECT (SELECT count(*) FROM hot_outcomes), (SELECT count(*) FROM (" + view +
                                ")), (SELECT count(*) FROM (FROM hot_outcomes EXCEPT " + view + "))");
  ASSERT_TRUE(rows && (*rows)->next().value_or(false));
  EXPECT_GT((*rows)->i64(0), 10);
  EXPECT_EQ((*rows)->i64(0), (*rows)->i64(1));
  EXPECT_EQ((*rows)->i64(2), 0);
}

TEST_F(Plans, EveryFixedStatementIsPrepared) {
  for (const std::string_view sql : {sql::query::site_days, sql::query::live_visitors, sql::query::hours}) {
    const auto prepared = connection_->prepare(sql);
    EXPECT_TRUE(prepared) << prepared.error().message;
  }
}

}  // namespace
}  // namespace hk::query

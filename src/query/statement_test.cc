#include "query/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <random>
#include <set>

#include "query/dates.h"
#include "query/snapshot.h"
#include "query/testing/lane.h"
#include "query/testing/model.h"
#include "query/testing/single.h"
#include "query/testing/zone.h"
#include "sql/query.h"

namespace hk::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Single;

const Day kDay = *parse_date("2026-01-01");

ResolvedPredicate resolved(const std::vector<ResolvedFilter>& filters) {
  ResolvedPredicate out;
  for (const ResolvedFilter& filter : filters) out.of.push_back({.kind = Junction::test, .of = {}, .test = filter});
  return out;
}

Statement statement(const Single& query, const SiteDays& days, const std::vector<ResolvedFilter>& filters = {},
                    const std::vector<Keys>* only = nullptr) {
  const auto zone = testing::utc();
  const auto ok = check(query.question());
  EXPECT_TRUE(ok) << ok.error().message;
  return statement_for(query.query(), plan(query.query(), query.filter(), query.range, *zone, days), resolved(filters),
                       {SiteKey{7}, *zone, {}}, only);
}

// --- SQL: the whole texts are in golden_test.cc ---------------------------------------------------------

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
  const Single query{.metrics = {Metric::visits},
                     .filters = {{.dimension = Dimension::source, .values = {"?"}}},
                     .range = DayRange{kDay, kDay}};
  const SiteDays days{.sealed = DayRange{kDay, kDay}};
  EXPECT_THAT(statement(query, days, {{.dimension = Dimension::source}}).sql, HasSubstr("AND false"));
  EXPECT_THAT(statement(query, days, {{.dimension = Dimension::source, .negate = true}}).sql, HasSubstr("AND true"));
}

// --- plans ---------------------------------------------------------------------------------------------

/// Sealed rows of 20 sites over four months, sorted month by month as the maintenance does: each table has some 25 row
/// groups of 16,384, a month has six, and each of those two to four sites.
class Plans : public ::testing::Test {
 protected:
  static constexpr std::int64_t kRowGroup = 16'384;
  static constexpr std::int64_t kRows = 400'000;

  static void SetUpTestSuite() {
    lane_ = new testing::TestLane();
    connection_ = lane_->connect().release();
    constexpr const char* kVisits =
        "INSERT INTO sealed_visits SELECT 1 + i % 20, DATE '2026-01-01' + (i // 3334)::INTEGER, "
        "(TIMESTAMP '2026-01-01' + to_days((i // 3334)::INTEGER) + to_seconds(i % 3334 * 25))::TIMESTAMP_MS, "
        "i, i, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 "
        "FROM range(400000) r(i) ORDER BY i";
    for (const char* sql :
         {kVisits, "INSERT INTO sealed_hits SELECT site, start, visit, vd, 1, 1, 3, 0, 0 FROM sealed_visits",
          "INSERT INTO sealed_events SELECT site, start, visit, vd, 1, 2, 2 FROM sealed_visits",
          sql::query::open_visits.data(), "CREATE TEMP TABLE picked_texts (pick UINTEGER, id UINTEGER)"}) {
      const auto done = connection_->exec(sql);
      ASSERT_TRUE(done) << done.error().message;
    }
    for (int month = 0; month < 4; ++month) lane_->rewrite(add_months(kDay, month));
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
  /// Each scan of a plan: its table and how many rows it looked at, whole row groups.
  static std::vector<std::pair<std::string, std::int64_t>> scans(std::string_view plan) {
    constexpr std::string_view kTable = "\"Table\": \"", kScanned = "\"operator_rows_scanned\": ";
    std::vector<std::pair<std::string, std::int64_t>> out;
    for (auto at = plan.find(kTable); at != std::string_view::npos; at = plan.find(kTable, at)) {
      at += kTable.size();
      const auto name = plan.substr(at, plan.find('"', at) - at);
      const auto count = plan.find(kScanned, at) + kScanned.size();
      auto& [table, rows] = out.emplace_back(name.substr(name.rfind('.') + 1), 0);
      std::from_chars(plan.data() + count, plan.data() + plan.size(), rows);
    }
    return out;
  }

  static inline testing::TestLane* lane_ = nullptr;
  static inline db::DuckConnection* connection_ = nullptr;
};

TEST_F(Plans, ScanTheAskedSiteAndDaysAlone) {
  const Day day = kDay + 40;  // in February; the week around it too
  const Range days = DayRange{day, day + 1};
  const Range instants =
      InstantRange{TimeMs(std::chrono::days(day)) + std::chrono::hours(3), TimeMs(std::chrono::days(day + 1))};
  const SiteDays known{.sealed = DayRange{kDay, kDay + 119}, .hot = DayRange{kDay, kDay + 119}};
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
  std::set<std::string> read;
  for (const Range& range : {days, instants}) {
    for (const Case& c : cases) {
      Single query{.metrics = c.metrics, .dimensions = c.dimensions, .range = range};
      for (const ResolvedFilter& f : c.filters) query.filters.push_back({.dimension = f.dimension, .values = {"x"}});
      const Statement s = statement(query, known, c.filters);
      const std::string plan = explain(s);
      std::int64_t sealed = 0;
      for (const auto& [table, rows] : scans(plan)) {
        if (!table.starts_with("sealed_")) continue;
        // A site's rows of a month lie in one row group, or in two where they cross a border. Without the site a scan
        // would look at the six of the month, without the days at one or two of each month.
        EXPECT_LE(rows, 2 * kRowGroup) << table << '\n' << s.sql << plan;
        sealed += rows;
        if (rows > 0) read.insert(table);
      }
      EXPECT_GT(sealed, 0) << s.sql << plan;
      for (const auto* column : {"site", "day", "start", "ts", "source", "country", "page", "name"}) {
        EXPECT_THAT(plan, Not(HasSubstr("CAST(" + std::string(column)))) << s.sql;
      }
    }
  }
  EXPECT_THAT(read, ElementsAre("sealed_events", "sealed_hits", "sealed_visits"));
}

TEST_F(Plans, WithoutBoundsScanEverything) {
  // What the test above would see if nothing were skipped.
  const Statement all{.sql = "SELECT count(*), sum(vd) FROM sealed_hits", .params = {}};
  const auto seen = scans(explain(all));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].first, "sealed_hits");
  EXPECT_GE(seen[0].second, kRows);
}

TEST(HotVisits, AreThoseOfTheView) {
  const auto zone = testing::zone("UTC");
  std::mt19937_64 random(7);
  std::vector<store::Hit> hits;
  while (hits.size() < 40) hits = testing::random_hits(random, SiteKey{7}, *zone, kDay, 4);
  testing::TestLane lane;
  lane.apply(hits);
  const auto connection = lane.connect();
  db::OrdinalBudget budget(1 << 20);
  ASSERT_TRUE(make_open_visits(*connection, SiteKey{7}, budget));
  EXPECT_EQ(budget.used(), 0u);
  const std::string all = "FROM (FROM hot_closed UNION ALL FROM open_visits)";
  const std::string columns = "SELECT visit, vd, pageviews, events, duration, entry_page, exit_page, source, country ";
  const std::string view = columns + "FROM hot_visit_rows";
  auto rows = connection->query("SELECT (SELECT count(*) FROM open_visits), (SELECT count(*) " + all +
                                "), (SELECT count(*) FROM (" + view + ")), (SELECT count(*) FROM (" + columns + all +
                                " EXCEPT " + view + "))");
  ASSERT_TRUE(rows && (*rows)->next().value_or(false)) << (rows ? "" : rows.error().message);
  EXPECT_GT((*rows)->i64(0), 0);
  EXPECT_GT((*rows)->i64(1), 10);
  EXPECT_EQ((*rows)->i64(1), (*rows)->i64(2));
  EXPECT_EQ((*rows)->i64(3), 0);
}

TEST_F(Plans, EveryFixedStatementIsPrepared) {
  for (const std::string_view sql :
       {sql::query::site_days, sql::query::live_visitors, sql::query::hours, sql::query::same_time,
        sql::query::applied_until, sql::query::log_time, sql::query::returning_visitors}) {
    const auto prepared = connection_->prepare(sql);
    EXPECT_TRUE(prepared) << prepared.error().message;
  }
}

}  // namespace
}  // namespace hk::query

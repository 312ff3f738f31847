// The SQL of representative questions, as one text: tests/golden/query_sql.txt. UPDATE_GOLDEN=1 writes it anew.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "query/dates.h"
#include "query/sheet.h"
#include "query/statement.h"
#include "query/testing/lane.h"
#include "query/testing/single.h"
#include "query/testing/zone.h"
#include "sql/query.h"

namespace hk::query {
namespace {

using testing::Single;

const Day kDay = *parse_date("2026-01-01");
const DayRange kSealedDay{kDay, kDay}, kHotDay{kDay + 1, kDay + 1}, kBoth{kDay, kDay + 1};
const TextIds kProperties{{"plan", 3}, {"a/b", 4}};
const SiteDays kSealed{.sealed = kBoth, .hot = {}};
const SiteDays kHot{.sealed = {}, .hot = kBoth};
const SiteDays kMixed{.sealed = kSealedDay, .hot = kHotDay};

struct Case {
  std::string_view title;
  Single query;
  SiteDays days = kSealed;
  std::vector<ResolvedFilter> filters = {};
  std::vector<Keys> only = {};  // not empty: of a comparison
  ResolvedPredicate tree = {};
};

ResolvedPredicate test(Dimension::Kind dimension, std::uint32_t id) {
  return {.kind = Junction::test, .of = {}, .test = {.dimension = dimension, .ids = {id}}};
}

std::vector<Case> cases() {
  const InstantRange morning{TimeMs(std::chrono::days(kDay)) + std::chrono::hours(3),
                             TimeMs(std::chrono::days(kDay)) + std::chrono::hours(9)};
  const InstantRange day_and_morning{TimeMs(std::chrono::days(kDay)),
                                     TimeMs(std::chrono::days(kDay + 1)) + std::chrono::hours(9)};
  const auto asked = [](const std::vector<Dimension>& dimensions) {
    std::vector<Filter> out;
    out.reserve(dimensions.size());
    for (const Dimension& dimension : dimensions) out.push_back({.dimension = dimension, .values = {"x"}});
    return out;
  };
  return {
      {"totals of sealed days, by bits",
       {.metrics = {Metric::visitors, Metric::visits, Metric::pageviews, Metric::views_per_visit, Metric::bounce_rate,
                    Metric::visit_duration, Metric::events},
        .range = kBoth}},
      {"totals of hot days",
       {.metrics = {Metric::visitors, Metric::visits, Metric::pageviews, Metric::bounce_rate}, .range = kBoth},
       kHot},
      {"a list over sealed and hot days",
       {.metrics = {Metric::visitors, Metric::bounce_rate}, .dimensions = {Dimension::source}, .range = kBoth},
       kMixed},
      {"a part of a day: distinct, by instants", {.metrics = {Metric::visitors}, .range = morning}},
      {"a day by bits, and the morning after it distinct",
       {.metrics = {Metric::visitors, Metric::visits, Metric::pageviews}, .range = day_and_morning}},
      {"visits by day", {.metrics = {Metric::visits}, .dimensions = {Dimension::time_day}, .range = kBoth}, kMixed},
      {"visitors by hour",
       {.metrics = {Metric::visitors}, .dimensions = {Dimension::time_hour}, .range = kBoth},
       kMixed},
      {"page views by day, cut by the quarter of an hour",
       {.metrics = {Metric::pageviews}, .dimensions = {Dimension::time_day}, .range = kBoth}},
      {"page views and visits by month",
       {.metrics = {Metric::pageviews, Metric::visits}, .dimensions = {Dimension::time_month}, .range = kBoth}},
      {"pages",
       {.metrics = {Metric::visitors, Metric::pageviews}, .dimensions = {Dimension::page}, .range = kBoth},
       kMixed},
      {"entry pages by channel, in order of names",
       {.metrics = {Metric::visits},
        .dimensions = {Dimension::channel, Dimension::entry_page},
        .range = kBoth,
        .order = {{.by = Dimension::entry_page, .descending = false}, {.by = Metric::visits, .descending = true}}}},
      {"exit pages, hot ones too",
       {.metrics = {Metric::visitors}, .dimensions = {Dimension::exit_page}, .range = kBoth},
       kMixed},
      {"events",
       {.metrics = {Metric::visitors, Metric::events}, .dimensions = {Dimension::event_name}, .range = kBoth},
       kMixed},
      {"page views by referrer, of a country",
       {.metrics = {Metric::pageviews},
        .dimensions = {Dimension::referrer},
        .filters = asked({Dimension::country}),
        .range = kBoth},
       kMixed,
       {{.dimension = Dimension::country, .ids = {41, 42}}}},
      {"visitors of a browser: pinned, so bit 1 serves",
       {.metrics = {Metric::visitors}, .filters = asked({Dimension::browser}), .range = kBoth},
       kSealed,
       {{.dimension = Dimension::browser, .ids = {9}}}},
      {"visitors of a source: distinct",
       {.metrics = {Metric::visitors}, .filters = asked({Dimension::source}), .range = kBoth},
       kSealed,
       {{.dimension = Dimension::source, .negate = true, .ids = {4}}}},
      {"visits that saw some pages and sent an event",
       {.metrics = {Metric::visits}, .filters = asked({Dimension::page, Dimension::event_name}), .range = kBoth},
       kMixed,
       {{.dimension = Dimension::page, .pick = 1}, {.dimension = Dimension::event_name, .ids = {2}}}},
      {"page views of such visits, by device",
       {.metrics = {Metric::pageviews, Metric::events},
        .dimensions = {Dimension::device},
        .filters = asked({Dimension::page, Dimension::event_name}),
        .range = kBoth},
       kSealed,
       {{.dimension = Dimension::page, .pick = 1}, {.dimension = Dimension::event_name, .ids = {2}}}},
      {"of referrers, by text, host and path",
       {.metrics = {Metric::visits}, .filters = asked({Dimension::referrer}), .range = kBoth},
       kSealed,
       {{.dimension = Dimension::referrer, .pairs = {{5, 6}}, .pick = 1, .pick_pairs = {{2, 3}}}}},
      {"of a channel, without texts that were never seen",
       {.metrics = {Metric::visits}, .filters = asked({Dimension::channel, Dimension::source}), .range = kBoth},
       kSealed,
       {{.dimension = Dimension::channel, .ids = {3}}, {.dimension = Dimension::source, .negate = true}}},
      {"visits of a country, or that saw a page, or that saw one and sent an event",
       {.metrics = {Metric::visitors, Metric::pageviews},
        .filters = asked({Dimension::country, Dimension::page, Dimension::event_name}),
        .range = kBoth},
       kSealed,
       {},
       {},
       {.kind = Junction::any,
        .of = {test(Dimension::country, 41),
               test(Dimension::page, 7),
               {.kind = Junction::all, .of = {test(Dimension::page, 8), test(Dimension::event_name, 2)}}}}},
      {"events by a property, where another one says something",
       {.metrics = {Metric::visitors, Metric::events},
        .dimensions = {{Dimension::property, "plan"}},
        .filters = {{.dimension = {Dimension::property, "a/b"}, .values = {"x"}}},
        .range = kBoth},
       kMixed,
       {{.dimension = {Dimension::property, "a/b"}, .numbers = {2'500}, .ids = {7, 8}}},
       {{std::int64_t{9}}, {std::int64_t{1}}}},
      {"page views of visits with an event whose property contains a text",
       {.metrics = {Metric::pageviews},
        .filters = {{.dimension = {Dimension::property, "plan"}, .op = Operator::contains_not, .values = {"x"}}},
        .range = kBoth},
       kSealed,
       {{.dimension = {Dimension::property, "plan"}, .negate = true, .inside_numbers = {"x"}, .pick = 1}}},
      {"regions by device, of a network and of a browser in a version",
       {.metrics = {Metric::visitors, Metric::visits},
        .dimensions = {Dimension::device, Dimension::region},
        .filters = asked({Dimension::network, *dimension_named("browser_version")}),
        .range = kBoth},
       kMixed,
       {{.dimension = Dimension::network, .ids = {3320}},
        {.dimension = *dimension_named("browser_version"), .pairs = {{5, 6}}}}},
      {"the same regions in a comparison",
       {.metrics = {Metric::visits}, .dimensions = {Dimension::region}, .range = kBoth},
       kSealed,
       {},
       {{11u}, {12u}}},
      {"what pages are called",
       {.metrics = {Metric::visitors, Metric::pageviews}, .dimensions = {Dimension::title}, .range = kBoth},
       kMixed},
      {"pages with their entries and exits, of one page",
       {.metrics = {Metric::pageviews, Metric::entries, Metric::exit_rate},
        .dimensions = {Dimension::page},
        .filters = asked({Dimension::page}),
        .range = kBoth},
       kSealed,
       {{.dimension = Dimension::page, .ids = {7}}}},
      {"the median by source",
       {.metrics = {Metric::visit_duration_median, Metric::visits}, .dimensions = {Dimension::source}, .range = kBoth},
       kMixed},
      {"visits by hour of the week",
       {.metrics = {Metric::visits}, .dimensions = {Dimension::hour_of_week}, .range = kBoth}},
      {"page views by minute",
       {.metrics = {Metric::pageviews}, .dimensions = {Dimension::time_minute}, .range = morning}},
      {"visits and page views by week and source",
       {.metrics = {Metric::visits, Metric::pageviews},
        .dimensions = {Dimension::time_week, Dimension::source},
        .range = kBoth}},
      {"what events tell in numbers, by a property",
       {.metrics = {Metric::property_sum, Metric::property_average, Metric::property_p95, Metric::unique_events},
        .dimensions = {{Dimension::property, "plan"}},
        .range = kBoth,
        .number = "a/b"},
       kMixed},
      {"different events by day, cut by the quarter of an hour",
       {.metrics = {Metric::unique_events}, .dimensions = {Dimension::time_day}, .range = kBoth}},
      {"page views by what pages tell",
       {.metrics = {Metric::pageviews}, .dimensions = {{Dimension::page_property, "plan"}}, .range = kBoth},
       kMixed},
      {"web vitals of a page and a country",
       {.metrics = {Metric::lcp, Metric::cls}, .filters = asked({Dimension::page, Dimension::country}), .range = kBoth},
       kMixed,
       {{.dimension = Dimension::page, .ids = {7}}, {.dimension = Dimension::country, .ids = {41}}}},
      {"fetches by AIs",
       {.metrics = {Metric::ai_fetches}, .dimensions = {Dimension::agent, Dimension::fetch_status}, .range = kBoth}},
      {"visitors who did something on their day: pinned, so bit 1 serves",
       {.metrics = {Metric::visitors},
        .filters = {done_within(Within::day, all_of({{.dimension = Dimension::page, .values = {"x"}}}))},
        .range = kBoth},
       kMixed,
       {{.dimension = Dimension::done_in_day, .pick = 1}}},
      {"page views of visits that did nothing of it",
       {.metrics = {Metric::pageviews},
        .filters = {done_within(Within::visit, all_of({{.dimension = Dimension::page, .values = {"x"}}}),
                                Operator::is_not)},
        .range = kBoth},
       kMixed,
       {{.dimension = Dimension::done_in_visit, .negate = true, .pick = 1}}},
      {"numbers, and pairs of texts that begin so",
       {.metrics = {Metric::events},
        .filters = {{.dimension = {Dimension::property, "plan"}, .op = Operator::greater, .values = {"2"}},
                    {.dimension = Dimension::referrer, .op = Operator::starts_with, .values = {"x"}}},
        .range = kBoth},
       kSealed,
       {{.dimension = {Dimension::property, "plan"}, .greater = {2'000}, .less = {}},
        {.dimension = Dimension::referrer, .both_pick = 1}}},
      {"networks", {.metrics = {Metric::visitors}, .dimensions = {Dimension::network}, .range = kBoth}},
      {"systems in their versions, of a region",
       {.metrics = {Metric::visitors},
        .dimensions = {*dimension_named("os_version")},
        .filters = asked({Dimension::region}),
        .range = kBoth},
       kSealed,
       {{.dimension = Dimension::region, .ids = {0}, .pick = 1}}},
      {"the same groups in a comparison",
       {.metrics = {Metric::visitors}, .dimensions = {Dimension::source}, .range = kBoth},
       kSealed,
       {},
       {{11u}, {12u}}},
      {"the same groups of two keys, one of them a code",
       {.metrics = {Metric::visits}, .dimensions = {Dimension::device, Dimension::country}, .range = kBoth},
       kSealed,
       {},
       {{1u, 40u}, {2u, 41u}}},
  };
}

/// The flat filters of a case, or its tree.
ResolvedPredicate resolved(const Case& c) {
  ResolvedPredicate out;
  for (const ResolvedFilter& filter : c.filters) out.of.push_back({.kind = Junction::test, .test = filter});
  if (!c.tree.of.empty()) out.of.push_back(c.tree);
  return out;
}

Statement statement(const Case& c) {
  const auto ok = check(c.query.question());
  EXPECT_TRUE(ok) << c.title << ": " << ok.error().message;
  const Query query = c.query.query();
  const auto berlin = testing::fixed_zone("Europe/Berlin", std::chrono::hours(1));
  return statement_for(query, plan(query, c.query.filter(), c.query.range, *testing::utc(), c.days), resolved(c),
                       {SiteKey{7}, *berlin, kProperties}, c.only.empty() ? nullptr : &c.only);
}

/// A bound value with the type that it is bound as: another type than the column's would cost the zone maps.
struct Typed {
  std::string operator()(std::monostate) const { return "NULL"; }
  std::string operator()(bool v) const { return v ? "BOOLEAN true" : "BOOLEAN false"; }
  std::string operator()(std::int32_t v) const { return "INTEGER " + std::to_string(v); }
  std::string operator()(std::int64_t v) const { return "BIGINT " + std::to_string(v); }
  std::string operator()(std::uint8_t v) const { return "UTINYINT " + std::to_string(v); }
  std::string operator()(std::uint16_t v) const { return "USMALLINT " + std::to_string(v); }
  std::string operator()(std::uint32_t v) const { return "UINTEGER " + std::to_string(v); }
  std::string operator()(std::uint64_t v) const { return "UBIGINT " + std::to_string(v); }
  std::string operator()(double v) const { return "DOUBLE " + std::to_string(v); }
  std::string operator()(TimeMs v) const { return "TIMESTAMP_MS " + rfc3339(v); }
  std::string operator()(db::DateValue v) const { return "DATE " + date_text(v.day); }
  std::string operator()(const Uuid& v) const { return "UUID " + v.str(); }
  std::string operator()(const std::string& v) const { return "VARCHAR " + v; }
};

std::string values_text(const std::vector<db::DuckValue>& values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out += "-- $" + std::to_string(i + 1) + " " + std::visit(Typed{}, values[i]) + '\n';
  return out;
}

std::string whole_text() {
  std::string out = "The SQL of representative questions; made by src/query/golden_test.cc with UPDATE_GOLDEN=1.\n";
  for (const Case& c : cases()) {
    const Statement s = statement(c);
    ((out += "\n=== ") += c.title) += '\n';
    out += s.sql;
    if (!out.ends_with('\n')) out += '\n';
    out += values_text(s.params);
  }
  return out;
}

struct SheetCase {
  std::string title;
  std::vector<testing::Single> queries;  // of one range and filter
  std::vector<ResolvedFilter> filters;
};

std::vector<SheetCase> sheets() {
  const std::vector<Filter> page{{.dimension = Dimension::page, .values = {"x"}}};
  return {
      {"sheets of a page",
       {{.metrics = {Metric::visitors, Metric::bounce_rate, Metric::pageviews}, .range = kBoth},
        {.metrics = {Metric::visitors}, .dimensions = {Dimension::time_day}, .range = kBoth},
        {.metrics = {Metric::visitors}, .dimensions = {Dimension::referrer}, .range = kBoth},
        {.metrics = {Metric::visits}, .dimensions = {Dimension::referrer_host}, .range = kBoth},
        {.metrics = {Metric::visitors}, .dimensions = {Dimension::exit_page}, .range = kBoth},
        {.metrics = {Metric::visitors}, .dimensions = {Dimension::device}, .range = kBoth},
        {.metrics = {Metric::visitors}, .dimensions = {Dimension::region}, .range = kBoth},
        {.metrics = {Metric::visitors}, .dimensions = {Dimension::network}, .range = kBoth},
        {.metrics = {Metric::visitors}, .dimensions = {*dimension_named("browser_version")}, .range = kBoth},
        {.metrics = {Metric::visitors, Metric::pageviews}, .dimensions = {Dimension::page}, .range = kBoth}},
       {}},
      {"sheets of pages with entries and exits, by week",
       {{.metrics = {Metric::visitors, Metric::entries, Metric::exits},
         .dimensions = {Dimension::page},
         .range = kBoth},
        {.metrics = {Metric::visits}, .dimensions = {Dimension::time_week}, .range = kBoth},
        {.metrics = {Metric::pageviews}, .dimensions = {Dimension::title}, .range = kBoth}},
       {}},
      {"sheets of a page of visits that saw a page",
       {{.metrics = {Metric::visitors}, .filters = page, .range = kBoth},
        {.metrics = {Metric::visitors}, .dimensions = {Dimension::source}, .filters = page, .range = kBoth}},
       {{.dimension = Dimension::page, .ids = {7}}}},
  };
}

/// The statements of a case, one for all pieces that are read together.
std::vector<SheetStatement> statements(const SheetCase& c) {
  std::vector<std::pair<Part, std::vector<Piece>>> sheets;
  for (const testing::Single& query : c.queries) {
    EXPECT_TRUE(check(query.question())) << c.title;
    const Plan parts = plan(query.query(), query.filter(), query.range, *testing::utc(), kMixed);
    for (const Part& part : parts.parts) {
      auto same = std::ranges::find_if(sheets, [&](const auto& one) { return read_together(one.first, part); });
      if (same == sheets.end()) same = sheets.emplace(sheets.end(), part, std::vector<Piece>{});
      widen(same->first, part);
      same->second.push_back({part, *by_of(query.query())});
    }
  }
  std::vector<SheetStatement> out;
  for (const auto& [rows, pieces] : sheets)
    out.push_back(
        sheet_statement(rows, pieces, divided(resolved({.filters = c.filters}), rows.table), SiteKey{7}, kProperties));
  return out;
}

std::string sheets_text() {
  std::string out;
  for (const SheetCase& c : sheets()) {
    ((out += "\n=== ") += c.title) += '\n';
    for (const SheetStatement& s : statements(c)) out += s.sql + values_text(s.params) + '\n';
  }
  return out;
}

TEST(GoldenSql, IsThatOfTheFile) {
  const std::string path = HITKEEP_SOURCE_DIR "/tests/golden/query_sql.txt";
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << whole_text() + sheets_text();
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), whole_text() + sheets_text())
      << "out of date? run it once with UPDATE_GOLDEN=1 and look at the difference";
}

TEST(GoldenSql, RunsOnTheMigratedSchema) {
  testing::TestLane lane;
  const auto connection = lane.connect();
  ASSERT_TRUE(connection->exec(sql::query::open_visits));
  ASSERT_TRUE(connection->exec(sql::query::make_picked_texts));
  ASSERT_TRUE(connection->exec(sql::query::make_picked_pairs));
  for (const Case& c : cases()) {
    const Statement s = statement(c);
    const auto rows = connection->query(s.sql, s.params);
    EXPECT_TRUE(rows) << c.title << ": " << rows.error().message;
  }
  for (const SheetCase& c : sheets()) {
    for (const SheetStatement& s : statements(c)) {
      const auto rows = connection->query(s.sql, s.params);
      EXPECT_TRUE(rows) << c.title << ": " << rows.error().message;
    }
  }
}

}  // namespace
}  // namespace hk::query

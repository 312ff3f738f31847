#pragma once
// The one table of what is counted. A measure is a sum that SQL makes of rows, a metric is a figure that people read,
// made of measures. Checks, plans, SQL, answers, docs/query-language.md and the dashboard's metrics.generated.ts follow
// it.

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/attributes.h"

namespace hk::query {

/// What has a row in a lane's file, hot and sealed (docs/storage.md). A fetch by an AI's machine is of no visit.
enum class Table : std::uint8_t { visits, hits, events, vitals, fetches };
inline constexpr std::size_t kTables = 5;
inline constexpr std::array<Table, kTables> kAllTables{Table::visits, Table::hits, Table::events, Table::vitals,
                                                       Table::fetches};

enum class Measure : std::uint8_t {
  // Numbers that add up over days, and that sheets add (sheet.h):
  visitors,
  visits,
  bounces,
  duration,
  pageviews,
  events,
  engaged,         // seconds in which visits were looked at
  engaged_visits,  // of which that is known
  looked,          // seconds in which views were looked at
  seen_views,      // of which that is known
  scrolled,        // percent
  entries,
  exits,
  // From here on those that only statements of their own have:
  unique_events,
  told,       // a number that events tell, in thousandths
  told_by,    // how many do
  durations,  // all of them, as what follows
  told_values,
  lcp,
  inp,
  cls,
  fcp,
  ttfb,
  fetches,
};
inline constexpr std::size_t kMeasures = 24;
inline constexpr std::size_t kSums = 13;  // those of sheets

/// What people ask for.
enum class Metric : std::uint8_t {
  visitors,
  visits,
  pageviews,
  views_per_visit,
  bounce_rate,
  visit_duration,
  events,
  engaged_time,
  time_on_page,
  scroll_depth,
  visitors_per_day,
  visit_duration_median,
  entries,
  exits,
  exit_rate,
  unique_events,
  property_sum,
  property_average,
  property_median,
  property_p75,
  property_p95,
  lcp,
  inp,
  cls,
  fcp,
  ttfb,
  ai_fetches,
};
inline constexpr std::size_t kMetrics = 27;

/// What a metric counts in: numbers, axes and changes are written by it.
enum class Unit : std::uint8_t { count, ratio, percent, seconds };

/// Which direction is good.
enum class Better : std::uint8_t { more, less };

using Measures = std::bitset<kMeasures>;
using Tables = std::bitset<kTables>;

inline constexpr std::size_t at(Measure m) {
  return static_cast<std::size_t>(m);
}

/// The bits of some measures or tables.
template <class Enum>
constexpr unsigned long long bits_of(std::initializer_list<Enum> members) {
  unsigned long long out = 0;
  for (const Enum member : members) out |= 1ull << static_cast<unsigned>(member);
  return out;
}

/// How the rows of a group make a measure.
enum class Fold : std::uint8_t {
  sum,
  distinct,  // how many different values there are
  list,      // all values
};

struct MeasureFacts {
  Measure measure;
  std::string_view name;  // of its column in a statement
  /// Whose rows it can be counted from. It is taken from the first that has all dimensions of the query.
  Tables tables;
  /// What a row adds, of 32 bits; empty: 1. Visitors are counted once each. {{row}}: the row that holds it; {{told}}:
  /// the property that the query names.
  std::string_view in_row = {};
  Fold fold = Fold::sum;
  /// Rows for which this holds; empty: all.
  std::string_view only = {};
  /// Of visits, by the page that this attribute of them is.
  std::optional<store::Attribute> page = {};
};

/// The row's event tells a number.
inline constexpr std::string_view kTellsNumber = "{{told}} > 4294967295";

/// `is`: the rows of which of store::Vital they are.
constexpr MeasureFacts vital(Measure measure, std::string_view name, std::string_view is) {
  return {.measure = measure,
          .name = name,
          .tables = bits_of({Table::vitals}),
          .in_row = "{{row}}.value::BIGINT",
          .fold = Fold::list,
          .only = is};
}

inline constexpr std::array<MeasureFacts, kMeasures> kMeasureFacts{{
    {.measure = Measure::visitors,
     .name = "visitors",
     .tables = bits_of({Table::visits, Table::hits, Table::events}),
     .fold = Fold::distinct},
    {.measure = Measure::visits, .name = "visits", .tables = bits_of({Table::visits})},
    {.measure = Measure::bounces,
     .name = "bounces",
     .tables = bits_of({Table::visits}),
     // One view, nothing that somebody did, and less than 10 seconds of looking (stored + 1), as far as that is known.
     .in_row = "({{row}}.pageviews = 1 AND {{row}}.engaged <= 10 AND "
               "({{row}}.interactive = 1 OR ({{row}}.interactive = 0 AND {{row}}.events = 0)))::UINTEGER"},
    {.measure = Measure::duration,
     .name = "duration",
     .tables = bits_of({Table::visits}),
     .in_row = "{{row}}.duration"},
    {.measure = Measure::pageviews, .name = "pageviews", .tables = bits_of({Table::hits})},
    {.measure = Measure::events, .name = "events", .tables = bits_of({Table::events})},
    {.measure = Measure::engaged,
     .name = "engaged",
     .tables = bits_of({Table::visits}),
     .in_row = "(greatest({{row}}.engaged, 1) - 1)::UINTEGER"},
    {.measure = Measure::engaged_visits,
     .name = "with_engagement",
     .tables = bits_of({Table::visits}),
     .in_row = "({{row}}.engaged > 0)::UINTEGER"},
    {.measure = Measure::looked,
     .name = "looked",
     .tables = bits_of({Table::hits}),
     .in_row = "(pow(2, (greatest({{row}}.engaged, 1) - 1) / 8.0) - 1)::UINTEGER"},
    {.measure = Measure::seen_views,
     .name = "looks",
     .tables = bits_of({Table::hits}),
     .in_row = "({{row}}.engaged > 0)::UINTEGER"},
    {.measure = Measure::scrolled,
     .name = "scrolled",
     .tables = bits_of({Table::hits}),
     .in_row = "(5 * (greatest({{row}}.scroll, 1) - 1))::UINTEGER"},
    {.measure = Measure::entries,
     .name = "entries",
     .tables = bits_of({Table::visits}),
     .page = store::Attribute::entry_page},
    {.measure = Measure::exits,
     .name = "exits",
     .tables = bits_of({Table::visits}),
     .page = store::Attribute::exit_page},
    // Of each visitor's day, every name once.
    {.measure = Measure::unique_events,
     .name = "uniques",
     .tables = bits_of({Table::events}),
     .in_row = "({{row}}.vd::UBIGINT << 32) | {{row}}.name",
     .fold = Fold::distinct},
    {.measure = Measure::told,
     .name = "told_sum",
     .tables = bits_of({Table::events}),
     .in_row = "{{number}}",
     .only = kTellsNumber},
    {.measure = Measure::told_by, .name = "told_by", .tables = bits_of({Table::events}), .only = kTellsNumber},
    {.measure = Measure::durations,
     .name = "all_lengths",
     .tables = bits_of({Table::visits}),
     .in_row = "{{row}}.duration::BIGINT",
     .fold = Fold::list},
    {.measure = Measure::told_values,
     .name = "all_numbers",
     .tables = bits_of({Table::events}),
     .in_row = "{{number}}",
     .fold = Fold::list,
     .only = kTellsNumber},
    vital(Measure::lcp, "lcp_values", "{{row}}.metric = 0"),
    vital(Measure::inp, "inp_values", "{{row}}.metric = 1"),
    vital(Measure::cls, "cls_values", "{{row}}.metric = 2"),
    vital(Measure::fcp, "fcp_values", "{{row}}.metric = 3"),
    vital(Measure::ttfb, "ttfb_values", "{{row}}.metric = 4"),
    {.measure = Measure::fetches, .name = "fetches", .tables = bits_of({Table::fetches})},
}};

/// How a metric is made of sums. A mean of nothing is no data.
struct Formula {
  Measure sum;
  std::optional<Measure> per = {};
  int times = 1;
  int over = 1;                         // what is stored is so many times as much
  bool per_day = false;                 // by the number of days
  std::optional<double> quantile = {};  // of all values, between those that are next to it
};

struct MetricFacts {
  Metric metric;
  std::string_view name;  // in bodies, addresses and text keys
  Formula formula;
  Unit unit;
  /// That of a range is the sum of those of its days, and 0 where nothing happened. A mean of nothing is no data.
  bool additive;
  Better better;
  bool headline;                // one of the overview's figures, in this order
  std::string_view definition;  // key of the text that says in one sentence what it is (definitions/ of the dashboard)
  std::string_view anchor;      // where docs/ explains it
};

inline constexpr std::array<MetricFacts, kMetrics> kMetricFacts{{
    {.metric = Metric::visitors,
     .name = "visitors",
     .formula = {.sum = Measure::visitors},
     .unit = Unit::count,
     .additive = true,
     .better = Better::more,
     .headline = true,
     .definition = "definition.visitors",
     .anchor = "query-language.md#metric-visitors"},
    {.metric = Metric::visits,
     .name = "visits",
     .formula = {.sum = Measure::visits},
     .unit = Unit::count,
     .additive = true,
     .better = Better::more,
     .headline = true,
     .definition = "definition.visits",
     .anchor = "query-language.md#metric-visits"},
    {.metric = Metric::pageviews,
     .name = "pageviews",
     .formula = {.sum = Measure::pageviews},
     .unit = Unit::count,
     .additive = true,
     .better = Better::more,
     .headline = true,
     .definition = "definition.pageviews",
     .anchor = "query-language.md#metric-pageviews"},
    {.metric = Metric::views_per_visit,
     .name = "views_per_visit",
     .formula = {.sum = Measure::pageviews, .per = Measure::visits},
     .unit = Unit::ratio,
     .additive = false,
     .better = Better::more,
     .headline = true,
     .definition = "definition.views_per_visit",
     .anchor = "query-language.md#metric-views_per_visit"},
    {.metric = Metric::bounce_rate,
     .name = "bounce_rate",
     .formula = {.sum = Measure::bounces, .per = Measure::visits, .times = 100},
     .unit = Unit::percent,
     .additive = false,
     .better = Better::less,
     .headline = true,
     .definition = "definition.bounce_rate",
     .anchor = "query-language.md#metric-bounce_rate"},
    {.metric = Metric::visit_duration,
     .name = "visit_duration",
     .formula = {.sum = Measure::duration, .per = Measure::visits},
     .unit = Unit::seconds,
     .additive = false,
     .better = Better::more,
     .headline = true,
     .definition = "definition.visit_duration",
     .anchor = "query-language.md#metric-visit_duration"},
    {.metric = Metric::events,
     .name = "events",
     .formula = {.sum = Measure::events},
     .unit = Unit::count,
     .additive = true,
     .better = Better::more,
     .headline = false,
     .definition = "definition.events",
     .anchor = "query-language.md#metric-events"},
    {.metric = Metric::engaged_time,
     .name = "engaged_time",
     .formula = {.sum = Measure::engaged, .per = Measure::engaged_visits},
     .unit = Unit::seconds,
     .additive = false,
     .better = Better::more,
     .headline = false,
     .definition = "definition.engaged_time",
     .anchor = "query-language.md#metric-engaged_time"},
    {.metric = Metric::time_on_page,
     .name = "time_on_page",
     .formula = {.sum = Measure::looked, .per = Measure::seen_views},
     .unit = Unit::seconds,
     .additive = false,
     .better = Better::more,
     .headline = false,
     .definition = "definition.time_on_page",
     .anchor = "query-language.md#metric-time_on_page"},
    {.metric = Metric::scroll_depth,
     .name = "scroll_depth",
     .formula = {.sum = Measure::scrolled, .per = Measure::seen_views},
     .unit = Unit::percent,
     .additive = false,
     .better = Better::more,
     .headline = false,
     .definition = "definition.scroll_depth",
     .anchor = "query-language.md#metric-scroll_depth"},
    {.metric = Metric::visitors_per_day,
     .name = "visitors_per_day",
     .formula = {.sum = Measure::visitors, .per_day = true},
     .unit = Unit::ratio,
     .additive = false,
     .better = Better::more,
     .headline = false,
     .definition = "definition.visitors_per_day",
     .anchor = "query-language.md#metric-visitors_per_day"},
    {.metric = Metric::visit_duration_median,
     .name = "visit_duration_median",
     .formula = {.sum = Measure::durations, .quantile = 0.5},
     .unit = Unit::seconds,
     .additive = false,
     .better = Better::more,
     .headline = false,
     .definition = "definition.visit_duration_median",
     .anchor = "query-language.md#metric-visit_duration_median"},
    {.metric = Metric::entries,
     .name = "entries",
     .formula = {.sum = Measure::entries},
     .unit = Unit::count,
     .additive = true,
     .better = Better::more,
     .headline = false,
     .definition = "definition.entries",
     .anchor = "query-language.md#metric-entries"},
    {.metric = Metric::exits,
     .name = "exits",
     .formula = {.sum = Measure::exits},
     .unit = Unit::count,
     .additive = true,
     .better = Better::less,
     .headline = false,
     .definition = "definition.exits",
     .anchor = "query-language.md#metric-exits"},
    {.metric = Metric::exit_rate,
     .name = "exit_rate",
     .formula = {.sum = Measure::exits, .per = Measure::pageviews, .times = 100},
     .unit = Unit::percent,
     .additive = false,
     .better = Better::less,
     .headline = false,
     .definition = "definition.exit_rate",
     .anchor = "query-language.md#metric-exit_rate"},
    {.metric = Metric::unique_events,
     .name = "unique_events",
     .formula = {.sum = Measure::unique_events},
     .unit = Unit::count,
     .additive = true,
     .better = Better::more,
     .headline = false,
     .definition = "definition.unique_events",
     .anchor = "query-language.md#metric-unique_events"},
    {.metric = Metric::property_sum,
     .name = "property_sum",
     .formula = {.sum = Measure::told, .over = 1000},
     .unit = Unit::ratio,
     .additive = true,
     .better = Better::more,
     .headline = false,
     .definition = "definition.property_sum",
     .anchor = "query-language.md#metric-property_sum"},
    {.metric = Metric::property_average,
     .name = "property_average",
     .formula = {.sum = Measure::told, .per = Measure::told_by, .over = 1000},
     .unit = Unit::ratio,
     .additive = false,
     .better = Better::more,
     .headline = false,
     .definition = "definition.property_average",
     .anchor = "query-language.md#metric-property_average"},
    {.metric = Metric::property_median,
     .name = "property_median",
     .formula = {.sum = Measure::told_values, .over = 1000, .quantile = 0.5},
     .unit = Unit::ratio,
     .additive = false,
     .better = Better::more,
     .headline = false,
     .definition = "definition.property_median",
     .anchor = "query-language.md#metric-property_median"},
    {.metric = Metric::property_p75,
     .name = "property_p75",
     .formula = {.sum = Measure::told_values, .over = 1000, .quantile = 0.75},
     .unit = Unit::ratio,
     .additive = false,
     .better = Better::more,
     .headline = false,
     .definition = "definition.property_p75",
     .anchor = "query-language.md#metric-property_p75"},
    {.metric = Metric::property_p95,
     .name = "property_p95",
     .formula = {.sum = Measure::told_values, .over = 1000, .quantile = 0.95},
     .unit = Unit::ratio,
     .additive = false,
     .better = Better::more,
     .headline = false,
     .definition = "definition.property_p95",
     .anchor = "query-language.md#metric-property_p95"},
    {.metric = Metric::lcp,
     .name = "lcp",
     .formula = {.sum = Measure::lcp, .over = 1000, .quantile = 0.75},
     .unit = Unit::seconds,
     .additive = false,
     .better = Better::less,
     .headline = false,
     .definition = "definition.lcp",
     .anchor = "query-language.md#metric-lcp"},
    {.metric = Metric::inp,
     .name = "inp",
     .formula = {.sum = Measure::inp, .over = 1000, .quantile = 0.75},
     .unit = Unit::seconds,
     .additive = false,
     .better = Better::less,
     .headline = false,
     .definition = "definition.inp",
     .anchor = "query-language.md#metric-inp"},
    {.metric = Metric::cls,
     .name = "cls",
     .formula = {.sum = Measure::cls, .over = 1000, .quantile = 0.75},
     .unit = Unit::ratio,
     .additive = false,
     .better = Better::less,
     .headline = false,
     .definition = "definition.cls",
     .anchor = "query-language.md#metric-cls"},
    {.metric = Metric::fcp,
     .name = "fcp",
     .formula = {.sum = Measure::fcp, .over = 1000, .quantile = 0.75},
     .unit = Unit::seconds,
     .additive = false,
     .better = Better::less,
     .headline = false,
     .definition = "definition.fcp",
     .anchor = "query-language.md#metric-fcp"},
    {.metric = Metric::ttfb,
     .name = "ttfb",
     .formula = {.sum = Measure::ttfb, .over = 1000, .quantile = 0.75},
     .unit = Unit::seconds,
     .additive = false,
     .better = Better::less,
     .headline = false,
     .definition = "definition.ttfb",
     .anchor = "query-language.md#metric-ttfb"},
    {.metric = Metric::ai_fetches,
     .name = "ai_fetches",
     .formula = {.sum = Measure::fetches},
     .unit = Unit::count,
     .additive = true,
     .better = Better::more,
     .headline = false,
     .definition = "definition.ai_fetches",
     .anchor = "query-language.md#metric-ai_fetches"},
}};

constexpr const MeasureFacts& facts_of(Measure measure) {
  return kMeasureFacts[static_cast<std::size_t>(measure)];
}
constexpr const MetricFacts& facts_of(Metric metric) {
  return kMetricFacts[static_cast<std::size_t>(metric)];
}

/// The measures that a metric is made of.
constexpr Measures measures_of(Metric metric) {
  const Formula& formula = facts_of(metric).formula;
  return formula.per ? bits_of({formula.sum, *formula.per}) : bits_of({formula.sum});
}

/// Whether sums by measure are enough for it.
constexpr bool made_of_sums(Metric metric) {
  return (measures_of(metric) >> kSums).none();
}

/// The sums of some rows, by measure.
using Sums = std::array<std::int64_t, kSums>;
/// Of a metric that is made of sums. Null is no data. `days`: of the period, as far as anything is known of it.
std::optional<double> value_of(Metric metric, const Sums& sums, std::int64_t days = 1);
std::vector<std::optional<double>> values_of(const std::vector<Metric>& metrics, const Sums& sums,
                                             std::int64_t days = 1);
/// The same of any metric, in SQL, of columns with the measures' names.
std::string sql_of(Metric metric, std::int64_t days = 1);

/// A row of a table that stands at another place than its name says would be taken for another one.
constexpr bool in_order() {
  for (std::size_t i = 0; i < kMeasures; ++i) {
    if (kMeasureFacts[i].measure != static_cast<Measure>(i)) return false;
  }
  for (std::size_t i = 0; i < kMetrics; ++i) {
    if (kMetricFacts[i].metric != static_cast<Metric>(i)) return false;
  }
  return true;
}
static_assert(in_order());

constexpr std::string_view name_of(Metric metric) {
  return facts_of(metric).name;
}
std::optional<Metric> metric_named(std::string_view name);

/// The table as the dashboard reads it: web/dashboard/src/app/core/metrics.generated.ts.
std::string metrics_ts();

}  // namespace hk::query

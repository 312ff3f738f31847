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

namespace hk::query {

/// What has a row in a lane's file, hot and sealed (docs/storage.md).
enum class Table : std::uint8_t { visits, hits, events };

/// A number that adds up over days: that of a range is the sum of those of its days.
enum class Measure : std::uint8_t {
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
};
inline constexpr std::size_t kMeasures = 11;

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
};
inline constexpr std::size_t kMetrics = 10;

/// What a metric counts in: numbers, axes and changes are written by it.
enum class Unit : std::uint8_t { count, ratio, percent, seconds };

/// Which direction is good.
enum class Better : std::uint8_t { more, less };

using Measures = std::bitset<kMeasures>;
using Tables = std::bitset<3>;

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

struct MeasureFacts {
  Measure measure;
  std::string_view name;  // of its column in a statement
  /// Whose rows it can be counted from. It is taken from the first that has all dimensions of the query.
  Tables tables;
  /// What a row adds, of 32 bits; empty: 1. Visitors are counted once each. {{row}}: the row that holds it.
  std::string_view in_row = {};
};

inline constexpr std::array<MeasureFacts, kMeasures> kMeasureFacts{{
    {.measure = Measure::visitors, .name = "visitors", .tables = bits_of({Table::visits, Table::hits, Table::events})},
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
}};

/// How a metric is made of sums. A mean of nothing is no data.
struct Formula {
  Measure sum;
  std::optional<Measure> per = {};
  int times = 1;
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

/// The sums of some rows, by measure.
using Sums = std::array<std::int64_t, kMeasures>;
/// Null is no data.
std::optional<double> value_of(Metric metric, const Sums& sums);
std::vector<std::optional<double>> values_of(const std::vector<Metric>& metrics, const Sums& sums);
/// The same in SQL, of columns with the measures' names.
std::string sql_of(Metric metric);

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

#pragma once
// The one query model: dashboard, API, exports, mail and MCP all ask this way (docs/query-language.md).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace hk::query {

inline constexpr std::size_t kMaxQueries = 32;         // in one question
inline constexpr std::size_t kMaxFilters = 20;         // of one query, those of its question included
inline constexpr std::size_t kMaxFilterValues = 100;   // of one filter
inline constexpr std::size_t kMaxFilterChars = 2'048;  // of one value
inline constexpr std::size_t kMaxDimensions = 2;
inline constexpr std::size_t kMaxOrder = 3;
inline constexpr std::uint32_t kMaxRows = 1'000;      // of one result without a time dimension alone
inline constexpr std::int64_t kMaxBuckets = 2'000;    // rows of a result by time alone
inline constexpr std::int64_t kMaxRangeDays = 3'660;  // of a range or a comparison
// Of a whole question, so that one costs at most some times what a page of the dashboard does:
inline constexpr std::size_t kMaxCrossed = 8;           // queries with two dimensions: each has as many groups as pairs
inline constexpr std::uint64_t kMaxAllRows = 10'000;    // limits of its queries together, times alone not counted
inline constexpr std::size_t kMaxAllValues = 1'000;     // values of its different filters together
inline constexpr std::size_t kMaxSearchedValues = 100;  // of them, those that are looked for inside texts

enum class Metric : std::uint8_t { visitors, visits, pageviews, views_per_visit, bounce_rate, visit_duration, events };
inline constexpr std::size_t kMetrics = 7;

enum class Dimension : std::uint8_t {
  time_hour,
  time_day,
  time_month,  // in the site's zone; at most one of them, gap-filled
  page,
  entry_page,
  exit_page,
  hostname,
  referrer,  // host and path
  referrer_host,
  source,
  channel,
  utm_source,
  utm_medium,
  utm_campaign,
  utm_term,
  utm_content,
  country,
  browser,
  os,
  device,
  language,
  event_name,
};
inline constexpr std::size_t kDimensions = 22;

enum class Operator : std::uint8_t { is, is_not, contains, contains_not };

/// `values` are or-ed; filters are and-ed.
struct Filter {
  Dimension dimension;
  Operator op = Operator::is;
  std::vector<std::string> values;
};

/// Whole days of the site's zone, both included.
struct DayRange {
  Day first = 0;
  Day last = 0;
  bool operator==(const DayRange&) const = default;
};
/// Half-open instants.
struct InstantRange {
  TimeMs from{};
  TimeMs to{};
  bool operator==(const InstantRange&) const = default;
};
using Range = std::variant<DayRange, InstantRange>;

struct Order {
  std::variant<Metric, Dimension> by;
  bool descending = true;
};

struct Query {
  std::vector<Metric> metrics;
  std::vector<Dimension> dimensions;  // none: one row of totals
  std::vector<Filter> filters;
  Range range;
  std::optional<Range> compare;  // rows are matched by dimension (time rows by position)
  std::vector<Order> order;      // empty: first metric descending; names ascending come last in any case
  std::uint32_t limit = 10;      // kMaxRows at most; a query by time alone has all its rows
};

struct Row {
  std::vector<std::string> dimensions;         // names; time buckets as RFC 3339 local date or hour with offset
  std::vector<std::optional<double>> metrics;  // null = no data ("–"), never a false 0
  std::vector<std::optional<double>> compare;  // empty without comparison
  bool partial = false;                        // a bucket that is still running
};

struct QueryResult {
  std::vector<Row> rows;
  std::uint64_t more = 0;  // rows beyond the limit
};

/// What one request asks: any number of queries about one range, answered from one view of the data.
struct Question {
  Range range;
  std::optional<Range> compare;  // that of every query which has one
  /// While the range is running, the comparison ends where the range has come to: at the same local time, as many days
  /// before its end (instants: as long before). Buckets of time are compared whole all the same.
  bool compare_so_far = false;
  std::vector<std::pair<std::string, Query>> queries;  // by the caller's names, in the caller's order
};

std::string_view name_of(Metric metric);
std::string_view name_of(Dimension dimension);
std::optional<Metric> metric_named(std::string_view name);
std::optional<Dimension> dimension_named(std::string_view name);
std::optional<Operator> operator_named(std::string_view name);

inline bool is_time(Dimension d) {
  return d == Dimension::time_hour || d == Dimension::time_day || d == Dimension::time_month;
}
/// By time and nothing else: gap-filled, in order of time, without a limit.
inline bool by_time_alone(const Query& query) {
  return query.dimensions.size() == 1 && is_time(query.dimensions[0]);
}

bool groups_by(const Query& query, Dimension dimension);
bool filters_on(const Query& query, Dimension dimension);

/// Whether a question's queries together stay within its limits. Code::invalid with the field.
Result<void> check(const Question& question);

/// Whether the parts of a query go together (docs/query-language.md). Code::invalid; `field` is relative to the
/// query ("metrics.1"). Everything that plans or runs a query expects one that passed.
Result<void> check(const Query& query);

}  // namespace hk::query

#pragma once
// The one query model: dashboard, API, exports, mail and MCP all ask this way (docs/query-language.md).

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace hk::query {

enum class Metric : std::uint8_t { visitors, visits, pageviews, views_per_visit, bounce_rate, visit_duration, events };

enum class Dimension : std::uint8_t {
  time_hour,
  time_day,
  time_month,  // in the site's zone; at most one of them, gap-filled
  page,
  entry_page,
  exit_page,
  hostname,
  referrer,
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
};
/// Half-open instants.
struct InstantRange {
  TimeMs from{};
  TimeMs to{};
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
  std::optional<Range> compare;  // same length; rows are matched by dimension (time rows by position)
  std::vector<Order> order;      // empty: first metric descending, then name ascending
  std::uint32_t limit = 10;      // kMaxRows at most
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

std::string_view name_of(Metric metric);
std::string_view name_of(Dimension dimension);

}  // namespace hk::query

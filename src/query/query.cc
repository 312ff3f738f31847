#include "query/query.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <set>
#include <tuple>

namespace hk::query {
namespace {

constexpr std::array<std::string_view, kMetrics> kMetricNames{
    "visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration", "events"};

constexpr std::array<std::string_view, kDimensions> kDimensionNames{
    "time_hour",     "time_day", "time_month", "page",       "entry_page", "exit_page",    "hostname", "referrer",
    "referrer_host", "source",   "channel",    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "country",       "browser",  "os",         "device",     "language",   "event_name"};

constexpr std::array<std::string_view, 4> kOperatorNames{"is", "is_not", "contains", "contains_not"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

/// Whole days for a DayRange, started days for instants.
std::int64_t days_of(const Range& range) {
  if (const auto* days = std::get_if<DayRange>(&range)) return std::int64_t{days->last} - days->first + 1;
  const auto& instants = std::get<InstantRange>(range);
  return std::chrono::ceil<std::chrono::days>(instants.to - instants.from).count();
}

Result<void> check_range(const Range& range, std::string field) {
  const std::int64_t days = days_of(range);
  if (days < 1) return fail(Code::invalid, "The range ends before it starts", std::move(field));
  if (days > kMaxRangeDays) {
    return fail(Code::invalid, "The range has more than " + std::to_string(kMaxRangeDays) + " days", std::move(field));
  }
  return {};
}

Result<void> check_ranges(const Query& query) {
  if (auto ok = check_range(query.range, "range"); !ok) return ok;
  return query.compare ? check_range(*query.compare, "compare") : Result<void>{};
}

Result<void> check_limit(const Query& query) {
  if (query.limit >= 1 && query.limit <= kMaxRows) return {};
  return fail(Code::invalid, "A limit is 1 to " + std::to_string(kMaxRows), "limit");
}

Result<void> check_metrics(const Query& query) {
  if (query.metrics.empty()) return fail(Code::invalid, "Name at least one metric, e.g. \"visitors\"", "metrics");
  for (std::size_t i = 0; i < query.metrics.size(); ++i) {
    const Metric metric = query.metrics[i];
    const std::string field = "metrics." + std::to_string(i);
    if (std::ranges::count(query.metrics, metric) > 1) {
      return fail(Code::invalid, "\"" + std::string(name_of(metric)) + "\" is named twice", field);
    }
    const bool on_page = metric == Metric::visitors || metric == Metric::pageviews || metric == Metric::events;
    const bool on_event = metric == Metric::visitors || metric == Metric::events;
    if (groups_by(query, Dimension::event_name) && !on_event) {
      return fail(Code::invalid, "By event_name there are only the metrics visitors and events", field);
    }
    if (groups_by(query, Dimension::page) && !on_page) {
      return fail(Code::invalid,
                  "By page there are only the metrics visitors, pageviews and events; for visits use entry_page or "
                  "exit_page",
                  field);
    }
  }
  return {};
}

Result<void> check_dimensions(const Query& query) {
  if (query.dimensions.size() > kMaxDimensions) {
    return fail(Code::invalid, "At most " + std::to_string(kMaxDimensions) + " dimensions", "dimensions");
  }
  for (std::size_t i = 0; i < query.dimensions.size(); ++i) {
    const Dimension dimension = query.dimensions[i];
    const std::string field = "dimensions." + std::to_string(i);
    if (std::ranges::count(query.dimensions, dimension) > 1) {
      return fail(Code::invalid, "\"" + std::string(name_of(dimension)) + "\" is named twice", field);
    }
    if (i > 0 && is_time(dimension)) {
      return fail(Code::invalid, "A query has at most one time dimension, and it comes first", field);
    }
  }
  if (query.dimensions.empty() || !is_time(query.dimensions[0])) return {};
  if (query.dimensions.size() > 1 && query.compare) {
    return fail(Code::invalid, "A time and another dimension cannot be compared: set \"compare\" to false", "compare");
  }
  for (const auto* range : {&query.range, query.compare ? &*query.compare : nullptr}) {
    if (!range || query.dimensions[0] == Dimension::time_month) continue;
    const std::int64_t buckets = days_of(*range) * (query.dimensions[0] == Dimension::time_hour ? 24 : 1);
    if (buckets > kMaxBuckets) {
      return fail(Code::invalid,
                  "More than " + std::to_string(kMaxBuckets) + " rows by " + std::string(name_of(query.dimensions[0])) +
                      ": ask for a shorter range or longer times",
                  "dimensions.0");
    }
  }
  return {};
}

Result<void> check_filters(const Query& query) {
  if (query.filters.size() > kMaxFilters) {
    return fail(Code::invalid, "At most " + std::to_string(kMaxFilters) + " filters", "filters");
  }
  for (std::size_t i = 0; i < query.filters.size(); ++i) {
    const Filter& filter = query.filters[i];
    const std::string field = "filters." + std::to_string(i);
    if (is_time(filter.dimension)) {
      return fail(Code::invalid, "Times cannot be filtered; use \"range\"", field + ".dimension");
    }
    if (filter.values.empty() || filter.values.size() > kMaxFilterValues) {
      return fail(Code::invalid, "A filter has 1 to " + std::to_string(kMaxFilterValues) + " values",
                  field + ".values");
    }
    const bool part = filter.op == Operator::contains || filter.op == Operator::contains_not;
    if (part && std::ranges::count(filter.values, std::string{}) > 0) {
      return fail(Code::invalid, "Everything contains an empty text: name something to look for", field + ".values");
    }
  }
  return {};
}

Result<void> check_order(const Query& query) {
  if (query.order.size() > kMaxOrder) {
    return fail(Code::invalid, "At most " + std::to_string(kMaxOrder) + " orders", "order");
  }
  if (by_time_alone(query) && !query.order.empty()) {
    return fail(Code::invalid, "Times are always in order of time", "order");
  }
  for (std::size_t i = 0; i < query.order.size(); ++i) {
    const auto& by = query.order[i].by;
    const auto* metric = std::get_if<Metric>(&by);
    const bool known =
        metric ? std::ranges::count(query.metrics, *metric) > 0 : groups_by(query, std::get<Dimension>(by));
    if (!known) {
      return fail(Code::invalid, "Order by a metric or dimension of the query", "order." + std::to_string(i) + ".by");
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(Metric metric) {
  return kMetricNames[static_cast<std::size_t>(metric)];
}
std::string_view name_of(Dimension dimension) {
  return kDimensionNames[static_cast<std::size_t>(dimension)];
}
std::optional<Metric> metric_named(std::string_view name) {
  return find<Metric>(kMetricNames, name);
}
std::optional<Dimension> dimension_named(std::string_view name) {
  return find<Dimension>(kDimensionNames, name);
}
std::optional<Operator> operator_named(std::string_view name) {
  return find<Operator>(kOperatorNames, name);
}

bool groups_by(const Query& query, Dimension dimension) {
  return std::ranges::count(query.dimensions, dimension) > 0;
}
bool filters_on(const Query& query, Dimension dimension) {
  return std::ranges::count(query.filters, dimension, &Filter::dimension) > 0;
}

Result<void> check(const Query& query) {
  for (const auto step : {check_ranges, check_metrics, check_dimensions, check_filters, check_order, check_limit}) {
    if (auto ok = step(query); !ok) return ok;
  }
  return {};
}

namespace {

/// Each filter that a question has to look up, once.
std::set<std::tuple<Dimension, Operator, std::vector<std::string>>> different_filters(const Question& question) {
  std::set<std::tuple<Dimension, Operator, std::vector<std::string>>> out;
  for (const auto& [name, query] : question.queries)
    for (const Filter& filter : query.filters) out.emplace(filter.dimension, filter.op, filter.values);
  return out;
}

}  // namespace

Result<void> check(const Question& question) {
  std::size_t crossed = 0, values = 0, searched = 0;
  std::uint64_t rows = 0;
  for (const auto& [name, query] : question.queries) {
    if (query.dimensions.size() > 1) ++crossed;
    if (!by_time_alone(query) && !query.dimensions.empty()) rows += query.limit;
  }
  for (const auto& [dimension, op, texts] : different_filters(question)) {
    values += texts.size();
    if (op == Operator::contains || op == Operator::contains_not) searched += texts.size();
  }
  const auto refuse = [](std::string_view what, std::uint64_t most, std::string_view whole) {
    return fail(Code::invalid, "All queries together " + std::string(what) + std::to_string(most) + std::string(whole),
                "queries");
  };
  if (crossed > kMaxCrossed) return refuse("may be ", kMaxCrossed, " with two dimensions; ask the others separately");
  if (rows > kMaxAllRows) return refuse("may have ", kMaxAllRows, " rows: lower their limits");
  if (values > kMaxAllValues) return refuse("may filter by ", kMaxAllValues, " values");
  if (searched > kMaxSearchedValues) return refuse("may look inside texts for ", kMaxSearchedValues, " values");
  return {};
}

}  // namespace hk::query

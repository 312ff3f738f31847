#include "query/parse.h"

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "json/reader.h"
#include "query/dates.h"

namespace hk::query {
namespace {

constexpr std::size_t kMaxNameChars = 64;       // of a query's name, and of every name in a query
constexpr std::size_t kMaxRangeTextChars = 40;  // the longest instant has 35
constexpr std::string_view kRangeHelp =
    R"(Give a period such as "28d", "month" or {"from": "2026-10-26", "to": "2026-11-22"})";

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text) + '"';
}

bool known_day(Day day) {
  return day >= kFirstDay && day <= kLastDay;
}

/// Whether the bounds lie inside what zones know, a day's margin left for offsets.
bool known(const Range& range) {
  if (const auto* days = std::get_if<DayRange>(&range)) return known_day(days->first) && known_day(days->last);
  const auto& instants = std::get<InstantRange>(range);
  const auto day = [](TimeMs t) { return std::chrono::floor<std::chrono::days>(t).time_since_epoch().count(); };
  return day(instants.from) > kFirstDay && day(instants.to) < kLastDay;
}

/// {"from": …, "to": …}: both dates or both instants.
std::optional<Range> explicit_range(json::Object& o) {
  const std::string from = o.str("from", {.max = kMaxRangeTextChars, .required = true});
  const std::string to = o.str("to", {.max = kMaxRangeTextChars, .required = true});
  o.refuse_unknown_fields();
  if (!o.errors().empty()) return std::nullopt;

  const auto first = parse_date(from);
  const auto last = parse_date(to);
  if (first && last) return DayRange{*first, *last};
  const auto start = parse_instant(from);
  const auto end = parse_instant(to);
  if (start && end) return InstantRange{*start, *end};
  const bool from_wrong = !first && !start;
  const bool to_wrong = !last && !end;
  if (from_wrong || to_wrong) {
    o.refuse(from_wrong ? "from" : "to", R"(Use a date "2026-10-26" or an instant "2026-10-26T08:00:00Z")");
  } else {
    o.refuse("to", "from and to are both dates or both instants");
  }
  return std::nullopt;
}

void refuse_unknown_times(json::Object& o, std::string_view field, const Range& range) {
  if (!known(range)) o.refuse(field, "Periods lie between 2000-01-01 and 2059-12-31");
}

struct Ranges {
  Range range;
  std::optional<Range> compare;
  bool so_far = false;  // the comparison was named, not written
};

Ranges read_ranges(json::Object& body, Day today) {
  Ranges out;
  int months = 0;
  const auto value = body.opt_value("range");
  if (value && value->kind() == json::Value::Kind::object) {
    if (auto o = body.object("range")) {
      if (const auto range = explicit_range(*o)) out.range = *range;
    }
  } else if (const auto named = value && value->kind() == json::Value::Kind::string ? named_range(value->text(), today)
                                                                                    : std::nullopt) {
    out.range = named->range;
    months = named->months;
  } else {
    body.refuse("range", std::string(kRangeHelp));
  }
  if (!body.errors().empty()) return out;
  refuse_unknown_times(body, "range", out.range);

  const auto compare = body.opt_value("compare");
  if (!compare) return out;
  if (compare->kind() == json::Value::Kind::object) {
    if (auto o = body.object("compare")) out.compare = explicit_range(*o);
  } else if (compare->kind() == json::Value::Kind::string && compare->text() == "previous") {
    out.compare = previous(out.range, months);
    out.so_far = true;
  } else if (compare->kind() == json::Value::Kind::string && compare->text() == "year") {
    out.compare = year_before(out.range);
    out.so_far = true;
  } else {
    body.refuse("compare", R"(Use "previous", "year" or {"from": "2026-09-28", "to": "2026-10-25"})");
  }
  if (out.compare) refuse_unknown_times(body, "compare", *out.compare);
  return out;
}

std::optional<Filter> read_filter(json::Object& o) {
  Filter filter{};
  const std::string dimension = o.str("dimension", {.max = kMaxNameChars, .required = true});
  const std::string op = o.str("op", {.max = kMaxNameChars, .required = true});
  filter.values = o.strings("values", {.max = kMaxFilterValues, .required = true}, {.max = kMaxFilterChars});
  o.refuse_unknown_fields();
  if (!o.errors().empty()) return std::nullopt;

  const auto known_dimension = dimension_named(dimension);
  if (!known_dimension) o.refuse("dimension", in_quotes(dimension) + " is no dimension");
  const auto known_op = operator_named(op);
  if (!known_op) o.refuse("op", in_quotes(op) + " is none of is, is_not, contains, contains_not");
  if (!known_dimension || !known_op) return std::nullopt;
  filter.dimension = *known_dimension;
  filter.op = *known_op;
  return filter;
}

void read_filters(json::Object& from, std::vector<Filter>& into) {
  for (json::Object& o : from.objects("filters", {.max = kMaxFilters})) {
    if (auto filter = read_filter(o)) into.push_back(std::move(*filter));
  }
}

std::optional<Order> read_order(json::Object& o) {
  const std::string by = o.str("by", {.max = kMaxNameChars, .required = true});
  const std::string direction = o.opt_str("direction", {.max = kMaxNameChars}).value_or("desc");
  o.refuse_unknown_fields();
  if (direction != "desc" && direction != "asc") o.refuse("direction", R"(Use "desc" or "asc")");
  const auto metric = metric_named(by);
  const auto dimension = dimension_named(by);
  if (!metric && !dimension) o.refuse("by", in_quotes(by) + " is no metric and no dimension");
  if (!o.errors().empty()) return std::nullopt;
  if (metric) return Order{*metric, direction == "desc"};
  if (dimension) return Order{*dimension, direction == "desc"};
  return std::nullopt;
}

/// The names in an array, turned into enum values.
template <class Enum>
std::vector<Enum> read_names(json::Object& o, std::string_view field, std::optional<Enum> (*named)(std::string_view),
                             json::ArrayRule rule, std::string_view what) {
  std::vector<Enum> out;
  std::size_t i = 0;
  for (const std::string& name : o.strings(field, rule, {.max = kMaxNameChars})) {
    if (const auto known = named(name)) {
      out.push_back(*known);
    } else {
      o.refuse(std::string(field) + '.' + std::to_string(i), in_quotes(name) + " is no " + std::string(what));
    }
    ++i;
  }
  return out;
}

Query read_query(json::Object& o, const Ranges& ranges, const std::vector<Filter>& common) {
  Query query{};
  query.range = ranges.range;
  query.compare = ranges.compare;
  query.filters = common;
  query.metrics = read_names(o, "metrics", metric_named, {.max = kMetrics, .required = true}, "metric");
  query.dimensions = read_names(o, "dimensions", dimension_named, {.max = kMaxDimensions}, "dimension");
  read_filters(o, query.filters);
  for (json::Object& order : o.objects("order", {.max = kMaxOrder})) {
    if (auto by = read_order(order)) query.order.push_back(*by);
  }
  if (const auto compare = o.opt_bool("compare"); compare && !*compare) query.compare.reset();
  query.limit = static_cast<std::uint32_t>(o.integer("limit", {.min = 1, .max = kMaxRows}, 10));
  o.refuse_unknown_fields();
  return query;
}

}  // namespace

std::optional<NamedRange> named_range(std::string_view name, Day today) {
  const Day month = month_of(today);
  if (name == "today") return NamedRange{{today, today}};
  if (name == "yesterday") return NamedRange{{today - 1, today - 1}};
  if (name == "month") return NamedRange{{month, today}, 1};
  if (name == "last_month") return NamedRange{{add_months(month, -1), month - 1}, 1};
  if (name == "year") {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(today))};
    const auto first = std::chrono::sys_days(date.year() / 1 / 1).time_since_epoch().count();
    return NamedRange{{static_cast<Day>(first), today}, 12};
  }
  int count = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), count);
  if (error != std::errc{} || count < 1 || count > kMaxRangeDays) return std::nullopt;
  const std::string_view unit(end, name.data() + name.size());
  if (unit == "d") return NamedRange{{today - count + 1, today}};
  if (unit == "mo") return NamedRange{{add_months(month, 1 - count), today}, count};
  return std::nullopt;
}

Range previous(const Range& range, int months) {
  if (const auto* days = std::get_if<DayRange>(&range)) {
    if (months == 0) {
      const Day length = days->last - days->first + 1;
      return DayRange{days->first - length, days->last - length};
    }
    const Day first = add_months(days->first, -months);
    // The last day of a month before the last day of a month, however long the two are.
    const bool whole = month_of(days->last + 1) == days->last + 1;
    return DayRange{first, whole ? add_months(days->last + 1, -months) - 1 : add_months(days->last, -months)};
  }
  const auto& instants = std::get<InstantRange>(range);
  return InstantRange{instants.from - (instants.to - instants.from), instants.from};
}

Range year_before(const Range& range) {
  if (const auto* days = std::get_if<DayRange>(&range)) {
    const Day first = add_months(days->first, -12);
    return DayRange{first, first + (days->last - days->first)};
  }
  const auto& instants = std::get<InstantRange>(range);
  const auto day = std::chrono::floor<std::chrono::days>(instants.from);
  const Day before = add_months(static_cast<Day>(day.time_since_epoch().count()), -12);
  const TimeMs from = TimeMs(std::chrono::days(before)) + (instants.from - day);
  return InstantRange{from, from + (instants.to - instants.from)};
}

Result<Question> parse(std::string_view text, const db::Zone& zone, TimeMs now) {
  const auto value = json::parse(text);
  if (!value) return std::unexpected(value.error());
  json::Object body(*value);
  const Ranges ranges = read_ranges(body, zone.day_of(now));
  std::vector<Filter> common;
  read_filters(body, common);

  Question out{.range = ranges.range, .compare = ranges.compare, .compare_so_far = ranges.so_far, .queries = {}};
  if (auto queries = body.object("queries", true)) {
    const auto names = queries->keys();
    if (names.empty() || names.size() > kMaxQueries) {
      body.refuse("queries", "Ask 1 to " + std::to_string(kMaxQueries) + " queries");
    } else {
      for (const std::string& name : names) {
        if (name.empty() || name.size() > kMaxNameChars) {
          body.refuse("queries", "A query's name has 1 to " + std::to_string(kMaxNameChars) + " bytes");
        } else if (auto o = queries->object(name, true)) {
          out.queries.emplace_back(name, read_query(*o, ranges, common));
        }
      }
    }
  }
  body.refuse_unknown_fields();
  if (auto ok = body.finish(); !ok) return std::unexpected(ok.error());

  for (const auto& [name, query] : out.queries) {
    if (auto ok = check(query); !ok) {
      Error error = ok.error();
      // The ranges are the question's, whichever query showed that they are wrong.
      const bool shared = error.field == "range" || error.field == "compare";
      if (!shared || query.dimensions.size() > 1) error.field = "queries." + name + '.' + error.field;
      return std::unexpected(std::move(error));
    }
  }
  if (auto ok = check(out); !ok) return std::unexpected(ok.error());
  return out;
}

}  // namespace hk::query

#include "query/parse.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "json/reader.h"
#include "query/dates.h"
#include "query/grid.h"

namespace hk::query {
namespace {

constexpr std::size_t kMaxNameChars = 64;  // of a query's name, and of every name in a query
constexpr std::size_t kMaxDimensionChars = kMaxNameChars + kMaxPropertyChars;
constexpr int kMaxRangeHours = 24 * 92;
constexpr std::size_t kMaxRangeTextChars = 40;  // the longest instant has 35
constexpr std::array<std::pair<std::string_view, Junction>, 3> kJunctions{
    {{"and", Junction::all}, {"or", Junction::any}, {"not", Junction::none}}};

constexpr std::string_view kRangeHelp =
    R"(Give a period such as "28d", "month" or {"from": "2026-10-26", "to": "2026-11-22"})";

constexpr std::string_view kHasDone = "has_done";
constexpr std::string_view kHasNotDone = "has_not_done";
constexpr std::string_view kVisitorKind = "visitor_kind";
constexpr std::string_view kHuman = "human";

/// Those of questions; beside them what is said of whose rows are asked.
std::optional<Dimension> asked_dimension(std::string_view name) {
  return name == kVisitorKind ? Dimension(Dimension::visitor_kind) : dimension_named(name);
}

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
  bool everything = false;
};

Ranges read_ranges(json::Object& body, const db::Zone& zone, TimeMs now, std::int64_t first_weekday) {
  Ranges out;
  Back step;
  const auto value = body.opt_value("range");
  if (value && value->kind() == json::Value::Kind::object) {
    if (auto o = body.object("range")) {
      if (const auto range = explicit_range(*o)) out.range = *range;
    }
  } else if (const auto named = value && value->kind() == json::Value::Kind::string
                                    ? named_range(value->text(), zone, now, first_weekday)
                                    : std::nullopt) {
    out.range = named->range;
    out.everything = named->everything;
    step = named->step;
  } else {
    body.refuse("range", std::string(kRangeHelp));
  }
  if (!body.errors().empty()) return out;
  refuse_unknown_times(body, "range", out.range);

  const bool weekdays = body.opt_bool("match_weekdays").value_or(false);
  const auto compare = body.opt_value("compare");
  if (!compare) return out;
  if (out.everything) body.refuse("compare", "Nothing comes before \"all\": leave the comparison out");
  if (compare->kind() == json::Value::Kind::object) {
    if (auto o = body.object("compare")) out.compare = explicit_range(*o);
  } else if (compare->kind() == json::Value::Kind::string && compare->text() == "previous") {
    out.compare = previous(out.range, step);
    out.so_far = true;
  } else if (compare->kind() == json::Value::Kind::string && compare->text() == "year") {
    out.compare = year_before(out.range);
    out.so_far = true;
  } else {
    body.refuse("compare", R"(Use "previous", "year" or {"from": "2026-09-28", "to": "2026-10-25"})");
  }
  if (out.compare && out.so_far && weekdays) out.compare = with_weekdays(out.range, *out.compare);
  if (out.compare && !out.so_far && weekdays)
    body.refuse("match_weekdays",
                "Weekdays are matched with \"previous\" and \"year\", not with a period that is written out");
  if (out.compare) refuse_unknown_times(body, "compare", *out.compare);
  return out;
}

/// "is, is_not, …"
std::string operator_list() {
  std::string out;
  for (const std::string_view name : kOperatorNames) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

std::optional<Filter> read_filter(json::Object& o) {
  Filter filter{};
  const std::string dimension = o.str("dimension", {.max = kMaxDimensionChars, .required = true});
  const std::string op = o.str("op", {.max = kMaxNameChars, .required = true});
  filter.values = o.strings("values", {.max = kMaxFilterValues, .required = true}, {.max = kMaxFilterChars});
  o.refuse_unknown_fields();
  if (!o.errors().empty()) return std::nullopt;

  const auto known_dimension = asked_dimension(dimension);
  if (!known_dimension) o.refuse("dimension", in_quotes(dimension) + " is no dimension");
  const auto known_op = operator_named(op);
  if (!known_op) o.refuse("op", in_quotes(op) + " is none of " + operator_list());
  if (!known_dimension || !known_op) return std::nullopt;
  filter.dimension = *known_dimension;
  filter.op = *known_op;
  return filter;
}

Predicate read_predicate(json::Object& o, std::size_t depth);

/// The filters in an array, held together by `kind`.
Predicate read_predicates(json::Object& from, std::string_view field, Junction kind, std::size_t depth) {
  Predicate out{.kind = kind};
  for (json::Object& o : from.objects(field, {.max = kMaxFilters})) out.of.push_back(read_predicate(o, depth));
  return out;
}

/// {"has_done": [...], "within": "day"}
Predicate read_done(json::Object& o, std::string_view name, std::size_t depth) {
  if (depth == kMaxFilterDepth) {
    o.refuse(name, "What was done stands at most " + std::to_string(kMaxFilterDepth) + " deep");
    o.opt_value(name);
    return {};
  }
  const std::string within = o.opt_str("within", {.max = kMaxNameChars}).value_or("visit");
  if (within != "visit" && within != "day") o.refuse("within", R"(Use "visit", or "day" for the visitor's day)");
  Predicate what = read_predicates(o, name, Junction::all, depth + 1);
  if (what.of.empty()) o.refuse(name, "Say which page view or event is meant: at least one filter");
  o.refuse_unknown_fields();
  return test_of(done_within(within == "day" ? Within::day : Within::visit, std::move(what),
                             name == kHasDone ? Operator::is : Operator::is_not));
}

/// {"and": [...]}, {"or": [...]}, {"not": {...}}, what was done, or a test. What cannot be read has complained.
Predicate read_predicate(json::Object& o, std::size_t depth) {
  for (const std::string_view name : {kHasDone, kHasNotDone})
    if (o.has(name)) return read_done(o, name, depth);
  for (const auto& [name, kind] : kJunctions) {
    if (!o.has(name)) continue;
    Predicate out{.kind = kind};
    if (depth == kMaxFilterDepth) {
      o.refuse(name, "\"and\", \"or\" and \"not\" stand at most " + std::to_string(kMaxFilterDepth) + " deep");
      o.opt_value(name);
    } else if (kind == Junction::none) {
      if (auto inner = o.object(name)) out.of.push_back(read_predicate(*inner, depth + 1));
    } else {
      out = read_predicates(o, name, kind, depth + 1);
    }
    o.refuse_unknown_fields();
    return out;
  }
  return test_of(read_filter(o).value_or(Filter{}));
}

std::optional<Order> read_order(json::Object& o) {
  const std::string by = o.str("by", {.max = kMaxDimensionChars, .required = true});
  const std::string direction = o.opt_str("direction", {.max = kMaxNameChars}).value_or("desc");
  o.refuse_unknown_fields();
  if (direction != "desc" && direction != "asc") o.refuse("direction", R"(Use "desc" or "asc")");
  const auto metric = metric_named(by);
  const auto dimension = asked_dimension(by);
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
  for (const std::string& name : o.strings(field, rule, {.max = kMaxDimensionChars})) {
    if (const auto known = named(name)) {
      out.push_back(*known);
    } else {
      o.refuse(std::string(field) + '.' + std::to_string(i), in_quotes(name) + " is no " + std::string(what));
    }
    ++i;
  }
  return out;
}

Query read_query(json::Object& o) {
  Query query{};
  query.metrics = read_names(o, "metrics", metric_named, {.max = kMetrics, .required = true}, "metric");
  query.dimensions = read_names(o, "dimensions", asked_dimension, {.max = kMaxDimensions}, "dimension");
  query.number = o.opt_str("number", {.max = kMaxPropertyChars}).value_or("");
  query.share = o.opt_bool("share").value_or(false);
  query.filter = read_predicates(o, "filters", Junction::all, 0);
  for (json::Object& order : o.objects("order", {.max = kMaxOrder})) {
    if (auto by = read_order(order)) query.order.push_back(*by);
  }
  query.compare = o.opt_bool("compare").value_or(true);
  query.limit = static_cast<std::uint32_t>(o.integer("limit", {.min = 1, .max = kMaxRows}, 10));
  o.refuse_unknown_fields();
  return query;
}

void read_queries(json::Object& body, Question& into) {
  auto queries = body.object("queries", true);
  if (!queries) return;
  const auto names = queries->keys();
  if (names.empty() || names.size() > kMaxQueries) {
    body.refuse("queries", "Ask 1 to " + std::to_string(kMaxQueries) + " queries");
    return;
  }
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kMaxNameChars) {
      body.refuse("queries", "A query's name has 1 to " + std::to_string(kMaxNameChars) + " bytes");
    } else if (auto o = queries->object(name, true)) {
      into.queries.emplace_back(name, read_query(*o));
    }
  }
}

/// What else is asked; all of it where nothing is said.
Include read_include(json::Object& body) {
  if (!body.opt_value("include")) return {.live_visitors = true, .first_day = true, .applied_until = true};
  Include out;
  std::size_t i = 0;
  for (const std::string& name : body.strings("include", {.max = kIncludes.size()}, {.max = kMaxNameChars})) {
    const auto known = std::ranges::find(kIncludes, name, &Included::name);
    if (known == kIncludes.end()) {
      body.refuse("include." + std::to_string(i),
                  in_quotes(name) + " is none of live_visitors, first_day, applied_until, machine_visits, meta");
    } else {
      out.*(known->member) = true;
    }
    ++i;
  }
  return out;
}

bool on_visitor_kind(const Filter& test) {
  return test.dimension == Dimension::visitor_kind;
}

/// Whose rows a filter on the kind of visitor means. Of machines it may stay a test, on their class, which is what they
/// have for a system; none: it says no more than that. A text: what is wrong with it.
std::variant<std::string, std::pair<bool, std::optional<Filter>>> kinds_meant(const Filter& filter) {
  if (looks_inside(filter.op)) return "A kind of visitor is tested by is and is_not";
  Filter classes = filter;
  classes.dimension = Dimension::os;
  const bool human = std::erase(classes.values, kHuman) > 0;
  const bool all = classes.values.empty();
  if (human == negates(filter.op)) {
    if (all && !human) return "Name a kind of visitor, such as \"human\" or \"ai_crawler\"";
    return std::pair(true, all ? std::nullopt : std::optional(classes));
  }
  if (human && all) return std::pair(false, std::optional<Filter>());
  return "People and machines are asked apart: visitor_kind is \"human\", is_not \"human\", or is some classes of "
         "machines";
}

/// What a machine is called is its browser.
void name_agents(Predicate& filter) {
  if (filter.test.dimension == Dimension::agent) filter.test.dimension = Dimension::browser;
  for (Predicate& child : filter.of) name_agents(child);
}

/// Filters on the kind of visitor stand beside the others of the question and say whose rows it is about.
void settle_kinds(json::Object& body, Question& question) {
  std::optional<bool> machines = body.opt_bool("machines");
  std::vector<Predicate> others;
  for (std::size_t i = 0; i < question.filter.of.size(); ++i) {
    Predicate& child = question.filter.of[i];
    const std::string field = "filters." + std::to_string(i);
    if (child.kind != Junction::test || !on_visitor_kind(child.test)) {
      if (filters_on(child, Dimension::visitor_kind))
        body.refuse(field, "visitor_kind stands beside other filters, not inside of \"and\", \"or\" or \"not\"");
      others.push_back(std::move(child));
      continue;
    }
    const auto meant = kinds_meant(child.test);
    if (const auto* wrong = std::get_if<std::string>(&meant)) {
      body.refuse(field + ".values", *wrong);
      continue;
    }
    const auto& [of_machines, test] = std::get<1>(meant);
    if (machines.value_or(of_machines) != of_machines)
      body.refuse(field, "The question is about people and about machines");
    machines = of_machines;
    if (test) others.push_back(test_of(*test));
  }
  question.filter.of = std::move(others);
  question.machines = machines.value_or(false);
  if (question.machines) name_agents(question.filter);
}

/// A query of machines has their class where it names the kind of visitor.
void settle_kinds(json::Object& body, std::string_view name, bool machines, Query& query) {
  const std::string field = "queries." + std::string(name);
  if (filters_on(query.filter, Dimension::visitor_kind))
    body.refuse(field + ".filters", "visitor_kind is a filter of the whole question");
  const auto settle = [&](Dimension& dimension) {
    if (machines && dimension == Dimension::agent) dimension = Dimension::browser;
    if (dimension != Dimension::visitor_kind) return;
    if (!machines)
      body.refuse(field + ".dimensions",
                  "By visitor_kind there are machines alone: filter by visitor_kind is_not \"human\"");
    dimension = Dimension::os;
  };
  if (machines) name_agents(query.filter);
  for (Dimension& dimension : query.dimensions) settle(dimension);
  for (Order& order : query.order)
    if (auto* by = std::get_if<Dimension>(&order.by)) settle(*by);
}

}  // namespace

std::optional<NamedRange> named_range(std::string_view name, const db::Zone& zone, TimeMs now,
                                      std::int64_t first_weekday) {
  const Day today = zone.day_of(now);
  const Day month = month_of(today);
  const Day week = first_day_of(Dimension::time_week, today, first_weekday);
  const auto days = [](Day first, Day last, Back step = {}) { return NamedRange{DayRange{first, last}, step}; };
  if (name == "today") return days(today, today);
  if (name == "yesterday") return days(today - 1, today - 1);
  if (name == "week") return days(week, today, {.days = 7});
  if (name == "last_week") return days(week - 7, week - 1);
  if (name == "month") return days(month, today, {.months = 1});
  if (name == "last_month") return days(add_months(month, -1), month - 1, {.months = 1});
  if (name == "quarter") return days(first_day_of(Dimension::time_quarter, today, first_weekday), today, {.months = 3});
  if (name == "year") {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(today))};
    const auto first = std::chrono::sys_days(date.year() / 1 / 1).time_since_epoch().count();
    return days(static_cast<Day>(first), today, {.months = 12});
  }
  if (name == "all") return NamedRange{.range = DayRange{today, today}, .everything = true};
  int count = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), count);
  if (error != std::errc{} || count < 1 || count > kMaxRangeDays) return std::nullopt;
  const std::string_view unit(end, name.data() + name.size());
  if (unit == "h" && count <= kMaxRangeHours) {
    const TimeMs behind = now + Millis(1);  // what happens now is in it
    return NamedRange{InstantRange{behind - std::chrono::hours(count), behind}};
  }
  if (unit == "d") return days(today - count + 1, today);
  if (unit == "mo") return days(add_months(month, 1 - count), today, {.months = count});
  return std::nullopt;
}

Range previous(const Range& range, Back step) {
  if (const auto* days = std::get_if<DayRange>(&range)) {
    const int months = step.months;
    if (months == 0) {
      const Day length = step.days != 0 ? step.days : days->last - days->first + 1;
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

Range with_weekdays(const Range& range, const Range& other) {
  const auto weeks = [](auto back, auto length, auto week) {
    auto out = (back + week / 2) / week * week;
    while (out < length) out += week;
    return out;
  };
  if (const auto* days = std::get_if<DayRange>(&range)) {
    constexpr Day kWeek = 7;
    const Day length = days->last - days->first + 1;
    const Day back = weeks(days->first - std::get<DayRange>(other).first, length, kWeek);
    return DayRange{days->first - back, days->last - back};
  }
  const auto& instants = std::get<InstantRange>(range);
  constexpr Millis::rep kWeek = Millis(std::chrono::weeks(1)).count();
  const Millis back(weeks((instants.from - std::get<InstantRange>(other).from).count(),
                          (instants.to - instants.from).count(), kWeek));
  return InstantRange{instants.from - back, instants.to - back};
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

Result<Question> parse(std::string_view text, const db::Zone& zone, TimeMs now, std::int64_t first_weekday) {
  const auto value = json::parse(text);
  if (!value) return std::unexpected(value.error());
  json::Object body(*value);
  const Ranges ranges = read_ranges(body, zone, now, first_weekday);
  Question out{.range = ranges.range,
               .everything = ranges.everything,
               .compare = ranges.compare,
               .compare_so_far = ranges.so_far};
  out.filter = read_predicates(body, "filters", Junction::all, 0);
  out.include = read_include(body);
  settle_kinds(body, out);
  read_queries(body, out);
  for (auto& [name, analysis] : out.queries) settle_kinds(body, name, out.machines, std::get<Query>(analysis));
  body.refuse_unknown_fields();
  if (auto ok = body.finish(); !ok) return std::unexpected(ok.error());
  if (auto ok = check(out); !ok) return std::unexpected(ok.error());
  return out;
}

}  // namespace hk::query

#include "query/query.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <set>
#include <tuple>

#include "store/properties.h"

namespace hk::query {
namespace {

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

Result<void> check_ranges(const Question& question) {
  if (auto ok = check_range(question.range, "range"); !ok) return ok;
  return question.compare ? check_range(*question.compare, "compare") : Result<void>{};
}

Result<void> check_limit(const Question&, const Query& query) {
  if (query.limit >= 1 && query.limit <= kMaxRows) return {};
  return fail(Code::invalid, "A limit is 1 to " + std::to_string(kMaxRows), "limit");
}

/// "a, b and c"
std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

/// Which metrics a query's dimensions go with.
std::string only_metrics(const Query& query) {
  std::vector<std::string> dimensions, metrics;
  for (const Dimension& dimension : query.dimensions) dimensions.push_back(name_of(dimension));
  for (const MetricFacts& facts : kMetricFacts) {
    if (goes_with(facts.metric, query.dimensions)) metrics.emplace_back(facts.name);
  }
  return "By " + listed(dimensions) + " there are only the metrics " + listed(metrics) +
         (groups_by(query, Dimension::page) ? "; for visits use entry_page or exit_page" : "");
}

bool groups_by_time(const Query& query) {
  return std::ranges::any_of(query.dimensions, [](const Dimension& d) { return is_time(d); });
}

/// It is made of numbers that events tell.
bool tells_number(Metric metric) {
  return (measures_of(metric) & Measures(bits_of({Measure::told, Measure::told_values}))).any();
}

/// Fetches are of no visit: they have no more than their page, and who fetched it.
Result<void> check_filters_of(const Question& question, const Query& query, Metric metric) {
  const bool fetches = measures_of(metric).test(at(Measure::fetches));
  Result<void> out;
  for (const Predicate* filter : {&question.filter, &query.filter}) {
    each_test(*filter, [&](const Filter& test) {
      if (!out || is_time(test.dimension)) return;
      if (fetches && !stands_in(test.dimension, Table::fetches)) {
        out = fail(Code::invalid, "Fetches by AIs can be filtered by page, title, agent and fetch_status alone");
      } else if (!fetches && is_of_fetches(test.dimension)) {
        out = fail(Code::invalid, "Filtered by " + name_of(test.dimension) + " there is only ai_fetches");
      }
    });
  }
  return out;
}

Result<void> check_metrics(const Question& question, const Query& query) {
  if (query.metrics.empty()) return fail(Code::invalid, "Name at least one metric, e.g. \"visitors\"", "metrics");
  for (std::size_t i = 0; i < query.metrics.size(); ++i) {
    const Metric metric = query.metrics[i];
    const std::string field = "metrics." + std::to_string(i);
    if (std::ranges::count(query.metrics, metric) > 1) {
      return fail(Code::invalid, "\"" + std::string(name_of(metric)) + "\" is named twice", field);
    }
    if (!goes_with(metric, query.dimensions)) return fail(Code::invalid, only_metrics(query), field);
    if (metric == Metric::visitors_per_day && groups_by_time(query)) {
      return fail(Code::invalid, "By time ask for \"visitors\": each row has a time of its own", field);
    }
    if (auto ok = check_filters_of(question, query, metric); !ok) return fail(Code::invalid, ok.error().message, field);
  }
  const bool of_property = std::ranges::any_of(query.metrics, tells_number);
  if (of_property && query.number.empty()) {
    return fail(Code::invalid, "Name the property of events whose numbers are meant, e.g. \"price\"", "number");
  }
  if (!of_property && !query.number.empty()) {
    return fail(Code::invalid, "Ask for a metric of it, e.g. \"property_sum\"", "number");
  }
  return {};
}

/// How many rows by a time a range has at most.
std::int64_t buckets_of(const Range& range, Dimension::Kind time) {
  if (time == Dimension::time_day) return days_of(range);
  if (time != Dimension::time_minute && time != Dimension::time_hour) return 0;
  const auto* instants = std::get_if<InstantRange>(&range);
  const auto length = instants != nullptr ? instants->to - instants->from : Millis(std::chrono::days(days_of(range)));
  return time == Dimension::time_hour ? std::chrono::ceil<std::chrono::hours>(length).count()
                                      : std::chrono::ceil<std::chrono::minutes>(length).count();
}

Result<void> check_dimensions(const Question& question, const Query& query) {
  if (query.dimensions.size() > kMaxDimensions) {
    return fail(Code::invalid, "At most " + std::to_string(kMaxDimensions) + " dimensions", "dimensions");
  }
  for (std::size_t i = 0; i < query.dimensions.size(); ++i) {
    const Dimension& dimension = query.dimensions[i];
    const std::string field = "dimensions." + std::to_string(i);
    if (std::ranges::count(query.dimensions, dimension) > 1) {
      return fail(Code::invalid, "\"" + std::string(name_of(dimension)) + "\" is named twice", field);
    }
    if (i > 0 && is_time(dimension)) {
      return fail(Code::invalid, "A query has at most one time dimension, and it comes first", field);
    }
  }
  if (query.dimensions.empty() || !is_time(query.dimensions[0])) return {};
  const auto& compare = compare_of(question, query);
  if (query.dimensions.size() > 1 && compare) {
    return fail(Code::invalid, "A time and another dimension cannot be compared: set \"compare\" to false", "compare");
  }
  for (const auto* range : {&question.range, compare ? &*compare : nullptr}) {
    if (!range) continue;
    if (buckets_of(*range, query.dimensions[0]) > kMaxBuckets) {
      return fail(Code::invalid,
                  "More than " + std::to_string(kMaxBuckets) + " rows by " + std::string(name_of(query.dimensions[0])) +
                      ": ask for a shorter range or longer times",
                  "dimensions.0");
    }
  }
  return {};
}

Result<void> check_filters(const Predicate& filter);

/// What somebody did.
Result<void> check_done(const Filter& test, const std::string& field) {
  for (const Predicate& what : test.done) {
    auto ok = check(Matcher{what});
    if (ok) ok = check_filters(what);
    if (ok) continue;
    const std::string inner = ok.error().field;
    // The filters of what was done stand below its own name.
    ok.error().field = field + ".has_done" + (inner.empty() ? "" : inner.substr(inner.find('.')));
    return ok;
  }
  return {};
}

/// A pattern that RE2 takes, and that is small: how long it runs is bounded by its size.
Result<void> check_pattern(const std::string& pattern, const std::string& field) {
  if (pattern.size() > kMaxPatternChars) {
    return fail(Code::invalid, "A pattern has at most " + std::to_string(kMaxPatternChars) + " bytes", field);
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  const RE2 compiled(pattern, options);
  if (!compiled.ok()) return fail(Code::invalid, "No such pattern (RE2): " + compiled.error(), field);
  if (compiled.ProgramSize() > kMaxPatternSteps) {
    return fail(Code::invalid, "The pattern is too large: say less often how often something repeats", field);
  }
  return {};
}

Result<void> check_values(const Filter& test, const std::string& field) {
  for (std::size_t i = 0; i < test.values.size(); ++i) {
    const std::string one = field + '.' + std::to_string(i);
    if (positive(test.op) == Operator::matches) {
      if (auto ok = check_pattern(test.values[i], one); !ok) return ok;
    }
    if (compares_numbers(test.op) && !store::thousandths_of(test.values[i])) {
      return fail(Code::invalid, "Give a number with up to 3 decimals, e.g. \"12.5\"", one);
    }
  }
  return {};
}

Result<void> check_test(const Filter& test, const std::string& field) {
  if (is_done(test.dimension)) return check_done(test, field);
  if (is_time(test.dimension)) {
    return fail(Code::invalid, "Times cannot be filtered; use \"range\"", field + ".dimension");
  }
  if (test.values.empty() || test.values.size() > kMaxFilterValues) {
    return fail(Code::invalid, "A filter has 1 to " + std::to_string(kMaxFilterValues) + " values", field + ".values");
  }
  if (looks_inside(test.op) && std::ranges::count(test.values, std::string{}) > 0) {
    return fail(Code::invalid, "Everything contains an empty text: name something to look for", field + ".values");
  }
  if (compares_numbers(test.op) && !has_parameter(test.dimension)) {
    return fail(Code::invalid,
                "Only what is told as a number can be greater or less: property:NAME, page_property:NAME",
                field + ".op");
  }
  return check_values(test, field + ".values");
}

/// Everything below a node; fields are named as bodies have them: filters.0.or.1.values
Result<void> check_tree(const Predicate& node, const std::string& field) {
  if (node.kind == Junction::test) return check_test(node.test, field);
  const bool one = node.kind == Junction::none;
  const std::string inside = field + (one ? ".not" : node.kind == Junction::all ? ".and" : ".or");
  if (node.of.empty()) return fail(Code::invalid, "Name at least one filter", inside);
  for (std::size_t i = 0; i < node.of.size(); ++i) {
    if (auto ok = check_tree(node.of[i], one ? inside : inside + '.' + std::to_string(i)); !ok) return ok;
  }
  return {};
}

/// The filters of a question or a query, which are and-ed.
Result<void> check_filters(const Predicate& filter) {
  if (filter.kind != Junction::all) return check_filters({.kind = Junction::all, .of = {filter}});
  if (tests_of(filter) > kMaxFilters) {
    return fail(Code::invalid, "At most " + std::to_string(kMaxFilters) + " filters", "filters");
  }
  if (depth_of(filter) > kMaxFilterDepth) {
    return fail(Code::invalid, "\"and\", \"or\" and \"not\" stand at most " + std::to_string(kMaxFilterDepth) + " deep",
                "filters");
  }
  for (std::size_t i = 0; i < filter.of.size(); ++i) {
    if (auto ok = check_tree(filter.of[i], "filters." + std::to_string(i)); !ok) return ok;
  }
  return {};
}

Result<void> check_own_filters(const Question& question, const Analysis& analysis) {
  if (tests_of(question.filter) + tests_of(own_filter(analysis)) > kMaxFilters) {
    return fail(Code::invalid, "At most " + std::to_string(kMaxFilters) + " filters, those of the question included",
                "filters");
  }
  return check_filters(own_filter(analysis));
}

Result<void> check_order(const Question&, const Query& query) {
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

std::optional<Operator> operator_named(std::string_view name) {
  return find<Operator>(kOperatorNames, name);
}

bool groups_by(const Query& query, const Dimension& dimension) {
  return std::ranges::count(query.dimensions, dimension) > 0;
}
const Predicate& own_filter(const Analysis& analysis) {
  return std::visit([](const auto& any) -> const Predicate& { return any.filter; }, analysis);
}
Predicate filter_of(const Question& question, const Analysis& analysis) {
  return normal(both(question.filter, own_filter(analysis)));
}
Dimension read_as(const Dimension& dimension, std::optional<store::Attribute> page) {
  return page && dimension == Dimension::page ? Dimension(Dimension::Kind(dimension_number(*page))) : dimension;
}

bool stands_in(Dimension::Kind dimension, Table table) {
  if (is_time(dimension)) return true;
  switch (dimension) {
    case Dimension::page:
    case Dimension::title:
      return table != Table::visits;
    case Dimension::page_property:
      return table == Table::hits;
    case Dimension::agent:
    case Dimension::fetch_status:
      return table == Table::fetches;
    default:
      return belongs_to(dimension, store::Owner::event) ? table == Table::events : table != Table::fetches;
  }
}

const std::optional<Range>& compare_of(const Question& question, const Analysis& analysis) {
  static const std::optional<Range> none;
  const auto compares = [](const auto& any) {
    if constexpr (requires { any.compare; }) return any.compare;
    return false;
  };
  return std::visit(compares, analysis) ? question.compare : none;
}

std::optional<Table> table_of(Measure measure, const std::vector<Dimension>& dimensions) {
  const MeasureFacts& facts = facts_of(measure);
  for (const Table table : kAllTables) {
    if (!facts.tables.test(static_cast<std::size_t>(table))) continue;
    const auto stands = [&](const Dimension& d) { return stands_in(read_as(d, facts.page), table); };
    if (std::ranges::all_of(dimensions, stands)) return table;
  }
  return std::nullopt;
}
bool goes_with(Metric metric, const std::vector<Dimension>& dimensions) {
  return std::ranges::all_of(kMeasureFacts, [&](const MeasureFacts& facts) {
    return !measures_of(metric).test(at(facts.measure)) || table_of(facts.measure, dimensions);
  });
}

namespace {

/// Whether the parts of a query go together; the field is relative to it.
Result<void> check_query(const Question& question, const Query& query) {
  for (const auto step : {check_metrics, check_dimensions}) {
    if (auto ok = step(question, query); !ok) return ok;
  }
  if (auto ok = check_own_filters(question, query); !ok) return ok;
  for (const auto step : {check_order, check_limit}) {
    if (auto ok = step(question, query); !ok) return ok;
  }
  return {};
}

Result<void> check_matcher(const Matcher& matcher, const std::string& field) {
  auto ok = check(matcher);
  if (ok && filters_on_kind(matcher.test, Dimension::page_property)) {
    ok = fail(Code::invalid, "A step is told by what stands in its row beside page_property");
  }
  if (ok) ok = check_filters(matcher.test);
  if (!ok) ok.error().field = field + (ok.error().field.empty() ? "" : '.' + ok.error().field);
  return ok;
}

Result<void> check_funnel(const Question& question, const Funnel& funnel) {
  if (funnel.steps.size() < kMinSteps || funnel.steps.size() > kMaxSteps) {
    return fail(Code::invalid,
                "A funnel has " + std::to_string(kMinSteps) + " to " + std::to_string(kMaxSteps) + " steps", "steps");
  }
  for (std::size_t i = 0; i < funnel.steps.size(); ++i) {
    if (auto ok = check_matcher(funnel.steps[i], "steps." + std::to_string(i)); !ok) return ok;
  }
  if (funnel.window && *funnel.window <= Millis(0)) return fail(Code::invalid, "Name a longer time", "window");
  return check_own_filters(question, funnel);
}

Result<void> check_journeys(const Question& question, const Journeys& journeys) {
  if (journeys.depth < 2 || journeys.depth > kMaxDepth) {
    return fail(Code::invalid, "A way has 2 to " + std::to_string(kMaxDepth) + " pages", "depth");
  }
  if (journeys.page) {
    if (auto ok = check_matcher(*journeys.page, "page"); !ok) return ok;
    if (rows_of(*journeys.page) != Table::hits) return fail(Code::invalid, "Journeys go by pages", "page");
  }
  return check_own_filters(question, journeys);
}

Result<void> check_analysis(const Question& question, const Query& query) {
  return check_query(question, query);
}
Result<void> check_analysis(const Question& question, const Funnel& funnel) {
  return check_funnel(question, funnel);
}
Result<void> check_analysis(const Question& question, const Journeys& journeys) {
  return check_journeys(question, journeys);
}

/// Each filter that a question has to look up, once.
std::set<std::tuple<Dimension, Operator, std::vector<std::string>>> different_filters(const Question& question) {
  std::set<std::tuple<Dimension, Operator, std::vector<std::string>>> out;
  const auto add = [&](const Filter& test) { out.emplace(test.dimension, test.op, test.values); };
  each_inner_test(question.filter, add);
  for (const auto& [name, analysis] : question.queries) {
    each_inner_test(own_filter(analysis), add);
    if (const auto* funnel = std::get_if<Funnel>(&analysis)) {
      for (const Matcher& step : funnel->steps) each_inner_test(step.test, add);
    }
    if (const auto* journeys = std::get_if<Journeys>(&analysis); journeys != nullptr && journeys->page)
      each_inner_test(journeys->page->test, add);
  }
  return out;
}

/// Whether the queries together stay within their limits.
Result<void> check_together(const Question& question) {
  std::size_t crossed = 0, values = 0, searched = 0;
  std::uint64_t rows = 0;
  for (const auto& [name, analysis] : question.queries) {
    const auto* query = std::get_if<Query>(&analysis);
    if (query == nullptr) continue;
    if (query->dimensions.size() > 1) ++crossed;
    if (!by_time_alone(*query) && !query->dimensions.empty()) rows += query->limit;
  }
  for (const auto& [dimension, op, texts] : different_filters(question)) {
    values += texts.size();
    if (looks_inside(op)) searched += texts.size();
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

}  // namespace

Result<void> check(const Question& question) {
  if (auto ok = check_ranges(question); !ok) return ok;
  if (auto ok = check_filters(question.filter); !ok) return ok;
  for (const auto& [name, analysis] : question.queries) {
    auto ok = std::visit([&](const auto& any) { return check_analysis(question, any); }, analysis);
    if (ok) continue;
    ok.error().field = "queries." + name + '.' + ok.error().field;
    return ok;
  }
  return check_together(question);
}

}  // namespace hk::query

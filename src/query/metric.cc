#include "query/metric.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "query/query.h"

namespace hk::query {
namespace {

constexpr std::string_view kHead = R"(// Made from src/query/metric.h: UPDATE_GOLDEN=1 build/asan/query_test writes it.

/** What a metric counts in: numbers, axes and changes are written by it. */
export type Unit = "count" | "ratio" | "percent" | "seconds";

export interface MetricFacts {
  unit: Unit;
  /** That of a range is the sum of those of its days; others are means of visits, which change while these go on. */
  additive: boolean;
  /** Which direction is good. */
  better: "more" | "less";
  /** Of the dimensions that only some metrics go with, those with which this one does. */
  by: readonly ("page" | "event_name")[];
  /** Key of the text that says in one sentence what it is. */
  definition: string;
  /** Where it is explained, in docs/. */
  anchor: string;
}
)";

constexpr std::string_view kBetween = R"(} as const satisfies Record<string, MetricFacts>;

export type Metric = keyof typeof METRIC_FACTS;

/** The figures of the overview, in their order. */
export const METRICS: readonly Metric[] = [
)";

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::count:
      return "count";
    case Unit::ratio:
      return "ratio";
    case Unit::percent:
      return "percent";
    case Unit::seconds:
      return "seconds";
  }
  return "";
}

std::string in_quotes(std::string_view text) {
  return concat({"\"", text, "\""});
}

/// ["a", "b"]
std::string list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + in_quotes(text);
  return concat({"[", out, "]"});
}

std::string facts_ts(const MetricFacts& facts) {
  std::vector<std::string> by;
  for (const Dimension& dimension : {Dimension(Dimension::page), Dimension(Dimension::event_name)}) {
    if (goes_with(facts.metric, {dimension})) by.push_back(name_of(dimension));
  }
  return concat({"  ", facts.name, ": {\n    unit: ", in_quotes(name_of(facts.unit)),
                 ",\n    additive: ", facts.additive ? "true" : "false",
                 ",\n    better: ", in_quotes(facts.better == Better::more ? "more" : "less"), ",\n    by: ", list(by),
                 ",\n    definition: ", in_quotes(facts.definition), ",\n    anchor: ", in_quotes(facts.anchor),
                 ",\n  },\n"});
}

}  // namespace

std::optional<double> value_of(Metric metric, const Sums& sums, std::int64_t days) {
  const Formula& formula = facts_of(metric).formula;
  const double sum = static_cast<double>(formula.times * sums[at(formula.sum)]);
  if (formula.per_day) return days == 0 ? std::nullopt : std::optional(sum / static_cast<double>(days));
  if (!formula.per) return sum;
  const std::int64_t per = sums[at(*formula.per)];
  return per == 0 ? std::nullopt : std::optional(sum / static_cast<double>(per));
}

std::vector<std::optional<double>> values_of(const std::vector<Metric>& metrics, const Sums& sums, std::int64_t days) {
  std::vector<std::optional<double>> out;
  out.reserve(metrics.size());
  for (const Metric metric : metrics) out.push_back(value_of(metric, sums, days));
  return out;
}

std::string sql_of(Metric metric, std::int64_t days) {
  const Formula& formula = facts_of(metric).formula;
  const std::string over = formula.over == 1 ? "" : concat({" / ", std::to_string(formula.over)});
  std::string sum(facts_of(formula.sum).name);
  if (formula.quantile) {
    const auto hundredths = static_cast<int>(*formula.quantile * 100);
    return concat({"list_aggregate(", sum, ", 'quantile_cont', 0.", std::to_string(hundredths), ")::DOUBLE", over});
  }
  if (formula.times != 1) sum = concat({std::to_string(formula.times), " * ", sum});
  if (formula.per_day) return concat({sum, " / nullif(", std::to_string(days), ", 0)"});
  if (!formula.per) return concat({sum, "::DOUBLE", over});
  return concat({sum, " / nullif(", facts_of(*formula.per).name, ", 0)", over});
}

std::optional<Metric> metric_named(std::string_view name) {
  const auto at = std::ranges::find(kMetricFacts, name, &MetricFacts::name);
  return at == kMetricFacts.end() ? std::nullopt : std::optional(at->metric);
}

std::string metrics_ts() {
  std::string facts, headline;
  for (const MetricFacts& metric : kMetricFacts) {
    facts += facts_ts(metric);
    if (metric.headline) headline += concat({"  ", in_quotes(metric.name), ",\n"});
  }
  return concat({kHead, "\nexport const METRIC_FACTS = {\n", facts, kBetween, headline, "];\n"});
}

}  // namespace hk::query

// What follows the table of metrics outside of C++: the dashboard's file, the page of the language, the texts.
// UPDATE_GOLDEN=1 writes the first two anew.

#include "query/metric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "json/reader.h"
#include "query/query.h"

namespace hk::query {
namespace {

using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string path_of(std::string_view file) {
  return concat({HITKEEP_SOURCE_DIR "/", file});
}
std::string read(std::string_view file) {
  std::ifstream stream(path_of(file));
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}
void write_if_asked(std::string_view file, const std::string& text) {
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path_of(file)) << text;
}

/// The text of a dotted key in a language; "" where there is none.
std::string text_of(std::string_view language, std::string_view key) {
  auto value = json::parse(read(concat({"web/dashboard/src/app/definitions/texts/", language, ".json"})));
  EXPECT_TRUE(value) << language;
  json::Object texts(*value);
  const auto dot = key.find('.');
  auto group = texts.object(key.substr(0, dot));
  return group ? group->str(key.substr(dot + 1)) : "";
}

std::string unit_name(Unit unit) {
  return unit == Unit::count ? "a count" : unit == Unit::ratio ? "a ratio" : unit == Unit::percent ? "%" : "seconds";
}

/// The rows of the page's table.
std::string table() {
  std::string out =
      "| name | meaning | in | adds up over days | good is | by `page` | by `event_name` "
      "|\n|---|---|---|---|---|---|---|\n";
  const auto yes = [](bool is) { return is ? "yes" : "–"; };
  for (const MetricFacts& facts : kMetricFacts) {
    const auto anchor = facts.anchor.substr(facts.anchor.find('#') + 1);
    out +=
        concat({"| <a id=\"", anchor, "\"></a>`", facts.name, "` | ", text_of("en", facts.definition), " | ",
                unit_name(facts.unit), " | ", yes(facts.additive), " | ",
                facts.better == Better::more ? "more" : "less", " | ", yes(goes_with(facts.metric, {Dimension::page})),
                " | ", yes(goes_with(facts.metric, {Dimension::event_name})), " |\n"});
  }
  return out;
}

TEST(Metrics, TheDashboardReadsThisTable) {
  constexpr std::string_view kFile = "web/dashboard/src/app/core/metrics.generated.ts";
  write_if_asked(kFile, metrics_ts());
  EXPECT_EQ(read(kFile), metrics_ts()) << "out of date? run it once with UPDATE_GOLDEN=1 and look at the difference";
}

TEST(Metrics, ThePageOfTheLanguageHasThisTable) {
  constexpr std::string_view kFile = "docs/query-language.md";
  std::string page = read(kFile);
  const auto from = page.find("| name | meaning | in |");
  ASSERT_NE(from, std::string::npos);
  const auto to = page.find("\n\n", from) + 1;
  page.replace(from, to - from, table());
  write_if_asked(kFile, page);
  EXPECT_EQ(read(kFile), page) << "out of date? run it once with UPDATE_GOLDEN=1 and look at the difference";
}

/// The other languages may lack a sentence until a release (web/dashboard/scripts/check-i18n.mjs).
TEST(Metrics, EachIsExplainedInASentence) {
  for (const MetricFacts& facts : kMetricFacts) {
    EXPECT_THAT(text_of("en", facts.definition), EndsWith(".")) << facts.name;
    for (const std::string_view language : {"de", "es", "fr", "it", "nl", "pt"})
      EXPECT_THAT(text_of(language, facts.definition), AnyOf("", EndsWith("."))) << language << ' ' << facts.name;
  }
}

TEST(Metrics, AreMadeOfTheirMeasures) {
  for (const MetricFacts& facts : kMetricFacts) {
    for (const MeasureFacts& measure : kMeasureFacts) {
      EXPECT_EQ(measures_of(facts.metric).test(at(measure.measure)), sql_of(facts.metric).contains(measure.name))
          << facts.name;
    }
    // One that adds up is one sum; what is divided, or stands in the middle of others, does not.
    const Formula& formula = facts.formula;
    EXPECT_EQ(facts.additive, !formula.per && !formula.per_day && !formula.quantile) << facts.name;
    EXPECT_TRUE(goes_with(facts.metric, {})) << facts.name;
  }
}

TEST(Metrics, AreComputedFromSums) {
  Sums sums{};
  sums[at(Measure::visits)] = 8;
  sums[at(Measure::bounces)] = 2;
  sums[at(Measure::pageviews)] = 20;
  EXPECT_EQ(value_of(Metric::visits, sums), 8.0);
  EXPECT_EQ(value_of(Metric::bounce_rate, sums), 25.0);
  EXPECT_EQ(value_of(Metric::views_per_visit, sums), 2.5);
  EXPECT_EQ(value_of(Metric::events, {}), 0.0);
  EXPECT_EQ(value_of(Metric::bounce_rate, {}), std::nullopt) << "the mean of nothing is no data";
  EXPECT_EQ(sql_of(Metric::bounce_rate), "100 * bounces / nullif(visits, 0)");
  EXPECT_EQ(sql_of(Metric::visitors), "visitors::DOUBLE");
}

TEST(Metrics, AreCountedFromTheFirstTableThatHasTheDimensions) {
  EXPECT_EQ(table_of(Measure::visitors, {}), Table::visits);
  EXPECT_EQ(table_of(Measure::visitors, {Dimension::source, Dimension::page}), Table::hits);
  EXPECT_EQ(table_of(Measure::visitors, {Dimension::page, Dimension::event_name}), Table::events);
  EXPECT_EQ(table_of(Measure::pageviews, {Dimension::source}), Table::hits);
  EXPECT_EQ(table_of(Measure::bounces, {Dimension::page}), std::nullopt);
  EXPECT_TRUE(goes_with(Metric::events, {Dimension::page}));
  EXPECT_FALSE(goes_with(Metric::pageviews, {Dimension::event_name}));
  EXPECT_FALSE(goes_with(Metric::views_per_visit, {Dimension::page})) << "one of its measures does not";
}

TEST(Metrics, ComplaintsNameThoseThatFit) {
  const auto complaint = [](std::vector<Dimension> dimensions) {
    return check(Question{.range = DayRange{1, 2},
                          .queries = {{"q", Query{.metrics = {Metric::visits}, .dimensions = std::move(dimensions)}}}})
        .error()
        .message;
  };
  EXPECT_EQ(
      complaint({Dimension::page}),
      "By page there are only the metrics visitors, pageviews, events, time_on_page, scroll_depth, visitors_per_day, "
      "entries, exits, exit_rate, unique_events, property_sum, property_average, property_median, property_p75, "
      "property_p95, lcp, inp, cls, fcp, ttfb and ai_fetches; for visits use entry_page or exit_page");
  EXPECT_EQ(complaint({Dimension::event_name}),
            "By event_name there are only the metrics visitors, events, visitors_per_day, unique_events, property_sum, "
            "property_average, property_median, property_p75 and property_p95");
  EXPECT_THAT(complaint({Dimension::source, Dimension::page}), HasSubstr("By source and page there are only"));
}

}  // namespace
}  // namespace hk::query

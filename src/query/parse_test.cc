#include "query/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/dates.h"
#include "query/testing/zone.h"

namespace hk::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const TimeMs kNow = *parse_instant("2026-11-22T09:41:00Z");

Result<Question> read(std::string_view body) {
  static const auto zone = testing::utc();
  return parse(body, *zone, kNow);
}

const Query& table(const Question& question, std::size_t at = 0) {
  return std::get<Query>(question.queries.at(at).second);
}

/// A body with one query, and with `extra` fields beside it.
std::string ask(std::string_view query, std::string_view extra = R"("range":"7d")") {
  return "{" + std::string(extra) + R"(,"queries":{"q":)" + std::string(query) + "}}";
}

DayRange days(const char* first, const char* last) {
  return {*parse_date(first), *parse_date(last)};
}

Range range_of(std::string_view name) {
  const auto question = read(ask(R"({"metrics":["visits"]})", R"("range":")" + std::string(name) + '"'));
  EXPECT_TRUE(question) << name;
  return question ? question->range : Range{};
}

TEST(Parse, ReadsAWholePage) {
  const auto question = read(R"({
    "range": {"from": "2026-10-26", "to": "2026-11-22"}, "compare": "previous",
    "filters": [{"dimension": "channel", "op": "is_not", "values": ["paid_search", "paid_social"]}],
    "queries": {
      "kpis": {"metrics": ["visitors", "bounce_rate"], "compare": false},
      "chart": {"metrics": ["visitors"], "dimensions": ["time_day"]},
      "pages": {"metrics": ["visitors", "pageviews"], "dimensions": ["page"], "limit": 8,
                "filters": [{"dimension": "page", "op": "contains", "values": ["/blog"]}],
                "order": [{"by": "pageviews"}, {"by": "page", "direction": "asc"}]}}})");
  ASSERT_TRUE(question) << question.error().message;
  EXPECT_EQ(question->range, Range(days("2026-10-26", "2026-11-22")));
  EXPECT_EQ(question->compare, Range(days("2026-09-28", "2026-10-25")));
  ASSERT_EQ(question->queries.size(), 3u);

  const Query& totals = table(*question);
  EXPECT_EQ(question->queries[0].first, "kpis");
  EXPECT_THAT(totals.metrics, ElementsAre(Metric::visitors, Metric::bounce_rate));
  EXPECT_FALSE(totals.compare);
  EXPECT_EQ(totals.limit, 10u);
  EXPECT_EQ(tests_of(totals.filter), 0u);
  ASSERT_EQ(question->filter.of.size(), 1u);
  EXPECT_EQ(question->filter.of[0].test.op, Operator::is_not);
  EXPECT_THAT(question->filter.of[0].test.values, ElementsAre("paid_search", "paid_social"));

  const Query& list = table(*question, 2);
  EXPECT_EQ(question->queries[2].first, "pages");
  EXPECT_THAT(list.dimensions, ElementsAre(Dimension::page));
  EXPECT_EQ(list.limit, 8u);
  EXPECT_TRUE(list.compare);
  ASSERT_EQ(list.filter.of.size(), 1u);
  EXPECT_EQ(list.filter.of[0].test.dimension, Dimension::page);
  ASSERT_EQ(list.order.size(), 2u);
  EXPECT_EQ(std::get<Metric>(list.order[0].by), Metric::pageviews);
  EXPECT_TRUE(list.order[0].descending);
  EXPECT_EQ(std::get<Dimension>(list.order[1].by), Dimension::page);
  EXPECT_FALSE(list.order[1].descending);
}

TEST(Parse, MachinesAreAskedForByName) {
  EXPECT_FALSE(read(ask(R"({"metrics":["visits"]})"))->machines);
  EXPECT_TRUE(read(ask(R"({"metrics":["visits"]})", R"("range":"7d","machines":true)"))->machines);
  EXPECT_FALSE(read(ask(R"({"metrics":["visits"]})", R"("range":"7d","machines":"yes")")));
}

Result<Question> of_kind(std::string_view op, std::string_view values, std::string_view more = "") {
  return read(ask(R"({"metrics":["visits"],"dimensions":["visitor_kind"]})",
                  R"("range":"7d","filters":[{"dimension":"visitor_kind","op":")" + std::string(op) + R"(","values":)" +
                      std::string(values) + "}]" + std::string(more)));
}

TEST(Parse, TheKindOfVisitorSaysWhoseRowsAreAsked) {
  const auto all = of_kind("is_not", R"(["human"])");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_TRUE(all->machines);
  EXPECT_EQ(tests_of(all->filter), 0u);
  EXPECT_EQ(table(*all).dimensions.front(), Dimension::os) << "what a machine has for a system is its class";

  const auto some = of_kind("is", R"(["ai_crawler","search"])");
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_TRUE(some->machines);
  ASSERT_EQ(tests_of(some->filter), 1u);
  EXPECT_EQ(some->filter.of[0].test.dimension, Dimension::os);
  EXPECT_EQ(some->filter.of[0].test.op, Operator::is);

  const auto others = of_kind("is_not", R"(["human","search"])");
  ASSERT_TRUE(others) << others.error().message;
  EXPECT_THAT(others->filter.of.at(0).test.values, ElementsAre("search"));
  EXPECT_EQ(others->filter.of[0].test.op, Operator::is_not);

  const auto people =
      read(ask(R"({"metrics":["visits"]})",
               R"("range":"7d","filters":[{"dimension":"visitor_kind","op":"is","values":["human"]}])"));
  ASSERT_TRUE(people) << people.error().message;
  EXPECT_FALSE(people->machines);
  EXPECT_EQ(tests_of(people->filter), 0u);
}

TEST(Parse, PeopleAndMachinesAreAskedApart) {
  EXPECT_FALSE(of_kind("is", R"(["human","search"])"));
  EXPECT_FALSE(of_kind("is_not", R"(["search"])"));
  EXPECT_FALSE(of_kind("contains", R"(["ai"])"));
  EXPECT_FALSE(of_kind("is", "[]"));
  EXPECT_FALSE(of_kind("is_not", R"(["human"])", R"(,"machines":false)"));
  EXPECT_FALSE(of_kind("is", R"(["human"])")) << "people have no class to be listed by";
  constexpr const char* kTest = R"({"dimension":"visitor_kind","op":"is_not","values":["human"]})";
  EXPECT_FALSE(
      read(ask(R"({"metrics":["visits"]})", R"("range":"7d","filters":[{"or":[)" + std::string(kTest) + "]}]")));
  const auto inside = read(ask(R"({"metrics":["visits"],"filters":[)" + std::string(kTest) + "]}"));
  ASSERT_FALSE(inside);
  EXPECT_EQ(inside.error().field, "queries.q.filters");
}

TEST(Parse, KnowsPeriodsByName) {
  EXPECT_EQ(range_of("today"), Range(days("2026-11-22", "2026-11-22")));
  EXPECT_EQ(range_of("yesterday"), Range(days("2026-11-21", "2026-11-21")));
  EXPECT_EQ(range_of("1d"), range_of("today"));
  EXPECT_EQ(range_of("7d"), Range(days("2026-11-16", "2026-11-22")));
  EXPECT_EQ(range_of("28d"), Range(days("2026-10-26", "2026-11-22")));
  EXPECT_EQ(range_of("month"), Range(days("2026-11-01", "2026-11-22")));
  EXPECT_EQ(range_of("last_month"), Range(days("2026-10-01", "2026-10-31")));
  EXPECT_EQ(range_of("year"), Range(days("2026-01-01", "2026-11-22")));
  EXPECT_EQ(range_of("12mo"), Range(days("2025-12-01", "2026-11-22")));
  EXPECT_EQ(range_of("1mo"), range_of("month"));
}

TEST(Parse, TodayIsTheSitesDay) {
  const auto kathmandu = testing::fixed_zone("Asia/Kathmandu", std::chrono::minutes(5 * 60 + 45));
  const auto question =
      parse(ask(R"({"metrics":["visits"]})", R"("range":"today")"), *kathmandu, *parse_instant("2026-11-21T18:15:00Z"));
  EXPECT_EQ(question->range, Range(days("2026-11-22", "2026-11-22")));
}

TEST(Parse, KnowsInstants) {
  const auto question =
      read(ask(R"({"metrics":["visits"]})",
               R"("range":{"from":"2026-11-22T08:00:00Z","to":"2026-11-22T10:30:00+01:00"},"compare":"previous")"));
  ASSERT_TRUE(question);
  EXPECT_EQ(question->range,
            Range(InstantRange{*parse_instant("2026-11-22T08:00:00Z"), *parse_instant("2026-11-22T09:30:00Z")}));
  EXPECT_EQ(question->compare,
            Range(InstantRange{*parse_instant("2026-11-22T06:30:00Z"), *parse_instant("2026-11-22T08:00:00Z")}));
}

TEST(Parse, TheMonthBeforeHasTheSameDays) {
  const auto before = [](const char* first, const char* last, int months) {
    return previous(Range(days(first, last)), {.months = months});
  };
  EXPECT_EQ(before("2026-11-01", "2026-11-22", 1), Range(days("2026-10-01", "2026-10-22")));
  EXPECT_EQ(before("2026-10-01", "2026-10-31", 1), Range(days("2026-09-01", "2026-09-30")));
  EXPECT_EQ(before("2026-02-01", "2026-02-28", 1), Range(days("2026-01-01", "2026-01-31")));
  EXPECT_EQ(before("2026-03-01", "2026-03-30", 1), Range(days("2026-02-01", "2026-02-28")));
  EXPECT_EQ(before("2025-12-01", "2026-11-30", 12), Range(days("2024-12-01", "2025-11-30")));
  EXPECT_EQ(before("2026-01-01", "2026-11-30", 12), Range(days("2025-01-01", "2025-11-30")));
  EXPECT_EQ(before("2028-01-01", "2028-02-29", 12), Range(days("2027-01-01", "2027-02-28")));
  EXPECT_EQ(before("2025-12-01", "2026-11-22", 12), Range(days("2024-12-01", "2025-11-22")));
  EXPECT_EQ(before("2026-11-16", "2026-11-22", 0), Range(days("2026-11-09", "2026-11-15")));
}

TEST(Parse, AYearBeforeStartsOnTheSameDate) {
  EXPECT_EQ(year_before(Range(days("2024-02-29", "2024-03-06"))), Range(days("2023-02-28", "2023-03-06")));
  EXPECT_EQ(
      year_before(Range(InstantRange{*parse_instant("2026-11-22T08:00:00Z"), *parse_instant("2026-11-22T09:00:00Z")})),
      Range(InstantRange{*parse_instant("2025-11-22T08:00:00Z"), *parse_instant("2025-11-22T09:00:00Z")}));
}

TEST(Parse, AYearBeforeTheLastOfFebruaryIsThe28thAlsoInALeapYear) {
  const auto day = [](const char* text) { return *parse_date(text); };
  EXPECT_EQ(year_before(DayRange{day("2025-02-28"), day("2025-03-06")}),
            Range(DayRange{day("2024-02-28"), day("2024-03-05")}));
}

TEST(Parse, OnlyANamedComparisonGoesAsFarAsTheRange) {
  const auto so_far = [](std::string_view compare) {
    const auto question = read(ask(R"({"metrics":["visits"]})", R"("range":"7d","compare":)" + std::string(compare)));
    EXPECT_TRUE(question) << compare;
    return question && question->compare_so_far;
  };
  EXPECT_TRUE(so_far(R"("previous")"));
  EXPECT_TRUE(so_far(R"("year")"));
  EXPECT_FALSE(so_far(R"({"from":"2026-11-01","to":"2026-11-07"})"));
  EXPECT_FALSE(so_far("null"));
}

TEST(Parse, EmptyFilterValuesMeanAbsent) {
  const auto question =
      read(ask(R"({"metrics":["visits"],"filters":[{"dimension":"source","op":"is","values":[""]}]})"));
  ASSERT_TRUE(question);
  EXPECT_THAT(table(*question).filter.of[0].test.values, ElementsAre(""));
}

TEST(Parse, ReadsPropertiesByTheirNames) {
  const std::string name = "a/b: c" + std::string(kMaxPropertyChars - 6, 'p');
  const auto question = read(ask(R"({"metrics":["events"],"dimensions":["property:)" + name +
                                 R"("],"filters":[{"dimension":"property:plan","op":"is","values":["pro"]}]})"));
  ASSERT_TRUE(question) << question.error().message;
  const Query& query = table(*question);
  EXPECT_EQ(query.dimensions[0], Dimension(Dimension::property, name));
  EXPECT_EQ(name_of(query.dimensions[0]), "property:" + name);
  EXPECT_EQ(query.filter.of.at(0).test.dimension, Dimension(Dimension::property, "plan"));
  EXPECT_FALSE(query.dimensions[0] == query.filter.of.at(0).test.dimension);
}

TEST(Parse, ReadsFiltersPutTogether) {
  const auto question = read(ask(R"({"metrics":["visits"],"filters":[
    {"or":[{"dimension":"country","op":"is","values":["DE"]},
           {"and":[{"dimension":"page","op":"contains","values":["blog"]},
                   {"not":{"dimension":"source","op":"is","values":["Google"]}}]}]},
    {"dimension":"os","op":"is_not","values":["Linux"]}]})"));
  ASSERT_TRUE(question) << question.error().field << question.error().message;
  const Predicate& filter = table(*question).filter;
  ASSERT_EQ(filter.of.size(), 2u);
  const Predicate& either = filter.of[0];
  EXPECT_EQ(either.kind, Junction::any);
  ASSERT_EQ(either.of.size(), 2u);
  EXPECT_EQ(either.of[0].test.dimension, Dimension::country);
  const Predicate& both = either.of[1];
  EXPECT_EQ(both.kind, Junction::all);
  ASSERT_EQ(both.of.size(), 2u);
  EXPECT_EQ(both.of[1].kind, Junction::none);
  EXPECT_EQ(both.of[1].of.at(0).test.values, std::vector<std::string>{"Google"});
  EXPECT_EQ(filter.of[1].test.op, Operator::is_not);
}

/// A test inside so many "not".
std::string nested(std::size_t depth) {
  std::string out;
  for (std::size_t i = 0; i < depth; ++i) out += R"({"not":)";
  return out + R"({"dimension":"page","op":"is","values":["/"]})" + std::string(depth, '}');
}
std::string filtered_by(const std::string& filter) {
  return ask(R"({"metrics":["visits"],"filters":[)" + filter + "]}");
}

TEST(Parse, FiltersStandSoDeepAndNotDeeper) {
  EXPECT_TRUE(read(filtered_by(nested(kMaxFilterDepth))));
  const auto deeper = read(filtered_by(nested(kMaxFilterDepth + 1)));
  ASSERT_FALSE(deeper);
  EXPECT_EQ(deeper.error().field, "queries.q.filters.0.not.not.not.not.not");
  EXPECT_THAT(deeper.error().message, HasSubstr("at most 4 deep"));
}

TEST(Parse, TestsOfATreeAreCountedTogether) {
  const auto either = [](std::size_t tests) {
    std::string out;
    for (std::size_t i = 0; i < tests; ++i)
      out += std::string(i == 0 ? "" : ",") + R"({"dimension":"page","op":"is","values":["/"]})";
    return R"({"or":[)" + out + "]}";
  };
  EXPECT_TRUE(read(filtered_by(either(kMaxFilters / 2) + "," + either(kMaxFilters / 2))));
  const auto more = read(filtered_by(either(kMaxFilters / 2) + "," + either(kMaxFilters / 2 + 1)));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().field, "queries.q.filters");
  EXPECT_THAT(more.error().message, HasSubstr("At most 20 filters"));
}

struct Bad {
  std::string body;
  std::string field;
  std::string message;  // a part of it
};

class ParseRefuses : public ::testing::TestWithParam<Bad> {};

TEST_P(ParseRefuses, NamingTheField) {
  const auto& [body, field, message] = GetParam();
  const auto question = read(body);
  ASSERT_FALSE(question) << body;
  EXPECT_EQ(question.error().code, Code::invalid);
  EXPECT_EQ(question.error().field, field) << question.error().message;
  EXPECT_THAT(question.error().message, HasSubstr(message));
}

std::string repeated(std::string_view what, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += (i == 0 ? "" : ",") + std::string(what);
  return out;
}
std::string filter(std::string_view values) {
  return R"({"dimension":"page","op":"is","values":[)" + std::string(values) + "]}";
}
std::string queries(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{"metrics":["visits"]})";
  }
  return R"({"range":"7d","queries":{)" + out + "}}";
}

const char* const kTotals = R"({"metrics":["visits"]})";

INSTANTIATE_TEST_SUITE_P(
    Bodies, ParseRefuses,
    ::testing::Values(
        Bad{"", "", ""}, Bad{"[]", "", ""}, Bad{"{\"range\":", "", ""},
        Bad{R"({"queries":{"q":{"metrics":["visits"]}}})", "range", "28d"}, Bad{R"({"range":"7d"})", "queries", ""},
        Bad{R"({"range":"7d","queries":{}})", "queries", "1 to 32"},
        Bad{queries(kMaxQueries + 1), "queries", "1 to 32"},
        Bad{R"({"range":"7d","queries":{"":{"metrics":["visits"]}}})", "queries", "1 to 64"},
        Bad{R"({"range":"7d","queries":{")" + std::string(65, 'q') + R"(":{"metrics":["visits"]}}})", "queries",
            "1 to 64"},
        Bad{R"({"range":"7d","queries":{"q":[]}})", "queries.q", ""},
        Bad{ask(kTotals, R"("range":"7d","site":1)"), "site", ""},
        // ranges
        Bad{ask(kTotals, R"("range":"fortnight")"), "range", "28d"}, Bad{ask(kTotals, R"("range":"0d")"), "range", ""},
        Bad{ask(kTotals, R"("range":"-1d")"), "range", ""}, Bad{ask(kTotals, R"("range":"7 d")"), "range", ""},
        Bad{ask(kTotals, R"("range":"3661d")"), "range", ""},
        Bad{ask(kTotals, R"("range":"99999999999d")"), "range", ""}, Bad{ask(kTotals, R"("range":7)"), "range", ""},
        Bad{ask(kTotals, R"("range":null)"), "range", ""},
        Bad{ask(kTotals, R"("range":{"from":"2026-11-01"})"), "range.to", ""},
        Bad{ask(kTotals, R"("range":{"from":"2026-11-31","to":"2026-12-01"})"), "range.from", "2026-10-26"},
        Bad{ask(kTotals, R"("range":{"from":"2026-11-01","to":"tomorrow"})"), "range.to", "2026-10-26"},
        Bad{ask(kTotals, R"("range":{"from":"2026-11-01","to":"2026-11-02T00:00:00Z"})"), "range.to", "both"},
        Bad{ask(kTotals, R"("range":{"from":"2026-11-01","to":"2026-11-02","zone":"UTC"})"), "range.zone", ""},
        Bad{ask(kTotals, R"("range":{"from":"2026-11-02","to":"2026-11-01"})"), "range", "before"},
        Bad{ask(kTotals, R"("range":{"from":"2026-11-01T00:00:00Z","to":"2026-11-01T00:00:00Z"})"), "range", "before"},
        Bad{ask(kTotals, R"("range":{"from":"1999-12-31","to":"2000-01-02"})"), "range", "2000-01-01"},
        Bad{ask(kTotals, R"("range":{"from":"2059-12-31","to":"2060-01-01"})"), "range", "2059-12-31"},
        Bad{ask(kTotals, R"("range":{"from":"2010-01-01","to":"2026-01-01"})"), "range", "3660"},
        Bad{ask(kTotals, R"("range":"7d","compare":"last")"), "compare", "previous"},
        Bad{ask(kTotals, R"("range":"7d","compare":true)"), "compare", "previous"},
        Bad{ask(kTotals, R"("range":"7d","compare":{"from":"2026-11-02","to":"2026-11-01"})"), "compare", "before"},
        Bad{ask(kTotals, R"("range":{"from":"2000-01-02","to":"2000-02-01"},"compare":"previous")"), "compare",
            "2000-01-01"},
        // metrics and dimensions
        Bad{ask(R"({})"), "queries.q.metrics", ""}, Bad{ask(R"({"metrics":[]})"), "queries.q.metrics", "visitors"},
        Bad{ask(R"({"metrics":"visits"})"), "queries.q.metrics", ""},
        Bad{ask(R"({"metrics":["visits","hits; DROP TABLE hits"]})"), "queries.q.metrics.1", "no metric"},
        Bad{ask(R"({"metrics":["visits","visits"]})"), "queries.q.metrics.0", "twice"},
        Bad{ask(R"({"metrics":[1]})"), "queries.q.metrics.0", ""},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["colour"]})"), "queries.q.dimensions.0", "no dimension"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["source","source"]})"), "queries.q.dimensions.0", "twice"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["source","os","device"]})"), "queries.q.dimensions", ""},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["source","time_day"]})"), "queries.q.dimensions.1", "first"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["time_day","time_hour"]})"), "queries.q.dimensions.1", "first"},
        Bad{ask(R"({"metrics":["visitors","visits"],"dimensions":["page"]})"), "queries.q.metrics.1", "entry_page"},
        Bad{ask(R"({"metrics":["pageviews"],"dimensions":["event_name"]})"), "queries.q.metrics.0", "event_name"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["time_hour"]})", R"("range":"84d")"), "queries.q.dimensions.0",
            "2000"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["time_day"]})", R"("range":"2001d")"), "queries.q.dimensions.0",
            "2000"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["time_day","source"]})", R"("range":"7d","compare":"previous")"),
            "queries.q.compare", "false"},
        // filters
        Bad{ask(R"({"metrics":["visits"],"filters":{}})"), "queries.q.filters", ""},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"op":"is","values":["a"]}])"), "filters.0.dimension", ""},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"page","values":["a"]}])"), "filters.0.op", ""},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"page","op":"is"}])"), "filters.0.values", ""},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"page","op":"is","values":["a"],"or":1}])"),
            "filters.0.or", ""},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"colour","op":"is","values":["a"]}])"),
            "filters.0.dimension", "no dimension"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"page","op":"like","values":["a"]}])"), "filters.0.op",
            "contains"},
        Bad{ask(R"({"metrics":["visits"],"filters":[{"dimension":"time_day","op":"is","values":["a"]}]})"),
            "queries.q.filters.0.dimension", "range"},
        Bad{ask(R"({"metrics":["visits"],"filters":[)" + filter("") + "]}"), "queries.q.filters.0.values", "1 to 100"},
        Bad{ask(R"({"metrics":["visits"],"filters":[)" + filter(repeated("\"a\"", kMaxFilterValues + 1)) + "]}"),
            "queries.q.filters.0.values", ""},
        Bad{ask(R"({"metrics":["visits"],"filters":[)" + filter('"' + std::string(kMaxFilterChars + 1, 'a') + '"') +
                "]}"),
            "queries.q.filters.0.values.0", ""},
        Bad{ask(R"({"metrics":["visits"],"filters":[)" + repeated(filter("\"a\""), kMaxFilters + 1) + "]}"),
            "queries.q.filters", ""},
        Bad{ask(R"({"metrics":["visits"],"filters":[)" + repeated(filter("\"a\""), kMaxFilters) + "]}",
                R"("range":"7d","filters":[)" + filter("\"a\"") + "]"),
            "queries.q.filters", "20"},
        Bad{ask(R"({"metrics":["visits"],"filters":[{"dimension":"page","op":"contains","values":[""]}]})"),
            "queries.q.filters.0.values", "empty"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"time_day","op":"is","values":["a"]}])"),
            "filters.0.dimension", "range"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"or":[]}])"), "filters.0.or", "at least one"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"and":{}}])"), "filters.0.and", ""},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"not":[]}])"), "filters.0.not", ""},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"nor":[]}])"), "filters.0.dimension", ""},
        Bad{ask(kTotals,
                R"("range":"7d","filters":[{"or":[{"dimension":"page","op":"is","values":["a"]}],"op":"is"}])"),
            "filters.0.op", ""},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"or":[)" + filter("\"a\"") + "," + filter("") + "]}]"),
            "filters.0.or.1.values", "1 to 100"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"not":{"dimension":"time_day","op":"is","values":["a"]}}])"),
            "filters.0.not.dimension", "range"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["property:plan"]})"), "queries.q.metrics.0",
            "By property:plan there are only the metrics visitors, events"},
        Bad{ask(R"({"metrics":["events"],"dimensions":["property:"]})"), "queries.q.dimensions.0", "no dimension"},
        Bad{ask(R"({"metrics":["events"],"dimensions":["property:)" + std::string(kMaxPropertyChars + 1, 'p') +
                R"("]})"),
            "queries.q.dimensions.0", "no dimension"},
        // patterns and numbers
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"page","op":"matches","values":["/(a"]}])"),
            "filters.0.values.0", "RE2"},
        Bad{ask(kTotals,
                R"("range":"7d","filters":[{"dimension":"page","op":"matches","values":["((a{30}){30}){30}"]}])"),
            "filters.0.values.0", ""},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"page","op":"matches","values":["a{1000}"]}])"),
            "filters.0.values.0", "too large"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"page","op":"matches","values":[")" +
                             std::string(kMaxPatternChars + 1, 'a') + R"("]}])"),
            "filters.0.values.0", "256"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"page","op":"starts_with","values":[""]}])"),
            "filters.0.values", "empty"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"country","op":"greater","values":["1"]}])"),
            "filters.0.op", "number"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"property:p","op":"less","values":["much"]}])"),
            "filters.0.values.0", "number"},
        // what was done
        Bad{ask(kTotals, R"("range":"7d","filters":[{"has_done":[]}])"), "filters.0.has_done", "at least one"},
        Bad{ask(kTotals,
                R"("range":"7d","filters":[{"has_done":[{"dimension":"country","op":"is","values":["DE"]}]}])"),
            "filters.0.has_done", "event_name"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"has_done":[{"dimension":"page","op":"is","values":[]}]}])"),
            "filters.0.has_done.0.values", "1 to 100"},
        Bad{ask(kTotals,
                R"("range":"7d","filters":[{"has_done":[{"dimension":"page","op":"is","values":["a"]}],"within":"week"}])"),
            "filters.0.within", "day"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"has_done":[)" + repeated(filter("\"a\""), kMaxFilters) +
                             R"(]},)" + filter("\"a\"") + "]"),
            "filters", "20"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"or":[{"or":[{"or":[{"or":[{"has_done":[)" + filter("\"a\"") +
                             "]}]}]}]}]}]"),
            "filters.0.or.0.or.0.or.0.or.0.has_done", "deep"},
        // numbers of events, fetches, days
        Bad{ask(R"({"metrics":["property_sum"]})"), "queries.q.number", "property"},
        Bad{ask(R"({"metrics":["events"],"number":"price"})"), "queries.q.number", "property_sum"},
        Bad{ask(R"({"metrics":["ai_fetches"],"dimensions":["country"]})"), "queries.q.metrics.0", "country"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["agent"]})"), "queries.q.metrics.0", "ai_fetches"},
        Bad{ask(R"({"metrics":["ai_fetches"]})",
                R"("range":"7d","filters":[{"dimension":"country","op":"is","values":["DE"]}])"),
            "queries.q.metrics.0", "agent"},
        Bad{ask(kTotals, R"("range":"7d","filters":[{"dimension":"agent","op":"is","values":["GPTBot"]}])"),
            "queries.q.metrics.0", "ai_fetches"},
        Bad{ask(R"({"metrics":["visitors_per_day"],"dimensions":["time_day"]})"), "queries.q.metrics.0", "visitors"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["time_minute"]})", R"("range":"2d")"), "queries.q.dimensions.0",
            "2000"},
        // periods
        Bad{ask(kTotals, R"("range":"all","compare":"previous")"), "compare", "all"},
        Bad{ask(kTotals, R"("range":"7d","match_weekdays":true,"compare":{"from":"2026-11-01","to":"2026-11-07"})"),
            "match_weekdays", "written"},
        Bad{ask(kTotals, R"("range":"2209h")"), "range", "28d"},
        // what else is asked
        Bad{ask(kTotals, R"("range":"7d","include":["visitors"])"), "include.0", "live_visitors"},
        Bad{ask(kTotals, R"("range":"7d","include":true)"), "include", ""},
        // order and limit
        Bad{ask(R"({"metrics":["visits"],"dimensions":["os"],"order":[{"by":"pageviews"}]})"), "queries.q.order.0.by",
            "of the query"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["os"],"order":[{"by":"device"}]})"), "queries.q.order.0.by",
            "of the query"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["os"],"order":[{"by":"best"}]})"), "queries.q.order.0.by",
            "no metric"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["os"],"order":[{"by":"os","direction":"up"}]})"),
            "queries.q.order.0.direction", "desc"},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["os"],"order":[)" + repeated(R"({"by":"os"})", kMaxOrder + 1) +
                "]}"),
            "queries.q.order", ""},
        Bad{ask(R"({"metrics":["visits"],"dimensions":["time_day"],"order":[{"by":"visits"}]})"), "queries.q.order",
            "order of time"},
        Bad{ask(R"({"metrics":["visits"],"limit":0})"), "queries.q.limit", ""},
        Bad{ask(R"({"metrics":["visits"],"limit":1001})"), "queries.q.limit", ""},
        Bad{ask(R"({"metrics":["visits"],"limit":1.5})"), "queries.q.limit", ""},
        Bad{ask(R"({"metrics":["visits"],"compare":"previous"})"), "queries.q.compare", ""},
        Bad{ask(R"({"metrics":["visits"],"sql":"SELECT 1"})"), "queries.q.sql", ""}));

TEST(Parse, KnowsHoursWeeksAndQuarters) {
  EXPECT_EQ(range_of("week"), Range(days("2026-11-16", "2026-11-22"))) << "the 22nd is a Sunday";
  EXPECT_EQ(range_of("last_week"), Range(days("2026-11-09", "2026-11-15")));
  EXPECT_EQ(range_of("quarter"), Range(days("2026-10-01", "2026-11-22")));
  EXPECT_EQ(range_of("91d"), Range(days("2026-08-24", "2026-11-22")));
  EXPECT_EQ(range_of("24h"), Range(InstantRange{kNow + Millis(1) - std::chrono::hours(24), kNow + Millis(1)}));
  const auto sundays = parse(ask(kTotals, R"("range":"week","compare":"previous")"), *testing::utc(), kNow, 7);
  ASSERT_TRUE(sundays) << sundays.error().message;
  EXPECT_EQ(sundays->range, Range(days("2026-11-22", "2026-11-22")));
  EXPECT_EQ(sundays->compare, Range(days("2026-11-15", "2026-11-15"))) << "the same day of the week before";
}

TEST(Parse, MatchesWeekdaysWhereThatIsAsked) {
  const auto compared = [](std::string_view range, std::string_view with) {
    const auto question = read(ask(kTotals, std::string(R"("range":")") + std::string(range) +
                                                R"(","match_weekdays":true,"compare":")" + std::string(with) + '"'));
    EXPECT_TRUE(question) << question.error().message;
    return std::get<DayRange>(question->compare.value());
  };
  EXPECT_EQ(compared("28d", "year"), days("2025-10-27", "2025-11-23")) << "52 weeks before, a Monday again";
  EXPECT_EQ(compared("7d", "previous"), days("2026-11-09", "2026-11-15"));
  EXPECT_EQ(compared("month", "previous"), days("2026-10-04", "2026-10-25")) << "Sundays, as the 1st of November";
  EXPECT_EQ(compared("today", "previous"), days("2026-11-15", "2026-11-15"));
}

TEST(Parse, ReadsWhatWasDone) {
  const auto question = read(ask(kTotals, R"("range":"7d","filters":[
    {"has_done":[{"dimension":"event_name","op":"is","values":["signup"]},{"dimension":"property:plan","op":"is","values":["pro"]}],
     "within":"day"},
    {"not":{"has_not_done":[{"dimension":"page","op":"starts_with","values":["/blog"]}]}}])"));
  ASSERT_TRUE(question) << question.error().message;
  const Predicate filter = normal(question->filter);
  ASSERT_EQ(filter.of.size(), 2u);
  EXPECT_EQ(filter.of[0].test.dimension, Dimension::done_in_day);
  EXPECT_EQ(filter.of[0].test.op, Operator::is);
  EXPECT_EQ(filter.of[1].test.dimension, Dimension::done_in_visit);
  EXPECT_EQ(filter.of[1].test.op, Operator::is) << "not not done";
  EXPECT_EQ(tests_of(filter), 3u);
}

TEST(Parse, TheLimitsThemselvesAreAllowed) {
  EXPECT_TRUE(read(queries(kMaxQueries)));
  EXPECT_TRUE(read(ask(kTotals, R"("range":"3660d")")));
  EXPECT_TRUE(read(ask(R"({"metrics":["visits"],"dimensions":["time_day"]})", R"("range":"2000d")")));
  EXPECT_TRUE(read(ask(R"({"metrics":["visits"],"dimensions":["time_hour"]})", R"("range":"83d")")));
  EXPECT_TRUE(read(ask(R"({"metrics":["visits"],"limit":1000})")));
  EXPECT_TRUE(read(ask(R"({"metrics":["visits"],"filters":[)" + filter(repeated("\"a\"", kMaxFilterValues)) + "]}")));
}

/// A question of so many queries, each with what `make` gives for its number.
template <class Make>
std::string many(std::size_t count, Make make) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += std::string(i == 0 ? "" : ",") + "\"q" + std::to_string(i) + "\":" + make(i);
  return R"({"range":"7d","queries":{)" + all + "}}";
}

TEST(Parse, AQuestionAsksForSoMuchAltogether) {
  const auto refused = [](const std::string& body, std::string_view part) {
    const auto question = read(body);
    return !question && question.error().code == Code::invalid && question.error().field == "queries" &&
           question.error().message.contains(part);
  };
  const auto crossed = [](std::size_t) { return R"({"metrics":["visits"],"dimensions":["source","country"]})"; };
  EXPECT_TRUE(read(many(kMaxCrossed, crossed)));
  EXPECT_TRUE(refused(many(kMaxCrossed + 1, crossed), "two dimensions"));

  const auto rows = [](std::size_t) { return R"({"metrics":["visitors"],"dimensions":["page"],"limit":1000})"; };
  EXPECT_TRUE(read(many(kMaxAllRows / kMaxRows, rows)));
  EXPECT_TRUE(refused(many((kMaxAllRows / kMaxRows) + 1, rows), "rows"));
  const auto times = [](std::size_t) { return R"({"metrics":["visits"],"dimensions":["time_day"],"limit":1000})"; };
  EXPECT_TRUE(read(many(kMaxQueries, times))) << "times have no limit to lower";

  const auto filtered = [](std::string op, std::size_t values) {
    return [=](std::size_t i) {
      std::string list;
      for (std::size_t n = 0; n < values; ++n)
        list += std::string(n == 0 ? "" : ",") + "\"" + std::to_string(i) + "-" + std::to_string(n) + "\"";
      return R"({"metrics":["visits"],"filters":[{"dimension":"source","op":")" + op + R"(","values":[)" + list +
             "]}]}";
    };
  };
  EXPECT_TRUE(read(many(kMaxAllValues / 100, filtered("is", 100))));
  EXPECT_TRUE(refused(many((kMaxAllValues / 100) + 1, filtered("is", 100)), "filter by"));
  EXPECT_TRUE(read(many(kMaxSearchedValues / 10, filtered("contains", 10))));
  EXPECT_TRUE(refused(many((kMaxSearchedValues / 10) + 1, filtered("contains_not", 10)), "look inside"));
  const auto same = [&](std::size_t) { return filtered("is", 100)(0); };
  EXPECT_TRUE(read(many(kMaxQueries, same))) << "one filter in every query is looked up once";
}

TEST(QueryNames, ReadBack) {
  for (std::size_t i = 0; i < kMetrics; ++i) {
    const auto metric = static_cast<Metric>(i);
    EXPECT_EQ(metric_named(name_of(metric)), metric);
  }
  for (const Dimension dimension : kAllDimensions) {
    EXPECT_EQ(dimension_named(name_of(dimension)), dimension);
  }
  EXPECT_EQ(dimension_named("visitor_kind"), std::nullopt) << "only a body says it";
  EXPECT_EQ(name_of(Dimension::event_name), "event_name");
  EXPECT_EQ(name_of(Metric::events), "events");
}

}  // namespace
}  // namespace hk::query

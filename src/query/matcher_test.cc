#include "query/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hk::query {
namespace {

using ::testing::HasSubstr;

Predicate on(const Dimension& dimension, Operator op = Operator::is) {
  return test_of({.dimension = dimension, .op = op, .values = {"x"}});
}
const Dimension kPlan{Dimension::property, "plan"};

TEST(Matcher, MeansPageViewsUnlessItTestsWhatEventsHave) {
  EXPECT_EQ(rows_of({on(Dimension::page)}), Table::hits);
  EXPECT_EQ(rows_of({{.kind = Junction::any, .of = {on(Dimension::page), on(Dimension::page, Operator::contains)}}}),
            Table::hits);
  EXPECT_EQ(rows_of({on(Dimension::event_name)}), Table::events);
  EXPECT_EQ(rows_of({both(on(Dimension::page), on(kPlan))}), Table::events) << "an event on that page";
}

TEST(Matcher, TestsNothingButOneRow) {
  EXPECT_TRUE(check(Matcher{on(kPlan)}));
  EXPECT_FALSE(check(Matcher{}));
  EXPECT_FALSE(check(Matcher{both(on(Dimension::page), on(Dimension::source))})) << "its visit says that";
  EXPECT_FALSE(check(Matcher{on(Dimension::time_day)}));
}

TEST(Matcher, IsATestOfColumnsWithEveryValueBound) {
  Parameters values;
  const ResolvedMatcher matcher{
      .rows = Table::events,
      .test = {.of = {{.kind = Junction::test, .test = {.dimension = Dimension::page, .ids = {4, 5}}},
                      {.kind = Junction::any,
                       .of = {{.kind = Junction::test, .test = {.dimension = Dimension::event_name, .pick = 1}},
                              {.kind = Junction::test,
                               .test = {.dimension = Dimension::event_name, .negate = true, .ids = {6}}}}}}}};
  EXPECT_EQ(row_test(matcher, values),
            "(e.page IN ($1, $2)) AND ((e.name IN (SELECT id FROM picked_texts WHERE pick = $3)) OR NOT (e.name IN "
            "($4)))");
  EXPECT_EQ(values.take().size(), 4u);
}

TEST(Matcher, OfUnseenTextsMatchesNothing) {
  Parameters values;
  EXPECT_EQ(
      row_test({.rows = Table::hits, .test = {.kind = Junction::test, .test = {.dimension = Dimension::page}}}, values),
      "false");
  const ResolvedMatcher seen{.rows = Table::hits,
                             .test = {.kind = Junction::test, .test = {.dimension = Dimension::page, .ids = {4}}}};
  const auto visits = rows_with("visit", seen, TimeMs{}, TimeMs{}, "$9", values);
  EXPECT_THAT(visits, HasSubstr("sealed_hits h WHERE h.site = $9"));
  EXPECT_THAT(visits, HasSubstr("hot_hits h WHERE h.site = $9"));
}

}  // namespace
}  // namespace hk::query

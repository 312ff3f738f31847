#include "query/funnel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/dates.h"
#include "query/engine.h"
#include "query/testing/lane.h"

namespace hk::query {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr std::uint32_t kMinute = 60'000;

/// Acts a minute apart; each says which steps it is.
std::vector<Act> walk(std::initializer_list<std::uint32_t> steps) {
  std::vector<Act> out;
  for (const std::uint32_t bits : steps)
    out.push_back({.at = static_cast<std::uint32_t>(out.size()) * kMinute, .what = bits});
  return out;
}
FunnelFigures count(std::size_t steps, std::initializer_list<std::uint32_t> acts, std::optional<Millis> window = {}) {
  FunnelCount out(steps, window);
  out.add(walk(acts));
  return out.figures();
}

constexpr std::uint32_t A = 1, B = 2, C = 4;

TEST(Funnel, CountsStepsInTheirOrder) {
  EXPECT_THAT(count(3, {A, B, C}).reached, ElementsAre(1, 1, 1));
  EXPECT_THAT(count(3, {A, C, B}).reached, ElementsAre(1, 1, 0)) << "C came before B";
  EXPECT_THAT(count(3, {B, C}).reached, ElementsAre(0, 0, 0));
  EXPECT_THAT(count(3, {B, A, C, A, B, A, C}).reached, ElementsAre(1, 1, 1)) << "whatever happens between";
}

TEST(Funnel, OneActIsOneStep) {
  EXPECT_THAT(count(2, {A | B}).reached, ElementsAre(1, 0));
  EXPECT_THAT(count(3, {A | B, A | B, A | B | C}).reached, ElementsAre(1, 1, 1));
  EXPECT_THAT(count(3, {A | B | C, A | B | C}).reached, ElementsAre(1, 1, 0));
  EXPECT_THAT(count(2, {A | B, A | B}, Millis(kMinute - 1)).reached, ElementsAre(1, 0)) << "nor both ends of a way";
}

TEST(Funnel, AWindowIsFromTheFirstStepToTheLast) {
  EXPECT_THAT(count(3, {A, B, C}, Millis(2 * kMinute)).reached, ElementsAre(1, 1, 1));
  EXPECT_THAT(count(3, {A, B, C}, Millis(2 * kMinute - 1)).reached, ElementsAre(1, 1, 0));
  // The first A is too long ago for C, the second one is not.
  EXPECT_THAT(count(3, {A, B, A, B, C}, Millis(2 * kMinute)).reached, ElementsAre(1, 1, 1));
  // B belongs to the first A, which is too long ago; behind the second one there is no B.
  EXPECT_THAT(count(3, {A, B, A, C}, Millis(2 * kMinute)).reached, ElementsAre(1, 1, 0));
}

TEST(Funnel, TimesAreThoseOfTheWayThatBeganLast) {
  FunnelCount funnel(2, std::nullopt);
  funnel.add(walk({A, 0, 0, A, B}));  // one minute
  funnel.add(walk({A, 0, B, B}));     // two
  EXPECT_THAT(funnel.figures().seconds, ElementsAre(std::nullopt, Optional(90.0)));
  EXPECT_THAT(funnel.figures().whole, Optional(90.0));
  funnel.add(walk({A, 0, 0, 0, 0, B}));
  EXPECT_THAT(funnel.figures().whole, Optional(120.0));
  EXPECT_EQ(count(2, {A}).whole, std::nullopt);
}

TEST(Funnel, WhatWasCountedCanBeKept) {
  FunnelCount first(2, std::nullopt), second(2, std::nullopt), all(2, std::nullopt);
  for (const auto& acts : {walk({A, B}), walk({A}), walk({A, 0, B})}) first.add(acts), all.add(acts);
  for (const auto& acts : {walk({A, 0, 0, B}), walk({B})}) second.add(acts), all.add(acts);
  FunnelCount sum(2, std::nullopt);
  sum.add(first.counted());
  sum.add(second.counted());
  EXPECT_EQ(sum.figures().reached, all.figures().reached);
  EXPECT_EQ(sum.figures().seconds, all.figures().seconds);
  EXPECT_EQ(sum.figures().whole, all.figures().whole);
}

Matcher on(const Dimension& dimension, std::vector<std::string> values, Operator op = Operator::is) {
  return {test_of({.dimension = dimension, .op = op, .values = std::move(values)})};
}

TEST(Funnel, ReadsNoMonthTwiceThatStaysAsItIs) {
  testing::TestLane lane;
  testing::OneLane lanes(lane);
  const auto zone = testing::zone("UTC");
  const auto site = testing::site_in(zone);
  ManualClock clock(*parse_instant("2026-11-23T12:00:00Z"));
  metrics::Registry metrics;
  Engine engine(clock, lanes, metrics, std::chrono::minutes(10), {.most = 1});
  const Question question{
      .range = DayRange{*parse_date("2026-09-01"), *parse_date("2026-10-31")},
      .queries = {{"f", Funnel{.steps = {on(Dimension::page, {"/a"}), on(Dimension::page, {"/b"})}}}}};
  const auto reached = [&] {
    lanes.statements = 0;
    return std::get<FunnelResult>(engine.ask(site, question)->results[0].second).figures->reached;
  };
  lane.apply({testing::view(*zone, "2026-09-20T10:00:00Z", 1, "/a"),
              testing::view(*zone, "2026-09-20T10:01:00Z", 1, "/b"),
              testing::view(*zone, "2026-10-05T10:00:00Z", 2, "/a")});
  lane.seal(site.key, *parse_date("2026-10-05"));
  EXPECT_THAT(reached(), ElementsAre(2, 1));
  const int read = lanes.statements;
  EXPECT_THAT(reached(), ElementsAre(2, 1));
  const int again = lanes.statements;
  EXPECT_LT(again, read) << "both months are known";
  // Somebody's views come late: hot at first, when that month is read each time, then its day is sealed once more.
  lane.apply(
      {testing::view(*zone, "2026-10-05T11:00:00Z", 3, "/a"), testing::view(*zone, "2026-10-05T11:01:00Z", 3, "/b")});
  EXPECT_THAT(reached(), ElementsAre(3, 2));
  lane.seal(site.key, *parse_date("2026-10-05"));
  EXPECT_THAT(reached(), ElementsAre(3, 2));
  EXPECT_GT(lanes.statements, again);
  EXPECT_THAT(reached(), ElementsAre(3, 2));
  EXPECT_EQ(lanes.statements, again);
}

TEST(Funnel, ChecksWhatItIsAskedFor) {
  const Matcher page = on(Dimension::page, {"/"});
  const auto field = [](const Funnel& funnel) {
    const auto ok = check(Question{.range = DayRange{1, 2}, .queries = {{"f", funnel}}});
    return ok ? std::string() : ok.error().field;
  };
  EXPECT_EQ(field({.steps = {page, page}}), "");
  EXPECT_EQ(field({.steps = {page}}), "queries.f.steps");
  EXPECT_EQ(field({.steps = std::vector(kMaxSteps + 1, page)}), "queries.f.steps");
  EXPECT_EQ(field({.steps = {page, on(Dimension::source, {"x"})}}), "queries.f.steps.1");
  EXPECT_EQ(field({.steps = {page, on(Dimension::page, {})}}), "queries.f.steps.1.filters.0.values");
  EXPECT_EQ(field({.steps = {page, page}, .window = Millis(0)}), "queries.f.window");
  EXPECT_EQ(field({.steps = {page, page}, .filter = on(Dimension::page, {}).test}), "queries.f.filters.0.values");
}

}  // namespace
}  // namespace hk::query

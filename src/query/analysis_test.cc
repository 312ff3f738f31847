// Funnels and journeys against the model in plain C++: sealed and hot days, visits over midnight, equal instants.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <random>
#include <string>
#include <tuple>

#include "query/dates.h"
#include "query/engine.h"
#include "query/testing/lane.h"
#include "query/testing/model.h"
#include "query/testing/single.h"
#include "store/testing/property.h"

namespace hk::query {
namespace {

using testing::Model;
using testing::TestLane;

constexpr SiteKey kSite{7};
constexpr int kDays = 4;

/// Some hits at the very moment of the one before them.
void make_ties(std::mt19937_64& random, std::vector<store::Hit>& hits) {
  std::map<std::uint64_t, const store::Hit*> before;
  for (store::Hit& hit : hits) {
    const store::Hit*& last = before[hit.visitor];
    if (last != nullptr && random() % 4 == 0) hit.at = last->at;
    last = &hit;
  }
  std::multimap<TimeMs, store::Hit> sorted;  // equal ones stay in their order
  for (store::Hit& hit : hits) sorted.emplace(hit.at, std::move(hit));
  hits.clear();
  for (auto& [at, hit] : sorted) hits.push_back(std::move(hit));
}

template <class T>
const T& pick(std::mt19937_64& random, const std::vector<T>& from) {
  return from[random() % from.size()];
}

Matcher on(const Dimension& dimension, std::vector<std::string> values, Operator op = Operator::is) {
  return {test_of({.dimension = dimension, .op = op, .values = std::move(values)})};
}
const std::vector<Matcher> kPages{on(Dimension::page, {"/"}), on(Dimension::page, {"/blog", "/pricing"}),
                                  on(Dimension::page, {"BLOG"}, Operator::contains),
                                  on(Dimension::page, {"/"}, Operator::is_not), on(Dimension::page, {"/never"})};
const std::vector<Matcher> kEvents{
    on(Dimension::event_name, {"signup"}),
    on({Dimension::property, "plan"}, {"Pro"}),
    {both(on(Dimension::event_name, {"click"}).test, on(Dimension::page, {"/"}, Operator::is_not).test)}};

Funnel random_funnel(std::mt19937_64& random, Predicate filter) {
  Funnel out{.within = random() % 2 == 0 ? Funnel::Within::visit : Funnel::Within::day, .filter = std::move(filter)};
  for (auto n = 2 + random() % 3; n > 0; --n) out.steps.push_back(pick(random, random() % 4 == 0 ? kEvents : kPages));
  if (random() % 2 == 0) out.window = std::chrono::minutes(1 + random() % 90);
  return out;
}
Journeys random_journeys(std::mt19937_64& random, Predicate filter) {
  Journeys out{.way = random() % 2 == 0 ? Journeys::Way::from : Journeys::Way::to,
               .depth = 2 + random() % (kMaxDepth - 1),
               .filter = std::move(filter)};
  if (random() % 2 == 0) out.page = pick(random, kPages);
  return out;
}

std::string text(const std::optional<FunnelFigures>& figures) {
  if (!figures) return "no data";
  std::string out;
  for (std::size_t i = 0; i < figures->reached.size(); ++i)
    out += std::to_string(figures->reached[i]) + " after " + std::to_string(figures->seconds[i].value_or(-1)) + "; ";
  return out + std::to_string(figures->whole.value_or(-1));
}
std::string text(const JourneysResult& result) {
  std::string out = std::to_string(result.visits);
  for (const JourneyDepth& depth : result.depths) {
    out += "\n";
    for (const auto& [page, visits] : depth.pages) out += page + " " + std::to_string(visits) + ", ";
    out += std::to_string(depth.others) + " others, " + std::to_string(depth.ended) + " ended";
  }
  for (const auto& [depth, from, to, visits] : result.edges) {
    for (const auto number : {depth, from, to, visits}) out += " " + std::to_string(number);
    out += ";";
  }
  return out;
}

void like_the_model(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto where = testing::zone(pick<const char*>(random, {"UTC", "Europe/Berlin", "Asia/Kathmandu"}));
  const Day first = *parse_date("2026-10-29");  // with the end of a month
  auto hits = testing::random_hits(random, kSite, *where, first, kDays);
  make_ties(random, hits);
  TestLane lane;
  lane.apply(hits);
  lane.apply(testing::random_hits(random, SiteKey{8}, *where, first, kDays));
  lane.seal(kSite, first - 1 + static_cast<Day>(random() % (kDays + 1)));
  if (random() % 2 == 0) lane.rewrite(month_of(first));
  const Model model(hits, *where, {});
  ManualClock clock(where->start_of(first + kDays));
  metrics::Registry metrics;
  testing::OneLane lanes(lane);
  Engine engine(clock, lanes, metrics, std::chrono::minutes(10));
  const auto site = testing::site_in(where);
  const auto knows = [&](const Range& range) {
    const Window window = window_of(range, *where);
    return !hits.empty() && window.to > where->start_of(hits.front().day) && window.from <= clock.now();
  };
  for (int i = 0; i < 8; ++i) {
    const auto any = testing::random_query(random, *where, first, kDays);
    const Funnel funnel = random_funnel(random, any.where);
    const Journeys journeys = random_journeys(random, any.where);
    const Question question{.range = any.range,
                            .compare = any.compare,
                            .filter = all_of(any.filters),
                            .queries = {{"f", funnel}, {"j", journeys}}};
    RC_ASSERT(static_cast<bool>(check(question)));
    const auto answer = engine.ask(site, question);
    if (!answer) RC_FAIL(answer.error().message);
    const auto& result = std::get<FunnelResult>(answer->results[0].second);
    const auto expected = [&](const std::optional<Range>& range) -> std::optional<FunnelFigures> {
      if (!range || !knows(*range)) return std::nullopt;
      return model.funnel(funnel, any.filter(), *range);
    };
    RC_ASSERT(text(result.figures) == text(expected(any.range)));
    const auto again = engine.ask(site, question);
    if (!again) RC_FAIL(again.error().message);
    RC_ASSERT(text(std::get<FunnelResult>(again->results[0].second).figures) == text(result.figures));
    RC_ASSERT(text(std::get<JourneysResult>(again->results[1].second)) ==
              text(std::get<JourneysResult>(answer->results[1].second)));
    RC_ASSERT(text(result.compare) == text(expected(any.compare)));
    RC_ASSERT(text(std::get<JourneysResult>(answer->results[1].second)) ==
              text(model.journeys(journeys, any.filter(), any.range)));
  }
}

TEST(Analyses, AreLikeTheModelOnRandomHits) {
  store::testing::holds(12, rc::gen::arbitrary<std::uint64_t>(), like_the_model);
}

}  // namespace
}  // namespace hk::query

#include "query/journeys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hk::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// Views of pages by their ids, of which 9 is the one that is asked for, or all are.
std::vector<Act> walk(std::initializer_list<std::uint32_t> pages, bool any = true) {
  std::vector<Act> out;
  for (const std::uint32_t page : pages) out.push_back({.what = any || page == 9 ? page | kAskedPage : page});
  return out;
}

/// With ids for names.
JourneysResult result(const JourneyCount& count) {
  JourneysResult out;
  const auto places = count.frequent();
  for (const auto& pages : places) {
    auto& depth = out.depths.emplace_back();
    for (const auto& page : pages) depth.pages.emplace_back(std::to_string(page.id), page.visits);
  }
  count.edges(places, out);
  return out;
}
std::vector<std::vector<std::size_t>> edges(const JourneysResult& result) {
  std::vector<std::vector<std::size_t>> out;
  for (const JourneyEdge& e : result.edges) out.push_back({e.depth, e.from, e.to, e.visits});
  return out;
}

TEST(Journeys, GoFromPageToPageAndEnd) {
  JourneyCount count(3, Journeys::Way::from);
  count.add(walk({1, 2, 3, 4}));
  count.add(walk({1, 1, 2, 2}));
  count.add(walk({5}));
  const auto out = result(count);
  EXPECT_EQ(out.visits, 3u);
  EXPECT_THAT(out.depths[0].pages, ElementsAre(Pair("1", 2), Pair("5", 1)));
  EXPECT_THAT(out.depths[1].pages, ElementsAre(Pair("2", 2)));
  EXPECT_THAT(out.depths[2].pages, ElementsAre(Pair("3", 1)));
  EXPECT_EQ(out.depths[1].ended, 1u);
  EXPECT_EQ(out.depths[2].ended, 1u) << "what ended before is not counted again";
  EXPECT_THAT(edges(out), ElementsAre(ElementsAre(0, 0, 0, 2), ElementsAre(0, 1, 2, 1), ElementsAre(1, 0, 0, 1),
                                      ElementsAre(1, 0, 2, 1)));
}

TEST(Journeys, BeginAtTheFirstViewOfAPageOrEndAtTheLast) {
  for (const auto way : {Journeys::Way::from, Journeys::Way::to}) {
    JourneyCount count(2, way);
    count.add(walk({1, 9, 2, 9, 3}, false));
    count.add(walk({1, 2}, false));
    const auto out = result(count);
    EXPECT_EQ(out.visits, 2u);
    EXPECT_THAT(out.depths[0].pages, ElementsAre(Pair("9", 1)));
    EXPECT_THAT(out.depths[1].pages, ElementsAre(Pair("2", 1))) << "behind the first, before the last";
  }
}

TEST(Journeys, TellTheMostFrequentPagesApart) {
  JourneyCount count(2, Journeys::Way::from);
  for (std::uint32_t page = 1; page <= kJourneyPages + 5; ++page) {
    for (std::uint32_t times = 0; times < page; ++times) count.add(walk({page, 100 + page}));
  }
  const auto out = result(count);
  ASSERT_EQ(out.depths[0].pages.size(), kJourneyPages);
  EXPECT_THAT(out.depths[0].pages.front(), Pair("35", 35));
  EXPECT_THAT(out.depths[0].pages.back(), Pair("6", 6));
  EXPECT_EQ(out.depths[0].others, 1u + 2 + 3 + 4 + 5);
  EXPECT_EQ(out.depths[1].others, 15u);
  EXPECT_THAT(edges(out).back(), ElementsAre(0, kJourneyPages, kJourneyPages, 15)) << "from others to others";
}

TEST(Journeys, WhatWasCountedCanBeKept) {
  JourneyCount first(3, Journeys::Way::from), second(3, Journeys::Way::from), all(3, Journeys::Way::from);
  for (const auto& pages : {walk({9, 2}, false), walk({9, 2, 3}, false), walk({9, 2, 3}, false), walk({4}, false)})
    first.add(pages), all.add(pages);
  for (const auto& pages : {walk({9, 3}, false), walk({9, 2, 3}, false)}) second.add(pages), all.add(pages);
  EXPECT_EQ(first.counted()->size(), 4u) << "three pages one behind the other, and who did not see 9";
  JourneyCount sum(3, Journeys::Way::from);
  sum.add(std::move(second));
  sum.add(*first.counted());
  EXPECT_EQ(result(sum).visits, 6u);
  EXPECT_EQ(result(sum).depths[1].pages, result(all).depths[1].pages);
  EXPECT_EQ(edges(result(sum)), edges(result(all)));
}

TEST(Journeys, AreNotKeptWithMorePagesThanAPartMayHaveGroups) {
  JourneyCount count(2, Journeys::Way::from);
  for (std::uint32_t page = 1; page < kMostGroups; ++page) count.add(walk({page}));
  EXPECT_EQ(count.counted()->size(), kMostGroups);
  count.add(walk({kMostGroups}));
  EXPECT_EQ(count.counted(), nullptr);
}

TEST(Journeys, OfNoVisitsAreEmpty) {
  const auto out = result(JourneyCount(2, Journeys::Way::from));
  EXPECT_EQ(out.visits, 0u);
  EXPECT_THAT(out.depths[0].pages, IsEmpty());
  EXPECT_THAT(out.edges, IsEmpty());
}

TEST(Journeys, CheckWhatTheyAreAskedFor) {
  const auto field = [](const Journeys& journeys) {
    const auto ok = check(Question{.range = DayRange{1, 2}, .queries = {{"j", journeys}}});
    return ok ? std::string() : ok.error().field;
  };
  const auto on = [](const Dimension& dimension) {
    return Matcher{test_of({.dimension = dimension, .values = {"x"}})};
  };
  EXPECT_EQ(field({}), "");
  EXPECT_EQ(field({.page = on(Dimension::page)}), "");
  EXPECT_EQ(field({.page = on(Dimension::event_name)}), "queries.j.page");
  EXPECT_EQ(field({.depth = 1}), "queries.j.depth");
  EXPECT_EQ(field({.depth = kMaxDepth + 1}), "queries.j.depth");
}

}  // namespace
}  // namespace hk::query

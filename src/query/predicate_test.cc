#include "query/predicate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "query/query.h"

namespace hk::query {
namespace {

/// Tests are numbered by their first value; whether one holds is a bit of `world`, turned round by its operator.
bool holds(const Predicate& tree, unsigned world) {
  const auto inside = [&](const Predicate& child) { return holds(child, world); };
  switch (tree.kind) {
    case Junction::test:
      return ((world >> std::stoul(tree.test.values[0])) & 1u) != (negates(tree.test.op) ? 1u : 0u);
    case Junction::all:
      return std::ranges::all_of(tree.of, inside);
    case Junction::any:
      return std::ranges::any_of(tree.of, inside);
    case Junction::none:
      return std::ranges::none_of(tree.of, inside);
  }
  return false;
}

constexpr unsigned kTests = 4;

Predicate random_tree(std::mt19937& random, std::size_t depth) {
  const auto kind = static_cast<Junction>(depth == 0 ? 0 : random() % 4);
  if (kind == Junction::test) {
    return test_of({.dimension = Dimension::source,
                    .op = static_cast<Operator>(random() % 4),
                    .values = {std::to_string(random() % kTests)}});
  }
  Predicate out{.kind = kind};
  for (auto n = 1 + random() % 3; n > 0; --n) out.of.push_back(random_tree(random, depth - 1));
  return out;
}

/// In normal form: no `none`, no junction in its like, none of one thing but the root.
bool is_normal(const Predicate& tree, bool root = true) {
  if (tree.kind == Junction::test) return !root;
  if (tree.kind == Junction::none || (root && tree.kind != Junction::all) || (!root && tree.of.size() < 2))
    return false;
  return std::ranges::all_of(
      tree.of, [&](const Predicate& child) { return child.kind != tree.kind && is_normal(child, false); });
}

TEST(Predicate, MeansTheSameInNormalForm) {
  std::mt19937 random(7);
  for (int i = 0; i < 2'000; ++i) {
    const Predicate tree = random_tree(random, 4);
    const Predicate form = normal(tree);
    EXPECT_TRUE(is_normal(form));
    EXPECT_EQ(tests_of(form), tests_of(tree));
    EXPECT_LE(depth_of(form), depth_of(tree) + 1);
    for (unsigned world = 0; world < 1u << kTests; ++world) ASSERT_EQ(holds(form, world), holds(tree, world));
  }
}

TEST(Predicate, OfNothingLetsEverythingPass) {
  EXPECT_TRUE(normal({}).of.empty());
  EXPECT_TRUE(normal(both({}, {})).of.empty());
  EXPECT_TRUE(every_test(Predicate{}, [](const Filter&) { return false; }));
}

TEST(Predicate, KnowsItsTestsAndItsDepth) {
  const Predicate page = test_of({.dimension = Dimension::page, .values = {"/"}});
  const Predicate source = test_of({.dimension = Dimension::source, .values = {""}});
  const Predicate either{.kind = Junction::any, .of = {page, source}};
  EXPECT_EQ(depth_of(all_of({page.test, source.test})), 0u);
  EXPECT_EQ(depth_of({.kind = Junction::all, .of = {either}}), 1u);
  EXPECT_EQ(depth_of({.kind = Junction::all, .of = {{.kind = Junction::none, .of = {either}}}}), 2u);
  EXPECT_TRUE(filters_on(either, Dimension::source));
  EXPECT_FALSE(filters_on(either, Dimension::country));
}

}  // namespace
}  // namespace hk::query

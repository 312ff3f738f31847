#include "query/sums.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "store/testing/property.h"

namespace hk::query {
namespace {

void like_a_map(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  SumsByKey sums;
  std::map<std::uint64_t, Sums> expected;
  std::vector<std::uint64_t> order;
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t few = random() % 60, pair = random() % 40 << 32 | random() % 3, far = random() % 9'000;
    const std::uint64_t key = std::array{few, few, pair, far}[random() % 4];
    if (expected.try_emplace(key).second) order.push_back(key);
    sums[key][1] += i;
    expected[key][1] += i;
    RC_ASSERT(order[sums.place_of(key)] == key);
    const Sums* const found = sums.find(far);
    RC_ASSERT((found != nullptr) == expected.contains(far));
    RC_ASSERT((found == nullptr || *found == expected.at(far)));
  }
  RC_ASSERT(sums.size() == order.size());
  std::vector<std::uint64_t> seen;
  sums.each([&](std::uint64_t key, const Sums& values) {
    seen.push_back(key);
    RC_ASSERT(values == expected.at(key));
  });
  RC_ASSERT(seen == order);
}

TEST(Sums, AreThoseOfAMapInTheOrderOfTheirKeys) {
  store::testing::holds(50, rc::gen::arbitrary<std::uint64_t>(), like_a_map);
}

void like_a_set(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  db::OrdinalBudget budget(1u << 20);
  {
    SeenVisitors seen(budget, random() % 2 == 0 ? SeenVisitors::Groups::one : SeenVisitors::Groups::some);
    const auto lists = static_cast<std::uint32_t>(1 + random() % 3);
    for (std::uint32_t list = 0; list < lists; ++list) RC_ASSERT(seen.add_list() == list);
    std::set<std::array<std::uint32_t, 3>> expected;
    const auto first = static_cast<std::uint32_t>(random() % 100'000);
    for (int i = 0; i < 3'000; ++i) {
      // Most of few visitors, some from long before.
      const auto visitor = first + static_cast<std::uint32_t>(random() % (random() % 8 == 0 ? 5'000 : 300));
      const auto group = static_cast<std::uint32_t>(random() % 13);
      const auto list = static_cast<std::uint32_t>(random() % lists);
      RC_ASSERT(seen.add(list, group, visitor) == expected.insert({list, group, visitor}).second);
    }
    RC_ASSERT(!seen.full());
    RC_ASSERT(budget.used() > 0u);
  }
  RC_ASSERT(budget.used() == 0u);
}

TEST(SeenVisitors, AreThoseOfASet) {
  store::testing::holds(15, rc::gen::arbitrary<std::uint64_t>(), like_a_set);
}

TEST(SeenVisitors, StayWithinTheBudget) {
  db::OrdinalBudget budget(4'096);
  SeenVisitors seen(budget, SeenVisitors::Groups::one);
  const std::uint32_t list = seen.add_list();
  for (std::uint32_t visitor = 0; visitor < 2'000; ++visitor) seen.add(list, 1, visitor);
  EXPECT_TRUE(seen.full());
  EXPECT_LE(budget.used(), 4'096u);
  db::OrdinalBudget roomy(1u << 20);
  SeenVisitors groups(roomy, SeenVisitors::Groups::one);
  groups.add_list();
  groups.add(0, 0, 1);
  groups.add(0, UINT32_MAX / 256, 1);
  EXPECT_TRUE(groups.full()) << "so many groups are not told apart";
}

}  // namespace
}  // namespace hk::query

#include "db/ordinals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "db/duck.h"

namespace hk::db {
namespace {

/// Ordinals as they come: runs of neighbours, some far away.
rc::Gen<std::vector<std::uint32_t>> ordinals() {
  const auto one =
      rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 3'000), rc::gen::inRange<std::uint32_t>(0, 100'000),
                     rc::gen::element<std::uint32_t>(0, 63, 64, UINT32_MAX - 64, UINT32_MAX));
  return rc::gen::scale(20, rc::gen::container<std::vector<std::uint32_t>>(one));
}

RC_GTEST_PROP(OrdinalSet, CountsLikeASet, ()) {
  OrdinalBudget budget(1u << 20);
  const auto first = *ordinals(), second = *ordinals();
  OrdinalSet a, b;
  for (const auto o : first) RC_ASSERT(a.add(o, budget));
  for (const auto o : second) RC_ASSERT(b.add(o, budget));
  RC_ASSERT(a.count() == std::set(first.begin(), first.end()).size());
  RC_ASSERT(a.add_all(b, budget));
  std::set both(first.begin(), first.end());
  both.insert(second.begin(), second.end());
  for (const auto o : both) RC_ASSERT(a.contains(o) && !OrdinalSet().contains(o));
  const std::set only(second.begin(), second.end());
  for (const auto o : second) RC_ASSERT(b.contains(o) && b.contains(o + 1) == only.contains(o + 1));
  RC_ASSERT(a.count() == both.size());
  a.clear(budget);
  b.clear(budget);
  RC_ASSERT(budget.used() == 0u);
}

TEST(OrdinalSet, ChangesOverWhereOrdinalsAreNear) {
  OrdinalBudget budget(4u << 20);
  OrdinalSet near, far;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(near.add(i * 7 % 10'007, budget));
    ASSERT_TRUE(near.add(i * 7 % 10'007, budget));
  }
  EXPECT_EQ(near.count(), 10'000u);
  EXPECT_TRUE(near.contains(10'006));
  EXPECT_FALSE(near.contains(9'958));
  EXPECT_LT(budget.used(), 5'000u) << "bits, not numbers";
  const auto before = budget.used();
  for (std::uint32_t i = 0; i < 10'000; ++i) ASSERT_TRUE(far.add(i * 400'000, budget));
  EXPECT_EQ(far.count(), 10'000u);
  EXPECT_LE(budget.used() - before, 10'000u * 16);
  ASSERT_TRUE(far.add_all(near, budget));
  ASSERT_TRUE(near.add_all(far, budget));
  EXPECT_EQ(far.count(), near.count());
  near.clear(budget);
  far.clear(budget);
}

TEST(OrdinalSet, TakesNoMoreThanItsBudget) {
  OrdinalBudget budget(100'000);
  OrdinalSet set;
  std::uint32_t ordinal = 0;
  while (set.add(ordinal, budget)) ordinal += 6'400;
  EXPECT_GT(set.count(), 1'000u);
  EXPECT_LE(budget.used(), 100'000u);
  const auto before = set.count();
  EXPECT_TRUE(set.add(6'400, budget)) << "what is there already needs no room";
  EXPECT_EQ(set.count(), before);
  set.clear(budget);
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_TRUE(set.add(7, budget));
  set.clear(budget);
}

std::vector<std::int64_t> numbers(DuckConnection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  EXPECT_TRUE(rows) << (rows ? "" : rows.error().message);
  std::vector<std::int64_t> out;
  while (rows && (*rows)->next().value_or(false))
    for (std::size_t column = 0; column < (*rows)->columns(); ++column) out.push_back((*rows)->i64(column));
  return out;
}

TEST(Ordinals, CountLikeCountDistinct) {
  auto database = DuckDatabase::memory({.threads = 2}).value();
  auto connection = database->connect().value();
  // Groups of all sizes, one of them with NULLs alone; more rows than one thread takes at once.
  ASSERT_TRUE(connection->exec(
      "CREATE TABLE t AS SELECT (hash(i) % 97)::UINTEGER AS g, CASE WHEN hash(i) % 97 = 5 OR i % 11 = 0 THEN NULL ELSE "
      "(hash(i * 7) % (1 + (hash(i) % 97) * 200))::UINTEGER END AS o FROM range(600000) r(i)"));
  for (const std::string by : {"SELECT {}(o) FROM t", "SELECT g, {}(o) FROM t GROUP BY g ORDER BY g",
                               "SELECT {}(o) FROM t WHERE false", "SELECT {}(o) FILTER (g < 9) FROM t",
                               "SELECT g, {}(o) OVER (PARTITION BY g) FROM t WHERE g < 3 ORDER BY ALL LIMIT 3000"}) {
    const auto with = [&](const std::string& what) {
      auto sql = by;
      return sql.replace(sql.find("{}(o)"), 5, what);
    };
    EXPECT_EQ(numbers(*connection, with("ordinals(o)")), numbers(*connection, with("count(DISTINCT o)"))) << by;
  }
}

TEST(Ordinals, WithoutRoomTheStatementFailsForWantOfMemory) {
  auto database = DuckDatabase::memory({.memory_limit_bytes = 64u << 20, .threads = 1}).value();
  auto connection = database->connect().value();
  const auto refused = connection->query("SELECT ordinals((i * 64)::UINTEGER) FROM range(10000000) r(i)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(cause_of(refused.error()), DuckCause::memory) << refused.error().message;
  // Nothing of it stays.
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(numbers(*connection, "SELECT ordinals((i * 64)::UINTEGER) FROM range(300000) r(i)"),
                ::testing::ElementsAre(300'000));
}

}  // namespace
}  // namespace hk::db

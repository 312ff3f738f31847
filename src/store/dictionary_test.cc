#include "store/dictionary.h"

#include <gtest/gtest.h>

#include <random>

#include "sql/store.h"

namespace hk::store {
namespace {

/// An empty lane in memory.
std::unique_ptr<db::DuckConnection> lane() {
  auto database = db::DuckDatabase::memory({.memory_limit_bytes = 64u << 20, .threads = 1});
  EXPECT_TRUE(database);
  auto connection = (*database)->connect();
  EXPECT_TRUE(connection);
  EXPECT_TRUE((*connection)->exec(sql::store::lane_tables));
  EXPECT_TRUE((*connection)->exec(sql::store::lane_temp));
  return std::move(*connection);
}

std::vector<std::uint32_t> ids(Dictionary& dictionary, db::DuckConnection& connection,
                               const std::vector<std::string>& texts, std::size_t batch) {
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < texts.size(); i += batch) {
    const std::size_t end = std::min(texts.size(), i + batch);
    for (std::size_t k = i; k < end; ++k) out.push_back(dictionary.want(TextKind::page, texts[k]));
    EXPECT_TRUE(dictionary.fetch(connection));
    for (std::size_t k = i; k < end; ++k)
      if (out[k] == 0) out[k] = dictionary.id(TextKind::page, texts[k]);
    EXPECT_TRUE(dictionary.store(connection));
  }
  return out;
}

TEST(Dictionary, GivesIdsInOrderOfFirstUseAndNoneForNothing) {
  auto connection = lane();
  Dictionary dictionary;
  ASSERT_TRUE(dictionary.load(*connection));
  EXPECT_EQ(ids(dictionary, *connection, {"b", "", "a", "b", "Ä"}, 2), (std::vector<std::uint32_t>{1, 0, 2, 1, 3}));
}

TEST(Dictionary, MoreTextsThanItKeepsBatchesAndRestartsChangeNoId) {
  std::mt19937_64 random(7);
  std::vector<std::string> texts;
  for (int i = 0; i < 600; ++i) texts.push_back("t" + std::to_string(random() % (1 + i / 3)));
  auto plain_lane = lane();
  Dictionary plain;
  ASSERT_TRUE(plain.load(*plain_lane));
  const auto expected = ids(plain, *plain_lane, texts, 1000);

  for (const std::size_t batch : {1u, 13u}) {
    auto connection = lane();
    std::vector<std::uint32_t> got;
    for (std::size_t from = 0; from < texts.size(); from += 200) {
      Dictionary small(8);  // far fewer than there are
      ASSERT_TRUE(small.load(*connection));
      const auto some = ids(
          small, *connection,
          {texts.begin() + static_cast<std::ptrdiff_t>(from), texts.begin() + static_cast<std::ptrdiff_t>(from + 200)},
          batch);
      got.insert(got.end(), some.begin(), some.end());
    }
    EXPECT_EQ(got, expected) << batch;
    auto rows = connection->query(
        "SELECT count(*) - count(DISTINCT text), max(id) - count(*) + 1 FROM texts "
        "WHERE kind = 0");
    ASSERT_TRUE(rows && *(*rows)->next());
    EXPECT_EQ((*rows)->i64(0), 0);
    EXPECT_EQ((*rows)->i64(1), 0);
  }
}

TEST(Dictionary, EveryKindCountsForItself) {
  auto connection = lane();
  for (const std::size_t max_texts : {std::size_t{2}, Dictionary::kMaxTexts}) {
    Dictionary dictionary(max_texts);
    ASSERT_TRUE(dictionary.load(*connection));
    for (const std::string_view text : {"/", "/a", "Google"}) dictionary.want(TextKind::page, text);
    dictionary.want(TextKind::source, "Google");
    dictionary.want(TextKind::screen, "1920x1080");
    ASSERT_TRUE(dictionary.fetch(*connection));
    EXPECT_EQ(dictionary.id(TextKind::page, "/"), 1u);
    EXPECT_EQ(dictionary.id(TextKind::source, "Google"), 1u);
    EXPECT_EQ(dictionary.id(TextKind::page, "/a"), 2u);
    EXPECT_EQ(dictionary.id(TextKind::page, "Google"), 3u);
    EXPECT_EQ(dictionary.id(TextKind::screen, "1920x1080"), 1u);
    ASSERT_TRUE(dictionary.store(*connection));
  }
  auto rows = connection->query("SELECT count(*), count(*) FILTER (id = 0), max(kind) FROM texts");
  ASSERT_TRUE(rows && *(*rows)->next());
  EXPECT_EQ((*rows)->i64(0), static_cast<std::int64_t>(kTextKinds) + 5);
  EXPECT_EQ((*rows)->i64(1), static_cast<std::int64_t>(kTextKinds)) << "every kind has a text for none";
  EXPECT_EQ((*rows)->u64(2), kTextKinds - 1);
}

}  // namespace
}  // namespace hk::store

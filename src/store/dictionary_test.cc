#include "store/dictionary.h"

#include <gtest/gtest.h>

#include <random>

#include "sql/store.h"

namespace hk::store {
namespace {

constexpr SiteKey kOne{1};

/// An empty lane in memory.
std::unique_ptr<db::DuckConnection> lane() {
  auto database = db::DuckDatabase::memory({.memory_limit_bytes = 64u << 20, .threads = 1});
  EXPECT_TRUE(database);
  auto connection = (*database)->connect();
  EXPECT_TRUE(connection);
  EXPECT_TRUE((*connection)->exec(sql::store::migration_0001_tables));
  EXPECT_TRUE((*connection)->exec(sql::store::lane_temp));
  return std::move(*connection);
}

std::vector<std::uint32_t> ids(Dictionary& dictionary, db::DuckConnection& connection,
                               const std::vector<std::string>& texts, std::size_t batch) {
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < texts.size(); i += batch) {
    const std::size_t end = std::min(texts.size(), i + batch);
    for (std::size_t k = i; k < end; ++k) out.push_back(dictionary.want(kOne, kind_of(Attribute::page), texts[k]));
    EXPECT_TRUE(dictionary.fetch(connection));
    for (std::size_t k = i; k < end; ++k)
      if (out[k] == 0) out[k] = dictionary.id(kOne, kind_of(Attribute::page), texts[k]);
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
        "SELECT count(*) - count(DISTINCT text), max(id) - count(*) FROM texts "
        "WHERE site = 1 AND kind = 0");
    ASSERT_TRUE(rows && *(*rows)->next());
    EXPECT_EQ((*rows)->i64(0), 0);
    EXPECT_EQ((*rows)->i64(1), 0);
  }
}

TEST(Dictionary, EverySiteAndKindCountsForItself) {
  auto connection = lane();
  constexpr SiteKey kTwo{2};
  for (const std::size_t max_texts : {std::size_t{2}, Dictionary::kMaxTexts}) {
    Dictionary dictionary(max_texts);
    ASSERT_TRUE(dictionary.load(*connection));
    const TextKind page = kind_of(Attribute::page), source = kind_of(Attribute::source), os = kind_of(Attribute::os);
    for (const std::string_view text : {"/", "/a", "Google"}) dictionary.want(kOne, page, text);
    dictionary.want(kOne, source, "Google");
    for (const SiteKey site : {kOne, kTwo}) {
      dictionary.want(site, page, "/a");
      dictionary.want(site, os, "Linux");
    }
    ASSERT_TRUE(dictionary.fetch(*connection));
    EXPECT_EQ(dictionary.id(kOne, page, "/"), 1u);
    EXPECT_EQ(dictionary.id(kOne, source, "Google"), 1u);
    EXPECT_EQ(dictionary.id(kOne, page, "/a"), 2u);
    EXPECT_EQ(dictionary.id(kTwo, page, "/a"), 1u) << "each site has its own";
    EXPECT_EQ(dictionary.id(kOne, page, "Google"), 3u);
    EXPECT_EQ(dictionary.id(kTwo, os, "Linux"), 1u);
    EXPECT_EQ(dictionary.id(kOne, os, "Linux"), 1u) << "systems are the same for all";
    ASSERT_TRUE(dictionary.store(*connection));
  }
  auto rows = connection->query(
      "SELECT count(*), count(*) FILTER (id = 0), count(*) FILTER (site = 0), count(*) FILTER (site = 2) FROM texts");
  ASSERT_TRUE(rows && *(*rows)->next());
  EXPECT_EQ((*rows)->i64(0), 6);
  EXPECT_EQ((*rows)->i64(1), 0) << "none has no row";
  EXPECT_EQ((*rows)->i64(2), 1);
  EXPECT_EQ((*rows)->i64(3), 1);
}

}  // namespace
}  // namespace hk::store

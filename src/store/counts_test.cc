#include "store/counts.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/testing/temp_dir.h"
#include "store/hit.h"
#include "store/lane.h"

namespace hk::store {
namespace {

constexpr Day kToday = 20'782;  // 2026-11-25

Count some(Day day, std::uint32_t hits) {
  return {.site = SiteKey{7},
          .day = day,
          .reason = 6,
          .kind = 0,
          .agent = "staging.example.com",
          .example = "/a",
          .hits = hits,
          .last = from_ms(std::int64_t{day} * 86'400'000 + hits)};
}

TEST(Counts, ReadsWhatItWrote) {
  const Counts counts{
      .tidy = kToday,
      .counts = {some(kToday, 3), {.site = SiteKey{0}, .day = kToday, .hits = 1, .last = from_ms(1'795'600'800'000)}}};
  const auto read = decode_counts(encode(counts), kRecordVersion);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, counts);
}

TEST(Counts, RefusesWhatNoTableTakes) {
  const auto refused = [](const Counts& counts) {
    const auto read = decode_counts(encode(counts), kRecordVersion);
    return !read && read.error().code == Code::invalid;
  };
  EXPECT_TRUE(refused({.tidy = 5, .counts = {}})) << "a day of 1970";
  EXPECT_TRUE(refused({.tidy = 0, .counts = {some(5, 1)}}));
  Count late = some(kToday, 1);
  late.last = from_ms(9'999'999'999'999);
  EXPECT_TRUE(refused({.tidy = 0, .counts = {late}}));
  Count longest = some(kToday, 1);
  longest.agent = std::string(kMaxCountedText, 'a');
  EXPECT_FALSE(refused({.tidy = 0, .counts = {longest}}));
  longest.agent += 'a';
  EXPECT_TRUE(refused({.tidy = 0, .counts = {longest}}));
  EXPECT_FALSE(refused({.tidy = 0, .counts = std::vector(kMaxCounts, some(kToday, 1))}));
  EXPECT_TRUE(refused({.tidy = 0, .counts = std::vector(kMaxCounts + 1, some(kToday, 1))}));
  const std::string whole = encode(Counts{.tidy = 0, .counts = {some(kToday, 1)}});
  EXPECT_FALSE(decode_counts(whole.substr(0, whole.size() - 1), kRecordVersion));
  EXPECT_FALSE(decode_counts(whole + "x", kRecordVersion));
  EXPECT_FALSE(decode_counts(whole, kRecordVersion + 1));
}

struct Counted : ::testing::Test {
  void SetUp() override {
    auto opened = Lane::open(dir_ / "hitkeep.db", db::DuckOptions{}, LaneIdentity{LaneKey::first_team, TeamId{}});
    ASSERT_TRUE(opened) << opened.error().message;
    lane_ = std::move(*opened);
  }
  void apply(std::vector<Counts> records) {
    Batch batch;
    for (Counts& one : records) batch.records.push_back({std::move(one), ++offset_});
    batch.end = offset_;
    const auto done = lane_->apply(batch);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(lane_->applied(), offset_);
  }
  /// "day|hits|agent" of each row.
  std::vector<std::string> rows() {
    auto connection = *lane_->database()->connect();
    auto found = connection->query(
        "SELECT epoch_ms(c.day::TIMESTAMP) // 86400000 || '|' || hits || '|' || coalesce(a.text, '') || '|' || "
        "coalesce(e.text, '') "
        "FROM counted c LEFT JOIN texts a ON a.site = c.site AND a.kind = 23 AND a.id = c.agent "
        "LEFT JOIN texts e ON e.site = c.site AND e.kind = 23 AND e.id = c.example ORDER BY ALL");
    std::vector<std::string> out;
    if (!found) ADD_FAILURE() << found.error().message;
    while (found && (*found)->next().value_or(false)) out.emplace_back((*found)->text(0));
    return out;
  }

  hk::testing::TempDir dir_;
  std::unique_ptr<Lane> lane_;
  log::Offset offset_ = 0;
};

TEST_F(Counted, BecomesRowsWithTheirTexts) {
  apply({{.tidy = 0, .counts = {some(kToday, 3)}}, {.tidy = 0, .counts = {some(kToday, 4)}}});
  EXPECT_EQ(rows(), (std::vector<std::string>{"20782|3|staging.example.com|/a", "20782|4|staging.example.com|/a"}));
}

TEST_F(Counted, IsTidiedOnceADay) {
  apply({{.tidy = 0,
          .counts = {some(kToday - 2, 3), some(kToday - 2, 4), some(kToday, 1), some(kToday, 1),
                     some(kToday - kCountedTidied - 1, 1), some(kToday - kCountedTidied - 1, 1)}}});
  apply({{.tidy = kToday, .counts = {some(kToday, 1)}}});
  EXPECT_EQ(rows(), (std::vector<std::string>{"20774|1|staging.example.com|/a", "20774|1|staging.example.com|/a",
                                              "20780|7|staging.example.com|/a", "20782|1|staging.example.com|/a",
                                              "20782|1|staging.example.com|/a", "20782|1|staging.example.com|/a"}))
      << "days that go on, and those that were tidied in their time, stay as they are";
}

TEST_F(Counted, IsForgottenAfter400Days) {
  apply({{.tidy = 0, .counts = {some(kToday - kCountedDays, 1), some(kToday - kCountedDays - 1, 2)}}});
  apply({{.tidy = kToday, .counts = {}}});
  EXPECT_EQ(rows(), (std::vector<std::string>{"20382|1|staging.example.com|/a"}));
}

}  // namespace
}  // namespace hk::store

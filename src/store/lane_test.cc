#include "store/lane.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "store/testing/model.h"
#include "store/testing/scratch.h"

namespace hk::store {
namespace {

using testing::answers;
using testing::difference;
using testing::From;
using testing::hit_of;
using testing::model_answers;
using testing::random_traffic;
using testing::Scratch;

const LaneIdentity kIdentity{LaneKey::first_team, *TeamId::parse("0190f3a4-7c1e-7000-8000-000000000001")};
constexpr std::int64_t kMidnight = 1'793'059'200'000;  // UTC

db::DuckOptions duck() {
  return {.memory_limit_bytes = 128u << 20, .threads = 1, .read_only = false, .temp_directory = {}};
}

std::unique_ptr<Lane> open(const std::filesystem::path& file) {
  auto lane = Lane::open(file, duck(), kIdentity);
  if (!lane) ADD_FAILURE() << lane.error().message;
  return lane ? std::move(*lane) : nullptr;
}

/// Feeds hits as a log would: offset n is behind the n-th.
struct Feed {
  explicit Feed(const std::filesystem::path& f) : file(f), lane(open(f)) {}
  void apply(const std::vector<Hit>& hits, std::size_t batch_rows = 1000) {
    for (std::size_t i = 0; i < hits.size(); i += batch_rows) {
      Batch batch;
      for (std::size_t k = i; k < std::min(hits.size(), i + batch_rows); ++k) batch.hits.push_back({hits[k], ++offset});
      batch.end = offset;
      const auto done = lane->apply(batch);
      ASSERT_TRUE(done) << done.error().message;
    }
  }
  void seal(std::vector<SiteDay> days) {
    const auto done = lane->seal({std::move(days)}, ++offset);
    ASSERT_TRUE(done) << done.error().message;
  }
  void seal_all() {
    std::vector<SiteDay> days;
    for (const auto& [day, rows] : lane->hot()) days.push_back(day);
    seal(days);
  }
  void reopen() {
    lane.reset();
    lane = open(file);
  }
  std::unique_ptr<db::DuckConnection> read() { return *lane->database()->connect(); }
  std::int64_t number(const std::string& sql) {
    auto connection = read();
    auto rows = connection->query(sql);
    if (!rows || !(*rows)->next().value_or(false)) {
      ADD_FAILURE() << sql << (rows ? "" : rows.error().message);
      return -1;
    }
    return (*rows)->i64(0);
  }

  std::filesystem::path file;
  std::unique_ptr<Lane> lane;
  log::Offset offset = 0;
};

std::set<SiteDay> days_of(const std::vector<Hit>& hits) {
  std::set<SiteDay> out;
  for (const Hit& h : hits) out.insert({h.site, h.day});
  return out;
}

TEST(Lane, HotAndSealedAnswerLikeTheModel) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Scratch dir;
    Feed feed(dir / "hitkeep.db");
    const auto hits = random_traffic(seed, 40, 4, false);
    const auto expected = model_answers(hits);
    feed.apply(hits);
    auto read = feed.read();
    EXPECT_EQ(difference(expected, answers(*read, From::hot)), "") << "hot, seed " << seed;
    feed.seal_all();
    EXPECT_EQ(difference(expected, answers(*read, From::sealed_bits)), "") << "bits, seed " << seed;
    EXPECT_EQ(difference(expected, answers(*read, From::sealed_distinct)), "") << "distinct, seed " << seed;
    EXPECT_EQ(feed.number("SELECT (SELECT count(*) FROM hot_hits) + (SELECT count(*) FROM hot_events) + "
                          "(SELECT count(*) FROM hot_visits) + (SELECT count(*) FROM hot_visitors)"),
              0);
  }
}

}  // namespace
}  // namespace hk::store

#include "store/bulk.h"

#include <gtest/gtest.h>

#include "store/testing/model.h"
#include "store/testing/scratch.h"

namespace hk::store {
namespace {

using testing::answers;
using testing::difference;
using testing::From;
using testing::model_answers;
using testing::random_traffic;
using testing::Scratch;

TEST(BulkLoad, LeavesWhatTheLogWouldHaveLedTo) {
  const Scratch dir;
  const auto hits = random_traffic(31, 20, 4, false);
  const Day last = hits.back().day;
  {
    auto load = BulkLoad::open({.file = dir / "hitkeep.db", .memory_limit_bytes = 128u << 20, .threads = 1});
    ASSERT_TRUE(load) << load.error().message;
    for (std::uint32_t site = 0; site < 4; ++site)
      ASSERT_TRUE((*load)->add_site({SiteKey{site}, SiteId{}, "example.com", TeamId{}}));
    for (std::size_t i = 0; i < hits.size(); ++i) {
      ASSERT_TRUE((*load)->add(hits[i]));
      // Only what no later hit can belong to: sites differ by up to half a day.
      if (i % 200 == 0) ASSERT_TRUE((*load)->seal(hits[i].day - 1));
    }
    const auto done = (*load)->finish(last);
    ASSERT_TRUE(done) << done.error().message;
  }
  EXPECT_FALSE(std::filesystem::exists(dir / "hitkeep.db.wal"));
  auto lane = Lane::open(dir / "hitkeep.db", {.memory_limit_bytes = 128u << 20, .threads = 1}, std::nullopt);
  ASSERT_TRUE(lane) << lane.error().message;
  EXPECT_EQ((*lane)->applied(), 0u);
  for (const auto& [day, rows] : (*lane)->hot()) EXPECT_GE(day.day, last);
  for (const auto& month : *(*lane)->sealed_months()) {
    EXPECT_EQ(month.appended, 0u);
    EXPECT_GT(month.sorted, 0u);
  }
  // Sealed to the end it answers like the model.
  SealOrder order;
  for (const auto& [day, rows] : (*lane)->hot()) order.days.push_back(day);
  ASSERT_TRUE((*lane)->seal(order, 1));
  EXPECT_EQ(difference(model_answers(hits), answers(**(*lane)->database()->connect(), From::sealed_bits)), "");
}

}  // namespace
}  // namespace hk::store

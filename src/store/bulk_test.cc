#include "store/bulk.h"

#include <gtest/gtest.h>

#include "store/testing/model.h"
#include "store/testing/property.h"
#include "store/testing/scratch.h"
#include "store/testing/traffic.h"

namespace hk::store {
namespace {

using testing::Act;
using testing::answers;
using testing::any_acts;
using testing::difference;
using testing::From;
using testing::holds;
using testing::model_answers;
using testing::Scratch;
using testing::traffic;

TEST(BulkLoad, LeavesWhatTheLogWouldHaveLedTo) {
  holds(6, rc::gen::nonEmpty(any_acts()), [](const std::vector<Act>& acts) {
    const auto hits = traffic(acts);
    const Scratch dir;
    const Day last = hits.back().day;
    {
      auto load = BulkLoad::open({.file = dir / "hitkeep.db", .memory_limit_bytes = 128u << 20, .threads = 1});
      RC_ASSERT(load.has_value());
      for (std::uint32_t site = 0; site < 4; ++site)
        RC_ASSERT(((*load)->add_site({SiteKey{site}, SiteId{}, "example.com", TeamId{}})).has_value());
      for (std::size_t i = 0; i < hits.size(); ++i) {
        RC_ASSERT(((*load)->add(hits[i])).has_value());
        // Only what no later hit can belong to: sites differ by up to half a day.
        if (i % 200 == 0) RC_ASSERT(((*load)->seal(hits[i].day - 1)).has_value());
      }
      const auto done = (*load)->finish(last);
      RC_ASSERT(done.has_value());
    }
    RC_ASSERT(!std::filesystem::exists(dir / "hitkeep.db.wal"));
    auto lane = Lane::open(dir / "hitkeep.db", {.memory_limit_bytes = 128u << 20, .threads = 1}, std::nullopt);
    RC_ASSERT(lane.has_value());
    RC_ASSERT((*lane)->applied() == 0u);
    for (const auto& [day, rows] : (*lane)->hot()) RC_ASSERT(day.day >= last);
    for (const auto& month : *(*lane)->sealed_months()) {
      RC_ASSERT(!month.worth_sorting());
      RC_ASSERT(month.sorted > 0u);
    }
    // Sealed to the end it answers like the model.
    SealOrder order;
    for (const auto& [day, rows] : (*lane)->hot()) order.days.push_back(day);
    RC_ASSERT(((*lane)->seal(order, 1)).has_value());
    RC_ASSERT(difference(model_answers(hits), answers(**(*lane)->database()->connect(), From::sealed_bits)) == "");
  });
}

TEST(BulkLoad, PagesTellHowTheirViewsWereLookedAt) {
  constexpr Day kDay = 20'760;
  const auto at = [=](std::uint32_t person, std::int64_t minute, std::uint32_t engaged, std::string page) {
    Hit h = testing::hit_of(0, person, std::chrono::sys_days{std::chrono::days{kDay}} + std::chrono::minutes(minute));
    h.path = std::move(page);
    h.kind = engaged == 0 ? HitKind::pageview : HitKind::ping;
    h.engaged = engaged;
    h.scroll = engaged == 0 ? 0 : 51;
    return h;
  };
  const Scratch dir;
  {
    auto load = BulkLoad::open({.file = dir / "hitkeep.db", .memory_limit_bytes = 128u << 20, .threads = 1});
    ASSERT_TRUE(load) << load.error().message;
    for (const Hit& h : {at(1, 600, 0, "/a"), at(2, 600, 0, "/a"), at(1, 601, 31, "/a"), at(1, 602, 0, "/b"),
                         at(1, 603, 7, "/a"), at(3, 604, 9, "/a")})
      ASSERT_TRUE((*load)->add(h));
    ASSERT_TRUE((*load)->finish(kDay + 1));
  }
  auto lane = Lane::open(dir / "hitkeep.db", {.memory_limit_bytes = 128u << 20, .threads = 1}, std::nullopt);
  ASSERT_TRUE(lane) << lane.error().message;
  const auto connection = std::move(*(*lane)->database()->connect());
  auto rows =
      connection->query("SELECT count(*), count(*) FILTER (engaged > 0), max(engaged), max(scroll) FROM sealed_hits");
  ASSERT_TRUE(rows && (*rows)->next().value_or(false));
  EXPECT_EQ((*rows)->i64(0), 3);
  EXPECT_EQ((*rows)->i64(1), 1) << "the newest view, where it is of this page, and a visitor's own";
  EXPECT_EQ((*rows)->u64(2), 41u) << "1 + 8 log2(1 + 31)";
  EXPECT_EQ((*rows)->u64(3), 11u);
}

TEST(BulkLoad, WhatHasThePlaceOfARecordOfTheLogIsNotMixedUpWithIt) {
  constexpr Day kDay = 20'760;
  const auto hit = [=](std::uint32_t person, std::int64_t minute) {
    Hit h = testing::hit_of(0, person, std::chrono::sys_days{std::chrono::days{kDay}} + std::chrono::minutes(minute));
    h.kind = minute % 2 == 0 ? HitKind::event : HitKind::pageview;
    if (h.kind == HitKind::event) h.event_name = "name" + std::to_string(person);
    if (h.kind == HitKind::event) h.event_json = R"({"plan":")" + std::to_string(person) + "\"}";
    h.path = "/" + std::to_string(person);
    h.source = "source" + std::to_string(person);
    return h;
  };
  const Scratch dir;
  std::vector<Hit> hits = {hit(1, 600), hit(1, 601), hit(2, 603), hit(2, 604)};
  {
    auto load = BulkLoad::open({.file = dir / "hitkeep.db", .memory_limit_bytes = 128u << 20, .threads = 1});
    ASSERT_TRUE(load) << load.error().message;
    for (const Hit& h : hits) ASSERT_TRUE((*load)->add(h));
    ASSERT_TRUE((*load)->finish(kDay));
  }
  auto lane = Lane::open(dir / "hitkeep.db", {.memory_limit_bytes = 128u << 20, .threads = 1}, std::nullopt);
  ASSERT_TRUE(lane) << lane.error().message;
  Batch batch;
  for (const Hit& h : {hit(3, 610), hit(3, 611), hit(4, 612), hit(4, 613)}) {
    batch.records.push_back({h, batch.end += 1});
    hits.push_back(h);
  }
  ASSERT_TRUE((*lane)->apply(batch));
  auto connection = *(*lane)->database()->connect();
  EXPECT_EQ(difference(model_answers(hits), answers(*connection, From::hot)), "");
  ASSERT_TRUE((*lane)->seal({{{SiteKey{0}, kDay}}}, 9));
  EXPECT_EQ(difference(model_answers(hits), answers(*connection, From::sealed_bits)), "");
}

TEST(BulkLoad, AMonthSealedAtOnceIsInOrderAsItIs) {
  constexpr Day kOctober = 20'727;
  constexpr Day kNovember = 20'758;
  const Scratch dir;
  auto load = BulkLoad::open({.file = dir / "hitkeep.db", .memory_limit_bytes = 128u << 20});
  ASSERT_TRUE(load) << load.error().message;
  std::uint64_t hits = 0;
  for (Day day = kOctober; day < kNovember; ++day)
    for (std::uint32_t site = 0; site < 4; ++site)
      for (std::uint32_t person = 0; person < 3; ++person, ++hits)
        ASSERT_TRUE((*load)->add(testing::hit_of(
            site, person, std::chrono::sys_days{std::chrono::days{day}} + std::chrono::minutes(600 + person))));
  const auto done = (*load)->finish(kNovember);
  ASSERT_TRUE(done) << done.error().message;
  auto lane = Lane::open(dir / "hitkeep.db", {.memory_limit_bytes = 128u << 20, .threads = 1}, std::nullopt);
  ASSERT_TRUE(lane) << lane.error().message;
  const auto months = (*lane)->sealed_months();
  ASSERT_TRUE(months);
  ASSERT_EQ(months->size(), 1u);
  EXPECT_EQ(months->front().sorted, hits);
  EXPECT_EQ(months->front().appended, 0u);
  auto connection = *(*lane)->database()->connect();
  auto rows = connection->query(
      "SELECT count(*) FILTER (rowid <> place), count(*) FROM "
      "(SELECT rowid, row_number() OVER (ORDER BY site, ts, visit) - 1 AS place FROM sealed_hits)");
  ASSERT_TRUE(rows && (*rows)->next().value_or(false));
  EXPECT_EQ((*rows)->i64(0), 0);
  EXPECT_EQ((*rows)->u64(1), hits);
}

}  // namespace
}  // namespace hk::store

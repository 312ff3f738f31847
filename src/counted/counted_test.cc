#include "counted/counted.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/testing/temp_dir.h"
#include "db/duck.h"
#include "sql/counted.h"
#include "store/attributes.h"
#include "store/for_rows.h"
#include "store/lane.h"

namespace hk::counted {
namespace {

using ingest::Bot;
using ingest::Reason;

constexpr Day kToday = 20'782;
const TimeMs kNow = from_ms(1'795'600'800'000);

std::uint8_t dropped(Reason reason) {
  return static_cast<std::uint8_t>(ingest::kFirstReason + static_cast<std::uint8_t>(reason));
}

CountedSum sum(std::uint8_t reason, std::uint8_t kind, std::string agent, std::uint64_t hits) {
  return {.reason = reason, .kind = kind, .agent = std::move(agent), .hits = hits, .last = kNow};
}

TEST(Counted, AddsUpByOutcome) {
  KnownCounts known;
  known.sums = {sum(ingest::kCounted, 0, "", 5),
                sum(ingest::kCounted, 0, "server", 2),
                sum(ingest::kCounted, 1, "", 3),
                sum(ingest::kCounted, 2, "", 40),
                sum(ingest::kKeptApart, static_cast<std::uint8_t>(Bot::ai_crawler), "GPTBot", 4),
                sum(ingest::kKeptApart, static_cast<std::uint8_t>(Bot::ai_crawler), "CCBot", 6),
                sum(dropped(Reason::subdomain), 0, "staging.example.com", 7),
                sum(dropped(Reason::gpc), 0, "", 9),
                sum(dropped(Reason::not_kept), 0, "", 11),
                sum(255, 0, "", 1'000)};
  const Became told = tell(known);
  EXPECT_EQ(told.pageviews, 7u);
  EXPECT_EQ(told.events, 3u);
  EXPECT_EQ(told.reports, 40u);
  EXPECT_EQ(told.kept_apart, 10u);
  EXPECT_EQ(told.dropped, 16u) << "what the owner does not want is not lost, and a newer program's reason is unknown";
  EXPECT_EQ(told.not_kept, 11u);
  ASSERT_EQ(told.drops.size(), 2u);
  EXPECT_EQ(told.drops[0].reason, "gpc");
  EXPECT_EQ(told.drops[1].remedy, ingest::Remedy::count_hosts);
  EXPECT_EQ(told.drops[1].names.front().name, "staging.example.com");
  ASSERT_EQ(told.machines.size(), 1u);
  EXPECT_EQ(told.machines[0].of, "ai_crawler");
  EXPECT_EQ(told.machines[0].names.front().name, "CCBot");
}

TEST(Counted, TellsTheMostFrequentNames) {
  KnownCounts known;
  for (std::size_t i = 0; i <= kNamesTold; ++i)
    known.sums.push_back(sum(dropped(Reason::subdomain), 0, std::to_string(i) + ".example.com", 10 + i));
  const Became told = tell(known);
  ASSERT_EQ(told.drops.front().names.size(), kNamesTold);
  EXPECT_EQ(told.drops.front().names.front().name, std::to_string(kNamesTold) + ".example.com");
  EXPECT_EQ(told.drops.front().names.back().name, "1.example.com");
}

TEST(Counted, KnowsWhatIsInNoRowYet) {
  KnownCounts known;
  add_gathered(known,
               {{.site = SiteKey{7}, .day = kToday, .reason = ingest::kCounted, .kind = 0, .hits = 2, .last = kNow},
                {.site = SiteKey{7}, .day = kToday, .reason = ingest::kCounted, .kind = 1, .hits = 0, .last = kNow},
                {.site = SiteKey{7}, .day = kToday - 9, .reason = ingest::kCounted, .kind = 0, .hits = 3}},
               {kToday, kToday + 1});
  const Became told = tell(known);
  EXPECT_EQ(told.pageviews, 2u) << "another day is not asked for";
  EXPECT_EQ(told.last_event, kNow) << "what is in a row by now is still the last";
  EXPECT_EQ(told.first_day, kToday - 9);
}

TEST(Counted, ItsStatementsAreThoseOfTheMigratedSchema) {
  const hk::testing::TempDir dir;
  auto lane =
      store::Lane::open(dir / "hitkeep.db", db::DuckOptions{}, store::LaneIdentity{LaneKey::first_team, TeamId{}});
  ASSERT_TRUE(lane) << lane.error().message;
  store::Batch batch;
  batch.records.push_back(
      {store::Counts{.counts = {{.site = SiteKey{7}, .day = kToday, .agent = "server", .hits = 3, .last = kNow}}}, 1});
  batch.end = 1;
  ASSERT_TRUE((*lane)->apply(batch));
  auto connection = *(*lane)->database()->connect();
  const auto kind = static_cast<std::uint8_t>(store::kAgent);
  std::string told;
  for (const auto& [sql, params] :
       {std::pair<std::string_view, std::vector<db::DuckValue>>{
            sql::counted::sums, {std::uint32_t{7}, db::DateValue{kToday}, db::DateValue{kToday + 1}, kind}},
        {sql::counted::lasts, {std::uint32_t{7}, kind}}}) {
    const auto read = store::for_rows(*connection, sql, params, [&](db::DuckRows& row) {
      told += row.text(sql == sql::counted::sums ? 2 : 1);
      told += sql == sql::counted::sums ? std::to_string(row.u64(4)) : std::to_string(row.i64(3));
      EXPECT_EQ(from_ms(row.i64(sql == sql::counted::sums ? 5 : 2)), kNow);
    });
    EXPECT_TRUE(read) << read.error().message;
  }
  EXPECT_EQ(told, "server3server20782");
}

}  // namespace
}  // namespace hk::counted

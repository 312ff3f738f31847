#include "ingest/counters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ingest/testing/fixture.h"

namespace hk::ingest {
namespace {

using store::HitKind;
using testing::FakeLog;
using testing::Fixture;

const TimeMs kNow = from_ms(1'795'600'800'000);  // 2026-11-25 10:00 UTC
constexpr Day kToday = 20'782;
const Whose kHere{.lane = LaneKey{3}, .site = SiteKey{7}, .day = kToday, .at = kNow};

std::vector<store::Counts> records_of(const FakeLog& log) {
  std::vector<store::Counts> out;
  for (const auto& record : log.records)
    if (record.kind == static_cast<std::uint8_t>(store::RecordKind::counts))
      out.push_back(store::decode_counts(record.payload, record.version).value_or(store::Counts{}));
  return out;
}

struct Counting : ::testing::Test {
  metrics::Registry registry;
  Counters counters{registry, kNow};
  FakeLog log;
};

TEST_F(Counting, GoesAsOneRecordOfALaneAndOnlyWhenSomethingCame) {
  counters.accept(kHere, HitKind::pageview);
  counters.accept(kHere, HitKind::pageview);
  counters.keep_apart(kHere, HitKind::pageview, Bot::ai_crawler, "GPTBot", "/a");
  counters.drop(Reason::subdomain, kHere, "staging.example.com");
  counters.drop(Reason::unknown_site, {.day = kToday, .at = kNow}, "stranger.example");
  counters.flush(log, kNow);
  const auto records = records_of(log);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(log.records[0].lane, 1u) << "what is of no site is in the first file";
  EXPECT_EQ(log.records[1].lane, 3u);
  EXPECT_EQ(records[1].tidy, kToday - 1);
  const auto subdomain = static_cast<std::uint8_t>(kFirstReason + static_cast<std::uint8_t>(Reason::subdomain));
  const auto crawler = static_cast<std::uint8_t>(Bot::ai_crawler);
  EXPECT_EQ(records[1].counts,
            (std::vector<store::Count>{{SiteKey{7}, kToday, kCounted, 0, "", "", 2, kNow},
                                       {SiteKey{7}, kToday, kKeptApart, crawler, "GPTBot", "/a", 1, kNow},
                                       {SiteKey{7}, kToday, subdomain, 0, "staging.example.com", "", 1, kNow}}));
  counters.flush(log, kNow);
  EXPECT_EQ(log.records.size(), 2u);
  counters.accept(kHere, HitKind::pageview);
  counters.flush(log, kNow);
  ASSERT_EQ(log.records.size(), 3u);
  EXPECT_EQ(records_of(log)[2].tidy, 0) << "once a day";
  EXPECT_EQ(records_of(log)[2].counts.front().hits, 1u);
}

TEST_F(Counting, WhatCameUnderAWrongClockIsOfTheDayOnWhichItWasSetRight) {
  for (const Day wrong : {Day{0}, kToday + 12'000}) {
    Counters counters{registry, kNow};
    const Whose then{.lane = kHere.lane, .site = kHere.site, .day = wrong, .at = from_ms(wrong * 86'400'000LL)};
    counters.drop(Reason::clock, then);
    counters.drop(Reason::clock, then);
    counters.accept(kHere, HitKind::pageview);
    EXPECT_EQ(counters.per_minute(kHere.site, kNow).back(), 1u);
    counters.flush(log, kNow);
    const auto clock = static_cast<std::uint8_t>(kFirstReason + static_cast<std::uint8_t>(Reason::clock));
    auto counts = records_of(log).back().counts;
    std::ranges::sort(counts, {}, &store::Count::reason);
    EXPECT_EQ(counts, (std::vector<store::Count>{{SiteKey{7}, kToday, kCounted, 0, "", "", 1, kNow},
                                                 {SiteKey{7}, kToday, clock, 0, "", "", 2, kNow}}));
  }
}

TEST_F(Counting, KeepsWhatTheLogRefuses) {
  counters.drop(Reason::gpc, kHere);
  log.refuse = Error{Code::busy, "The log is full", {}};
  counters.flush(log, kNow);
  log.refuse.reset();
  counters.drop(Reason::gpc, kHere);
  counters.flush(log, kNow);
  ASSERT_EQ(records_of(log).size(), 1u);
  EXPECT_EQ(records_of(log)[0].counts.front().hits, 2u);
  EXPECT_EQ(records_of(log)[0].tidy, kToday - 1);
}

TEST_F(Counting, TellsApartOnlySoManyNames) {
  for (std::size_t i = 0; i < kNamesPerSite + 50; ++i)
    counters.drop(Reason::subdomain, kHere, std::to_string(i) + ".example.com");
  const auto gathered = counters.gathered(SiteKey{7});
  EXPECT_EQ(gathered.size(), kNamesPerSite + 1);
  EXPECT_EQ(std::ranges::find(gathered, kOthers, &store::Count::agent)->hits, 50u);
  counters.flush(log, kNow);
  counters.drop(Reason::subdomain, kHere, "one.more.example.com");
  EXPECT_EQ(counters.gathered(SiteKey{7}).size(), kNamesPerSite + 1) << "of a day, not of a minute";
  Whose tomorrow = kHere;
  ++tomorrow.day;
  counters.flush(log, kNow);
  counters.drop(Reason::gpc, tomorrow);
  counters.flush(log, kNow);
  counters.drop(Reason::subdomain, tomorrow, "one.more.example.com");
  EXPECT_EQ(counters.gathered(SiteKey{7}).size(), 2u) << "a new day has names of its own";
}

TEST_F(Counting, TellsApartOnlySoManyNamesOfAllSites) {
  Whose whose = kHere;
  for (std::size_t i = 0; i <= kNamesInAll; ++i) {
    whose.site = SiteKey{static_cast<std::uint32_t>(i / kNamesPerSite + 1)};
    counters.drop(Reason::subdomain, whose, std::to_string(i) + ".example.com");
  }
  EXPECT_EQ(counters.gathered(whose.site).back().agent, std::to_string(kNamesInAll - 1) + ".example.com");
  EXPECT_EQ(std::ranges::count(counters.gathered(whose.site), kOthers, &store::Count::agent), 1);
}

TEST_F(Counting, CutsLongNames) {
  counters.drop(Reason::excluded_path, kHere, std::string(store::kMaxCountedText + 9, 'a'));
  counters.flush(log, kNow);
  EXPECT_EQ(records_of(log)[0].counts.front().agent.size(), store::kMaxCountedText);
}

TEST_F(Counting, RemembersTheLastMinutes) {
  counters.accept(kHere, HitKind::pageview);
  Whose later = kHere;
  later.at += std::chrono::minutes(2);
  counters.drop(Reason::gpc, later);
  counters.drop(Reason::gpc, later);
  auto minutes = counters.per_minute(SiteKey{7}, later.at);
  EXPECT_EQ(minutes[kMinutes - 1], 2u);
  EXPECT_EQ(minutes[kMinutes - 2], 0u);
  EXPECT_EQ(minutes[kMinutes - 3], 1u);
  later.at += std::chrono::minutes(59);
  counters.accept(later, HitKind::event);
  minutes = counters.per_minute(SiteKey{7}, later.at);
  EXPECT_EQ(minutes[0], 2u);
  EXPECT_EQ(std::ranges::count(minutes, 0u), 58) << "an hour later the first is gone";
  later.at -= std::chrono::hours(5);
  counters.accept(later, HitKind::event);
  EXPECT_EQ(counters.per_minute(SiteKey{8}, kNow)[59], 0u);
}

TEST(CountersOfThePipeline, SayByWhatItIsToldApart) {
  Fixture f;
  f.take(Fixture::request(R"({"path":"/"})", {}, "https://staging.example.com"));
  f.take(Fixture::request(R"({"path":"/"})", {}, "https://stranger.example"));
  f.take(Fixture::request(R"({"path":"/"})", {{"sec-gpc", "1"}}));
  f.take(Fixture::request(R"({"path":"/b?id=7"})", {{"user-agent", "Mozilla/5.0 (compatible; GPTBot/1.2)"}}));
  f.take(Fixture::request(R"({"path":"/b"})"));
  std::vector<std::string> told;
  for (const SiteKey site : {SiteKey{0}, SiteKey{7}})
    for (const store::Count& one : f.pipeline.counters().gathered(site))
      told.push_back(std::to_string(one.reason) + " " + one.agent + " " + one.example);
  EXPECT_EQ(told,
            (std::vector<std::string>{"5 stranger.example ", "0  ", "1 GPTBot /b", "6 staging.example.com ", "16  "}));
  f.log.records.clear();
  f.pipeline.flush_counters();
  EXPECT_EQ(records_of(f.log).size(), 2u);
}

}  // namespace
}  // namespace hk::ingest

#include "ingest/repeats.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/testing/temp_dir.h"

namespace hk::ingest {
namespace {

using Claim = Repeats::Claim;
using std::chrono::hours;

constexpr SiteKey kSite{7}, kOther{8};
const TimeMs kNow = from_ms(1'795'600'800'000);

struct RepeatsTest : ::testing::Test {
  std::unique_ptr<Repeats> open(TimeMs now = kNow) {
    auto opened = Repeats::open(file, now);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  std::uintmax_t bytes() const { return std::filesystem::file_size(file); }
  hk::testing::TempDir dir;
  std::filesystem::path file = dir.path() / "server-ids";
  ItemId a = item_id(kSite, "a"), b = item_id(kSite, "b");
};

TEST_F(RepeatsTest, AnIdIsClaimedOnceUntilItIsGivenBack) {
  const auto repeats = open();
  EXPECT_EQ(repeats->claim(a, kNow), Claim::fresh);
  EXPECT_EQ(repeats->claim(a, kNow), Claim::pending);
  EXPECT_EQ(repeats->claim(b, kNow), Claim::fresh);
  EXPECT_EQ(repeats->claim(item_id(kOther, "a"), kNow), Claim::fresh) << "of another site";
  repeats->give_back(std::array{a});
  EXPECT_EQ(repeats->claim(a, kNow), Claim::fresh);
  ASSERT_TRUE(repeats->keep(std::array{a}, kNow));
  EXPECT_EQ(repeats->claim(a, kNow), Claim::known);
}

TEST_F(RepeatsTest, WhatWasKeptIsKnownToTheNextProcessForADay) {
  ASSERT_TRUE(open()->keep(std::array{a}, kNow));  // and no end: the file is closed as by a kill
  EXPECT_EQ(open(kNow + hours(24) - Millis(1))->claim(a, kNow + hours(24) - Millis(1)), Claim::known);
  const auto repeats = open(kNow + hours(24) - Millis(1));
  EXPECT_EQ(repeats->claim(a, kNow + hours(24)), Claim::fresh) << "forgotten while the process runs";
  EXPECT_EQ(open(kNow + hours(24))->claim(a, kNow + hours(24)), Claim::fresh);
}

TEST_F(RepeatsTest, ATornOrWrongEndIsCut) {
  ASSERT_TRUE(open()->keep(std::array{a, b}, kNow));
  const auto whole = bytes();
  std::filesystem::resize_file(file, whole - 1);
  auto repeats = open();
  EXPECT_EQ(repeats->claim(a, kNow), Claim::known);
  EXPECT_EQ(repeats->claim(b, kNow), Claim::fresh);
  ASSERT_TRUE(repeats->keep(std::array{b}, kNow));
  repeats.reset();
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(30).put('x');
  EXPECT_EQ(open()->known(kSite), 1u);
}

TEST_F(RepeatsTest, TheOldestIdsOfASiteGoFirst) {
  const auto repeats = open();
  std::vector<ItemId> many;
  for (std::size_t i = 0; i <= kRepeatsPerSite; ++i) many.push_back({.site = kSite, .hash = i});
  ASSERT_TRUE(repeats->keep(many, kNow));
  EXPECT_EQ(repeats->known(kSite), kRepeatsPerSite);
  EXPECT_EQ(repeats->claim(many.front(), kNow), Claim::fresh);
  EXPECT_EQ(repeats->claim(many.back(), kNow), Claim::known);
}

TEST_F(RepeatsTest, TheFileDoesNotGrowForEver) {
  const auto repeats = open();
  std::vector<ItemId> many;
  TimeMs now = kNow;
  for (std::uint64_t round = 0; round < 4; ++round, now += hours(25)) {
    many.clear();
    for (std::uint64_t i = 0; i < kRepeatsPerSite; ++i) many.push_back({.site = kSite, .hash = (round << 32) + i});
    ASSERT_TRUE(repeats->keep(many, now));
  }
  EXPECT_LT(bytes(), 24 * kRepeatsPerSite + kRepeatsWaste + 1);
  EXPECT_EQ(open(now - hours(25))->known(kSite), kRepeatsPerSite);
}

}  // namespace
}  // namespace hk::ingest

// Files that nobody needs are closed, and nothing shows it.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "store/rest.h"
#include "store/testing/world.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using testing::hit_of;
using testing::kNoon;
using testing::Scratch;
using testing::World;

constexpr Day kToday = 20'760;  // of kNoon

TeamId team(std::uint32_t number) {
  TeamId id;
  id.uuid.bytes = {0x01, 0x90, 0xf3, 0xa4, 0x7c, 0x1e, 0x70, 0,
                   0x80, 0,    0,    0,    0,    0,    1,    static_cast<std::uint8_t>(number)};
  return id;
}

/// How many DuckDB files below the directory this process has open.
std::size_t open_files(const fs::path& directory) {
  std::size_t count = 0;
  std::error_code ec;
  for (const auto& fd : fs::directory_iterator("/proc/self/fd", ec)) {
    const std::string target = fs::read_symlink(fd, ec).string();
    if (!ec && target.starts_with(directory.string()) && target.ends_with("hitkeep.db")) ++count;
  }
  return count;
}

class Resting : public ::testing::Test {
 protected:
  void hit(std::uint32_t lane, std::int64_t second) {
    w_.hit(hit_of(lane * 10, 1, from_ms(kNoon + second * 1'000)), LaneKey{lane});
    w_.await(++hits_);
  }
  void site(std::uint32_t lane) { w_.site(SiteKey{lane * 10}, team(lane), LaneKey{lane}); }
  std::int64_t rows(std::uint32_t lane) { return w_.number("SELECT count(*) FROM hot_hits", LaneKey{lane}); }
  fs::path file(std::uint32_t lane) const { return tenants_ / team(lane).str() / "hitkeep.db"; }
  log::Follower& follower(std::uint32_t lane) {
    for (log::Follower* one : w_.store->followers())
      if (one->name() == std::to_string(lane)) return *one;
    std::abort();
  }
  void start_again() {
    w_.stop();
    w_.open_log();
    hits_ = w_.applied_records;
    w_.start();
  }

  Scratch dir_;
  fs::path tenants_ = dir_ / "tenants";
  World w_{dir_.path()};
  std::uint64_t hits_ = 0;
};

TEST_F(Resting, AFileIsClosedWhenNobodyNeedsItAndOpenedForARecordOrAReader) {
  w_.rest_after = Millis{0};
  w_.start();
  site(2);
  hit(2, 0);
  const auto closed = [&] { return open_files(tenants_) == 0; };
  w_.eventually(closed);
  EXPECT_FALSE(fs::exists(file(2).string() + ".wal"));
  EXPECT_EQ(rows(2), 1);
  {
    auto lease = w_.store->read(LaneKey{2});
    ASSERT_TRUE(lease);
    hit(1, 0);
    hit(1, 1);
    EXPECT_EQ(open_files(tenants_), 1u) << "somebody reads it";
    hit(2, 1);
    hit(2, 2);
  }
  w_.eventually(closed);
  EXPECT_EQ(rows(2), 3);
  w_.eventually(closed);
  EXPECT_TRUE(w_.works());
  EXPECT_FALSE(w_.store->states()[1].stopped);
  EXPECT_FALSE(w_.store->behind(LaneKey{2}));
}

TEST_F(Resting, WhatIsKnownOfAClosedFileIsReadAgainOnlyWhereMemoryHasNoRoomForIt) {
  constexpr std::string_view kOpened = "hitkeep_files_opened_total";
  const auto opened = [&](std::string_view known) {
    return w_.registry.counter(kOpened, "", {{"known", std::string(known)}}).value();
  };
  w_.rest_after = Millis{0};
  w_.asleep_bytes = 10'000;  // two of them
  w_.start();
  const auto rest = [&] { w_.eventually([&] { return open_files(tenants_) == 0; }); };
  for (const std::uint32_t lane : {2, 3, 4}) {
    site(lane);
    hit(lane, 0);
    rest();
  }
  const auto read = opened("file");
  hit(3, 60);
  rest();
  hit(4, 60);
  rest();
  EXPECT_EQ(opened("file"), read);
  hit(2, 60);
  EXPECT_EQ(opened("file"), read + 1);
  // However it was remembered, the visit goes on.
  for (const std::uint32_t lane : {2, 3, 4})
    EXPECT_EQ(w_.number("SELECT count(DISTINCT visit) FROM hot_hits", LaneKey{lane}), 1);
}

TEST_F(Resting, AFileThatWasExchangedWhileItWasClosedIsNotTakenForTheOneThatIsRemembered) {
  w_.rest_after = Millis{0};
  w_.start();
  site(2);
  const auto rest = [&] { w_.eventually([&] { return open_files(tenants_) == 0; }); };
  hit(2, 0);
  rest();
  fs::copy_file(file(2), dir_ / "older.db");
  hit(2, 1);
  rest();
  fs::rename(dir_ / "older.db", file(2));
  w_.hit(hit_of(20, 1, from_ms(kNoon + 2'000)), LaneKey{2});
  w_.eventually([&] { return w_.store->read(LaneKey{2}) && rows(2) == 3; });
}

TEST_F(Resting, AStartOpensNoFileThatWasClosedAndKnowsWhatIsInIt) {
  w_.start();
  site(2);
  hit(2, 0);
  hit(2, 60);
  start_again();
  EXPECT_EQ(open_files(tenants_), 0u);
  EXPECT_EQ(w_.store->newest(), from_ms(kNoon + 60'000));
  EXPECT_EQ(w_.store->hot_rows(), 2u);
  const auto hot = w_.store->hot_days();
  ASSERT_EQ(hot.size(), 1u);
  EXPECT_EQ(hot[0].lane, LaneKey{2});
  EXPECT_EQ(hot[0].day, (SiteDay{SiteKey{20}, kToday}));
  w_.seal(SiteKey{20}, kToday, LaneKey{2});
  w_.eventually([&] { return w_.store->hot_rows() == 0; });
  EXPECT_EQ(w_.number("SELECT count(*) FROM sealed_hits", LaneKey{2}), 2);
  start_again();
  EXPECT_EQ(open_files(tenants_), 0u);
  const auto months = w_.store->sealed_months();
  ASSERT_EQ(months.size(), 1u);
  EXPECT_EQ(months[0].lane, LaneKey{2});
  EXPECT_EQ(months[0].appended + months[0].sorted, 2u);
}

TEST_F(Resting, AFileAtRestDoesNotHoldTheLog) {
  w_.rest_after = Millis{0};
  w_.start();
  site(2);
  hit(2, 0);
  w_.eventually([&] { return open_files(tenants_) == 0; });
  const auto before = w_.log->durable_end();
  for (int second = 0; second < 10; ++second) hit(1, second);
  EXPECT_GT(w_.log->durable_end(), before);
  w_.eventually([&] { return *follower(2).needs() == w_.log->durable_end(); });  // though so little has come
  w_.rest_after = std::chrono::minutes(10);
  start_again();
  EXPECT_EQ(open_files(tenants_), 0u);
  EXPECT_EQ(*follower(2).needs(), w_.log->durable_end());
  EXPECT_EQ(follower(2).applied(), w_.log->durable_end());
  // What comes now is the first that it has to have again.
  const auto held = w_.log->durable_end();
  hit(2, 1);
  EXPECT_EQ(*follower(2).needs(), held);
  start_again();
  EXPECT_EQ(rows(2), 2);
}

TEST_F(Resting, MoreTeamsThanFilesThatMayBeOpenAllGetTheirs) {
  constexpr std::uint32_t kTeams = 20;
  w_.memory = 1;
  w_.start();
  for (std::uint32_t lane = 2; lane < 2 + kTeams; ++lane) site(lane);
  for (int round = 0; round < 3; ++round) {
    // At once, so that one batch has something for all of them.
    for (std::uint32_t lane = 2; lane < 2 + kTeams; ++lane)
      w_.log->append({lane, static_cast<std::uint8_t>(RecordKind::hit), kRecordVersion,
                      encode(hit_of(lane * 10, 1, from_ms(kNoon + round * 1'000)))},
                     [](Result<log::Offset> at) { EXPECT_TRUE(at); });
    w_.await(hits_ += kTeams);
    w_.eventually([&] { return open_files(tenants_) <= 8; });
  }
  for (std::uint32_t lane = 2; lane < 2 + kTeams; ++lane) EXPECT_EQ(rows(lane), 3);
  w_.eventually([&] { return open_files(tenants_) <= 8; });
  start_again();
  EXPECT_EQ(open_files(tenants_), 0u);
  for (std::uint32_t lane = 2; lane < 2 + kTeams; ++lane) EXPECT_EQ(rows(lane), 3);
}

TEST_F(Resting, ARecordForSeveralTeamsIsAppliedAsAWhole) {
  w_.memory = 1;
  w_.start();
  std::vector<control::Fence> fences;
  const auto say = [&](std::uint32_t lane, std::uint32_t key) {
    SiteId id;
    id.uuid.bytes[15] = static_cast<std::uint8_t>(key);
    fences.push_back({LaneKey{lane}, encode(SiteAdded{SiteKey{key}, id, "example.com", team(lane)})});
  };
  // The first of these files would be the first to be closed, while the others are made.
  for (std::uint32_t lane = 2; lane < 22; ++lane) say(lane, lane * 10);
  say(2, 21);
  w_.append({0, control::kChangeKind, control::kChangeVersion, control::encode("", fences)});
  hit(2, 0);
  hit(21, 0);
  EXPECT_EQ(w_.number("SELECT count(*) FROM sites", LaneKey{2}), 2);
  EXPECT_EQ(w_.number("SELECT count(*) FROM sites", LaneKey{21}), 1);
}

TEST_F(Resting, AFileThatIsNotAsItWasIsLookedAtAndCatchesUp) {
  w_.start();
  site(2);
  hit(2, 0);
  w_.stop();
  fs::copy_file(file(2), dir_ / "older.db");
  w_.open_log();
  w_.start();
  hit(2, 1);
  w_.stop();
  fs::copy_file(dir_ / "older.db", file(2), fs::copy_options::overwrite_existing);
  w_.open_log();
  w_.start();
  EXPECT_EQ(open_files(tenants_), 1u);
  w_.await(3);
  EXPECT_EQ(rows(2), 2);
}

/// What the log has recycled since was none of its business, also while nobody could see the file.
TEST_F(Resting, AFileThatWasAwayForAWhileFitsTheLogStill) {
  w_.start();
  site(2);
  hit(2, 0);
  w_.stop();
  w_.open_log();
  w_.start();
  hit(1, 0);
  w_.stop();
  // From here on the log begins behind what the first file has, which is more than the file of the team.
  const log::Mark end = Store::look({.first_file = dir_ / "hitkeep.db", .tenants = tenants_}, {})->front().mark;
  fs::remove_all(dir_ / "log");
  log::Recovery recovery;
  w_.log = log::open_on(log::posix_files(),
                        {.directory = dir_ / "log",
                         .segment_bytes = 1u << 20,
                         .agree = [&](const log::Extent&) -> Result<log::Mark> { return end; }},
                        w_.clock, w_.registry, recovery)
               .value();
  ASSERT_EQ(w_.log->begin(), end.offset);
  fs::rename(file(2), dir_ / "kept.db");
  std::ofstream(file(2)) << "no database";
  hits_ = w_.applied_records;
  w_.start();
  EXPECT_TRUE(w_.store->states()[1].stopped);
  hit(1, 1);
  fs::rename(dir_ / "kept.db", file(2));
  w_.eventually([&] { return rows(2) == 1; });
  hit(2, 1);
  EXPECT_EQ(rows(2), 2);
}

TEST_F(Resting, AFileThatCannotBeOpenedAnyMoreStopsAndComesBackWithAll) {
  w_.start();
  site(2);
  hit(2, 0);
  start_again();
  fs::rename(file(2), dir_ / "kept.db");
  std::ofstream(file(2)) << "no database";
  w_.hit(hit_of(20, 1, from_ms(kNoon + 1'000)), LaneKey{2});
  w_.eventually([&] { return w_.store->states()[1].stopped; });
  EXPECT_FALSE(w_.store->read(LaneKey{2}));
  hit(1, 0);
  fs::rename(dir_ / "kept.db", file(2));
  w_.await(hits_ + 1);
  EXPECT_EQ(rows(2), 2);
}

TEST(Rests, AreSaidAsTheyWereOrNotAtAll) {
  const Scratch dir;
  const fs::path file = dir / "lanes" / "resting";
  EXPECT_TRUE(saved(file).files.empty());
  Rests rests;
  rests.timeline = team(9).uuid;
  for (std::uint32_t n = 2; n < 5; ++n) {
    Rest& rest = rests.files[team(n)];
    rest.identity = {LaneKey{n}, team(n)};
    rest.print = n * 1'000'000'007ull;
    rest.mark = {team(8).uuid, n * 300};
    rest.passed = {n * 300, n * 400};
    rest.log_time = from_ms(kNoon);
    rest.hot[{SiteKey{n}, -3}] = {.all = 7, .late = 3};
    rest.months.push_back({LaneKey{n}, kToday, 5, n});
  }
  ASSERT_TRUE(save(file, rests));
  ASSERT_TRUE(save(file, rests));  // in the place of the last one
  const Rests read = saved(file);
  EXPECT_EQ(read.timeline, rests.timeline);
  ASSERT_EQ(read.files.size(), 3u);
  const Rest& rest = read.files.at(team(4));
  EXPECT_EQ(rest.identity.lane, LaneKey{4});
  EXPECT_EQ(rest.print, 4'000'000'028ull);
  EXPECT_EQ(rest.mark, (log::Mark{team(8).uuid, 1'200}));
  EXPECT_EQ(rest.passed.to, 1'600u);
  EXPECT_EQ(rest.log_time, from_ms(kNoon));
  EXPECT_EQ(rest.hot, rests.files[team(4)].hot);
  ASSERT_EQ(rest.months.size(), 1u);
  EXPECT_EQ(rest.months[0].appended, 4u);
  const auto size = fs::file_size(file);
  for (const std::uintmax_t cut : {size - 1, size / 2, std::uintmax_t{3}, std::uintmax_t{0}}) {
    fs::resize_file(file, cut);
    EXPECT_TRUE(saved(file).files.empty()) << cut;
  }
}

}  // namespace
}  // namespace hk::store

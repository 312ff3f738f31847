// A disk that fails under the file of one team: the others go on.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "db/testing/failing_sync.h"
#include "store/testing/world.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using db::testing::FailingSync;
using testing::FullDisk;
using testing::hit_of;
using testing::kNoon;
using testing::kOther;
using testing::kOtherLane;
using testing::Scratch;
using testing::World;

/// The first team has a hit of its site 0, the other one of its site 5.
class StoreFaults : public ::testing::Test {
 protected:
  StoreFaults() {
    w_.start();
    w_.site(SiteKey{5}, kOther, kOtherLane);
    hit_first();
    hit_other();
    w_.await(2);
  }
  void hit_first() { w_.hit(hit_of(0, 1, from_ms(kNoon + 1'000 * ++hits_))); }
  void hit_other() { w_.hit(hit_of(5, 1, from_ms(kNoon + 1'000 * ++hits_)), kOtherLane); }
  std::int64_t first() { return w_.number("SELECT count(*) FROM hot_hits"); }
  std::int64_t other() { return w_.number("SELECT count(*) FROM hot_hits", kOtherLane); }
  LaneState state(std::size_t lane) { return w_.store->states().at(lane); }
  bool all_well() {
    for (const LaneState& state : w_.store->states())
      if (state.stopped || state.trouble != Trouble::none) return false;
    return true;
  }

  Scratch dir_;
  World w_{dir_.path()};
  fs::path other_file_ = dir_ / "tenants" / kOther.str() / "hitkeep.db";
  std::int64_t hits_ = 0;
};

TEST_F(StoreFaults, AFailedSyncOfOneFileLeavesTheOthersAnsweringAndNothingIsLost) {
  {
    auto lease = w_.store->read(LaneKey::first_team);  // somebody who was reading
    ASSERT_TRUE(lease);
    const FailingSync failing(other_file_.string() + ".wal");
    hit_other();
    w_.eventually([&] { return failing.met() > 0; });
    // Whoever holds the instance that failed is told so, and lets go.
    w_.eventually([&] { return !(*lease)->query("SELECT count(*) FROM hot_hits"); });
    {
      const auto gone = std::move(*lease);
    }
    hit_first();
    w_.await(3);
    EXPECT_EQ(first(), 2);
    // It fails again and again, alone.
    const int met = failing.met();
    hit_other();
    w_.eventually([&] { return failing.met() > met; });
    hit_first();
    w_.await(4);
    EXPECT_EQ(first(), 3);
    EXPECT_FALSE(state(0).stopped);
    EXPECT_TRUE(state(1).stopped);
  }
  w_.await(6);
  w_.eventually([&] { return all_well(); });
  EXPECT_EQ(first(), 3);
  EXPECT_EQ(other(), 3);
  w_.stop();
  w_.open_log();
  w_.start();
  EXPECT_EQ(first(), 3);
  EXPECT_EQ(other(), 3);
}

TEST_F(StoreFaults, AFailedSyncOfTheFirstFileLeavesTheOtherTeamsAnswering) {
  {
    const FailingSync failing((dir_ / "hitkeep.db.wal").string());
    hit_first();
    w_.eventually([&] { return failing.met() > 0; });
    hit_other();
    w_.await(3);
    EXPECT_EQ(other(), 2);
    EXPECT_EQ(first(), 1) << "what was applied is still read";
  }
  w_.await(4);
  w_.eventually([&] { return all_well(); });
  EXPECT_EQ(first(), 2);
}

TEST_F(StoreFaults, AFailedSyncInASealStopsTheLaneThatObeysIt) {
  {
    const FailingSync failing(other_file_.string() + ".wal");
    w_.seal(SiteKey{5}, 20'760, kOtherLane);
    // Whoever notices first: records of the first lane come all the time.
    w_.eventually([&] {
      hit_first();
      return failing.met() > 1;  // and once more, alone
    });
    w_.await(static_cast<std::uint64_t>(hits_));
    EXPECT_FALSE(state(0).stopped);
    EXPECT_TRUE(state(1).stopped);
    EXPECT_EQ(first(), hits_ - 1);
  }
  w_.eventually([&] { return all_well(); });
  w_.eventually([&] { return w_.number("SELECT count(*) FROM sealed_hits", kOtherLane) == 1; });
  EXPECT_EQ(first(), hits_ - 1);
}

TEST_F(StoreFaults, ACheckpointThatCannotBeSyncedStopsItsFileAlone) {
  {
    const FailingSync failing(other_file_);
    w_.seal(SiteKey{5}, 20'760, kOtherLane);
    w_.eventually([&] { return state(1).stopped; });
    hit_first();
    w_.await(3);
    EXPECT_EQ(first(), 2);
    EXPECT_FALSE(state(0).stopped);
  }
  w_.eventually([&] { return all_well(); });
  EXPECT_EQ(w_.number("SELECT count(*) FROM sealed_hits", kOtherLane), 1);
}

TEST_F(StoreFaults, AFullDiskUnderOneFileLeavesTheOthersWorking) {
  // A file that is larger than what the rest of the program writes: its write-ahead log finds no room.
  for (std::uint32_t person = 1; person <= 2'000; ++person)
    w_.log->append({static_cast<std::uint32_t>(kOtherLane), static_cast<std::uint8_t>(RecordKind::hit), kRecordVersion,
                    encode(hit_of(5, person, from_ms(kNoon)))},
                   [](Result<log::Offset> at) { EXPECT_TRUE(at); });
  w_.await(2'002);
  {
    const FullDisk full(fs::file_size(other_file_.string() + ".wal"));
    hit_other();
    w_.eventually([&] { return state(1).trouble == Trouble::disk_full; });
    hit_first();
    w_.await(2'003);
    EXPECT_EQ(first(), 2);
    EXPECT_EQ(other(), 2'001) << "what was applied is still read";
    EXPECT_FALSE(state(0).stopped);
  }
  w_.await(2'004);
  w_.eventually([&] { return all_well(); });
  EXPECT_EQ(other(), 2'002);
}

}  // namespace
}  // namespace hk::store

#include "store/compaction.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "store/clone.h"
#include "store/lane.h"
#include "store/testing/held_orders.h"
#include "store/testing/no_store.h"
#include "store/testing/rows.h"
#include "store/testing/world.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using testing::all_rows;
using testing::first_difference;
using testing::hit_of;
using testing::kNoon;
using testing::kOther;
using testing::kOtherLane;
using testing::Scratch;
using testing::World;

CompactFacts facts() {
  return {.file_bytes = 2 * kCompactBytes, .unused_bytes = kCompactBytes, .free_bytes = 4 * kCompactBytes};
}

TEST(Compaction, IsWorthItWhereMuchOfALargeFileIsFree) {
  EXPECT_EQ(next_step(facts()), CompactStep::take);
  auto small = facts();
  --small.unused_bytes;
  EXPECT_EQ(next_step(small), CompactStep::none);
  auto month = facts();
  month.file_bytes = kCompactBytes * 100 / kCompactPercent;
  EXPECT_EQ(next_step(month), CompactStep::none) << "a month of rows is free and used again";
  auto full = facts();
  --full.free_bytes;
  EXPECT_EQ(next_step(full), CompactStep::no_room);
}

class Asked final : public testing::NoStore {
 public:
  Result<std::uint64_t> compact(LaneKey lane, const std::stop_token&) override {
    lanes.push_back(lane);
    return works ? Result<std::uint64_t>(1) : fail(Code::busy, "not now");
  }
  std::vector<CompactFacts> compact_facts() override { return files; }

  std::vector<LaneKey> lanes;
  std::vector<CompactFacts> files;
  bool works = true;
};

TEST(Compaction, FilesAreLookedAtOnceADayInAQuietHour) {
  Asked store;
  auto large = facts(), small = facts(), full = facts();
  large.lane = LaneKey{1};
  small.unused_bytes = 0;
  full.free_bytes = 0;
  store.files = {small, full, large};
  ManualClock clock{from_ms(kNoon)};
  metrics::Registry registry;
  Compactor compactor(store, clock, registry);
  EXPECT_EQ(compactor.run(), 0u);
  clock.advance(std::chrono::hours(12) + kQuietFrom - Millis{1});
  EXPECT_EQ(compactor.run(), 0u);
  clock.advance(Millis{1});
  EXPECT_EQ(compactor.run(), 1u);
  EXPECT_EQ(store.lanes, std::vector{LaneKey{1}});
  clock.advance(kQuietTo - kQuietFrom - Millis{1});
  EXPECT_EQ(compactor.run(), 0u) << "once";
  clock.advance(std::chrono::hours(24) + Millis{1});
  EXPECT_EQ(compactor.run(), 0u) << "too late";
  clock.advance(std::chrono::hours(24) - Millis{1});
  store.works = false;
  EXPECT_EQ(compactor.run(), 0u);
  EXPECT_EQ(store.lanes.size(), 2u);
}

/// A world whose first file has sealed rows, most of which were deleted.
class Compact : public ::testing::Test {
 protected:
  void SetUp() override {
    auto lane = Lane::open(file_, {.memory_limit_bytes = 64u << 20, .temp_directory = {}},
                           LaneIdentity{LaneKey::first_team, TeamId{}});
    ASSERT_TRUE(lane) << lane.error().message;
    auto connection = (*lane)->database()->connect().value();
    ASSERT_TRUE(connection->exec(
        "INSERT INTO sealed_hits SELECT 1, TIMESTAMP_MS '2026-10-01 00:00:00' + to_milliseconds(i * 7919), i // 3, "
        "hash(i) % 1000000, hash(i + 1) % 100000, 1 + i % 3, 3, 0, 0 FROM range(100000) r(i) ORDER BY i;"
        "CHECKPOINT; DELETE FROM sealed_hits WHERE visit < 26000; CHECKPOINT; CHECKPOINT"));
  }
  /// One visitor's views, each a moment after the last.
  void hits(World& world, int count, LaneKey lane = LaneKey::first_team, std::uint32_t site = 0) {
    for (int i = 0; i < count; ++i) world.hit(hit_of(site, 1, from_ms(kNoon) + Millis{1'000 * ++sent_}), lane);
  }
  static std::vector<std::string> rows_of(World& world) {
    auto lease = world.store->read(LaneKey::first_team);
    EXPECT_TRUE(lease);
    return all_rows(**lease);
  }
  static std::int64_t hot(World& world, LaneKey lane = LaneKey::first_team) {
    return world.number("SELECT count(*) FROM hot_hits", lane);
  }

  static constexpr std::int64_t kLeft = 100'000 - 3 * 26'000;
  Scratch dir_;
  fs::path file_ = dir_ / "hitkeep.db";
  int sent_ = 0;
};

TEST_F(Compact, AFileBecomesSmallerWithEveryRowInItsOrderAndGoesOn) {
  const auto before = fs::file_size(file_);
  World w(dir_.path());
  w.start();
  hits(w, 5);
  w.await(5);
  const auto rows = rows_of(w);
  const auto saved = w.store->compact(LaneKey::first_team, {});
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_LT(fs::file_size(file_), before * 60 / 100);
  EXPECT_GT(*saved, before * 40 / 100);
  EXPECT_FALSE(fs::exists(compact_of(file_)) || fs::exists(clone_part_of(file_)));
  EXPECT_EQ(first_difference(rows, rows_of(w)), "");
  EXPECT_EQ(w.number("SELECT count(*) FROM (SELECT ts > lag(ts) OVER (ORDER BY rowid) AS grows FROM sealed_hits) "
                     "WHERE NOT grows"),
            0);
  hits(w, 5);
  w.eventually([&] { return hot(w) == 10; });
  EXPECT_EQ(w.number("SELECT count(DISTINCT visit) * 10 + count(DISTINCT vd) FROM hot_hits"), 11) << "one open visit";
  EXPECT_TRUE(w.store->compact(LaneKey::first_team, {})) << "once more";
  w.stop();
  World again(dir_.path());
  again.start();
  EXPECT_EQ(hot(again), 10);
}

TEST_F(Compact, ReadersAreNotDisturbedAndWhatComesMeanwhileIsThere) {
  World w(dir_.path());
  std::atomic<bool> written{false};
  w.reached = [&](std::string_view step) { written = written || step == "written"; };
  w.start();
  hits(w, 3);
  w.await(3);
  auto lease = w.store->read(LaneKey::first_team);
  ASSERT_TRUE(lease);
  Result<std::uint64_t> saved;
  {
    const std::jthread compacting([&] { saved = w.store->compact(LaneKey::first_team, {}); });
    w.eventually([&] { return written.load(); });
    hits(w, 4);
    w.await(7);
    auto rows = (*lease)->query("SELECT count(*) FROM sealed_hits");
    ASSERT_TRUE(rows && (*rows)->next().value());
    EXPECT_EQ((*rows)->i64(0), kLeft);
    rows->reset();
    {
      const auto given_back = std::move(*lease);
    }
  }
  ASSERT_TRUE(saved) << saved.error().message;
  w.eventually([&] { return hot(w) == 7; });
  EXPECT_FALSE(w.store->states()[0].stopped);
}

TEST_F(Compact, WaitsForAnOrderThatIsObeyed) {
  World w(dir_.path());
  std::atomic<bool> written{false};
  w.reached = [&](std::string_view step) { written = written || step == "written"; };
  testing::HeldOrders held(LaneKey::first_team);
  w.before_order = held.hook();
  w.start();
  hits(w, 3);
  w.await(3);
  auto lease = w.store->read(LaneKey::first_team);
  ASSERT_TRUE(lease);
  Result<std::uint64_t> saved;
  {
    const std::jthread compacting([&] { saved = w.store->compact(LaneKey::first_team, {}); });
    w.eventually([&] { return written.load(); });
    w.seal(SiteKey{0}, 20'760);
    EXPECT_TRUE(held.await());
    const auto given_back = std::move(*lease);
    held.let_go();
  }
  ASSERT_TRUE(saved) << saved.error().message;
  w.eventually([&] { return w.number("SELECT count(*) FROM sealed_hits") == kLeft + 3; });
  EXPECT_EQ(hot(w), 0);
}

class CompactKilled : public Compact, public ::testing::WithParamInterface<const char*> {};

TEST_P(CompactKilled, LeavesAWholeFileThatTheNextStartGoesOnWith) {
  const pid_t child = fork();
  if (child == 0) {
    World w(dir_.path());
    w.reached = [&](std::string_view step) {
      if (step == "copied") hits(w, 2);
      if (step == GetParam()) ::kill(::getpid(), SIGKILL);
    };
    w.start();
    hits(w, 2);
    w.await(2);
    (void)w.store->compact(LaneKey::first_team, {});
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  World w(dir_.path());
  w.start();
  w.eventually([&] { return hot(w) == 4; });
  EXPECT_EQ(w.number("SELECT count(*) FROM sealed_hits"), kLeft);
  EXPECT_EQ(w.number("SELECT count(DISTINCT visit) * 10 + count(DISTINCT vd) FROM hot_hits"), 11);
  EXPECT_FALSE(fs::exists(compact_of(file_)));
}

INSTANTIATE_TEST_SUITE_P(AtEachStep, CompactKilled, ::testing::Values("copied", "written", "closed", "placed"));

TEST_F(Compact, OfAFileAtRestAndWithoutCopies) {
  World w(dir_.path());
  w.rest_after = Millis{1};
  w.heal_copies = false;
  w.start();
  w.site(SiteKey{5}, kOther, kOtherLane);
  hits(w, 3, kOtherLane, 5);
  w.await(3);
  const fs::path other = dir_ / "tenants" / kOther.str() / "hitkeep.db";
  w.eventually([&] { return !fs::exists(other.string() + ".wal"); });
  const auto saved = w.store->compact(kOtherLane, {});
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_FALSE(fs::exists(clone_of(other)) || fs::exists(clone_part_of(other)));
  hits(w, 2, kOtherLane, 5);
  w.eventually([&] { return hot(w, kOtherLane) == 5; });
  EXPECT_FALSE(w.store->compact(LaneKey{77}, {}));
}

TEST_F(Compact, SaysHowMuchOfAFileIsFree) {
  World w(dir_.path());
  w.start();
  const auto facts = w.store->compact_facts();
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].file_bytes, fs::file_size(file_));
  EXPECT_EQ(facts[0].unused_bytes, 0u) << "a small file is not asked";
  const auto unused =
      w.number("SELECT free_blocks * block_size FROM pragma_database_size() WHERE database_name = current_database()");
  EXPECT_GT(unused, static_cast<std::int64_t>(facts[0].file_bytes) / 4);
}

}  // namespace
}  // namespace hk::store

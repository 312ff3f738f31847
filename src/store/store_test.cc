#include "store/store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "control/change.h"
#include "log/engine.h"
#include "log/testing/memory_files.h"
#include "store/clone.h"
#include "store/fence.h"
#include "store/maintenance.h"
#include "store/testing/damage.h"
#include "store/testing/model.h"
#include "store/testing/no_store.h"
#include "store/testing/scratch.h"
#include "store/testing/traffic.h"
#include "store/testing/world.h"
#include "store/visitor_map.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using testing::FullDisk;
using testing::hit_of;
using testing::kNoon;
using testing::kOther;
using testing::kOtherLane;
using testing::kTeam;
using testing::Scratch;
using testing::World;

/// Lanes that hold and have applied what the test says.
class SaidLanes final : public testing::NoStore {
 public:
  std::vector<LaneState> states() const override { return said_states; }
  log::Offset applied(LaneKey lane) const override { return has_applied.contains(lane) ? has_applied.at(lane) : 0; }
  std::vector<HotDay> hot_days() const override { return hot; }

  std::map<LaneKey, log::Offset> has_applied;
  std::vector<HotDay> hot;
  std::vector<LaneState> said_states;
};

/// Runs until so many orders were given and says how many were; fewer where they do not come.
std::size_t run_until(Maintenance& maintenance, std::size_t expected) {
  std::size_t orders = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (orders < expected && std::chrono::steady_clock::now() < deadline) {
    orders += maintenance.run();
    std::this_thread::sleep_for(Millis{2});
  }
  return orders;
}

/// Starts again with another team, which has one hit of its site 5, whose file is no database; the true one is `kept`.
/// Returns the place of the file.
fs::path stop_other_lane(World& w, const fs::path& kept) {
  w.site(SiteKey{5}, kOther, kOtherLane);
  w.hit(hit_of(5, 1, from_ms(kNoon)), kOtherLane);
  w.await(1);
  w.stop();
  fs::path file = w.dir / "tenants" / kOther.str() / "hitkeep.db";
  fs::rename(file, kept);
  std::ofstream(file) << "no database";
  w.open_log();
  w.start();
  return file;
}

Hit hit_at(std::int64_t minute, std::uint32_t person = 1) {
  return hit_of(0, person, from_ms(kNoon + minute * 60'000LL));
}

TEST(Store, AppliesWhatTheLogHoldsAndTellsWhichSitesChanged) {
  const Scratch dir;
  World w(dir.path());
  w.site(SiteKey{0}, kTeam, LaneKey::first_team);
  w.hit(hit_at(0));
  Hit event = hit_at(1);
  event.kind = HitKind::event;
  event.event_name = "signup";
  w.hit(event);
  w.start();
  w.await(2);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 1);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_events"), 1);
  EXPECT_EQ(w.number("SELECT count(*) FROM hits"), 1);
  EXPECT_EQ(w.number("SELECT count(*) FROM lane_info WHERE team_id = '" + kTeam.str() + "'"), 1);
  {
    const std::scoped_lock lock(w.mutex);
    ASSERT_FALSE(w.seen.empty());
    EXPECT_EQ(w.seen[0].site, SiteKey{0});
    EXPECT_EQ(w.seen[0].earliest, from_ms(kNoon));
  }
  EXPECT_EQ(w.store->hot_days().size(), 1u);
  w.stop();
  EXPECT_FALSE(fs::exists(dir / "hitkeep.db.wal"));
}

TEST(Store, StartedAgainItTakesEachRecordOnce) {
  const Scratch dir;
  World w(dir.path());
  for (int life = 0; life < 3; ++life) {
    if (life > 0) w.open_log();
    w.start();
    for (int i = 0; i < 20; ++i) w.hit(hit_at(life * 20 + i));
    w.stop();
  }
  w.open_log();
  w.start();
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 60);
  EXPECT_EQ(w.number("SELECT count(DISTINCT log_offset) FROM hot_hits"), 60);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_visits"), 1);
  EXPECT_EQ(w.store->lag(), Millis{0});
  EXPECT_EQ(w.store->applied(), w.log->durable_end());
}

TEST(Store, ACopyWithoutItsMapKnowsItsVisitorsFromTheLog) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  for (std::uint32_t person = 1; person <= 3; ++person) w.hit(hit_at(0, person));
  w.stop();
  fs::remove_all(VisitorMap::directory_of(dir / "hitkeep.db"));
  w.open_log();
  w.start();
  for (std::uint32_t person = 3; person <= 4; ++person) w.hit(hit_at(1, person));
  w.await(5);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_visitors"), 4);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_visits"), 4);
}

TEST(Store, HashesOfASealedDayAreOverwrittenAsSoonAsCheckpointsAreNotHeld) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  w.hit(hit_at(0));
  w.stop();
  const fs::path map = VisitorMap::directory_of(dir / "hitkeep.db");
  ASSERT_FALSE(fs::is_empty(map));
  w.open_log();
  w.start();
  auto held = log::hold(w.store->followers());
  ASSERT_TRUE(held);
  w.seal(SiteKey{0}, hit_at(0).day);
  World::eventually([&] { return w.store->hot_rows() == 0; });
  EXPECT_FALSE(fs::is_empty(map)) << "a copy that is being made may lack the seal";
  held->reset();
  World::eventually([&] { return fs::is_empty(map); });
}

TEST(Store, WhatWaitsInTheLogHasItsAgeFromTheFirstMoment) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  w.hit(hit_at(0));
  w.await(1);
  w.stop();
  w.open_log();
  w.append({1, static_cast<std::uint8_t>(RecordKind::rewrite_month), kRecordVersion, encode(RewriteOrder{20'758})});
  w.hit(hit_at(10));
  w.hit(hit_at(20));
  w.clock.advance(std::chrono::hours(1));
  const auto opened = w.open_store();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(w.store->lag(), std::chrono::minutes(50));
  EXPECT_NE(w.registry.render().find("hitkeep_apply_lag_seconds 3000\n"), std::string::npos);
  w.clock.advance(std::chrono::seconds(2));
  EXPECT_NE(w.registry.render().find("hitkeep_apply_lag_seconds 3002\n"), std::string::npos);
  w.stop();
  w.open_log();
  w.start();
  w.await(3);
  w.stop();  // behind the last batch
  w.open_log();
  w.start();
  EXPECT_EQ(w.store->lag(), Millis{0});
}

TEST(Store, ANewTeamGetsItsFileWithItsFirstSite) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  w.hit(hit_at(0));
  w.site(SiteKey{5}, kOther, kOtherLane);
  w.hit(hit_of(5, 1, from_ms(kNoon)), kOtherLane);
  w.await(2);
  EXPECT_EQ(w.number("SELECT count(*) FROM hits", kOtherLane), 1);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 1);
  w.stop();
  EXPECT_TRUE(fs::exists(dir.path() / "tenants" / kOther.str() / "hitkeep.db"));
  // Found again by what is in it.
  w.open_log();
  w.start();
  w.hit(hit_of(5, 1, from_ms(kNoon + 1000)), kOtherLane);
  w.await(3);
  EXPECT_EQ(w.number("SELECT count(*) FROM hits", kOtherLane), 2);
}

TEST(Store, AQuestionForASiteThatHasJustComeWaitsForItsFile) {
  const Scratch dir;
  World w(dir.path());
  for (int i = 0; i < 2'000; ++i) w.hit(hit_at(i));  // something is before it
  w.site(SiteKey{5}, kOther, kOtherLane);
  w.start();
  const auto lease = w.store->read(kOtherLane);
  EXPECT_TRUE(lease) << lease.error().message;
  w.await(2'000);
  const auto never = w.store->read(LaneKey{77});
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, Code::unavailable);
}

/// A log that no longer reaches back to its beginning.
void lose_log(World& w) {
  const log::Mark mark{w.log->timeline(), w.log->durable_end()};
  w.stop();
  fs::remove_all(w.dir / "log");
  log::Recovery recovery;
  w.log = log::open_on(log::posix_files(),
                       {.directory = w.dir / "log",
                        .segment_bytes = 1u << 20,
                        .agree = [&](const log::Extent&) -> Result<log::Mark> { return mark; }},
                       w.clock, w.registry, recovery)
              .value();
}

TEST(Store, AnOrderRightBehindANewSiteFindsItThere) {
  const Scratch dir;
  World w(dir.path());
  w.site(SiteKey{0}, kTeam, LaneKey::first_team);
  w.seal(SiteKey{0}, 20'760);
  w.hit(hit_at(0));
  w.start();
  w.await(1);
  EXPECT_EQ(w.number("SELECT count(*) FROM sites"), 1);
}

TEST(Store, AMissingFileIsToldAndWhatIsForItWaits) {
  const Scratch dir;
  World w(dir.path());
  w.lanes = {{kOtherLane, kOther, SiteKey{5}}};
  w.start();
  w.site(SiteKey{5}, kOther, kOtherLane);
  w.hit(hit_of(5, 1, from_ms(kNoon)), kOtherLane);
  w.await(1);
  lose_log(w);
  const fs::path file = dir.path() / "tenants" / kOther.str() / "hitkeep.db", away = dir / "away.db";
  fs::rename(file, away);
  w.start();
  const auto states = w.store->states();
  ASSERT_EQ(states.size(), 2u);
  EXPECT_TRUE(states[1].stopped);
  EXPECT_NE(states[1].words.find("is missing or empty"), std::string::npos) << states[1].words;
  EXPECT_NE(states[1].words.find("`hitkeep mend`"), std::string::npos);
  w.hit(hit_of(5, 1, from_ms(kNoon + 1'000)), kOtherLane);
  w.site(SiteKey{6}, kOther, kOtherLane);  // a later site does not make it anew
  w.hit(hit_at(0));
  w.await(2);
  EXPECT_FALSE(w.store->read(kOtherLane));
  EXPECT_FALSE(fs::exists(file));
  EXPECT_NE(w.registry.render().find("hitkeep_dead_letters_total 0"), std::string::npos);
  fs::rename(away, file);  // the volume is mounted
  w.await(3);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits", kOtherLane), 2);
  EXPECT_EQ(w.number("SELECT count(*) FROM sites", kOtherLane), 2);
}

TEST(Store, AMissingFileIsMadeAgainFromAWholeLog) {
  const Scratch dir;
  World w(dir.path());
  w.lanes = {{kOtherLane, kOther, SiteKey{5}}};
  w.start();
  w.site(SiteKey{5}, kOther, kOtherLane);
  w.hit(hit_of(5, 1, from_ms(kNoon)), kOtherLane);
  w.hit(hit_at(0));
  w.await(2);
  w.stop();
  fs::remove_all(dir.path() / "tenants");
  w.open_log();
  w.start();
  w.await(3);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits", kOtherLane), 1);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 1) << "nothing twice";
}

/// Control data may be ahead of the lanes: the file was never made.
TEST(Store, AFileWhoseFirstSiteIsStillToComeIsMadeWithIt) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  w.hit(hit_at(0));
  w.await(1);
  lose_log(w);
  w.lanes = {{kOtherLane, kOther, SiteKey{5}}};
  w.site(SiteKey{5}, kOther, kOtherLane);
  w.hit(hit_of(5, 1, from_ms(kNoon)), kOtherLane);
  w.start();
  w.await(2);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits", kOtherLane), 1);
  EXPECT_EQ(w.store->states()[1].trouble, Trouble::none);
}

TEST(Store, NoFileIsMadeWhileASnapshotIsTaken) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  const fs::path file = dir.path() / "tenants" / kOther.str() / "hitkeep.db";
  auto held = log::hold(w.store->followers());
  ASSERT_TRUE(held);
  w.hit(hit_at(0));
  w.await(1);
  w.site(SiteKey{5}, kOther, kOtherLane);
  w.hit(hit_of(5, 1, from_ms(kNoon)), kOtherLane);
  std::this_thread::sleep_for(Millis{100});
  EXPECT_FALSE(fs::exists(file));
  held->reset();
  w.await(2);
  EXPECT_TRUE(fs::exists(file));
}

TEST(Store, ALaneThatCannotBeOpenedStopsAloneAndCatchesUp) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  const fs::path file = stop_other_lane(w, dir / "kept.db");
  w.hit(hit_at(0));
  w.hit(hit_of(5, 1, from_ms(kNoon + 1000)), kOtherLane);
  w.site(SiteKey{6}, kOther, kOtherLane);
  w.hit(hit_of(6, 1, from_ms(kNoon + 2000)), kOtherLane);
  w.await(2);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 1);
  const auto refused = w.store->read(kOtherLane);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_NE(w.registry.render().find("hitkeep_lane_stopped 1"), std::string::npos);
  fs::rename(dir / "kept.db", file);
  w.await(4);
  EXPECT_EQ(w.number("SELECT count(*) FROM hits", kOtherLane), 3);
  EXPECT_EQ(w.number("SELECT count(*) FROM sites", kOtherLane), 2);
}

TEST(Store, ALogThatCannotBeReadForAWhileIsReadAgain) {
  for (const int error : {EIO, ENOMEM}) {
    const Scratch dir;
    log::MemoryFiles files;
    World w(dir.path(), &files);
    w.start();
    w.hit(hit_at(0));
    w.await(1);
    EXPECT_TRUE(w.works());
    files.read_error = error;
    w.hit(hit_at(1));
    w.eventually([&] { return !w.works(); });
    EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 1) << "what is applied can be asked";
    w.clock.advance(Millis{5'000});
    EXPECT_GE(w.store->lag(), Millis{5'000});
    files.read_error = 0;
    w.await(2);
    w.eventually([&] { return w.works().has_value(); });
    EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 2);
  }
}

TEST(Store, WithoutALaneThatCanBeWrittenItDoesNotWork) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  w.hit(hit_at(0));
  w.await(1);
  EXPECT_TRUE(w.works());
  // Whatever is set aside has no place to go: the lane stops.
  std::ofstream(dir / "dead-letter") << "a file";
  w.append({1, static_cast<std::uint8_t>(RecordKind::hit), kRecordVersion, "nonsense"});
  w.eventually([&] { return !w.works(); });
  fs::remove(dir / "dead-letter");
  w.eventually([&] { return w.works().has_value(); });
}

/// Waits until the first lane stands as asked for.
bool comes_to(const World& w, Trouble trouble) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (w.store->states()[0].trouble != trouble) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(Millis{5});
  }
  return true;
}

TEST(Store, OnAFullDiskReadersGoOnWithWhatWasApplied) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  // At once, so that the log stays far smaller than the WAL, and has room where the WAL has none.
  for (std::uint32_t person = 1; person <= 2'000; ++person)
    w.log->append({static_cast<std::uint32_t>(LaneKey::first_team), static_cast<std::uint8_t>(RecordKind::hit),
                   kRecordVersion, encode(hit_at(0, person))},
                  [](Result<log::Offset> at) { EXPECT_TRUE(at); });
  w.await(2'000);
  EXPECT_FALSE(w.store->behind(LaneKey::first_team));
  {
    auto lease = w.store->read(LaneKey::first_team);  // somebody who reads all the time
    ASSERT_TRUE(lease);
    const FullDisk full(fs::file_size(dir / "hitkeep.db.wal"));
    for (int i = 0; i < 5; ++i) w.hit(hit_at(i));
    ASSERT_TRUE(comes_to(w, Trouble::disk_full));
    EXPECT_TRUE(w.store->behind(LaneKey::first_team));
    for (int i = 0; i < 20; ++i) {  // and through its tries to come back
      EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 2'000);
      std::this_thread::sleep_for(Millis{5});
    }
  }
  w.await(2'005);
  EXPECT_TRUE(comes_to(w, Trouble::none));
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 2'005);
}

TEST(Store, AfterACheckpointThatFailedInItsMiddleReadersGoOn) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  for (int i = 0; i < 50; ++i) w.hit(hit_at(i));
  w.await(50);
  {
    // Room for the log and the WAL, none for new blocks of the database.
    const FullDisk full(fs::file_size(dir / "hitkeep.db"));
    w.seal(SiteKey{0}, 20'760);
    ASSERT_TRUE(comes_to(w, Trouble::disk_full));
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(w.number("SELECT (SELECT count(*) FROM hot_hits) + (SELECT count(*) FROM sealed_hits)"), 50);
      std::this_thread::sleep_for(Millis{10});
    }
  }
  EXPECT_TRUE(comes_to(w, Trouble::none));
  w.hit(hit_at(60));
  w.await(51);
  EXPECT_EQ(w.number("SELECT (SELECT count(*) FROM hot_hits) + (SELECT count(*) FROM sealed_hits)"), 51);
}

TEST(Store, DamageIsToldOncePerFileAndCountedEachTime) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  w.store->saw_damage(LaneKey::first_team, {Code::unavailable, "IO Error: Corrupt database file", "", {}});
  w.store->saw_damage(LaneKey::first_team, {Code::unavailable, "IO Error: Corrupt database file", "", {}});
  w.store->saw_damage(LaneKey{77}, {Code::unavailable, "of no file", "", {}});
  EXPECT_EQ(w.store->states()[0].trouble, Trouble::damaged);
  EXPECT_NE(w.registry.render().find("hitkeep_damaged_reads_total 2"), std::string::npos);
}

/// Hits wait in the log, what can be read is read, other lanes go on, the file is left as it is; put right, it has all.
TEST(Store, AStartWithRowsThatCannotBeReadStopsThatLaneAlone) {
  const Scratch dir;
  const fs::path file = dir / "hitkeep.db";
  std::int64_t block = -1;
  {
    World w(dir.path());
    w.heal_copies = false;
    w.start();
    w.site(SiteKey{2}, kOther, kOtherLane);
    for (int i = 0; i < 200; ++i) {
      Hit hit = hit_at(i);
      hit.path = "/" + std::to_string(i * 7'919) + std::string(1'500, 'x');  // texts in blocks of their own
      w.hit(hit);
    }
    w.await(200);
    w.stop();
    auto database = db::DuckDatabase::open(file, {.read_only = true, .temp_directory = {}}).value();
    auto rows = database->connect().value()->query(
        "SELECT max(block_id) FROM pragma_storage_info('texts') WHERE column_name = 'text' AND segment_type <> "
        "'VALIDITY'");
    ASSERT_TRUE((*rows)->next().value());
    block = (*rows)->i64(0);
  }
  const testing::DamagedBlock damage(file, block);
  const auto written = fs::last_write_time(file);
  {
    World w(dir.path());
    w.heal_copies = false;
    w.start();
    const auto states = w.store->states();
    EXPECT_TRUE(states[0].stopped && states[0].trouble == Trouble::damaged);
    EXPECT_FALSE(states[1].stopped);
    EXPECT_TRUE(w.works());
    w.hit(hit_at(5'000));
    w.hit(hit_at(5'001), kOtherLane);
    w.await(1);
    EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits", kOtherLane), 1);
    EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 200);
    EXPECT_EQ(w.store->applied(LaneKey::first_team), 0u) << "the log keeps what it may need";
  }
  EXPECT_EQ(fs::last_write_time(file), written);
  damage.mend();
  World w(dir.path());
  w.heal_copies = false;
  w.start();
  w.await(1);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 201);
}

TEST(Store, ALookRefusesWhatAStartWould) {
  const Scratch dir;
  const StoreOptions options{.first_file = dir / "hitkeep.db", .tenants = dir / "tenants"};
  EXPECT_EQ(Store::look(options, {})->front().mark, log::Mark{});  // nothing there yet
  EXPECT_FALSE(fs::exists(dir / "hitkeep.db"));
  log::Mark mark;
  {
    World w(dir.path());
    w.start();
    w.hit(hit_at(0));
    w.await(1);
    mark = {w.log->timeline(), w.log->durable_end()};
  }
  EXPECT_EQ(Store::look(options, {})->front().mark, mark);
  std::ofstream(dir / "hitkeep.db") << "something else";
  EXPECT_FALSE(Store::look(options, {}));
}

TEST(Store, WithoutItsFirstFileItDoesNotOpen) {
  const Scratch dir;
  World w(dir.path());
  std::ofstream(dir / "hitkeep.db") << "something else";
  const auto opened = w.open_store();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("hitkeep.db"), std::string::npos);
}

TEST(Store, WhatCannotBeReadIsPutAsideAndBlocksNothing) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  w.append({1, static_cast<std::uint8_t>(RecordKind::hit), kRecordVersion, "nonsense"});
  w.append({1, 99, kRecordVersion, "a kind of tomorrow"});
  w.append({1, static_cast<std::uint8_t>(RecordKind::seal), kRecordVersion, "\xFF"});
  w.append({77, static_cast<std::uint8_t>(RecordKind::hit), kRecordVersion, encode(hit_at(0))});
  w.append({0, control::kChangeKind, control::kChangeVersion, "no change"});
  w.hit(hit_at(0));
  w.await(1);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 1);
  w.stop();
  EXPECT_NE(w.registry.render().find("hitkeep_dead_letters_total 5"), std::string::npos);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir / "dead-letter"), fs::directory_iterator{}), 10)
      << "each with what people want to know of it";
}

TEST(Store, ALeaseThatOutlivesTheStoreIsHarmless) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  auto lease = w.store->read(LaneKey::first_team);
  ASSERT_TRUE(lease);
  auto moved = std::move(*lease);
  w.stop();
  EXPECT_TRUE(moved->query("SELECT 1"));
}

TEST(Maintenance, SealsADayWhenItsLocalMidnightIsWellPastAlsoWhenClocksChange) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  db::Zones zones(w.store->icu());
  auto berlin = *zones.find("Europe/Berlin");
  // 2026-10-25 has 25 hours in Berlin: it ends at 23:00 UTC.
  const Day day = 20'751;
  const TimeMs end = berlin->start_of(day + 1);
  ASSERT_EQ(end, from_ms(day * 86'400'000LL + 23 * 3'600'000LL));
  Maintenance maintenance(*w.store, *w.log, w.clock, [&](SiteKey) { return berlin; });
  Hit h = hit_of(0, 1, end - std::chrono::minutes(5));
  h.day = day;
  w.hit(h);
  h.at = end + std::chrono::minutes(5);
  h.day = day + 1;
  w.hit(h);
  w.await(2);
  w.clock.set(end + kSealDelay - Millis{1});
  EXPECT_EQ(maintenance.run(), 0u);
  w.clock.set(end + kSealDelay);
  EXPECT_EQ(maintenance.run(), 1u);
  w.stop();
  w.open_log();
  w.start();
  EXPECT_EQ(w.number("SELECT count(*) FROM sealed_hits"), 1);
  EXPECT_EQ(w.number("SELECT count(*) FROM hot_hits"), 1);
  EXPECT_EQ(w.number("SELECT count(*) FROM sealed_days WHERE day = DATE '2026-10-25'"), 1);
}

TEST(Maintenance, ALaneGetsNoOrdersUntilItHasAppliedItsLast) {
  const Scratch dir;
  World w(dir.path());
  SaidLanes lanes;
  Maintenance maintenance(lanes, *w.log, w.clock, [](SiteKey) { return nullptr; });
  const auto over = [](LaneKey lane, Day day) {
    return HotDay{lane, {SiteKey{static_cast<std::uint32_t>(lane)}, day}, {.all = 1}};
  };
  lanes.hot = {over(LaneKey::first_team, 20'000), over(kOtherLane, 20'000)};
  EXPECT_EQ(run_until(maintenance, 2), 2u);
  w.hit(hit_at(0));  // behind the orders: they are on the disk now

  lanes.hot = {over(LaneKey::first_team, 20'001), over(kOtherLane, 20'001)};
  lanes.has_applied[LaneKey::first_team] = w.log->durable_end();
  EXPECT_EQ(run_until(maintenance, 1), 1u);
  w.hit(hit_at(1));  // on the disk, too, and the lane has not applied it
  EXPECT_EQ(maintenance.run(), 0u);

  lanes.has_applied[kOtherLane] = w.log->durable_end();
  EXPECT_EQ(run_until(maintenance, 1), 1u);
}

/// What a run of the maintenance gave, lane by lane: days of a seal.
struct Orders {
  explicit Orders(World& world) : w(world), reader(world.log->read(world.log->durable_end()).value()) {}
  /// Of the next order there is.
  std::size_t days(LaneKey lane) {
    const auto entry = reader->next(std::chrono::seconds(20)).value();
    if (!entry || LaneKey{entry->record.lane} != lane) return 0;
    at = entry->offset;
    return decode_seal(entry->record.payload, entry->record.version)->days.size();
  }
  World& w;
  std::unique_ptr<log::Reader> reader;
  log::Offset at = 0;
};

TEST(Maintenance, ALaneGetsNoOrdersBeforeItHasAppliedWhatWasThereAtTheStart) {
  const Scratch dir;
  World w(dir.path());
  w.hit(hit_at(0));
  SaidLanes lanes;
  lanes.said_states = {{.lane = LaneKey::first_team}, {.lane = kOtherLane}};
  lanes.has_applied[kOtherLane] = w.log->durable_end();
  Maintenance maintenance(lanes, *w.log, w.clock, [](SiteKey) { return nullptr; });
  lanes.hot = {{LaneKey::first_team, {SiteKey{0}, 20'000}, {.all = 1}}, {kOtherLane, {SiteKey{7}, 20'000}, {.all = 1}}};
  Orders orders(w);
  EXPECT_EQ(maintenance.tick(), 1u);
  EXPECT_EQ(orders.days(kOtherLane), 1u);
  EXPECT_EQ(maintenance.tick(), 0u);
  lanes.has_applied[LaneKey::first_team] = w.log->durable_end();
  lanes.said_states[0].catching_up = true;
  EXPECT_EQ(maintenance.tick(), 0u);
  lanes.said_states[0].catching_up = false;
  EXPECT_EQ(maintenance.tick(), 1u) << "not with the next minute";
  EXPECT_EQ(orders.days(LaneKey::first_team), 1u);
}

TEST(Maintenance, OrdersAreNeitherManyNorLargeAtOnceAndTheNextComesWhenOneIsObeyed) {
  const Scratch dir;
  World w(dir.path());
  SaidLanes lanes;
  Maintenance maintenance(lanes, *w.log, w.clock, [](SiteKey) { return nullptr; });
  for (std::uint32_t site = 1; site <= 3; ++site)
    lanes.hot.push_back({LaneKey::first_team, {SiteKey{site}, 20'000}, {.all = kOrderRows * 2 / 5}});
  lanes.hot.push_back({kOtherLane, {SiteKey{7}, 20'000}, {.all = kOrderRows / 2}});
  Orders orders(w);
  EXPECT_EQ(maintenance.tick(), 1u) << "of the other lane there are too many rows beside it";
  EXPECT_EQ(orders.days(LaneKey::first_team), 2u);
  w.eventually([&] { return w.log->durable_end() == orders.at; });
  w.clock.advance(kLookEvery - Millis{1});
  EXPECT_EQ(maintenance.tick(), 0u);
  lanes.has_applied[LaneKey::first_team] = orders.at;
  lanes.hot.erase(lanes.hot.begin(), lanes.hot.begin() + 2);
  EXPECT_EQ(run_until(maintenance, 2), 2u);  // the last day of the first lane, and the other one
  lanes.hot.clear();
  for (std::uint32_t lane = 10; lane < 10 + 2 * kMostOrders; ++lane)
    lanes.hot.push_back({LaneKey{lane}, {SiteKey{lane}, 20'000}, {.all = 1}});
  EXPECT_EQ(run_until(maintenance, kMostOrders - 2), kMostOrders - 2);
  EXPECT_EQ(maintenance.run(), 0u);
  for (std::uint32_t lane = 10; lane < 10 + kMostOrders; ++lane)
    lanes.said_states.push_back({.lane = LaneKey{lane}, .stopped = true});
  EXPECT_EQ(maintenance.run(), kMostOrders - 2) << "nobody knows when they come back";
}

TEST(Maintenance, RowsThatArriveLateWaitUntilThereAreManyOrForHours) {
  const Scratch dir;
  World w(dir.path());
  SaidLanes lanes;
  Maintenance maintenance(lanes, *w.log, w.clock, [](SiteKey) { return nullptr; });
  HotDay few{LaneKey::first_team, {SiteKey{1}, 20'000}, {.all = kLateRows - 1, .late = kLateRows - 1}};
  const HotDay many{kOtherLane, {SiteKey{2}, 20'000}, {.all = kLateRows, .late = kLateRows}};
  lanes.hot = {few};
  EXPECT_EQ(maintenance.run(), 0u);
  w.clock.advance(kLateWait - Millis{1});
  EXPECT_EQ(maintenance.run(), 0u);
  lanes.hot = {few, many};
  Orders orders(w);
  EXPECT_EQ(maintenance.run(), 1u);
  EXPECT_EQ(orders.days(kOtherLane), 1u);
  lanes.has_applied[kOtherLane] = orders.at;
  lanes.hot = {few};
  w.clock.advance(Millis{1});
  EXPECT_EQ(run_until(maintenance, 1), 1u);
  EXPECT_EQ(orders.days(LaneKey::first_team), 1u);
  w.eventually([&] { return w.log->durable_end() == orders.at; });
  lanes.has_applied[LaneKey::first_team] = orders.at;
  EXPECT_EQ(maintenance.run(), 0u) << "what comes next waits anew";
  lanes.hot = {HotDay{few.lane, few.day, {.all = 2, .late = 1}}};
  EXPECT_EQ(run_until(maintenance, 1), 1u) << "the day itself waits for nothing";
}

TEST(Maintenance, AStoppedLaneHoldsTheLogButNoOrdersOfOthers) {
  const Scratch dir;
  World w(dir.path());
  w.start();
  const fs::path file = stop_other_lane(w, dir / "kept.db");
  Maintenance maintenance(*w.store, *w.log, w.clock, [](SiteKey) { return nullptr; });
  for (std::int64_t day = 0; day < 3; ++day) {
    w.hit(hit_at(day * 24 * 60));
    w.await(static_cast<std::uint64_t>(day) + 2);
    w.clock.set(from_ms(kNoon) + std::chrono::days(day + 2));
    EXPECT_EQ(run_until(maintenance, 1), 1u);
  }
  EXPECT_EQ(w.store->applied(), 0u);  // nobody knows what it needs
  fs::rename(dir / "kept.db", file);
  EXPECT_EQ(run_until(maintenance, 1), 1u);
  w.stop();
  w.open_log();
  w.start();
  EXPECT_EQ(w.number("SELECT count(*) FROM sealed_hits"), 3);
  EXPECT_EQ(w.number("SELECT count(*) FROM sealed_hits", kOtherLane), 1);
}

TEST(Maintenance, SortsAMonthOnceItIsOverAndAgainWhenMuchWasAdded) {
  const Scratch dir;
  World w(dir.path());
  const auto utc = [](SiteKey) {
    std::vector<std::int64_t> midnights;
    for (Day d = 20'000; d < 21'500; ++d) midnights.push_back(d * 86'400'000LL);
    return std::make_shared<const db::Zone>("UTC", 20'000, midnights);
  };
  w.start();
  Maintenance maintenance(*w.store, *w.log, w.clock, utc);
  std::uint64_t appended = 0;
  // Everything before a marker is applied when the marker is; it is of a day that is never over here.
  const auto settle = [&] {
    w.hit(hit_of(1, 1, from_ms(20'900LL * 86'400'000 + static_cast<std::int64_t>(++appended))));
    w.await(appended);
  };
  // A run gives no orders while those of the last one are still on their way: asked again until the expected ones
  // came, then twice more for any that should not.
  const auto round = [&](const std::vector<Hit>& hits, std::size_t expected) {
    for (const Hit& h : hits) w.hit(h);
    appended += hits.size();
    settle();
    std::size_t orders = run_until(maintenance, expected);
    settle();
    for (int i = 0; i < 2; ++i) {
      orders += maintenance.run();
      settle();
    }
    EXPECT_EQ(orders, expected);
  };
  const auto late = [](int minute) {
    Hit h = hit_of(0, 1000 + static_cast<std::uint32_t>(minute), from_ms(20'740LL * 86'400'000 + minute * 60'000LL));
    h.late = true;
    return h;
  };
  std::vector<Hit> october;
  october.reserve(30);
  for (int i = 0; i < 30; ++i) october.push_back(hit_of(0, 1, from_ms((20'730LL + i % 20) * 86'400'000 + i)));
  w.clock.set(from_ms(20'757LL * 86'400'000));  // still October
  round(october, 1);                            // sealed only
  w.clock.set(from_ms(20'759LL * 86'400'000));
  round({}, 1);         // sorted
  round({late(1)}, 0);  // it waits
  w.clock.advance(kLateWait);
  round({}, 1);  // sealed; one in 31 is not worth it
  round({late(2)}, 0);
  w.clock.advance(kLateWait);
  round({}, 2);  // sealed and sorted again
  EXPECT_EQ(w.number("SELECT sorted FROM sealed_months"), 32);
  EXPECT_EQ(w.number("SELECT count(*) FROM sealed_hits"), 32);
}

}  // namespace
}  // namespace hk::store

#include "store/clone.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "base/testing/temp_dir.h"
#include "store/clone_keeper.h"
#include "store/lane.h"
#include "store/testing/world.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::hit_of;
using testing::kNoon;
using testing::kOther;
using testing::kOtherLane;
using testing::Scratch;
using testing::World;

const TimeMs kNow = from_ms(kNoon);

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

/// As a power cut leaves blocks that were being written: a page in the middle is not what the others are.
void tear(const fs::path& file) {
  std::string bytes = bytes_of(file);
  ASSERT_GT(bytes.size(), 3 * 4096u + 65'536);
  for (std::size_t at = 3 * 4096 + 4096; at + 4096 <= bytes.size(); at += 65'536)
    for (std::size_t i = 0; i < 4096; ++i) bytes[at + i] = static_cast<char>(~bytes[at + i]);
  write(file, bytes);
}

CloneFacts facts() {
  return {.lane = LaneKey::first_team,
          .last = CloneNote{.holds = 1'000, .wants = 900, .taken = kNow},
          .changed = true,
          .file_bytes = 100,
          .free_bytes = 200,
          .log_begin = 900,
          .log_end = 1'100,
          .log_bound = 4'000};
}

TEST(Clones, OneIsTakenWhenItsFileChangedAndItIsADayOld) {
  const auto almost = kNow + kCloneAge - Millis{1}, then = kNow + kCloneAge;
  EXPECT_EQ(next_step(facts(), almost), CloneStep::none);
  EXPECT_EQ(next_step(facts(), then), CloneStep::take);
  auto same = facts();
  same.changed = false;
  same.log_begin = 5'000;
  EXPECT_EQ(next_step(same, then + kCloneAge), CloneStep::none) << "a file that did not change";
  auto none = facts();
  none.last.reset();
  EXPECT_EQ(next_step(none, kNow), CloneStep::take);
  EXPECT_EQ(next_step(facts(), kNow - Millis{1}), CloneStep::take) << "the clock was ahead when it was taken";
}

TEST(Clones, OneIsTakenSoonerWhenTheLogGoesOn) {
  auto busy = facts();
  busy.log_end = 1'000 + 4'000 / kCloneLogShare;
  EXPECT_EQ(next_step(busy, kNow), CloneStep::none);
  ++busy.log_end;
  EXPECT_EQ(next_step(busy, kNow), CloneStep::take);
  auto stale = facts();
  stale.log_begin = 901;
  EXPECT_TRUE(stale.stale());
  EXPECT_EQ(next_step(stale, kNow), CloneStep::take) << "it can heal nothing";
}

TEST(Clones, NoneIsTakenWithoutRoomOrOfRowsThatCannotBeRead) {
  auto full = facts();
  full.last.reset();
  full.free_bytes = 199;
  EXPECT_EQ(next_step(full, kNow), CloneStep::no_room);
  full.free_bytes = 200;
  EXPECT_EQ(next_step(full, kNow), CloneStep::take);
  full.damaged = true;
  EXPECT_EQ(next_step(full, kNow), CloneStep::none) << "a whole one is better than a newer one";
}

TEST(Clones, ANoteIsReadBackOrNotAtAll) {
  const Scratch dir;
  const fs::path file = dir / "hitkeep.db";
  EXPECT_FALSE(clone_note(file));
  const CloneNote note{.mark = {.timeline = kOther.uuid, .offset = 70},
                       .holds = 80,
                       .wants = 60,
                       .taken = kNow,
                       .noted = kNow + Millis{5},
                       .written = {.bytes = 4096, .at_ns = 1'234'567'890'123},
                       .from_log = true};
  ASSERT_TRUE(save(file, note));
  const auto read = clone_note(file);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->mark, note.mark);
  EXPECT_EQ(std::tuple(read->holds, read->wants, read->taken, read->noted, read->from_log),
            std::tuple(note.holds, note.wants, note.taken, note.noted, true));
  EXPECT_EQ(read->written, note.written);
  for (const std::string& name : names_in(dir.path())) EXPECT_TRUE(is_of_clone(name)) << name;
  std::string bytes = bytes_of(dir / "hitkeep.db.clone.note");
  bytes[10] = static_cast<char>(~bytes[10]);
  write(dir / "hitkeep.db.clone.note", bytes);
  EXPECT_FALSE(clone_note(file));
  EXPECT_FALSE(is_of_clone("hitkeep.db") || is_of_clone("hitkeep.db.wal") || is_of_clone("clone.db"));
}

TEST(Clones, ACopyHasEveryByteAndEndsWhenToldTo) {
  const Scratch dir;
  std::string bytes;
  for (std::size_t i = 0; i < 3'000'017; ++i) bytes += static_cast<char>(i * 31 % 251);
  write(dir / "a", bytes);
  const Descriptor from(::open((dir / "a").c_str(), O_RDONLY | O_CLOEXEC));
  for (const std::uint64_t pace : {std::uint64_t{0}, std::uint64_t{1'000'000'000}}) {
    const fs::path to = dir / ("b" + std::to_string(pace));
    ASSERT_TRUE(copy_file(from.get(), to, pace));
    EXPECT_TRUE(bytes_of(to) == bytes);
    EXPECT_EQ(fs::status(to).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_FALSE(copy_file(from.get(), to, pace)) << "it writes over nothing";
  }
  std::stop_source told;
  told.request_stop();
  EXPECT_FALSE(copy_file(from.get(), dir / "c", 1, told.get_token())) << "a byte a second would take a month";
}

/// Whether files there can have blocks in common.
bool shares_blocks(const hk::testing::TempDir& dir) {
  write(dir / "shares", "a");
  const Descriptor from(::open((dir / "shares").c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor to(::open((dir / "shared").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  return ::ioctl(to.get(), FICLONE, from.get()) == 0;
}

TEST(Clones, ACopyKeepsItsPace) {
  const hk::testing::TempDir dir;
  if (shares_blocks(dir)) GTEST_SKIP() << "no bytes are copied there";
  write(dir / "a", std::string(4u << 20, 'x'));
  const Descriptor from(::open((dir / "a").c_str(), O_RDONLY | O_CLOEXEC));
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(copy_file(from.get(), dir / "b", 16u << 20));
  EXPECT_GE(std::chrono::steady_clock::now() - began, Millis{250});
}

TEST(Clones, WhereBlocksAreSharedNoByteIsCopied) {
  const hk::testing::TempDir dir;
  if (!shares_blocks(dir)) GTEST_SKIP() << "the file system has no shared blocks: give TMPDIR one that has";
  const std::string bytes(4u << 20, 'x');
  write(dir / "a", bytes);
  const Descriptor from(::open((dir / "a").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(copy_file(from.get(), dir / "b", 1)) << "a byte a second would take a month";
  EXPECT_TRUE(bytes_of(dir / "b") == bytes);
}

TEST(Clones, ADamagedFileGoesAsideWithItsWalAndTheCloneStays) {
  const Scratch dir;
  const fs::path file = dir / "hitkeep.db";
  for (int n = 1; n <= 2; ++n) {
    write(file, "damaged");
    write(file.string() + ".wal", "wal");
    write(file.string() + ".wal.checkpoint", "more");
    write(clone_of(file), "clone");
    const auto aside = replace_damaged(file, true);
    ASSERT_TRUE(aside) << aside.error().message;
    EXPECT_EQ(*aside, file.string() + ".damaged-" + std::to_string(n));
    EXPECT_EQ(bytes_of(*aside), "damaged");
    EXPECT_EQ(bytes_of(aside->string() + ".wal"), "wal");
    EXPECT_EQ(bytes_of(file), "clone");
    EXPECT_EQ(bytes_of(clone_of(file)), "clone");
    EXPECT_FALSE(fs::exists(file.string() + ".wal") || fs::exists(file.string() + ".wal.checkpoint"));
  }
  ASSERT_TRUE(replace_damaged(file, false));
  EXPECT_FALSE(fs::exists(file));
}

TEST(Clones, WhatAnOperatorMayHaveMixedUpIsNoDamage) {
  const auto says = [](std::string words) { return means_damage({Code::unavailable, std::move(words), {}}); };
  EXPECT_TRUE(says("a.db cannot be read as a database. DuckDB says: IO Error: Corrupt database file: checksum"));
  EXPECT_TRUE(says("a.db cannot be read as a database. DuckDB says: INTERNAL Error: unforeseen"));
  EXPECT_FALSE(says("a.db is not a DuckDB database; nothing was changed."));
  EXPECT_FALSE(says("a.db was written by a newer HitKeep (migration x); start that version or newer."));
  EXPECT_FALSE(says("a.db is in use by another process; stop it first."));
  EXPECT_FALSE(says("a.db cannot be read as a database. DuckDB says: Out of Memory Error: failed"));
  EXPECT_FALSE(says("a.db cannot be opened: the disk is full."));
}

/// A world whose first file has hits and, where asked, a clone; the file is torn while it is closed.
class Heal : public ::testing::Test {
 protected:
  void hits(World& world, int count, LaneKey lane = LaneKey::first_team, std::uint32_t site = 0) {
    for (int i = 0; i < count; ++i) world.hit(hit_of(site, 1, kNow + Millis{1'000 * ++sent_}), lane);
  }
  static std::int64_t rows(World& world, LaneKey lane = LaneKey::first_team) {
    return world.number("SELECT count(*) FROM hot_hits", lane);
  }
  static double healed(World& world) {
    return world.registry.render().contains("hitkeep_files_healed_total 1") ? 1 : 0;
  }
  /// What a file of an earlier version has: nothing says that the log could have it all.
  void forget_beginning(const fs::path& file) {
    auto note = clone_note(file).value_or(CloneNote{});
    note.from_log = false;
    ASSERT_TRUE(save(file, note));
  }

  Scratch dir_;
  fs::path file_ = dir_ / "hitkeep.db";
  fs::path other_ = dir_ / "tenants" / kOther.str() / "hitkeep.db";
  int sent_ = 0;
};

TEST_F(Heal, ATornFileComesBackFromItsCloneAndTheLog) {
  {
    World w(dir_.path());
    w.start();
    hits(w, 30);
    w.await(30);
    ASSERT_TRUE(w.store->clone(LaneKey::first_team, {}));
    hits(w, 20);
    w.await(50);
  }
  forget_beginning(file_);
  tear(file_);
  for (int start = 0; start < 2; ++start) {
    World w(dir_.path());
    w.start();
    w.eventually([&] { return rows(w) == 50; });
    EXPECT_EQ(healed(w), start == 0 ? 1 : 0);
    EXPECT_FALSE(w.store->states()[0].stopped);
    EXPECT_TRUE(fs::exists(clone_of(file_))) << "it heals again, should the power go at once";
  }
  EXPECT_TRUE(fs::exists(file_.string() + ".damaged-1"));
  EXPECT_FALSE(fs::exists(file_.string() + ".damaged-2"));
}

TEST_F(Heal, AFileWithoutACloneIsMadeAnewWhileTheLogHasEverything) {
  {
    World w(dir_.path());
    w.start();
    hits(w, 30);
    w.await(30);
  }
  tear(file_);
  World w(dir_.path());
  w.start();
  w.await(30);
  EXPECT_EQ(rows(w), 30);
  EXPECT_EQ(healed(w), 1);
}

TEST_F(Heal, WithNothingToHealItTheStartRefusesAndTouchesNothing) {
  {
    World w(dir_.path());
    w.start();
    hits(w, 3);
    w.await(3);
    ASSERT_TRUE(w.store->clone(LaneKey::first_team, {}));
  }
  forget_beginning(file_);
  tear(file_);
  tear(clone_of(file_));
  const std::string was = bytes_of(file_);
  World w(dir_.path());
  const auto opened = w.open_store();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("hitkeep.db"));
  EXPECT_TRUE(bytes_of(file_) == was);
  EXPECT_FALSE(fs::exists(file_.string() + ".damaged-1"));
}

TEST_F(Heal, AnotherTeamsCloneTakesNoPlace) {
  {
    World w(dir_.path());
    w.start();
    w.site(SiteKey{5}, kOther, kOtherLane);
    hits(w, 3);
    hits(w, 4, kOtherLane, 5);
    w.await(7);
    ASSERT_TRUE(w.store->clone(LaneKey::first_team, {}));
    ASSERT_TRUE(w.store->clone(kOtherLane, {}));
    hits(w, 2, kOtherLane, 5);
    w.await(9);
  }
  forget_beginning(other_);
  tear(other_);
  const std::string own = bytes_of(clone_of(other_));
  fs::copy_file(clone_of(file_), clone_of(other_), fs::copy_options::overwrite_existing);
  {
    World w(dir_.path());
    w.start();
    EXPECT_LT(rows(w, kOtherLane), 0) << "who first needs a file at rest finds it so";
    w.eventually([&] { return w.store->states()[1].stopped; });
    EXPECT_FALSE(w.store->states()[0].stopped);
    EXPECT_EQ(healed(w), 0);
    // Put right while the program runs, it heals when it is tried again.
    write(clone_of(other_), own);
    w.eventually([&] { return rows(w, kOtherLane) == 6 && !w.store->states()[1].stopped; });
    EXPECT_EQ(healed(w), 1);
    EXPECT_EQ(rows(w), 3);
  }
}

TEST_F(Heal, SwitchedOffThereAreNoCopiesAndNothingHeals) {
  {
    World w(dir_.path());
    w.start();
    hits(w, 3);
    w.await(3);
    ASSERT_TRUE(w.store->clone(LaneKey::first_team, {}));
  }
  {
    World w(dir_.path());
    w.heal_copies = false;
    w.start();
    EXPECT_EQ(rows(w), 3);
    EXPECT_FALSE(fs::exists(clone_of(file_)));
    EXPECT_FALSE(clone_note(file_));
  }
  tear(file_);
  World w(dir_.path());
  w.heal_copies = false;
  EXPECT_FALSE(w.open_store());
}

TEST_F(Heal, EachCloneIsOneStateOfTheFileWhateverIsCommittedMeanwhile) {
  World w(dir_.path());
  w.start();
  std::atomic<bool> enough{false};
  std::jthread traffic([&] {
    while (!enough) hits(w, 1);
  });
  for (int n = 0; n < 4; ++n) {
    EXPECT_TRUE(w.store->clone(LaneKey::first_team, {}));
    const auto note = clone_note(file_);
    ASSERT_TRUE(note && note->has_clone());
    auto looked = Lane::look(clone_of(file_), {.temp_directory = {}});
    ASSERT_TRUE(looked && looked->damage.empty());
    EXPECT_EQ(looked->mark.offset, note->mark.offset);
    // As many as the log has up to there.
    auto reader = w.log->read(0).value();
    std::int64_t expected = 0;
    while (reader->position() < note->mark.offset && reader->next(Millis{0}).value()) ++expected;
    auto database = db::DuckDatabase::open(clone_of(file_), {.read_only = true, .temp_directory = {}}).value();
    auto rows = database->connect().value()->query("SELECT count(*) FROM hot_hits");
    ASSERT_TRUE((*rows)->next().value());
    EXPECT_EQ((*rows)->i64(0), expected);
  }
  enough = true;
  traffic.join();
  w.eventually([&] { return rows(w) == sent_; });
}

/// DuckDB's lock on its file would go when this process closed the file.
TEST_F(Heal, WhileItIsClonedAndAfterNobodyElseCanWriteTheFile) {
  World w(dir_.path());
  w.start();
  hits(w, 1);
  w.await(1);
  ASSERT_TRUE(w.store->clone(LaneKey::first_team, {}));
  ASSERT_TRUE(w.store->clone(LaneKey::first_team, {}));
  const pid_t child = ::fork();
  if (child == 0) {
    const int fd = ::open(file_.c_str(), O_RDWR);
    struct flock lock{.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
    ::_exit(fd >= 0 && ::fcntl(fd, F_SETLK, &lock) != 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(Heal, TheLogIsKeptForACloneForTwoDaysAndNotForOneThatHasEverything) {
  World w(dir_.path());
  w.start();
  hits(w, 3);
  w.await(3);
  const auto wants = [&] { return w.store->followers().front()->wants(); };
  EXPECT_FALSE(wants()) << "there is no clone yet";
  ASSERT_TRUE(w.store->clone(LaneKey::first_team, {}));
  const auto note = clone_note(file_);
  ASSERT_TRUE(note);
  // Also who today's visitors are, which no clone holds.
  EXPECT_EQ(wants(), w.log->read(0).value()->next(Millis{0}).value()->offset - 1);
  EXPECT_GT(note->holds, note->wants);
  hits(w, 3);
  w.await(6);
  EXPECT_TRUE(w.store->clone_facts().front().changed);
  EXPECT_EQ(wants(), note->wants);
  w.clock.advance(kCloneWish + Millis{1});
  EXPECT_FALSE(wants());
}

TEST_F(Heal, TheKeeperTakesWhatIsDueAndOnlyThat) {
  World w(dir_.path());
  w.start();
  w.site(SiteKey{5}, kOther, kOtherLane);
  hits(w, 3);
  hits(w, 3, kOtherLane, 5);
  w.await(6);
  CloneKeeper keeper(*w.store, w.clock, w.registry);
  EXPECT_EQ(keeper.run(), 2u);
  EXPECT_EQ(keeper.run(), 0u);
  hits(w, 1);
  w.await(7);
  EXPECT_EQ(keeper.run(), 0u) << "changed, but young";
  w.clock.advance(kCloneAge);
  EXPECT_EQ(keeper.run(), 1u) << "the other one did not change";
  EXPECT_THAT(w.registry.render(), HasSubstr("hitkeep_file_copies_total 3"));
}

}  // namespace
}  // namespace hk::store

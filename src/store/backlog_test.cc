#include "store/backlog.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/text.h"
#include "log/follower.h"
#include "store/testing/scratch.h"
#include "store/testing/world.h"
#include "store/visitor_map.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using testing::hit_of;
using testing::kNoon;
using testing::kOther;
using testing::kOtherLane;
using testing::Scratch;
using testing::World;

const LaneIdentity kWhose{kOtherLane, kOther};

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string as_bytes(std::uint64_t hash) {
  return {reinterpret_cast<const char*>(&hash), sizeof hash};
}

Hit hit(std::uint32_t person, std::int64_t second = 0) {
  Hit out = hit_of(5, person, from_ms(kNoon + second * 1'000));
  out.visitor = 0x1122334455667700 + person;
  return out;
}

/// A log that ends where the backlog does.
class Nothing final : public log::Reader {
 public:
  explicit Nothing(log::Offset at) : at_(at) {}
  Result<std::optional<log::Entry>> next(std::chrono::milliseconds) override { return std::nullopt; }
  log::Offset position() const override { return at_; }
  void wake() override {}

 private:
  log::Offset at_;
};

struct Told {
  std::vector<std::pair<log::Offset, Hit>> hits;
  log::Offset position = 0;
};
Told told(const Backlog& backlog, log::Offset from = 0) {
  Told out;
  auto reader = backlog.read(
      from, [](log::Offset at) -> Result<std::unique_ptr<log::Reader>> { return std::make_unique<Nothing>(at); });
  EXPECT_TRUE(reader);
  for (;;) {
    const auto read = (*reader)->next(Millis{0});
    EXPECT_TRUE(read) << read.error().message;
    if (!read || !*read) break;
    if (const auto hit = decode_hit((*read)->record.payload, (*read)->record.version))
      out.hits.emplace_back((*read)->offset, *hit);
  }
  out.position = (*reader)->position();
  return out;
}

TEST(Backlog, GivesBackWhatWasCopiedBehindAPlaceAndThenTheLog) {
  const Scratch dir;
  Backlog backlog(dir / "lanes", kWhose, {.timeline = {}, .offset = 100});
  backlog.add(200, hit(1));
  backlog.add(300, hit(2));
  ASSERT_TRUE(backlog.commit({.timeline = {}, .offset = 350}, from_ms(kNoon)));
  backlog.add(400, hit(3));
  ASSERT_TRUE(backlog.commit({.timeline = {}, .offset = 500}, from_ms(kNoon)));
  const auto all = Backlog::all(dir / "lanes");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]->identity().lane, kOtherLane);
  EXPECT_EQ(all[0]->from(), 100u);
  EXPECT_EQ(all[0]->to().offset, 500u);
  const auto whole = told(*all[0]);
  ASSERT_EQ(whole.hits.size(), 3u);
  EXPECT_EQ(whole.hits[0].first, 200u);
  EXPECT_EQ(whole.hits[2].second.visitor, hit(3).visitor);
  EXPECT_EQ(whole.hits[2].second.path, hit(3).path);
  EXPECT_EQ(whole.position, 500u);
  EXPECT_EQ(told(*all[0], 200).hits.size(), 2u);
  EXPECT_EQ(told(*all[0], 500).hits.size(), 0u);
}

TEST(Backlog, WhatACrashLeftBehindTheLastCommitIsWrittenOver) {
  const Scratch dir;
  {
    Backlog backlog(dir / "lanes", kWhose, {});
    backlog.add(200, hit(1));
    ASSERT_TRUE(backlog.commit({.timeline = {}, .offset = 200}, from_ms(kNoon)));
  }
  std::ofstream(dir / "lanes" / "2.backlog", std::ios::app) << "the beginning of an entry";
  const auto again = std::move(Backlog::all(dir / "lanes").at(0));
  EXPECT_EQ(told(*again).hits.size(), 1u);
  again->add(300, hit(2));
  ASSERT_TRUE(again->commit({.timeline = {}, .offset = 300}, from_ms(kNoon)));
  EXPECT_EQ(told(*again).hits.size(), 2u);
}

TEST(Backlog, DamageIsToldAndNothingBehindItIsGiven) {
  const Scratch dir;
  Backlog backlog(dir / "lanes", kWhose, {});
  for (std::uint32_t person = 1; person <= 3; ++person) backlog.add(log::Offset{person} * 100, hit(person));
  ASSERT_TRUE(backlog.commit({.timeline = {}, .offset = 300}, from_ms(kNoon)));
  const fs::path file = dir / "lanes" / "2.backlog";
  const auto at = bytes_of(file).size() / 2;
  std::fstream(file, std::ios::in | std::ios::out).seekp(static_cast<std::streamoff>(at)) << "rotten";
  auto reader = backlog.read(0, [](log::Offset) -> Result<std::unique_ptr<log::Reader>> {
    return fail(Code::internal, "nobody asks the log");
  });
  ASSERT_TRUE(reader);
  EXPECT_TRUE((*reader)->next(Millis{0}));
  const auto second = (*reader)->next(Millis{0});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("2.backlog is damaged at byte"), std::string::npos);
}

TEST(Backlog, HashesGoWhenTheirTimeIsOverAndVisitorsStayApart) {
  const Scratch dir;
  Backlog backlog(dir / "lanes", kWhose, {});
  Hit after_midnight = hit(1);
  after_midnight.visitor_before = hit(2).visitor;
  backlog.add(100, hit(1));
  backlog.add(200, hit(2));
  backlog.add(300, after_midnight);
  ASSERT_TRUE(backlog.commit({.timeline = {}, .offset = 300}, from_ms(kNoon)));
  backlog.add(400, hit(3));
  ASSERT_TRUE(backlog.commit({.timeline = {}, .offset = 400}, from_ms(kNoon) + std::chrono::hours(5)));
  EXPECT_FALSE(backlog.forget_hashes(from_ms(kNoon)).value());
  EXPECT_EQ(told(backlog).hits[0].second.visitor, hit(1).visitor);
  EXPECT_FALSE(backlog.forget_hashes(from_ms(kNoon) + std::chrono::hours(1)).value());
  const auto bytes = bytes_of(dir / "lanes" / "2.backlog");
  EXPECT_EQ(bytes.find(as_bytes(hit(1).visitor)), bytes.npos);
  EXPECT_EQ(bytes.find(as_bytes(hit(2).visitor)), bytes.npos);
  EXPECT_NE(bytes.find(as_bytes(hit(3).visitor)), bytes.npos) << "it was copied later";
  const auto now = told(*Backlog::all(dir / "lanes").at(0)).hits;
  ASSERT_EQ(now.size(), 4u);
  EXPECT_TRUE(now[0].second.late);
  EXPECT_NE(now[0].second.visitor, hit(1).visitor);
  EXPECT_NE(now[0].second.visitor, now[1].second.visitor);
  EXPECT_EQ(now[0].second.visitor, now[2].second.visitor);
  EXPECT_EQ(now[2].second.visitor_before, now[1].second.visitor);
  EXPECT_FALSE(now[3].second.late);
}

TEST(Backlog, AnIdentityThatATornWriteLeftIsSomebodysOwn) {
  const Scratch dir;
  Backlog backlog(dir / "lanes", kWhose, {});
  backlog.add(100, hit(1));
  ASSERT_TRUE(backlog.commit({.timeline = {}, .offset = 100}, from_ms(kNoon)));
  const fs::path file = dir / "lanes" / "2.backlog";
  const auto at = bytes_of(file).find(as_bytes(hit(1).visitor));
  std::fstream(file, std::ios::in | std::ios::out).seekp(static_cast<std::streamoff>(at)) << "torn";
  const auto now = told(backlog).hits;
  ASSERT_EQ(now.size(), 1u);
  EXPECT_TRUE(now[0].second.late);
  EXPECT_NE(now[0].second.visitor, 0u);
}

TEST(Backlog, RetiredItIsLeftToWhoOverwritesSuchFiles) {
  const Scratch dir;
  Backlog backlog(dir / "lanes", kWhose, {});
  backlog.add(100, hit(1));
  ASSERT_TRUE(backlog.commit({.timeline = {}, .offset = 100}, from_ms(kNoon)));
  ASSERT_TRUE(backlog.retire());
  EXPECT_TRUE(Backlog::all(dir / "lanes").empty());
  EXPECT_TRUE(fs::exists(dir / "lanes" / "2.backlog.aside-1"));
  EXPECT_FALSE(fs::exists(dir / "lanes" / "2.backlog.note"));
}

/// A log that may have 64 kB; the file of the other team's lane is no database.
class Stopped : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kSegment = 16u << 10, kBound = 4 * kSegment;
  static constexpr int kHits = 200;  // each a batch of its own: 100 kB of log, 30 of backlog

  Stopped() {
    w_.lanes = {{kOtherLane, kOther, SiteKey{5}}};
    w_.heal_copies = false;
    w_.lane_retry = Millis{40};
    w_.start();
    w_.site(SiteKey{5}, kOther, kOtherLane);
    w_.hit(hit(0), kOtherLane);
    w_.await(1);
    w_.stop();
    fs::rename(file_, kept_);
    std::ofstream(file_) << "no database";
    again();
  }
  void again() {
    w_.open_log();
    w_.applied_records = 0;
    w_.start();
  }
  void mend() { fs::rename(kept_, file_); }
  log::Follower& other() { return *w_.store->followers().at(1); }
  std::uint64_t held() { return w_.log->durable_end() - std::max(w_.log->begin(), *other().needs()); }
  /// Some people's hits, one after the other; returns when the lane does not hold more of the log than it may.
  void send(int hits, std::uint64_t share = kHoldShare) {
    for (int i = 0; i < hits; ++i, ++sent_) w_.hit(hit(1 + sent_ % 50, sent_), kOtherLane);
    World::eventually([&] { return held() <= kBound - kBound / share; });
  }
  std::int64_t rows() { return w_.number("SELECT count(*) FROM hot_hits", kOtherLane); }
  std::int64_t visitors() { return w_.number("SELECT count(*) FROM hot_visitors", kOtherLane); }
  bool dropped(std::string_view reason, std::uint64_t hits) {
    return w_.registry.render().contains(
        concat({"hitkeep_backlog_dropped_total{reason=\"", reason, "\"} ", std::to_string(hits), "\n"}));
  }
  bool backlog_is_gone() { return !fs::exists(backlog_) && !fs::exists(backlog_.string() + ".note"); }

  Scratch dir_;
  World w_{dir_.path(), kBound, kSegment};
  fs::path file_ = dir_ / "tenants" / kOther.str() / "hitkeep.db", kept_ = dir_ / "kept.db";
  fs::path backlog_ = dir_ / "lanes" / "2.backlog";
  std::uint32_t sent_ = 0;
};

TEST_F(Stopped, ItsBacklogHasWhatTheLogDoesNotKeepAndTheOthersGoOn) {
  send(kHits);
  w_.hit(hit_of(0, 1, from_ms(kNoon)));
  w_.await(1);
  // From here on the log does not have it any more.
  w_.stop();
  w_.clock.advance(std::chrono::days(3));
  again();
  const auto followers = w_.store->followers();
  w_.log->release(log::release_floor(followers, w_.log->durable_end()));
  World::eventually([this] { return w_.log->begin() > kBound / 2; });
  mend();
  w_.await(kHits);
  EXPECT_EQ(rows(), kHits + 1);
  EXPECT_EQ(visitors(), 51);
  EXPECT_TRUE(dropped("bound", 0));
  World::eventually([this] { return backlog_is_gone(); });
  w_.hit(hit(1), kOtherLane);
  w_.await(kHits + 1);
  w_.stop();
  again();
  EXPECT_EQ(rows(), kHits + 2);
}

TEST_F(Stopped, AStartGoesOnWithTheBacklog) {
  send(kHits / 2);
  w_.stop();
  again();
  send(kHits / 2);
  w_.stop();
  mend();
  again();
  w_.await(kHits);
  EXPECT_EQ(rows(), kHits + 1);
  World::eventually([this] { return backlog_is_gone(); });
}

TEST_F(Stopped, AnEarlierCopyWithoutItsMapFindsItsVisitorsInTheBacklog) {
  fs::remove_all(VisitorMap::directory_of(file_));
  send(kHits);
  mend();
  w_.await(kHits);
  w_.hit(hit(0), kOtherLane);
  w_.await(kHits + 1);
  EXPECT_EQ(visitors(), 51);
}

TEST_F(Stopped, WhatTheDiskHasNoRoomForIsDroppedAndCounted) {
  w_.stop();
  w_.disk_reserve = std::uint64_t{1} << 60;
  again();
  send(kHits, kDropShare);
  const auto lost = w_.store->states().at(1).dropped;
  EXPECT_GT(lost, 0u);
  EXPECT_TRUE(dropped("disk", lost));
  const auto working = other().working();
  ASSERT_FALSE(working);
  EXPECT_TRUE(working.error().message.contains(std::to_string(lost) + " hits are lost"));
  mend();
  w_.await(kHits - lost);
  // The hit that the file has is among those that were dropped.
  EXPECT_EQ(rows(), static_cast<std::int64_t>(kHits + 2 - lost));
}

TEST_F(Stopped, ABacklogIsNoLargerThanTheLogMayBe) {
  send(4 * kHits, kDropShare);
  EXPECT_LE(fs::file_size(backlog_), kBound);
  const auto lost = w_.store->states().at(1).dropped;
  EXPECT_GT(lost, 0u);
  EXPECT_TRUE(dropped("bound", lost));
}

TEST_F(Stopped, NothingOfItChangesWhileASnapshotIsTaken) {
  const auto note = [this] { return bytes_of(backlog_.string() + ".note"); };
  send(kHits);
  {
    const auto files = log::hold(w_.store->followers());
    ASSERT_TRUE(files);
    const auto before = note();
    ASSERT_FALSE(before.empty());
    for (int i = 0; i < kHits / 2; ++i) w_.hit(hit(1), kOtherLane);
    World::eventually([this] { return w_.store->lag() == Millis{0}; });
    EXPECT_EQ(note(), before);
  }
  World::eventually([this] { return held() <= kBound / kHoldShare; });
}

TEST_F(Stopped, HitsWhoseHashWasForgottenCountForVisitorsOfTheirOwn) {
  send(kHits);
  w_.store->forget_hashes(from_ms(kNoon) + std::chrono::hours(48));
  World::eventually([this] { return !bytes_of(backlog_).contains(as_bytes(hit(0).visitor)); });
  World::eventually([this] { return !bytes_of(backlog_).contains(as_bytes(hit(1).visitor)); });
  mend();
  w_.await(kHits);
  EXPECT_EQ(rows(), kHits + 1);
  EXPECT_GT(w_.number("SELECT count(*) FROM hot_hits WHERE import = 65535", kOtherLane), 0);
  // Those of the backlog, and behind it once more under their own hash.
  EXPECT_LE(visitors(), 1 + 50 + 50);
}

}  // namespace
}  // namespace hk::store

// Orders are obeyed beside the applier.

#include <gtest/gtest.h>

#include <thread>

#include "store/maintenance.h"
#include "store/testing/held_orders.h"
#include "store/testing/world.h"

namespace hk::store {
namespace {

using testing::HeldOrders;
using testing::hit_of;
using testing::kNoon;
using testing::kOther;
using testing::kOtherLane;
using testing::Scratch;
using testing::World;

constexpr Day kDay = 20'760;

/// The first team has a hit of its site 0, the other one of its site 5. A seal of the first one's day is held.
class Obeying : public ::testing::Test {
 protected:
  explicit Obeying(Millis drain = Millis{60'000}) {
    w_.drain = drain;
    w_.before_order = held_.hook();
    w_.start();
    w_.site(SiteKey{5}, kOther, kOtherLane);
    hit_first();
    hit_other();
    w_.await(2);
    w_.seal(SiteKey{0}, kDay);
    EXPECT_TRUE(held_.await());
  }
  ~Obeying() override { held_.let_go(); }
  void hit_first() { w_.hit(next(0)); }
  void hit_other() { w_.hit(next(5), kOtherLane); }
  Hit next(std::uint32_t site) { return hit_of(site, 1, from_ms(kNoon + 1'000 * ++hits_)); }

  std::int64_t hits_ = 0;
  HeldOrders held_{LaneKey::first_team};
  Scratch dir_;
  World w_{dir_.path()};
};

TEST_F(Obeying, OtherLanesShowWhatComesAndItsOwnWaits) {
  hit_first();
  hit_other();
  w_.await(3);
  EXPECT_EQ(w_.number("SELECT count(*) FROM hot_hits", kOtherLane), 2);
  EXPECT_EQ(w_.number("SELECT count(*) FROM hot_hits"), 1);
  w_.eventually([&] { return w_.store->hot_rows() == 3; });
  EXPECT_FALSE(w_.store->behind(LaneKey::first_team)) << "a moment is not worth a word";
  for (const HotDay& day : w_.store->hot_days()) EXPECT_EQ(day.lane, kOtherLane) << "one order after the other";
  const auto sealed = w_.log->durable_end();
  EXPECT_LT(w_.store->applied(LaneKey::first_team), sealed);
  held_.let_go();
  w_.await(4);
  EXPECT_EQ(w_.number("SELECT count(*) FROM sealed_hits"), 1);
  EXPECT_EQ(w_.number("SELECT count(*) FROM hot_hits"), 1) << "it came behind the order";
  EXPECT_EQ(w_.number("SELECT max(vd) FROM hot_hits"), 2) << "and is of somebody new";
  w_.eventually([&] { return w_.store->hot_days().size() == 2; });
  EXPECT_EQ(w_.store->lag(), Millis{0});
}

TEST_F(Obeying, WhatWaitsBehindItHasItsAge) {
  hit_first();
  hit_other();
  w_.await(3);
  w_.clock.advance(kStale + Millis{1'000});
  w_.eventually([&] { return w_.store->lag() > kStale; });
  EXPECT_TRUE(w_.store->behind(LaneKey::first_team));
}

TEST_F(Obeying, AnOrderOfAnotherLaneWaitsForItAndHoldsThatLaneAlone) {
  w_.seal(SiteKey{5}, kDay, kOtherLane);
  w_.site(SiteKey{6}, *TeamId::parse("0190f3a4-7c1e-7000-8000-000000000003"), LaneKey{3});
  w_.hit(next(6), LaneKey{3});
  w_.await(3);
  EXPECT_EQ(w_.number("SELECT count(*) FROM sealed_hits", kOtherLane), 0);
  held_.let_go();
  w_.eventually([&] { return w_.store->hot_rows() == 1; });  // of the third lane
  EXPECT_EQ(w_.number("SELECT count(*) FROM sealed_hits", kOtherLane), 1);
}

TEST_F(Obeying, AStopWaitsForAnOrderThatIsObeyedInTime) {
  hit_first();
  std::jthread letting([&] {
    while (w_.log->accepting()) std::this_thread::yield();
    held_.let_go();
  });
  w_.stop();
  w_.before_order = {};
  w_.open_log();
  w_.start();
  EXPECT_EQ(w_.store->applied(), w_.log->durable_end());
  EXPECT_EQ(w_.number("SELECT count(*) FROM sealed_hits"), 1);
  EXPECT_EQ(w_.number("SELECT count(*) FROM hot_hits"), 1);
}

class ObeyingInAHurry : public Obeying {
 protected:
  ObeyingInAHurry() : Obeying(Millis{0}) {}
};

TEST_F(ObeyingInAHurry, OneThatTakesTooLongForAStopComesAgain) {
  hit_first();
  std::jthread letting([&] {
    while (w_.log->accepting()) std::this_thread::yield();
    std::this_thread::sleep_for(Millis{1'000});  // more than enough to be given up
    held_.let_go();
  });
  w_.stop();
  EXPECT_FALSE(std::filesystem::exists(dir_ / "hitkeep.db.wal"));
  {
    auto database = db::DuckDatabase::open(dir_ / "hitkeep.db", {.read_only = true, .temp_directory = {}}).value();
    auto rows = database->connect().value()->query("SELECT count(*) FROM sealed_hits").value();
    ASSERT_TRUE(rows->next().value());
    EXPECT_EQ(rows->i64(0), 0);
  }
  HeldOrders again(LaneKey::first_team);
  w_.before_order = again.hook();
  w_.open_log();
  w_.start();
  Maintenance maintenance(*w_.store, *w_.log, w_.clock, [](SiteKey) { return nullptr; });
  w_.clock.set(from_ms(kNoon) + std::chrono::days(2));
  EXPECT_TRUE(again.await());
  w_.eventually([&] { return w_.store->applied(kOtherLane) == w_.log->durable_end(); });
  EXPECT_EQ(maintenance.tick(), 1u) << "of the other lane";
  EXPECT_EQ(maintenance.tick(), 0u);
  again.let_go();
  w_.await(3);
  EXPECT_EQ(w_.number("SELECT count(*) FROM sealed_hits"), 1);
  EXPECT_EQ(w_.number("SELECT count(*) FROM hot_hits"), 1);
  w_.eventually([&] { return maintenance.tick() == 1; });  // what came behind the order
  w_.stop();
}

}  // namespace
}  // namespace hk::store

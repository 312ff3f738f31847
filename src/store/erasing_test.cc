// What was counted for a site, or for a team, goes: at once, and for good.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "control/change.h"
#include "store/clone.h"
#include "store/compaction.h"
#include "store/leftovers.h"
#include "store/testing/held_orders.h"
#include "store/testing/property.h"
#include "store/testing/rows.h"
#include "store/testing/said_log.h"
#include "store/testing/world.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using testing::Act;
using testing::all_rows;
using testing::any_acts;
using testing::first_difference;
using testing::HeldOrders;
using testing::hit_of;
using testing::holds;
using testing::kNoon;
using testing::kOther;
using testing::kOtherLane;
using testing::Scratch;
using testing::World;

constexpr Day kDay = 20'760;
const LaneIdentity kIdentity{LaneKey::first_team, testing::kTeam};

std::unique_ptr<Lane> open(const fs::path& file, const ReadLog& read_log = {}) {
  auto lane =
      Lane::open(file, {.memory_limit_bytes = 128u << 20, .threads = 1, .temp_directory = {}}, kIdentity, read_log);
  if (!lane) ADD_FAILURE() << lane.error().message;
  return lane ? std::move(*lane) : nullptr;
}

std::vector<std::string> texts_of(db::DuckConnection& connection, const std::string& sql) {
  std::vector<std::string> out;
  auto rows = connection.query(sql);
  if (!rows) ADD_FAILURE() << sql << ": " << rows.error().message;
  while (rows && (*rows)->next().value_or(false)) out.emplace_back((*rows)->text(0));
  return out;
}

/// Tables with rows of sites.
std::vector<std::string> tables_of_sites(db::DuckConnection& connection) {
  return texts_of(connection,
                  "SELECT table_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_name) "
                  "WHERE column_name = 'site' AND NOT duckdb_tables.temporary AND table_name <> 'erased' ORDER BY 1");
}

std::vector<std::string> rows_where(db::DuckConnection& connection, const std::string& where) {
  std::vector<std::string> out;
  for (const std::string& table : tables_of_sites(connection))
    for (const std::string& row : texts_of(
             connection, "SELECT '" + table + " ' || (t::VARCHAR) FROM " + table + " t WHERE " + where + " ORDER BY 1"))
      out.push_back(row);
  return out;
}

/// A lane with the traffic of several sites, some days of it sealed, and what came to their doors.
struct Filled {
  explicit Filled(const fs::path& file, const std::vector<Act>& acts) : lane(open(file)) {
    const auto hits = testing::looked_at(acts);
    apply(hits, 0, hits.size() / 2);
    seal_all();
    apply(hits, hits.size() / 2, hits.size());
    Batch counts;
    counts.records.push_back(
        {Counts{.tidy = 0, .counts = {{.site = SiteKey{1}, .day = kDay, .agent = "x", .hits = 2}}}, ++offset});
    counts.end = offset;
    EXPECT_TRUE(lane->apply(counts));
  }
  void apply(const std::vector<Hit>& hits, std::size_t from, std::size_t to) {
    Batch batch;
    for (std::size_t i = from; i < to; ++i) {
      batch.records.push_back({hits[i], ++offset});
      log.say(offset, hits[i]);
    }
    batch.end = offset;
    lane->drop_gone(batch);
    const auto done = lane->apply(batch);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
  }
  void seal_all() {
    SealOrder order;
    for (const auto& [day, rows] : lane->hot()) order.days.push_back(day);
    EXPECT_TRUE(lane->seal(order, ++offset));
  }
  void erase(std::vector<SiteKey> sites, bool gone) {
    const auto done = lane->erase({.sites = std::move(sites), .gone = gone}, ++offset);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::unique_ptr<db::DuckConnection> read() const { return *lane->database()->connect(); }

  std::unique_ptr<Lane> lane;
  testing::SaidLog log;
  log::Offset offset = 0;
};

std::string of(SiteKey site) {
  return "site IN (" + std::to_string(static_cast<std::uint32_t>(site)) + ", " +
         std::to_string(static_cast<std::uint32_t>(shadow_of(site))) + ")";
}

TEST(Erasing, NothingIsLeftOfASiteInAnyTableAndOthersAreAsTheyWere) {
  holds(4, any_acts(), [](const std::vector<Act>& acts) {
    const Scratch dir;
    Filled filled(dir / "hitkeep.db", acts);
    for (const bool gone : {false, true}) {
      const SiteKey site{gone ? 2u : 1u};
      const auto others = rows_where(*filled.read(), "NOT (" + of(site) + ")");
      filled.erase({site}, gone);
      RC_ASSERT(rows_where(*filled.read(), of(site)) == std::vector<std::string>{});
      RC_ASSERT(first_difference(others, rows_where(*filled.read(), "NOT (" + of(site) + ")")) == "");
    }
    for (const auto& [day, rows] : filled.lane->hot()) RC_ASSERT((site_of(day.site) != SiteKey{1}));
  });
}

TEST(Erasing, WhatComesAfterwardsIsTheSameWhetherTheFileWasOpenedAnewOrNot) {
  holds(3, any_acts(), [](const std::vector<Act>& acts) {
    const auto hits = testing::looked_at(acts);
    std::vector<std::string> expected;
    for (const bool anew : {false, true}) {
      const Scratch dir;
      Filled filled(dir / "hitkeep.db", acts);
      filled.erase({SiteKey{1}}, false);
      if (anew) {
        filled.lane.reset();
        filled.lane = open(dir / "hitkeep.db", filled.log.read());
      }
      auto later = hits;
      for (Hit& hit : later) {
        hit.at += std::chrono::hours(24 * 30);
        hit.day += 30;
      }
      filled.apply(later, 0, later.size());
      filled.seal_all();
      auto rows = all_rows(*filled.read());
      if (anew)
        RC_ASSERT(first_difference(expected, rows) == "");
      else
        expected = std::move(rows);
    }
  });
}

TEST(Erasing, MonthsKnowHowManyRowsTheyHave) {
  const Scratch dir;
  Filled filled(dir / "hitkeep.db", testing::some_acts(7));
  filled.seal_all();
  filled.erase({SiteKey{1}}, false);
  const auto wrong =
      texts_of(*filled.read(),
               "SELECT month::VARCHAR FROM sealed_months m WHERE sorted + appended <> "
               "(SELECT count(*) FROM (SELECT ts FROM sealed_hits UNION ALL SELECT ts FROM sealed_events) "
               "WHERE date_trunc('month', ts) = m.month)");
  EXPECT_EQ(wrong, std::vector<std::string>{});
}

TEST(Erasing, HitsAndOrdersForASiteThatIsGoneAreDroppedAndThoseOfOneThatWasResetCount) {
  const Scratch dir;
  Filled filled(dir / "hitkeep.db", {});
  const auto count = [&](SiteKey site) {
    return std::stoll(texts_of(*filled.read(), "SELECT count(*)::VARCHAR FROM hot_hits WHERE " + of(site)).at(0));
  };
  const auto hits = [&](std::uint32_t site) {
    Hit machine = hit_of(site, 2, from_ms(kNoon));
    machine.site = shadow_of(machine.site);
    return std::vector<Hit>{hit_of(site, 1, from_ms(kNoon)), machine};
  };
  for (const std::uint32_t site : {1u, 2u}) filled.apply(hits(site), 0, 2);
  filled.erase({SiteKey{1}}, false);
  filled.erase({SiteKey{2}}, true);
  for (const std::uint32_t site : {1u, 2u}) filled.apply(hits(site), 0, 2);
  EXPECT_EQ(count(SiteKey{1}), 2);
  EXPECT_EQ(count(SiteKey{2}), 0);
  EXPECT_TRUE(filled.lane->seal({.days = {{SiteKey{2}, kDay}}}, ++filled.offset));
  EXPECT_EQ(texts_of(*filled.read(), "SELECT day::VARCHAR FROM sealed_days WHERE site = 2"),
            std::vector<std::string>{});
  filled.lane.reset();
  filled.lane = open(dir / "hitkeep.db", filled.log.read());
  filled.apply(hits(2), 0, 2);
  EXPECT_EQ(count(SiteKey{2}), 0) << "it is known after a restart, too";
}

TEST(Erasing, WhatWasPutAsideGoesWithItsSite) {
  const Scratch dir;
  const auto put = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(dir / (name + ".record"), std::ios::binary) << bytes;
    std::ofstream(dir / (name + ".txt")) << "reason";
  };
  put("1-10", encode(hit_of(1, 1, from_ms(kNoon))));
  put("1-20", encode(hit_of(2, 1, from_ms(kNoon))));
  put("1-30", "");
  put("12-40", encode(hit_of(1, 1, from_ms(kNoon))));
  const auto names = [&] {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(dir.path())) out.insert(entry.path().filename().string());
    return out;
  };
  erase_dead_letters(dir.path(), LaneKey{1}, {SiteKey{1}});
  EXPECT_EQ(names(), (std::set<std::string>{"1-20.record", "1-20.txt", "12-40.record", "12-40.txt"}));
  erase_dead_letters(dir.path(), LaneKey{12});
  EXPECT_EQ(names(), (std::set<std::string>{"1-20.record", "1-20.txt"}));
}

// --- in the log ------------------------------------------------------------------------------------

class ErasingInTheLog : public ::testing::Test {
 protected:
  void fence(LaneKey lane, std::string bytes) {
    const std::vector<control::Fence> fences = {{lane, std::move(bytes)}};
    w_.append({0, control::kChangeKind, control::kChangeVersion, control::encode("", fences)});
  }
  void hit(std::uint32_t site, LaneKey lane = LaneKey::first_team) {
    ++visitor_;
    w_.hit(hit_of(site, visitor_, from_ms(kNoon + visitor_ * 1'000)), lane);
  }
  std::int64_t rows(std::uint32_t site, LaneKey lane = LaneKey::first_team) {
    return w_.number("SELECT count(*) FROM hot_hits WHERE site = " + std::to_string(site), lane);
  }
  bool has_applied_all(LaneKey lane = LaneKey::first_team) {
    return w_.store->applied(lane) >= w_.log->durable_end() && !w_.store->states()[0].catching_up;
  }
  fs::path other_folder() const { return dir_ / "tenants" / kOther.str(); }

  std::uint32_t visitor_ = 0;
  Scratch dir_;
  World w_{dir_.path()};
};

TEST_F(ErasingInTheLog, OnlyWhatCameBeforeGoes) {
  w_.start();
  for (int n = 0; n < 3; ++n) hit(1);
  hit(2);
  fence(LaneKey::first_team, encode(SitesErased{.sites = {SiteKey{1}}}));
  hit(1);
  w_.await(5);
  EXPECT_EQ(rows(1), 1);
  EXPECT_EQ(rows(2), 1);
  EXPECT_TRUE(w_.store->has_erased()) << "blocks of the file still hold them";
}

TEST_F(ErasingInTheLog, AWholeReplayAfterAHealBringsNothingBack) {
  w_.start();
  for (int n = 0; n < 3; ++n) hit(1);
  hit(2);
  w_.await(4);
  ASSERT_TRUE(w_.store->clone(LaneKey::first_team, {}));
  hit(1);
  fence(LaneKey::first_team, encode(SitesErased{.sites = {SiteKey{1}}, .gone = true}));
  hit(1);
  hit(2);
  w_.await(6);
  EXPECT_EQ(rows(1), 0);
  w_.stop();
  // The copy, which has them, takes the place of the file.
  ASSERT_TRUE(replace_damaged(dir_ / "hitkeep.db", true));
  w_.open_log();
  w_.start();
  w_.eventually([&] { return rows(2) == 2 && rows(1) == 0; });
  EXPECT_NE(w_.registry.render().find("hitkeep_hits_of_deleted_sites_total 2"), std::string::npos)
      << w_.registry.render();
}

TEST_F(ErasingInTheLog, ItIsObeyedFromWhereItWasWhenTheProgramEndsInItsMiddle) {
  HeldOrders held(LaneKey::first_team);
  w_.before_order = held.hook();
  w_.drain = Millis{0};
  w_.start();
  hit(1);
  hit(2);
  w_.await(2);
  fence(LaneKey::first_team, encode(SitesErased{.sites = {SiteKey{1}}, .gone = true}));
  ASSERT_TRUE(held.await());
  hit(1);
  std::jthread letting_go([&] { held.let_go(); });
  w_.stop();
  w_.before_order = {};
  w_.open_log();
  w_.start();
  w_.eventually([&] { return rows(1) == 0; });
  hit(2);
  w_.eventually([&] { return rows(2) == 2; });
}

TEST_F(ErasingInTheLog, TheFileIsWrittenAnewAtOnceSoThatNoBlockHoldsWhatIsGone) {
  w_.start();
  hit(1);
  hit(2);
  w_.await(2);
  Compactor compactor(*w_.store, w_.clock, w_.registry);
  EXPECT_EQ(compactor.run(), 0u);
  fence(LaneKey::first_team, encode(SitesErased{.sites = {SiteKey{1}}}));
  w_.eventually([&] { return rows(1) == 0; });
  w_.eventually([&] { return compactor.run() == 1 || !w_.store->has_erased(); });
  EXPECT_FALSE(w_.store->has_erased());
  EXPECT_EQ(rows(2), 1);
}

TEST_F(ErasingInTheLog, ATeamGoesWithAllItsFilesOnceNobodyReadsThem) {
  w_.start();
  w_.site(SiteKey{5}, kOther, kOtherLane);
  hit(5, kOtherLane);
  hit(1);
  w_.await(2);
  ASSERT_TRUE(w_.store->clone(kOtherLane, {}));
  std::ofstream(dir_ / "hitkeep.dead") << "";
  fs::create_directories(dir_ / "dead-letter");
  std::ofstream(dir_ / "dead-letter" / "2-7.record") << "x";
  {
    auto lease = w_.store->read(kOtherLane);
    ASSERT_TRUE(lease);
    fence(kOtherLane, encode(LaneRemoved{kOther}));
    w_.eventually([&] { return w_.store->states().size() == 1; });
    EXPECT_TRUE(fs::exists(other_folder() / "hitkeep.db")) << "somebody reads it";
  }
  w_.eventually([&] { return !fs::exists(other_folder()); });
  EXPECT_FALSE(fs::exists(dir_ / "dead-letter" / "2-7.record"));
  hit(5, kOtherLane);
  w_.site(SiteKey{6}, kOther, kOtherLane);
  hit(1);
  w_.await(3);
  EXPECT_FALSE(fs::exists(other_folder())) << "what still comes makes nothing anew";
  EXPECT_TRUE(fs::is_empty(dir_ / "dead-letter"));
  EXPECT_EQ(w_.number("SELECT count(*) FROM hot_hits"), 2);
}

TEST_F(ErasingInTheLog, AStartRemovesWhatAKillLeftOfATeamAndSkipsItsRecords) {
  w_.start();
  w_.site(SiteKey{5}, kOther, kOtherLane);
  hit(5, kOtherLane);
  w_.await(1);
  w_.stop();
  // control.db says so, and the store had not heard of it when the program was killed.
  w_.removed = {{kOtherLane, kOther}};
  w_.open_log();
  w_.start();
  EXPECT_FALSE(fs::exists(other_folder()));
  hit(5, kOtherLane);
  hit(1);
  w_.eventually([&] { return rows(1) == 1; });
  EXPECT_FALSE(fs::exists(other_folder()));
  EXPECT_FALSE(fs::exists(dir_ / "dead-letter"));
}

}  // namespace
}  // namespace hk::store

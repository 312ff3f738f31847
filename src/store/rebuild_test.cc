#include "store/rebuild.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/temp_dir.h"
#include "store/lane.h"
#include "store/testing/damage.h"
#include "store/testing/earlier_form.h"
#include "store/testing/model.h"
#include "store/testing/property.h"
#include "store/testing/rows.h"
#include "store/testing/scratch.h"
#include "store/testing/traffic.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using testing::Act;
using testing::all_rows;
using testing::answers;
using testing::any_acts;
using testing::difference;
using testing::first_difference;
using testing::From;
using testing::model_answers;
using testing::Scratch;
using testing::some_acts;
using testing::traffic;
using testing::write_in_earlier_form;

const LaneIdentity kIdentity{LaneKey::first_team, TeamId{}};
const db::DuckOptions kSmall{.memory_limit_bytes = 256u << 20, .threads = 1};

/// A lane that is fed from a log.
struct Fed {
  explicit Fed(const fs::path& file) {
    auto opened = Lane::open(file, kSmall, kIdentity);
    if (!opened) throw std::runtime_error(opened.error().message);
    lane = std::move(*opened);
  }
  void apply(std::span<const Hit> hits) {
    if (hits.empty()) return;
    Batch batch;
    log::Offset offset = lane->applied();
    for (const Hit& hit : hits) batch.records.push_back({hit, ++offset});
    batch.end = offset;
    const auto done = lane->apply(batch);
    ASSERT_TRUE(done) << done.error().message;
  }
  void seal_before(Day day) {
    SealOrder order;
    for (const auto& [site_day, rows] : lane->hot())
      if (site_day.day < day) order.days.push_back(site_day);
    if (order.days.empty()) return;
    const auto done = lane->seal(order, lane->applied() + 1);
    ASSERT_TRUE(done) << done.error().message;
  }
  auto read() const { return std::move(*lane->database()->connect()); }

  std::unique_ptr<Lane> lane;
};

TEST(LaneRebuild, AFileOfTheEarlierFormAnswersAsBeforeAndGoesOn) {
  testing::holds(5, rc::gen::nonEmpty(any_acts()), [](const std::vector<Act>& acts) {
    auto hits = traffic(acts);
    for (Hit& hit : hits)
      if (hit.referrer_path == "/") hit.referrer_path = "/y";  // a root is no path any more
    const auto half = std::span(hits).first(hits.size() / 2), rest = std::span(hits).subspan(hits.size() / 2);
    const Scratch dir;
    {
      Fed fed(dir / "present.db");
      fed.apply(half);
      // So that some days are sealed, and the visits of the last ones go on.
      fed.seal_before(hits[hits.size() / 2].day - 1);
      RC_ASSERT(fed.lane->checkpoint().has_value());
    }
    write_in_earlier_form(dir / "present.db", dir / "hitkeep.db");
    Fed fed(dir / "hitkeep.db");
    fed.apply(rest);
    for (const Day day : {hits.back().day - 1, hits.back().day + 2}) fed.seal_before(day);
    const auto expected = model_answers(hits);
    RC_ASSERT(difference(expected, answers(*fed.read(), From::sealed_bits)) == "");
    RC_ASSERT(difference(expected, answers(*fed.read(), From::sealed_distinct)) == "");
    // Ids without gaps, and the order of each visit.
    auto rows = fed.read()->query(
        "SELECT (SELECT count(*) FROM (SELECT site, kind FROM texts GROUP BY ALL HAVING max(id) <> count(*) OR "
        "count(DISTINCT text) <> count(*))), "
        "(SELECT count(*) FROM (SELECT site, visit FROM (SELECT site, visit, n FROM sealed_hits UNION ALL SELECT site, "
        "visit, n FROM sealed_events) GROUP BY ALL HAVING max(n) <> count(*) OR count(DISTINCT n) <> count(*)))");
    RC_ASSERT(rows && (*rows)->next().value_or(false));
    RC_ASSERT((*rows)->i64(0) == 0);
    RC_ASSERT((*rows)->i64(1) == 0);
  });
}

/// A third of the steps: all of them take long under sanitizers.
class KilledRebuild : public ::testing::TestWithParam<std::size_t> {};

TEST_P(KilledRebuild, IsMadeUpForByTheNextStart) {
  const Scratch dir;
  const auto hits = traffic(some_acts(11));
  {
    Fed fed(dir / "present.db");
    fed.apply(hits);
    fed.seal_before(hits.back().day - 1);
    ASSERT_TRUE(fed.lane->checkpoint());
  }
  write_in_earlier_form(dir / "present.db", dir / "earlier.db");
  const fs::path file = dir / "hitkeep.db";
  std::vector<std::string> steps, expected;
  const auto open = [&](const db::Reached& reached) {
    auto how = lane_rebuild(file);
    how.reached = reached;
    return db::open_rebuilt(file, kSmall, how);
  };
  {
    fs::copy_file(dir / "earlier.db", file);
    auto database = open([&](std::string_view step) { steps.emplace_back(step); });
    ASSERT_TRUE(database) << database.error().message;
    expected = all_rows(**(*database)->connect());
  }
  EXPECT_THAT(steps, ::testing::ElementsAre("earlier", "schema", "start", "texts", "months", "hot", "visitors", "end",
                                            "fresh", "kept", "placed"));
  for (std::size_t n = GetParam(); n <= steps.size(); n += 3) {
    SCOPED_TRACE(steps[n - 1]);
    fs::remove(file);
    fs::copy_file(dir / "earlier.db", file);
    const pid_t child = fork();
    if (child == 0) {
      std::size_t seen = 0;
      (void)open([&](std::string_view) {
        if (++seen == n) ::kill(::getpid(), SIGKILL);
      });
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto looked = Lane::look(file, kSmall);
    ASSERT_TRUE(looked) << looked.error().message;
    EXPECT_EQ(looked->mark.offset, hits.size() + 1) << "whichever form it has";
    auto lane = Lane::open(file, kSmall, kIdentity);
    ASSERT_TRUE(lane) << lane.error().message;
    EXPECT_EQ(first_difference(expected, all_rows(**(*lane)->database()->connect())), "");
  }
}

INSTANTIATE_TEST_SUITE_P(AtAnyStep, KilledRebuild, ::testing::Values(1, 2, 3));

/// A small file of the earlier form, written by hand.
class ByHand : public ::testing::Test {
 protected:
  void fill(const std::string& sql) {
    auto database = db::open_migrated(file_, kSmall, db::Forms{lane_forms().earlier});
    ASSERT_TRUE(database) << database.error().message;
    const auto done = (*database)->connect().value()->exec("INSERT INTO lane_info VALUES (1, uuid());" + sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  /// Columns of a visit of the earlier form behind its pages.
  static std::string carried(int referrer_path, int screen) {
    return "false, 0, 1, " + std::to_string(referrer_path) + ", 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, " +
           std::to_string(screen) + ", 0, 0, 0";
  }
  std::string text(const std::string& sql) const {
    auto rows = lane_->database()->connect().value()->query(sql);
    if (!rows) return rows.error().message;
    return (*rows)->next().value_or(false) ? std::string((*rows)->text(0)) : "";
  }
  void open() {
    auto lane = Lane::open(file_, kSmall, std::nullopt);
    ASSERT_TRUE(lane) << lane.error().message;
    lane_ = std::move(*lane);
  }

  Scratch dir_;
  fs::path file_ = dir_ / "hitkeep.db";
  std::unique_ptr<Lane> lane_;
};

TEST_F(ByHand, PathsGetTheOneSpellingAndWhatBecomesOneCountsOnce) {
  // One visitor of site 5 sees one page in two spellings in two visits, and comes from the root of a host in two.
  fill(
      "INSERT INTO texts VALUES (0, 1, '/bl%C3%A5'), (0, 2, '/x'), (0, 3, '/blå'), (0, 4, '/only/site/6'), "
      "(2, 1, 'a.example'), (3, 1, '/'), (3, 2, '/%7Eanna');"
      "INSERT INTO sealed_visits VALUES "
      "(5, '2026-01-31', '2026-01-31 10:00:00', 1, 1, 63, 2, 0, 60, 1, 3, " +
      carried(1, 0) +
      "),"
      "(5, '2026-01-31', '2026-01-31 11:00:00', 2, 1, 56, 2, 0, 60, 3, 2, " +
      carried(0, 0) +
      "),"
      "(6, '2026-01-31', '2026-01-31 11:00:00', 1, 1, 63, 1, 0, 0, 4, 4, " +
      carried(2, 0) +
      ");"
      "INSERT INTO sealed_hits VALUES (5, '2026-01-31 10:00:00', 1, 1, 1, 3), (5, '2026-01-31 10:01:00', 1, 1, 3, 3),"
      "(5, '2026-01-31 11:00:00', 2, 1, 3, 1), (5, '2026-01-31 11:01:00', 2, 1, 2, 3), "
      "(6, '2026-01-31 11:00:00', 1, 1, 4, 3);");
  open();
  EXPECT_EQ(text("SELECT string_agg(concat_ws(' ', site, kind, id, text), ', ' ORDER BY site, kind, id) FROM texts"),
            "5 0 1 /blå, 5 0 2 /x, 5 2 1 a.example, 6 0 1 /only/site/6, 6 2 1 a.example, 6 3 1 /~anna");
  EXPECT_EQ(
      text("SELECT string_agg(concat_ws(' ', site, visit, page, n, bits), ', ' ORDER BY site, ts) FROM sealed_hits"),
      "5 1 1 1 3, 5 1 1 2 0, 5 2 1 1 1, 5 2 2 2 3, 6 1 1 1 3");
  // The second visit is the first of its day with its exit page alone.
  EXPECT_EQ(
      text("SELECT string_agg(concat_ws(' ', site, visit, entry_page, exit_page, referrer_path, bits), ', ' ORDER "
           "BY site, visit) FROM sealed_visits"),
      "5 1 1 1 0 63, 5 2 1 2 0 32, 6 1 1 1 1 63");
}

TEST_F(ByHand, ScreensBecomeClassesAndAVisitIsCountedThroughOverAMonthsEnd) {
  fill(
      "INSERT INTO texts VALUES (0, 1, '/'), (15, 1, 'signup'), (16, 1, '390x844'), (16, 2, '2560x1440'), (16, 3, "
      "'0x9');"
      "INSERT INTO sealed_visits VALUES "
      "(1, '2026-01-31', '2026-01-31 23:58:00', 1, 1, 63, 2, 1, 240, 1, 1, " +
      carried(0, 1) +
      "),"
      "(1, '2026-01-31', '2026-01-31 10:00:00', 2, 2, 63, 0, 1, 0, 1, 1, " +
      carried(0, 2) +
      "),"
      "(1, '2026-02-01', '2026-02-01 10:00:00', 3, 3, 63, 0, 1, 0, 1, 1, " +
      carried(0, 3) +
      ");"
      "INSERT INTO sealed_hits VALUES (1, '2026-01-31 23:58:00', 1, 1, 1, 3), (1, '2026-02-01 00:02:00', 1, 1, 1, 0);"
      "INSERT INTO sealed_events VALUES (1, '2026-02-01 00:01:00', 1, 1, 1, 1, '{\"a\":1}'), "
      "(1, '2026-01-31 10:00:00', 2, 2, 1, 1, ''), (1, '2026-02-01 10:00:00', 3, 3, 1, 1, '');");
  open();
  EXPECT_EQ(text("SELECT string_agg(concat(visit, '.', n), ' ' ORDER BY ts) FROM sealed_hits"), "1.1 1.3");
  EXPECT_EQ(text("SELECT string_agg(concat(visit, '.', n), ' ' ORDER BY ts) FROM sealed_events"), "2.1 1.2 3.1");
  EXPECT_EQ(text("SELECT string_agg(size_class::VARCHAR, ' ' ORDER BY visit) FROM sealed_visits"), "1 5 0");
}

TEST_F(ByHand, DamageStaysWithItsRowsAndIsTold) {
  fill(
      "INSERT INTO texts VALUES (0, 1, '/'); INSERT INTO sealed_visits SELECT 1, '2026-01-31', '2026-01-31 10:00:00', "
      "i, i, "
      "63, 1, 0, 0, 1, 1, " +
      carried(0, 0) +
      " FROM range(1, 60001) r(i);"
      "INSERT INTO sealed_hits SELECT 1, TIMESTAMP_MS '2026-01-31 10:00:00', i, hash(i) % 1000000000, 1, 3 FROM "
      "range(1, "
      "60001) r(i);");
  std::int64_t block = -1;
  {
    auto connection = db::open_migrated(file_, kSmall, db::Forms{lane_forms().earlier}).value()->connect().value();
    ASSERT_TRUE(connection->exec("CHECKPOINT"));
    auto rows = connection->query(
        "SELECT block_id FROM pragma_storage_info('sealed_hits') WHERE column_name = 'vd' AND row_group_id = 1 AND "
        "block_id >= 0");
    ASSERT_TRUE(rows && (*rows)->next().value());
    block = (*rows)->i64(0);
  }
  const testing::DamagedBlock damage(file_, block);
  open();
  ASSERT_TRUE(lane_);
  EXPECT_EQ(text("SELECT count(*)::VARCHAR FROM sealed_visits"), "60000");
  const int left = std::stoi(text("SELECT count(*)::VARCHAR FROM sealed_hits"));
  EXPECT_LT(left, 60'000);
  EXPECT_GE(left, 60'000 - 2 * 16'384);
  EXPECT_EQ(lane_->damage().met, 1u);
  EXPECT_THAT(lane_->damage().words, ::testing::HasSubstr(std::to_string(60'000 - left) + " of sealed_hits"));
}

TEST_F(ByHand, WhatAllRowsNeedMustBeWhole) {
  fill("INSERT INTO texts SELECT 0, i, '/' || hash(i) FROM range(1, 20001) r(i);");
  std::int64_t block = -1;
  {
    auto connection = db::open_migrated(file_, kSmall, db::Forms{lane_forms().earlier}).value()->connect().value();
    ASSERT_TRUE(connection->exec("CHECKPOINT"));
    auto rows = connection->query(
        "SELECT block_id FROM pragma_storage_info('texts') WHERE column_name = 'text' AND segment_type <> 'VALIDITY'");
    ASSERT_TRUE(rows && (*rows)->next().value());
    block = (*rows)->i64(0);
  }
  const testing::DamagedBlock damage(file_, block);
  const auto lane = Lane::open(file_, kSmall, std::nullopt);
  ASSERT_FALSE(lane);
  EXPECT_EQ(db::cause_of(lane.error()), db::DuckCause::damage);
  EXPECT_THAT(lane.error().message, ::testing::HasSubstr("It is as it was."));
}

}  // namespace
}  // namespace hk::store

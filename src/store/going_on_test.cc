// What is read of the visits that go on, against what their rows say.

#include "store/going_on.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/testing/temp_dir.h"
#include "store/lane.h"
#include "store/outcome_rows.h"

namespace hk::store {
namespace {

/// 9,000 visits of a site, one a second and of three rows in a minute; one in 1,500 has another row each hour. Another
/// site has the same numbers.
constexpr const char* kRows = R"(
CREATE TEMP TABLE days AS
SELECT s AS site, (i + 1)::UINTEGER AS visit, (i // 2 + 1)::UINTEGER AS vd,
       make_timestamp_ms(1793620800000 + i * 1000)::TIMESTAMP_MS AS start
FROM range(1, 3) sites(s), range(9000) visits(i);
CREATE TEMP TABLE acts AS
SELECT row_number() OVER (ORDER BY ts, site, visit, k) AS log_offset, *
FROM (SELECT *, (start + to_milliseconds(k * 29000))::TIMESTAMP_MS AS ts FROM days, range(3) r(k)
      UNION ALL
      SELECT *, (start + to_hours(k - 9))::TIMESTAMP_MS FROM days, range(10, 13) r(k) WHERE visit % 1500 = 7);
INSERT INTO hot_hits SELECT log_offset, site, ts, '2026-11-02', visit, vd, 0, k + 1, 1, 0, 0, visit % 3 * (k % 2), k, 0, 0, 0, 0, 0, visit % 5
FROM acts WHERE k <> 1 ORDER BY log_offset;
INSERT INTO hot_events SELECT log_offset, site, ts, '2026-11-02', visit, vd, 0, k + 1, 9, 1, 0, 0, visit % 3 * (k % 2), k, 0, 0, 0, 0, 0, visit % 5
FROM acts WHERE k = 1 ORDER BY log_offset;
INSERT INTO hot_visits SELECT site, '2026-11-02', start, visit, vd, 1, 1, 0, log_offset FROM acts WHERE k = 0 ORDER BY log_offset;
INSERT INTO hot_visitors SELECT DISTINCT site, DATE '2026-11-02', vd, 0, vd % 7, 1, 2, 3, 4, vd % 9, 1, 0, 0, 0, 0 FROM days;
)";

const TimeMs kHorizon = from_ms(1'793'628'800'000);

struct GoingOnRows : ::testing::Test {
  void SetUp() override {
    auto lane = Lane::open(dir_ / "hitkeep.db", {.threads = 1}, LaneIdentity{LaneKey::first_team, TeamId{}});
    ASSERT_TRUE(lane) << lane.error().message;
    lane_ = std::move(*lane);
    connection_ = std::move(*lane_->database()->connect());
    const auto done = connection_->exec(kRows);
    ASSERT_TRUE(done) << done.error().message;
  }

  /// In a table of this name.
  Result<void> write(const std::string& table, const std::vector<Outcome>& visits) {
    if (auto made = connection_->exec("CREATE TEMP TABLE " + table + " AS FROM hot_closed LIMIT 0"); !made) return made;
    auto to = connection_->append_to("temp." + table);
    if (!to) return std::unexpected(to.error());
    for (const Outcome& visit : visits)
      if (auto done = append(**to, visit); !done) return done;
    return (*to)->flush();
  }
  Result<std::vector<Outcome>> open_of(SiteKey site, std::size_t budget_bytes) {
    db::OrdinalBudget budget(budget_bytes);
    std::vector<Outcome> out;
    auto done = read_open_visits(*connection_, kHorizon, site, budget, [&](const Outcome& visit) -> Result<void> {
      out.push_back(visit);
      return {};
    });
    EXPECT_EQ(budget.used(), 0u);
    if (!done) return std::unexpected(done.error());
    return out;
  }
  std::int64_t number(const std::string& sql) {
    auto rows = connection_->query(sql);
    EXPECT_TRUE(rows && (*rows)->next().value_or(false)) << (rows ? "" : rows.error().message);
    return rows ? (*rows)->i64(0) : -1;
  }

  hk::testing::TempDir dir_;
  std::unique_ptr<Lane> lane_;
  std::unique_ptr<db::DuckConnection> connection_;
};

TEST_F(GoingOnRows, OfASiteAreThoseWithActivityBehindTheHorizonFewOfWhichBeganLongBefore) {
  const auto visits = open_of(SiteKey{2}, 1 << 24);
  ASSERT_TRUE(visits) << visits.error().message;
  EXPECT_EQ(visits->size(), 1'057u + 6);
  ASSERT_TRUE(write("found", *visits));
  const std::string told =
      "FROM hot_visit_rows WHERE site = 2 AND visit IN (SELECT visit FROM (FROM hot_hits SELECT visit, ts, site UNION "
      "ALL FROM hot_events SELECT visit, ts, site) WHERE site = 2 AND ts > make_timestamp_ms(1793628800000))";
  const std::string columns =
      "SELECT * EXCLUDE (ended, bits, engaged, interactive, last_source, last_channel) FROM found";
  EXPECT_EQ(number("SELECT count(*) " + told), 1'057 + 6);
  EXPECT_EQ(number("SELECT count(*) FROM (" + told + " EXCEPT " + columns + ")"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM found WHERE visit % 1500 = 7 AND ended = start + INTERVAL 3 HOUR"), 6);
}

TEST_F(GoingOnRows, OfALaneAreThoseOfItsSites) {
  std::vector<Outcome> of_sites;
  for (const SiteKey site : {SiteKey{1}, SiteKey{2}}) {
    const auto some = open_of(site, 1 << 24);
    ASSERT_TRUE(some) << some.error().message;
    of_sites.insert(of_sites.end(), some->begin(), some->end());
  }
  const auto of_all = read_going_on(*connection_, kHorizon, {});
  ASSERT_TRUE(of_all) << of_all.error().message;
  EXPECT_EQ(of_all->visits.size(), of_sites.size());
  EXPECT_EQ(of_all->parts.size(), of_sites.size());
  ASSERT_TRUE(write("one", of_sites));
  ASSERT_TRUE(write("all_sites", of_all->visits));
  EXPECT_EQ(number("SELECT count(*) FROM (FROM one EXCEPT ALL FROM all_sites)"), 0);
}

TEST_F(GoingOnRows, NeedMemory) {
  const auto visits = open_of(SiteKey{2}, 1'000 * sizeof(Outcome));
  ASSERT_FALSE(visits);
  EXPECT_EQ(visits.error().code, Code::limited);
}

}  // namespace
}  // namespace hk::store

#include "store/statements.h"

#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"
#include "base/text.h"
#include "sql/store.h"
#include "store/lane.h"
#include "store/rebuild.h"

namespace hk::store {
namespace {

/// A connection like the applier's: to a new file with the migrated schema, with its work tables.
struct Statements : ::testing::Test {
  void SetUp() override {
    auto opened = db::open_migrated(dir_ / "hitkeep.db", db::DuckOptions{}, lane_forms());
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = std::move(*opened);
    connection_ = std::move(*database_->connect());
    const auto temp = connection_->exec(sql::store::lane_temp);
    ASSERT_TRUE(temp) << temp.error().message;
  }

  hk::testing::TempDir dir_;
  std::shared_ptr<db::DuckDatabase> database_;
  std::unique_ptr<db::DuckConnection> connection_;
};

TEST_F(Statements, AreThoseOfTheMigratedSchema) {
  const std::string of = fill(sql::store::rows_of, {{"before", "7"}, {"visits", "1, 2"}});
  const std::string hot = fill(sql::store::recent_rows, {{"of", " AND site = 1"}});
  const std::string visits = fill(sql::store::visits_from, {{"of", ""}});
  for (const auto& sql : {rows_from_sql(of), visitors_from_sql(""), returning_visitors_sql(), close_visits_sql(), hot,
                          visits, std::string(sql::store::turns), std::string(sql::store::count_month)}) {
    const auto prepared = connection_->prepare(sql);
    EXPECT_TRUE(prepared) << prepared.error().message;
  }
}

TEST_F(Statements, SealNothingWhereThereIsNothing) {
  auto transaction = db::DuckTransaction::begin(*connection_);
  ASSERT_TRUE(transaction);
  const auto done = connection_->exec(seal_sql());
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_TRUE(transaction->commit());
  auto rows = connection_->query("SELECT (SELECT count(*) FROM sealed_visits) + (SELECT count(*) FROM sealed_days)");
  ASSERT_TRUE(rows && (*rows)->next().value_or(false));
  EXPECT_EQ((*rows)->i64(0), 0);
}

TEST_F(Statements, RewriteNothingWhereThereIsNothing) {
  connection_.reset();
  database_.reset();
  auto lane = Lane::open(dir_ / "hitkeep.db", db::DuckOptions{}, LaneIdentity{LaneKey::first_team, TeamId{}});
  ASSERT_TRUE(lane) << lane.error().message;
  const auto done = (*lane)->rewrite({.month = 20'454}, 1);
  EXPECT_TRUE(done) << done.error().message;
  const auto months = (*lane)->sealed_months();
  ASSERT_TRUE(months);
  ASSERT_EQ(months->size(), 1u);
  EXPECT_EQ(months->front().sorted, 0u);
}

}  // namespace
}  // namespace hk::store

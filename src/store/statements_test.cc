#include "store/statements.h"

#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"
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
  for (const auto sql : {std::string_view(rows_from_sql()), std::string_view(visitors_from_sql()),
                         std::string_view(returning_visitors_sql()), sql::store::recent_rows, sql::store::visits_from,
                         sql::store::turns, sql::store::count_month}) {
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

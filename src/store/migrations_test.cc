#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/testing/temp_dir.h"
#include "store/lane.h"
#include "store/rebuild.h"

namespace hk::store {
namespace {

/// Columns of tables and views. Not their SQL: DuckDB words a view anew when it reads it from the file.
std::string schema_of(db::DuckDatabase& database) {
  auto connection = database.connect().value();
  auto rows = connection
                  ->query(
                      "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable "
                      "FROM duckdb_columns() WHERE NOT internal AND database_name = current_database() "
                      "UNION ALL SELECT name FROM migrations UNION ALL "
                      "SELECT count(*)::VARCHAR || ' hits' FROM hits ORDER BY 1")
                  .value();
  std::string out;
  while (rows->next().value()) (out += rows->text(0)) += '\n';
  return out;
}

// DuckDB cannot replay every DDL from its WAL: only a kill shows whether a migration is of the kind that it can.
TEST(LaneMigrations, SurviveAKillAfterEveryStatement) {
  std::string expected;
  int statements = 0;
  {
    hk::testing::TempDir dir;
    auto opened = db::open_migrated(dir / "hitkeep.db", db::DuckOptions{}, lane_forms(), [&] { ++statements; });
    ASSERT_TRUE(opened) << opened.error().message;
    expected = schema_of(**opened);
  }
  ASSERT_GT(statements, 8);
  for (int n = 1; n <= statements; ++n) {
    hk::testing::TempDir dir;
    const pid_t child = fork();
    if (child == 0) {
      int seen = 0;
      (void)db::open_migrated(dir / "hitkeep.db", db::DuckOptions{}, lane_forms(), [&] {
        if (++seen == n) ::kill(::getpid(), SIGKILL);
      });
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << n;
    auto lane = Lane::open(dir / "hitkeep.db", db::DuckOptions{}, LaneIdentity{LaneKey::first_team, TeamId{}});
    ASSERT_TRUE(lane) << "killed after statement " << n << ": " << lane.error().message;
    EXPECT_EQ(schema_of(*(*lane)->database()), expected) << n;
  }
}

}  // namespace
}  // namespace hk::store

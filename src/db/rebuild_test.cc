#include "db/rebuild.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/testing/temp_dir.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;
using hk::testing::TempDir;
using ::testing::HasSubstr;

constexpr Migration kOld[] = {{"old_table", "CREATE TABLE t (x INTEGER)"},
                              {"old_column", "ALTER TABLE t ADD COLUMN y INTEGER DEFAULT 1"}};
constexpr Migration kNew[] = {{"new_table", "CREATE TABLE t (z BIGINT, y INTEGER)"}};

Rebuild plan(Reached reached = {}) {
  return {.forms = {.present = kNew, .earlier = kOld},
          .fill = [](DuckConnection& connection, const Reached& step) -> Result<void> {
            auto done = connection.exec("INSERT INTO t SELECT x * 10, y FROM earlier.t ORDER BY x");
            if (done && step) step("filled");
            return done;
          },
          .reached = std::move(reached),
          .room = [](const fs::path&) { return std::uint64_t{1} << 40; }};
}

/// A file of the earlier form: the first migration alone, a row in the file and one in its WAL, as a kill leaves it.
void make_earlier(const fs::path& file) {
  const pid_t child = fork();
  if (child == 0) {
    auto database = open_migrated(file, DuckOptions{}, Forms{std::span(kOld).first(1)});
    auto connection = (*database)->connect();
    (void)(*connection)->exec("INSERT INTO t VALUES (1)");
    (void)(*connection)->exec("CHECKPOINT");
    (void)(*connection)->exec("INSERT INTO t VALUES (2)");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(fs::exists(file.string() + ".wal"));
}

std::string rows_of(DuckDatabase& database) {
  auto connection = database.connect().value();
  auto rows = connection->query("SELECT string_agg(concat(z, '/', y), ' ' ORDER BY z) FROM t");
  if (!rows) return rows.error().message;
  return (*rows)->next().value_or(false) ? std::string((*rows)->text(0)) : "";
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path().filename().string());
  std::ranges::sort(out);
  return out;
}

TEST(Rebuild, BringsTheRowsOverAndKeepsTheEarlierFileUntilItIsForgotten) {
  const TempDir dir;
  const fs::path file = dir / "a.db";
  make_earlier(file);
  {
    auto database = open_rebuilt(file, DuckOptions{}, plan());
    ASSERT_TRUE(database) << database.error().message;
    EXPECT_EQ(rows_of(**database), "10/1 20/1") << "also what only the WAL had";
  }
  EXPECT_THAT(names_in(file.parent_path()), ::testing::ElementsAre("a.db", "a.db.before-rebuild"));
  for (const std::string& name : names_in(file.parent_path())) EXPECT_EQ(is_of_rebuild(name), name != "a.db") << name;
  auto earlier = open_migrated(file.string() + ".before-rebuild", DuckOptions{}, Forms{kOld});
  EXPECT_TRUE(earlier && *earlier) << "whole, and of its own form";
  earlier->reset();
  {
    auto again = open_rebuilt(file, DuckOptions{}, plan([](std::string_view step) { ADD_FAILURE() << step; }));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(rows_of(**again), "10/1 20/1");
  }
  forget_earlier(file);
  EXPECT_THAT(names_in(file.parent_path()), ::testing::ElementsAre("a.db"));
}

TEST(Rebuild, AKillAtAnyStepLeavesAFileThatTheNextStartFinishes) {
  std::vector<std::string> steps;
  {
    const TempDir dir;
    make_earlier(dir / "a.db");
    ASSERT_TRUE(open_rebuilt(dir / "a.db", DuckOptions{}, plan([&](auto step) { steps.emplace_back(step); })));
  }
  EXPECT_THAT(steps, ::testing::ElementsAre("earlier", "schema", "filled", "fresh", "kept", "placed"));
  for (const std::string& last : steps) {
    SCOPED_TRACE(last);
    const TempDir dir;
    const fs::path file = dir / "a.db";
    make_earlier(file);
    const pid_t child = fork();
    if (child == 0) {
      (void)open_rebuilt(file, DuckOptions{}, plan([&](std::string_view step) {
                           if (step == last) ::kill(::getpid(), SIGKILL);
                         }));
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto looked = look_at(file, DuckOptions{}, plan().forms);
    ASSERT_TRUE(looked) << looked.error().message;
    EXPECT_EQ(looked->earlier, last != "placed");
    auto database = open_rebuilt(file, DuckOptions{}, plan());
    ASSERT_TRUE(database) << database.error().message;
    EXPECT_EQ(rows_of(**database), "10/1 20/1");
    database->reset();
    EXPECT_THAT(names_in(file.parent_path()), ::testing::ElementsAre("a.db", "a.db.before-rebuild"));
  }
}

TEST(Rebuild, WithoutRoomNothingIsKept) {
  for (const std::uint64_t times : {1u, 2u}) {
    const TempDir dir;
    const fs::path file = dir / "a.db";
    make_earlier(file);
    auto how = plan();
    how.room = [&](const fs::path&) { return times * fs::file_size(file); };
    auto database = open_rebuilt(file, DuckOptions{}, how);
    ASSERT_TRUE(database) << database.error().message;
    EXPECT_EQ(rows_of(**database), "10/1 20/1");
    EXPECT_EQ(fs::exists(file.string() + ".before-rebuild"), times == 2);
  }
}

TEST(Rebuild, OneThatFailsLeavesTheFileAsItWas) {
  const TempDir dir;
  const fs::path file = dir / "a.db";
  make_earlier(file);
  auto how = plan();
  how.fill = [](DuckConnection& connection, const Reached&) {
    return connection.exec("INSERT INTO t SELECT * FROM earlier.nothing");
  };
  std::string settled;
  how.reached = [&](std::string_view step) {
    if (step == "earlier") settled = bytes_of(file);
  };
  const auto failed = open_rebuilt(file, DuckOptions{}, how);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("It is as it was."));
  EXPECT_THAT(names_in(file.parent_path()), ::testing::ElementsAre("a.db"));
  EXPECT_EQ(bytes_of(file), settled);
}

TEST(Rebuild, ANewFileIsOfThePresentForm) {
  const TempDir dir;
  auto database = open_rebuilt(dir / "a.db", DuckOptions{}, plan([](std::string_view step) { ADD_FAILURE() << step; }));
  ASSERT_TRUE(database) << database.error().message;
  EXPECT_EQ(rows_of(**database), "");
}

/// A file of the earlier form with many rows, of which a block says something else than was written.
void make_damaged(const fs::path& file) {
  std::int64_t block = -1;
  {
    auto connection = open_migrated(file, DuckOptions{}, Forms{kOld}).value()->connect().value();
    ASSERT_TRUE(connection->exec("INSERT INTO t SELECT hash(i) % 100000000, i FROM range(100000) r(i); CHECKPOINT"));
    auto rows = connection->query(
        "SELECT block_id FROM pragma_storage_info('t') WHERE column_name = 'x' AND row_group_id = 3 AND block_id >= 0");
    ASSERT_TRUE(rows && (*rows)->next().value());
    block = (*rows)->i64(0);
  }
  std::fstream io(file, std::ios::in | std::ios::out | std::ios::binary);
  io.seekp(3 * 4096 + block * 65'536 + 1'000);
  for (int i = 0; i < 512; ++i) io.put('\x5a');
}

TEST(Rebuild, RowsThatTheDiskDoesNotGiveBackAreLostAndNoOthers) {
  const TempDir dir;
  const fs::path file = dir / "a.db";
  make_damaged(file);
  auto how = plan();
  const auto refused = open_rebuilt(file, DuckOptions{}, how);
  ASSERT_FALSE(refused) << "a table that must be whole";
  EXPECT_EQ(cause_of(refused.error()), DuckCause::damage);
  constexpr std::string_view kMay[] = {"t"};
  how.may_lose = kMay;
  std::uint64_t lost = 0;
  how.lost = [&](std::string_view table, std::uint64_t rows) {
    EXPECT_EQ(table, "t");
    lost = rows;
  };
  auto database = open_rebuilt(file, DuckOptions{}, how);
  ASSERT_TRUE(database) << database.error().message;
  auto connection = (*database)->connect().value();
  auto rows = connection->query("SELECT count(*), count(DISTINCT y) FROM t");
  ASSERT_TRUE(rows && (*rows)->next().value());
  EXPECT_GT(lost, 0u);
  EXPECT_LE(lost, 2 * 16'384u) << "what stands in one block";
  EXPECT_EQ((*rows)->u64(0), 100'000 - lost);
  EXPECT_EQ((*rows)->u64(1), 100'000 - lost) << "none twice";
  EXPECT_THAT(names_in(dir.path()), ::testing::ElementsAre("a.db", "a.db.before-rebuild"));
}

std::int64_t number(DuckConnection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  return rows && (*rows)->next().value_or(false) ? (*rows)->i64(0) : -1;
}

TEST(WriteCompact, HalfOfTheRowsAreHalfOfTheFileAndAllElseIsAsBefore) {
  const TempDir dir;
  const fs::path from = dir / "a.db", to = dir / "b.db";
  {
    auto connection = DuckDatabase::open(from, DuckOptions{}).value()->connect().value();
    ASSERT_TRUE(
        connection->exec("CREATE TABLE t (x UINTEGER NOT NULL, y UBIGINT NOT NULL DEFAULT 7);"
                         "CREATE VIEW v AS SELECT max(x) AS x FROM t;"
                         "INSERT INTO t SELECT i, hash(i) FROM range(400000) r(i) ORDER BY i;"
                         "CHECKPOINT; DELETE FROM t WHERE x % 100000 >= 50000; CHECKPOINT; CHECKPOINT"));
  }
  const auto before = fs::file_size(from);
  const auto done = write_compact(from, to, DuckOptions{.memory_limit_bytes = 64u << 20, .temp_directory = {}});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_LT(fs::file_size(to), before * 55 / 100);
  EXPECT_THAT(names_in(dir.path()), ::testing::ElementsAre("a.db", "b.db"));
  EXPECT_EQ(bytes_of(to).substr(12, 8), bytes_of(from).substr(12, 8)) << "storage version";
  auto connection = DuckDatabase::open(to, DuckOptions{}).value()->connect().value();
  EXPECT_EQ(number(*connection, "SELECT count(*) FROM t"), 200'000);
  constexpr std::string_view kFalls =
      "SELECT count(*) FROM (SELECT x <= lag(x) OVER (ORDER BY rowid) AS f FROM t) WHERE f";
  EXPECT_EQ(number(*connection, kFalls), 0);
  EXPECT_EQ(number(*connection, "SELECT x FROM v"), 349'999);
  EXPECT_EQ(number(*connection, "SELECT block_size FROM pragma_database_size() WHERE database_name = 'hitkeep'"),
            65'536);
  EXPECT_EQ(number(*connection, "SELECT max(count) FROM pragma_storage_info('t')"), 16'384);
  ASSERT_TRUE(connection->exec("INSERT INTO t (x) VALUES (1)"));
  EXPECT_EQ(number(*connection, "SELECT y FROM t WHERE x = 1 ORDER BY rowid DESC LIMIT 1"), 7) << "defaults, too";
}

TEST(WriteCompact, OneThatFailsOrIsToldToStopLeavesNothing) {
  const TempDir dir;
  const fs::path from = dir / "a.db", to = dir / "b.db";
  {
    auto connection = DuckDatabase::open(from, DuckOptions{}).value()->connect().value();
    ASSERT_TRUE(connection->exec("CREATE TABLE t AS SELECT i FROM range(1000) r(i); CHECKPOINT"));
  }
  std::stop_source told;
  told.request_stop();
  EXPECT_FALSE(write_compact(from, to, DuckOptions{}, told.get_token()));
  std::ofstream(from, std::ios::binary | std::ios::in) << "no database";
  EXPECT_FALSE(write_compact(from, to, DuckOptions{}));
  EXPECT_THAT(names_in(dir.path()), ::testing::ElementsAre("a.db"));
}

}  // namespace
}  // namespace hk::db

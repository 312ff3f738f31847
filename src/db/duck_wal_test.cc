#include "db/duck_wal.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "base/testing/temp_dir.h"
#include "db/duck.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;
using hk::testing::TempDir;

/// A file with one row, and in its WAL two transactions of `rows` rows each.
void make(const fs::path& file, int rows) {
  const pid_t child = fork();
  if (child == 0) {
    auto connection = std::move(*(*DuckDatabase::open(file, {}))->connect());
    (void)connection->exec("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (-1); CHECKPOINT");
    for (int n = 0; n < 2; ++n)
      (void)connection->exec("BEGIN; INSERT INTO t SELECT i FROM range(" + std::to_string(rows) +
                             ") r(i) ORDER BY i; DELETE FROM t WHERE x = -1; COMMIT");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
}

std::int64_t rows_in(const fs::path& file) {
  auto database = DuckDatabase::open(file, {});
  if (!database) return -1;
  auto rows = (*database)->connect().value()->query("SELECT count(*) FROM t");
  return rows && (*rows)->next().value_or(false) ? (*rows)->i64(0) : -1;
}

TEST(DuckWal, WhatWasNotCommittedIsNotThere) {
  for (const int rows : {10, 40'000}) {  // less than a row group, and several
    for (const int lost : {0, 1, 5, 20, 40, 400}) {
      const TempDir dir;
      const fs::path file = dir / "a.db", wal = file.string() + ".wal";
      make(file, rows);
      fs::resize_file(wal, fs::file_size(wal) - static_cast<std::uintmax_t>(lost));
      const auto seen = rows_in(file);
      if (lost == 0)
        EXPECT_EQ(seen, 2 * rows);
      else if (lost <= 40)
        EXPECT_EQ(seen, rows) << lost;
      else
        EXPECT_TRUE(seen == rows || seen == 1) << seen;
    }
  }
}

TEST(DuckWal, NothingIsCutThatIsWholeOrSomethingElse) {
  const TempDir dir;
  const fs::path file = dir / "a.db", wal = file.string() + ".wal";
  EXPECT_TRUE(cut_uncommitted(wal)) << "there is none";
  make(file, 20'000);
  const auto size = fs::file_size(wal);
  EXPECT_TRUE(cut_uncommitted(wal));
  EXPECT_EQ(fs::file_size(wal), size);
  const auto database = fs::file_size(file);
  EXPECT_TRUE(cut_uncommitted(file));
  EXPECT_EQ(fs::file_size(file), database);
}

}  // namespace
}  // namespace hk::db

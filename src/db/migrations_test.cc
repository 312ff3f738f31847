#include "db/migrations.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "base/testing/result.h"
#include "base/testing/temp_dir.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;
using hk::testing::TempDir;

constexpr Migration kDuck[] = {
    {"0001_base",
     "-- a comment; with a semicolon\nCREATE TABLE a (x INTEGER, note VARCHAR); /* another; one */\n"
     "INSERT INTO a VALUES (1, 'it''s; fine');CREATE VIEW v AS SELECT x AS \"odd;name\" FROM a"},
    {"0002_more", "CREATE TABLE b (y UUID);\nINSERT INTO a VALUES (2, '');\n"},
    {"0003_alter", "ALTER TABLE b ADD COLUMN z INTEGER DEFAULT 7;"},
};
constexpr Migration kSqlite[] = {
    {"0001_base",
     "-- a comment; with a semicolon\nCREATE TABLE a (x INTEGER PRIMARY KEY NOT NULL, note TEXT) STRICT;\n"
     "INSERT INTO a VALUES (1, 'it''s; fine');CREATE INDEX i ON a (note)"},
    {"0002_more", "CREATE TABLE b (y BLOB PRIMARY KEY) STRICT;\nINSERT INTO a VALUES (2, '');\n"},
    {"0003_alter", "ALTER TABLE b ADD COLUMN z INTEGER DEFAULT 7;"},
};

/// Both engines behind one face, so that every test counts for both.
struct DuckEngine {
  static void run(DuckDatabase& database, std::string_view sql) { (void)database.connect().value()->exec(sql).value(); }
  static constexpr std::span<const Migration> kMigrations = kDuck;
  static Result<std::shared_ptr<DuckDatabase>> open(const fs::path& file, std::span<const Migration> migrations,
                                                    const AfterStatement& after = {}) {
    return open_migrated(file, DuckOptions{}, Forms{migrations}, after);
  }
  static Result<std::shared_ptr<DuckDatabase>> look(const fs::path& file, std::span<const Migration> migrations) {
    auto looked = look_at(file, DuckOptions{}, Forms{migrations});
    if (!looked) return std::unexpected(looked.error());
    return looked->complete ? looked->handle : nullptr;
  }
  static constexpr std::string_view kFuture = "INSERT INTO migrations VALUES ('9999_future', now())";
  static std::string dump(DuckDatabase& database) {
    auto c = database.connect().value();
    std::string out;
    for (const char* sql : {"SELECT sql FROM duckdb_tables() WHERE NOT internal ORDER BY table_name",
                            "SELECT sql FROM duckdb_views() WHERE NOT internal ORDER BY view_name",
                            "SELECT name FROM migrations", "SELECT x || note FROM a ORDER BY x"}) {
      auto rows = c->query(sql).value();
      while (rows->next().value()) (out += rows->text(0)) += '\n';
    }
    return out;
  }
  static void foreign(const fs::path& file, std::string_view sql) { run(*DuckDatabase::open(file, {}).value(), sql); }
};
struct SqliteEngine {
  static void run(Sqlite& sqlite, std::string_view sql) { (void)sqlite.exec(sql).value(); }
  static constexpr std::span<const Migration> kMigrations = kSqlite;
  static Result<std::unique_ptr<Sqlite>> open(const fs::path& file, std::span<const Migration> migrations,
                                              const AfterStatement& after = {}) {
    return open_migrated(file, migrations, {}, after);
  }
  static Result<std::unique_ptr<Sqlite>> look(const fs::path& file, std::span<const Migration> migrations) {
    auto looked = look_at(file, migrations);
    if (!looked) return std::unexpected(looked.error());
    return looked->complete ? std::move(looked->handle) : nullptr;
  }
  static constexpr std::string_view kFuture = "INSERT INTO migrations VALUES ('9999_future', 0)";
  static std::string dump(Sqlite& sqlite) {
    std::string out;
    for (const char* sql : {"SELECT coalesce(sql, '') FROM sqlite_schema ORDER BY name", "SELECT name FROM migrations",
                            "SELECT x || note FROM a ORDER BY x"})
      (void)sqlite.rows(sql, {}, [&](const SqlRow& row) { (out += row.text(0)) += '\n'; }).value();
    return out;
  }
  static void foreign(const fs::path& file, std::string_view sql) {
    run(*Sqlite::open(file, Sqlite::Mode::read_write).value(), sql);
  }
};

/// Every file of a directory: name, bytes, time of the last change.
std::map<std::string, std::string> snapshot(const fs::path& dir) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::directory_iterator(dir)) {
    struct stat info{};
    stat(entry.path().c_str(), &info);
    std::ifstream in(entry.path(), std::ios::binary);
    out[entry.path().filename()] = std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) +
                                   std::string(std::istreambuf_iterator<char>(in), {});
  }
  return out;
}

/// Runs `body` in a child, which ends by SIGKILL (true) or by itself (false).
template <class Body>
bool killed(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << status;
  return WIFSIGNALED(status);
}

template <class Engine>
class Migrations : public ::testing::Test {
 protected:
  TempDir dir_;
  fs::path file_ = dir_ / "file.db";

  /// The sentence of the refusal, having checked that nothing in the directory changed.
  std::string refusal(std::span<const Migration> migrations = Engine::kMigrations) {
    const auto before = snapshot(dir_.path());
    auto looked = Engine::look(file_, migrations);
    EXPECT_FALSE(looked);
    EXPECT_TRUE(before == snapshot(dir_.path())) << "the refused file was touched";
    EXPECT_FALSE(Engine::open(file_, migrations));
    return looked ? "(fine)" : looked.error().message;
  }
};
using Engines = ::testing::Types<DuckEngine, SqliteEngine>;
TYPED_TEST_SUITE(Migrations, Engines);

TYPED_TEST(Migrations, RunOnceInOrder) {
  std::string first;
  {
    auto opened = TypeParam::open(this->file_, TypeParam::kMigrations);
    ASSERT_OK(opened);
    first = TypeParam::dump(**opened);
    EXPECT_NE(first.find("1it's; fine"), std::string::npos) << first;
  }
  int statements = 0;
  auto again = TypeParam::open(this->file_, TypeParam::kMigrations, [&] { ++statements; });
  ASSERT_OK(again);
  EXPECT_EQ(statements, 0);
  EXPECT_EQ(TypeParam::dump(**again), first);
}

TYPED_TEST(Migrations, OldFilesGetWhatIsNew) {
  {
    ASSERT_OK(TypeParam::open(this->file_, TypeParam::kMigrations.first(1)));
  }
  TempDir other;
  auto fresh = TypeParam::open(other / "file.db", TypeParam::kMigrations);
  auto grown = TypeParam::open(this->file_, TypeParam::kMigrations);
  ASSERT_OK(grown);
  EXPECT_EQ(TypeParam::dump(**grown), TypeParam::dump(**fresh));
}

TYPED_TEST(Migrations, SurviveAKillAfterEveryStatement) {
  std::string expected;
  int statements = 0;
  {
    TempDir clean;
    auto opened = TypeParam::open(clean / "file.db", TypeParam::kMigrations, [&] { ++statements; });
    ASSERT_OK(opened);
    expected = TypeParam::dump(**opened);
  }
  ASSERT_GT(statements, 12);
  for (int n = 1; n <= statements; ++n) {
    TempDir dir;
    const fs::path file = dir / "file.db";
    ASSERT_TRUE(killed([&] {
      int seen = 0;
      (void)TypeParam::open(file, TypeParam::kMigrations, [&] {
        if (++seen == n) kill(getpid(), SIGKILL);
      });
    })) << n;
    auto opened = TypeParam::open(file, TypeParam::kMigrations);
    ASSERT_TRUE(opened) << "killed after statement " << n << ": " << opened.error().message;
    EXPECT_EQ(TypeParam::dump(**opened), expected) << n;
  }
}

TYPED_TEST(Migrations, SurviveAKillAtAnyMoment) {
  for (int n = 0; n < 12; ++n) {
    TempDir dir;
    const fs::path file = dir / "file.db";
    const pid_t child = fork();
    if (child == 0) {
      (void)TypeParam::open(file, TypeParam::kMigrations);
      _exit(0);
    }
    usleep(static_cast<useconds_t>(n * 2500));  // no wait for anything: any moment will do
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    auto opened = TypeParam::open(file, TypeParam::kMigrations);
    ASSERT_TRUE(opened) << n << ": " << opened.error().message;
  }
}

TYPED_TEST(Migrations, AFailureNamesItsMigrationAndChangesNothing) {
  std::string before;
  {
    auto opened = TypeParam::open(this->file_, TypeParam::kMigrations.first(1));
    ASSERT_OK(opened);
    before = TypeParam::dump(**opened);
  }
  const Migration bad[] = {TypeParam::kMigrations[0], {"0002_bad", "CREATE TABLE c (x INTEGER); SELECT nothing;"}};
  auto failed = TypeParam::open(this->file_, bad);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("Migration 0002_bad failed"), std::string::npos) << failed.error().message;
  auto opened = TypeParam::open(this->file_, TypeParam::kMigrations.first(1));
  ASSERT_OK(opened);
  EXPECT_EQ(TypeParam::dump(**opened), before);
}

TYPED_TEST(Migrations, ANewerFileIsRefusedUntouched) {
  {
    ASSERT_OK(TypeParam::open(this->file_, TypeParam::kMigrations));
  }
  const std::string sentence = this->refusal(TypeParam::kMigrations.first(2));
  EXPECT_NE(sentence.find("was written by a newer HitKeep (migration 0003_alter); start that version or newer"),
            std::string::npos)
      << sentence;
}

TYPED_TEST(Migrations, ALookReadsTheWalOfAKilledProgramAndLeavesItAsItIs) {
  ASSERT_OK(TypeParam::open(this->file_, TypeParam::kMigrations));
  for (const std::string_view sql : {std::string_view("INSERT INTO a VALUES (3, 'late')"), TypeParam::kFuture}) {
    ASSERT_TRUE(killed([&] {
      auto opened = TypeParam::open(this->file_, TypeParam::kMigrations);
      TypeParam::run(**opened, sql);
      kill(getpid(), SIGKILL);
    }));
    ASSERT_GT(snapshot(this->dir_.path()).size(), 1u) << "no WAL";
    if (sql == TypeParam::kFuture) continue;
    const auto before = snapshot(this->dir_.path());
    {
      auto looked = TypeParam::look(this->file_, TypeParam::kMigrations);
      ASSERT_OK(looked);
      EXPECT_NE(TypeParam::dump(**looked).find("3late"), std::string::npos);
    }
    EXPECT_TRUE(before == snapshot(this->dir_.path()));
  }
  EXPECT_NE(this->refusal().find("(migration 9999_future)"), std::string::npos);
}

TYPED_TEST(Migrations, ALookFindsNothingWhereMigrationsAreMissing) {
  auto looked = TypeParam::look(this->file_, TypeParam::kMigrations);
  ASSERT_OK(looked);
  EXPECT_FALSE(*looked);
  ASSERT_OK(TypeParam::open(this->file_, TypeParam::kMigrations.first(2)));
  const auto before = snapshot(this->dir_.path());
  looked = TypeParam::look(this->file_, TypeParam::kMigrations);
  ASSERT_OK(looked);
  EXPECT_FALSE(*looked);
  EXPECT_TRUE(before == snapshot(this->dir_.path()));
}

TYPED_TEST(Migrations, AForeignDatabaseIsRefusedUntouched) {
  TypeParam::foreign(this->file_, "CREATE TABLE theirs (a INTEGER)");
  EXPECT_NE(this->refusal().find("is the database of another program"), std::string::npos);
}

TYPED_TEST(Migrations, NoDatabaseIsRefusedUntouched) {
  std::ofstream(this->file_) << "this is a text file and no database";
  EXPECT_NE(this->refusal().find("database; nothing was changed"), std::string::npos);
}

TEST(SqliteMigrations, WhatIsLeftOfTheOldShapeComesFirst) {
  TempDir dir;
  int calls = 0;
  const BeforeMigrating before = [&]() -> Result<void> {
    ++calls;
    return {};
  };
  ASSERT_OK(open_migrated(dir / "file.db", std::span(kSqlite).first(2), before));
  EXPECT_EQ(calls, 0) << "a new file has no old shape";
  ASSERT_OK(open_migrated(dir / "file.db", std::span(kSqlite).first(2), before));
  EXPECT_EQ(calls, 0);
  const BeforeMigrating refuse = [] { return fail(Code::unavailable, "not now"); };
  EXPECT_EQ(open_migrated(dir / "file.db", kSqlite, refuse).error().message, "not now");
  ASSERT_OK(open_migrated(dir / "file.db", kSqlite, before));
  EXPECT_EQ(calls, 1);
}

// ---- the original's files, which are DuckDB's ------------------------------------------------------

constexpr std::string_view kOriginal =
    "CREATE TABLE migrations (migration VARCHAR PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL);"
    "INSERT INTO migrations VALUES ('2025_05_11_000000_create_base_tables.sql', TIMESTAMPTZ '2026-01-01');"
    "CREATE TABLE sites (id UUID PRIMARY KEY, domain VARCHAR);";

using DuckMigrations = Migrations<DuckEngine>;

TEST_F(DuckMigrations, TheOriginalsFileIsRefusedUntouched) {
  DuckEngine::foreign(file_, kOriginal);
  const std::string sentence = refusal();
  EXPECT_NE(sentence.find(file_.string() + " belongs to the original HitKeep"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("HITKEEP_DATA_PATH"), std::string::npos);
}

TEST_F(DuckMigrations, TheOriginalsFileIsRefusedUntouchedAfterAKill) {
  // Everything is in the WAL still, as the original leaves it when it is killed in its first minutes.
  ASSERT_TRUE(killed([&] {
    auto database = DuckDatabase::open(file_, {}).value();
    (void)database->connect().value()->exec(kOriginal);
    kill(getpid(), SIGKILL);
  }));
  ASSERT_TRUE(fs::exists(file_.string() + ".wal"));
  EXPECT_NE(refusal().find("belongs to the original HitKeep"), std::string::npos);
}

TEST_F(DuckMigrations, AWalThatCannotBeReplayedIsLeftAsItIs) {
  ASSERT_TRUE(killed([&] {
    auto database = DuckDatabase::open(file_, {}).value();
    auto c = database->connect().value();
    (void)c->exec(kOriginal);
    (void)c->exec("ALTER TABLE sites ADD COLUMN created_at TIMESTAMPTZ DEFAULT now()");
    kill(getpid(), SIGKILL);
  }));
  const std::string sentence = refusal();
  EXPECT_NE(sentence.find("original"), std::string::npos) << sentence;
}

}  // namespace
}  // namespace hk::db

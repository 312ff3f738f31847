#include "db/sqlite.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/testing/result.h"
#include "base/testing/temp_dir.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;
using hk::testing::TempDir;

constexpr std::string_view kSchema = R"(
  CREATE TABLE users (id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16), email TEXT NOT NULL UNIQUE, age INTEGER) STRICT;
  CREATE TABLE pets (id INTEGER PRIMARY KEY NOT NULL, owner BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                     weight REAL) STRICT;)";

Uuid id(std::uint8_t n) {
  Uuid out;
  out.bytes[15] = n;
  return out;
}

class SqliteTest : public ::testing::Test {
 protected:
  TempDir dir_;
  fs::path file_ = dir_ / "control.db";
  std::unique_ptr<Sqlite> db_ = Sqlite::open(file_, Sqlite::Mode::read_write).value();

  void SetUp() override { ASSERT_OK(db_->exec(kSchema)); }
  std::int64_t number(Sqlite& db, std::string_view sql) {
    std::int64_t out = -1;
    auto read = db.rows(sql, {}, [&](const SqlRow& row) { out = row.i64(0); });
    EXPECT_TRUE(read) << read.error().message;
    return out;
  }
};

TEST_F(SqliteTest, WritesAndReadsEveryKindOfValue) {
  EXPECT_EQ(
      db_->run("INSERT INTO users VALUES (?1, ?2, ?3)", {id(1), std::string("a\0b", 3), std::int64_t{-7}}).value(), 1);
  EXPECT_EQ(db_->run("INSERT INTO users VALUES (?1, ?2, ?3)", {id(2), "", {}}).value(), 1);
  ASSERT_OK(db_->run("INSERT INTO pets VALUES (1, ?1, ?2)", {id(1), 2.5}));
  int seen = 0;
  ASSERT_OK(db_->rows("SELECT users.id, email, age, weight FROM users LEFT JOIN pets ON owner = users.id ORDER BY 1",
                      {}, [&](const SqlRow& row) {
                        const bool first = seen++ == 0;
                        EXPECT_EQ(row.uuid(0), id(first ? 1 : 2));
                        EXPECT_EQ(row.text(1), first ? std::string_view("a\0b", 3) : "");
                        EXPECT_FALSE(row.is_null(1));
                        EXPECT_EQ(row.is_null(2), !first);
                        EXPECT_EQ(row.i64(2), first ? -7 : 0);
                        EXPECT_EQ(row.f64(3), first ? 2.5 : 0);
                      }));
  EXPECT_EQ(seen, 2);
}

TEST_F(SqliteTest, ConstraintsSayWhatIsWrongAndWhere) {
  ASSERT_OK(db_->run("INSERT INTO users VALUES (?1, 'a@b.c', 1)", {id(1)}));
  const auto refusal = [&](std::string_view sql, const std::vector<SqlValue>& params) {
    auto done = db_->run(sql, params);
    EXPECT_FALSE(done);
    return done ? Error{} : done.error();
  };
  const Error unique = refusal("INSERT INTO users VALUES (?1, 'a@b.c', 1)", {id(2)});
  EXPECT_EQ(unique.code, Code::conflict);
  EXPECT_EQ(unique.field, "email");
  EXPECT_EQ(refusal("INSERT INTO users VALUES (?1, 'x', 1)", {id(1)}).code, Code::conflict);
  const Error missing = refusal("INSERT INTO users VALUES (?1, NULL, 1)", {id(3)});
  EXPECT_EQ(missing.code, Code::invalid);
  EXPECT_EQ(missing.field, "email");
  EXPECT_EQ(refusal("INSERT INTO users VALUES ('short', 'x', 1)", {}).code, Code::invalid) << "STRICT: text is no BLOB";
  EXPECT_EQ(refusal("INSERT INTO users VALUES (x'01', 'x', 1)", {}).code, Code::invalid);
  EXPECT_EQ(refusal("INSERT INTO pets VALUES (1, ?1, 1)", {id(9)}).code, Code::invalid) << "foreign keys are on";
  EXPECT_EQ(refusal("SELECT nothing", {}).code, Code::internal);
  EXPECT_EQ(refusal("SELECT \"nothing\"", {}).code, Code::internal) << "double quotes make no text";
  EXPECT_EQ(refusal("SELECT 1; SELECT 2", {}).code, Code::internal);
  EXPECT_EQ(refusal("  ", {}).code, Code::internal);
  EXPECT_EQ(refusal("SELECT ?1", {}).code, Code::internal);
  EXPECT_EQ(number(*db_, "SELECT count(*) FROM users"), 1);
}

TEST_F(SqliteTest, AStatementMayRunInsideItsOwnRows) {
  int depth = 0, calls = 0;
  const std::string sql = "SELECT 1 UNION ALL SELECT 2";
  std::function<void(const SqlRow&)> each = [&](const SqlRow&) {
    ++calls;
    if (depth++ == 0) EXPECT_TRUE(db_->rows(sql, {}, each));
    --depth;
  };
  ASSERT_OK(db_->rows(sql, {}, each));
  EXPECT_EQ(calls, 6);
}

TEST_F(SqliteTest, MoreTextsThanTheCacheHoldsStillRun) {
  for (int i = 0; i < 300; ++i) EXPECT_EQ(number(*db_, "SELECT " + std::to_string(i)), i);
}

TEST_F(SqliteTest, SettingsAreAsPromised) {
  EXPECT_EQ(number(*db_, "PRAGMA foreign_keys"), 1);
  EXPECT_EQ(number(*db_, "PRAGMA secure_delete"), 1);
  EXPECT_EQ(number(*db_, "PRAGMA synchronous"), 2);
  EXPECT_EQ(number(*db_, "PRAGMA trusted_schema"), 0);
  EXPECT_EQ(number(*Sqlite::open(file_, Sqlite::Mode::apply).value(), "PRAGMA foreign_keys"), 0);
  auto reader = Sqlite::open(file_, Sqlite::Mode::read_only).value();
  ASSERT_OK(db_->run("INSERT INTO users VALUES (?1, 'a@b.c', 1)", {id(1)}));
  EXPECT_EQ(number(*reader, "SELECT count(*) FROM users"), 1) << "a reader sees what was committed";
  EXPECT_FALSE(reader->run("DELETE FROM users"));
}

TEST_F(SqliteTest, DeletedTextIsOverwritten) {
  const std::string secret = "someone-private@example.org";
  ASSERT_OK(db_->run("INSERT INTO users VALUES (?1, ?2, 1)", {id(1), secret}));
  ASSERT_OK(db_->exec("PRAGMA wal_checkpoint(TRUNCATE)"));
  ASSERT_OK(db_->run("DELETE FROM users"));
  ASSERT_OK(db_->exec("PRAGMA wal_checkpoint(TRUNCATE)"));
  std::ifstream in(file_, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(bytes.find(secret), std::string::npos);
}

TEST_F(SqliteTest, AChangesetDoesElsewhereWhatWasDoneHere) {
  auto copy = Sqlite::open(dir_ / "copy.db", Sqlite::Mode::apply).value();
  ASSERT_OK(copy->exec(kSchema));
  const auto carry = [&](std::initializer_list<std::string_view> sql) {
    ASSERT_OK(db_->exec("BEGIN IMMEDIATE"));
    ASSERT_OK(db_->record_changes());
    for (auto one : sql) ASSERT_OK(db_->run(one, {}));
    auto changes = db_->take_changeset();
    ASSERT_OK(changes);
    ASSERT_OK(db_->exec("COMMIT"));
    ASSERT_OK(copy->apply_changeset(*changes));
  };
  carry({"INSERT INTO users VALUES (zeroblob(16), 'a', 1)", "INSERT INTO pets VALUES (1, zeroblob(16), 1.5)",
         "INSERT INTO pets VALUES (2, zeroblob(16), 1.5)"});
  EXPECT_EQ(number(*copy, "SELECT count(*) FROM pets"), 2);
  carry({"UPDATE users SET age = 2", "DELETE FROM pets WHERE id = 2"});
  EXPECT_EQ(number(*copy, "SELECT age FROM users"), 2);
  carry({"DELETE FROM users"});  // the cascade travels in the changeset
  EXPECT_EQ(number(*copy, "SELECT (SELECT count(*) FROM pets) + (SELECT count(*) FROM users)"), 0);
}

TEST_F(SqliteTest, ARolledBackChangeLeavesItsChangeset) {
  ASSERT_OK(db_->exec("BEGIN IMMEDIATE"));
  ASSERT_OK(db_->record_changes());
  ASSERT_OK(db_->run("INSERT INTO users VALUES (?1, 'a', 1)", {id(1)}));
  const auto changes = db_->take_changeset().value();
  ASSERT_OK(db_->exec("ROLLBACK"));
  EXPECT_EQ(number(*db_, "SELECT count(*) FROM users"), 0);
  EXPECT_FALSE(changes.empty());
  // Nothing changed: nothing to carry.
  ASSERT_OK(db_->exec("BEGIN IMMEDIATE"));
  ASSERT_OK(db_->record_changes());
  ASSERT_OK(db_->run("DELETE FROM users"));
  EXPECT_EQ(db_->take_changeset().value(), "");
  ASSERT_OK(db_->exec("ROLLBACK"));

  auto apply = Sqlite::open(file_, Sqlite::Mode::apply).value();
  ASSERT_OK(apply->apply_changeset(changes));
  EXPECT_EQ(number(*db_, "SELECT count(*) FROM users"), 1);
  auto again = apply->apply_changeset(changes);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::conflict);
  EXPECT_NE(again.error().message.find("users"), std::string::npos);
  auto torn = apply->apply_changeset(std::string_view(changes).substr(0, changes.size() - 3));
  ASSERT_FALSE(torn);
  EXPECT_EQ(torn.error().code, Code::invalid);
  auto junk = apply->apply_changeset("junk");
  ASSERT_FALSE(junk);
  EXPECT_EQ(junk.error().code, Code::invalid);
  // A table of another shape, or none at all, is a conflict and not skipped.
  ASSERT_OK(apply->run("DELETE FROM users"));
  ASSERT_OK(apply->exec("ALTER TABLE users ADD COLUMN more TEXT"));
  EXPECT_EQ(apply->apply_changeset(changes).error().code, Code::conflict);
  ASSERT_OK(apply->exec("DROP TABLE users"));
  EXPECT_EQ(apply->apply_changeset(changes).error().code, Code::conflict);
}

// ---- files ---------------------------------------------------------------------------------------

std::string refusal(const fs::path& file, Sqlite::Mode mode = Sqlite::Mode::read_write) {
  auto opened = Sqlite::open(file, mode);
  if (opened) return "(opened)";
  EXPECT_EQ(opened.error().code, Code::unavailable);
  return opened.error().message;
}

TEST_F(SqliteTest, ACleanCloseLeavesNoWal) {
  db_.reset();
  EXPECT_TRUE(fs::exists(file_));
  EXPECT_FALSE(fs::exists(file_.string() + "-wal"));
}

TEST_F(SqliteTest, RefusesWhatIsNoDatabase) {
  std::ofstream(dir_ / "text.db") << "hello, this is not a database at all";
  EXPECT_NE(refusal(dir_ / "text.db").find("text.db is not an SQLite database"), std::string::npos);
  fs::create_directory(dir_ / "folder.db");
  EXPECT_NE(refusal(dir_ / "folder.db").find("is not a file"), std::string::npos);
  EXPECT_NE(refusal(dir_ / "none.db", Sqlite::Mode::read_only).find("does not exist"), std::string::npos);
  EXPECT_NE(refusal(dir_ / "no/folder.db").find("cannot be"), std::string::npos);
  std::ofstream(dir_ / "empty.db") << "";
  EXPECT_EQ(refusal(dir_ / "empty.db"), "(opened)");
}

TEST_F(SqliteTest, RefusesADamagedDatabase) {
  db_.reset();
  {
    std::fstream io(file_, std::ios::in | std::ios::out | std::ios::binary);
    io.seekp(100);  // the schema's page, behind the file header
    io << std::string(2000, '\xff');
  }
  EXPECT_NE(refusal(file_).find("is damaged"), std::string::npos) << refusal(file_);
}

TEST_F(SqliteTest, SaysWhenThePermissionIsMissing) {
  db_.reset();
  fs::permissions(file_, fs::perms::owner_read);
  fs::create_directory(dir_ / "locked");
  fs::permissions(dir_ / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  fs::permissions(dir_.path(), fs::perms::all);
  const pid_t child = fork();
  if (child == 0) {
    // Root may write everything: the check runs as somebody else.
    if (geteuid() == 0 && setuid(65534) != 0) _exit(9);
    const bool file_ok = refusal(file_).find("Permission denied") != std::string::npos;
    const bool folder_ok = refusal(dir_ / "locked/control.db").find("cannot be") != std::string::npos;
    _exit((file_ok ? 0 : 1) + (folder_ok ? 0 : 2));
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  fs::permissions(dir_ / "locked", fs::perms::owner_all);
}

}  // namespace
}  // namespace hk::db

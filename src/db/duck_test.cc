#include "db/duck.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <limits>
#include <thread>

#include "base/testing/result.h"
#include "base/testing/temp_dir.h"
#include "db/testing/failing_sync.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;
using hk::testing::TempDir;

Uuid uuid_of(std::string_view text) {
  return Uuid::parse(text).value_or(Uuid{});
}

std::shared_ptr<DuckDatabase> memory() {
  auto database = DuckDatabase::memory({});
  EXPECT_TRUE(database) << database.error().message;
  return *database;
}

/// The only cell of the first row.
std::int64_t number(DuckConnection& c, std::string_view sql, const std::vector<DuckValue>& params = {}) {
  auto rows = c.query(sql, params);
  EXPECT_TRUE(rows) << rows.error().message;
  if (!rows) return -1;
  auto more = (*rows)->next();
  EXPECT_TRUE(more && *more);
  return (*rows)->i64(0);
}

TEST(Duck, ReadsEveryTypeThatTheTablesUse) {
  auto database = memory();
  auto c = database->connect().value();
  auto rows = c->query(R"(SELECT true, 200::UTINYINT, 60000::USMALLINT, 4000000000::UINTEGER,
      18446744073709551615::UBIGINT, -5::INTEGER, -6::BIGINT, 1.25::DOUBLE, DATE '2026-11-25',
      TIMESTAMP_MS '2026-11-25 08:04:04.123', TIMESTAMP_S '2026-11-25 08:04:04', TIMESTAMP '2026-11-25 08:04:04.123456',
      TIMESTAMPTZ '1969-12-31 23:59:59.9995+00', '8a5edab2-82f4-4bd0-9d4b-1a2b3c4d5e6f'::UUID, 'short', 'longer than twelve bytes',
      sum(x), avg(x), 2.50::DECIMAL(9,2), NULL::VARCHAR, NULL::INTEGER FROM (VALUES (1), (2)) t(x))");
  ASSERT_OK(rows);
  auto& r = **rows;
  ASSERT_TRUE(r.next().value());
  EXPECT_EQ(r.columns(), 21u);
  EXPECT_EQ(r.i64(0), 1);
  EXPECT_EQ(r.i64(1), 200);
  EXPECT_EQ(r.u64(2), 60'000u);
  EXPECT_EQ(r.i64(3), 4'000'000'000);
  EXPECT_EQ(r.u64(4), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(r.i64(5), -5);
  EXPECT_EQ(r.f64(6), -6.0);
  EXPECT_EQ(r.f64(7), 1.25);
  EXPECT_EQ(r.i64(8), 20'782);
  EXPECT_EQ(r.i64(9), 1'795'593'844'123);
  EXPECT_EQ(r.i64(10), 1'795'593'844'000);
  EXPECT_EQ(r.i64(11), 1'795'593'844'123);
  EXPECT_EQ(r.i64(12), -1);  // half a millisecond before 1970 is in the millisecond before
  EXPECT_EQ(r.uuid(13), uuid_of("8a5edab2-82f4-4bd0-9d4b-1a2b3c4d5e6f"));
  EXPECT_EQ(r.text(14), "short");
  EXPECT_EQ(r.text(15), "longer than twelve bytes");
  EXPECT_EQ(r.i64(16), 3);  // HUGEINT
  EXPECT_EQ(r.f64(17), 1.5);
  EXPECT_EQ(r.f64(18), 2.5);
  EXPECT_TRUE(r.is_null(19));
  EXPECT_EQ(r.text(19), "");
  EXPECT_TRUE(r.is_null(20));
  EXPECT_EQ(r.i64(20), 0);
  EXPECT_FALSE(r.next().value());
}

TEST(Duck, BindsValuesOfTheColumnsOwnTypes) {
  auto database = memory();
  auto c = database->connect().value();
  const Uuid low = uuid_of("00000000-0000-0000-0000-000000000001");
  const Uuid high = uuid_of("ffffffff-ffff-4fff-bfff-ffffffffffff");
  auto rows = c->query("SELECT typeof($1), typeof($2), typeof($3), typeof($4), $5, $6, $7, $8",
                       {from_ms(5), DateValue{1}, std::uint32_t{7}, low, low, high, std::string("a\0b", 3), {}});
  ASSERT_OK(rows);
  ASSERT_TRUE((*rows)->next().value());
  EXPECT_EQ((*rows)->text(0), "TIMESTAMP_MS");
  EXPECT_EQ((*rows)->text(1), "DATE");
  EXPECT_EQ((*rows)->text(2), "UINTEGER");
  EXPECT_EQ((*rows)->text(3), "UUID");
  EXPECT_EQ((*rows)->uuid(4), low);
  EXPECT_EQ((*rows)->uuid(5), high);
  EXPECT_EQ((*rows)->text(6), std::string_view("a\0b", 3));
  EXPECT_TRUE((*rows)->is_null(7));

  auto named = c->prepare("SELECT $from::INTEGER + 1").value();
  ASSERT_OK(named->bind("from", std::int32_t{41}));
  auto first = named->run().value();
  ASSERT_TRUE(first->next().value());
  EXPECT_EQ(first->i64(0), 42);
  ASSERT_OK(named->bind("from", std::int32_t{1}));
  auto second = named->run().value();
  ASSERT_TRUE(second->next().value());
  EXPECT_EQ(second->i64(0), 2);
  EXPECT_EQ(first->i64(0), 42) << "a result stands on its own";
  EXPECT_FALSE(named->bind("until", std::int32_t{1}));
  EXPECT_FALSE(named->bind(std::size_t{2}, std::int32_t{1}));
}

TEST(Duck, AppendsMoreThanAChunkWithNullsAndLongTexts) {
  auto database = memory();
  auto c = database->connect().value();
  ASSERT_OK(
      c->exec("CREATE TABLE t (b BOOLEAN, u8 UTINYINT, u16 USMALLINT, u32 UINTEGER, u64 UBIGINT, i32 INTEGER, "
              "i64 BIGINT, f DOUBLE, ts TIMESTAMP_MS, d DATE, id UUID, name VARCHAR)"));
  constexpr std::uint32_t kRows = 5'000;  // two whole chunks and a part
  auto a = c->append_to("t").value();
  for (std::uint32_t i = 0; i < kRows; ++i) {
    a->boolean(i % 2 == 0);
    a->u8(static_cast<std::uint8_t>(i));
    a->u16(static_cast<std::uint16_t>(i));
    a->u32(i);
    a->u64(~std::uint64_t{i});
    a->i32(-static_cast<std::int32_t>(i));
    a->i64(-static_cast<std::int64_t>(i));
    a->f64(i / 2.0);
    a->time(from_ms(i));
    a->date(static_cast<Day>(i));
    Uuid id;
    id.bytes[0] = static_cast<std::uint8_t>(i);
    id.bytes[15] = static_cast<std::uint8_t>(i >> 8);
    a->uuid(id);
    if (i % 3 == 0)
      a->null();
    else if (i % 3 == 1)
      a->text("s" + std::to_string(i));
    else
      a->text("a text that is longer than twelve bytes " + std::to_string(i));
    ASSERT_OK(a->end_row());
  }
  ASSERT_OK(a->flush());
  auto rows = c->query("SELECT * FROM t ORDER BY u32").value();
  for (std::uint32_t i = 0; i < kRows; ++i) {
    ASSERT_TRUE(rows->next().value());
    ASSERT_EQ(rows->i64(0), i % 2 == 0 ? 1 : 0);
    ASSERT_EQ(rows->u64(1), i % 256);
    ASSERT_EQ(rows->u64(4), ~std::uint64_t{i});
    ASSERT_EQ(rows->i64(5), -static_cast<std::int64_t>(i));
    ASSERT_EQ(rows->f64(7), i / 2.0);
    ASSERT_EQ(rows->i64(8), i);
    ASSERT_EQ(rows->i64(9), i);
    ASSERT_EQ(rows->uuid(10).bytes[0], i % 256);
    ASSERT_EQ(rows->uuid(10).bytes[15], i >> 8);
    ASSERT_EQ(rows->is_null(11), i % 3 == 0);
    if (i % 3 == 1) ASSERT_EQ(rows->text(11), "s" + std::to_string(i));
    if (i % 3 == 2) ASSERT_EQ(rows->text(11), "a text that is longer than twelve bytes " + std::to_string(i));
  }
  EXPECT_FALSE(rows->next().value());

  // The same appender goes on after a flush.
  for (int i = 0; i < 11; ++i) a->null();
  a->text("\xff not UTF-8");
  ASSERT_OK(a->end_row());
  ASSERT_OK(a->flush());
  EXPECT_EQ(number(*c, "SELECT count(*) FROM t WHERE u32 IS NULL AND name IS NULL"), 1);
}

TEST(Duck, ReadsWholeColumns) {
  const auto database = DuckDatabase::memory({}).value();
  const auto c = database->connect().value();
  auto rows = c->query(
      "SELECT i::UINTEGER, (i * 1000)::UBIGINT, make_timestamp_ms(i * 7)::TIMESTAMP_MS, (i % 3)::UTINYINT FROM "
      "range(5000) r(i)");
  ASSERT_TRUE(rows) << rows.error().message;
  std::uint32_t next = 0;
  while (true) {
    const auto count = (*rows)->next_chunk();
    ASSERT_TRUE(count) << count.error().message;
    if (*count == 0) break;
    const auto ids = (*rows)->column<std::uint32_t>(0);
    const auto large = (*rows)->column<std::uint64_t>(1);
    const auto times = (*rows)->column<std::int64_t>(2);
    const auto small = (*rows)->column<std::uint8_t>(3);
    ASSERT_EQ(ids.size(), *count);
    for (std::size_t i = 0; i < *count; ++i, ++next) {
      ASSERT_EQ(ids[i], next);
      ASSERT_EQ(large[i], std::uint64_t{next} * 1'000);
      ASSERT_EQ(times[i], std::int64_t{next} * 7);
      ASSERT_EQ(small[i], next % 3);
    }
  }
  EXPECT_EQ(next, 5'000u);
}

/// Reads on: how many rows come, or why no more do.
Result<std::size_t> rest(DuckRows& rows) {
  std::size_t all = 0;
  while (true) {
    const auto count = rows.next_chunk();
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return all;
    all += *count;
  }
}

constexpr std::string_view kMany = "SELECT i FROM range(1000000) r(i)";

TEST(Duck, StreamsRowsAsTheyAreRead) {
  const auto database = memory();
  const auto c = database->connect().value();
  auto rows = c->stream("SELECT i::UINTEGER, 'row ' || i FROM range($1::BIGINT) r(i)", {std::int64_t{100'000}}).value();
  std::uint32_t next = 0;
  while (rows->next().value()) {
    ASSERT_EQ(rows->u64(0), next);
    ASSERT_EQ(rows->text(1), "row " + std::to_string(next));
    ++next;
  }
  EXPECT_EQ(next, 100'000u);
  EXPECT_EQ(rows->next_chunk().value(), 0u) << "there is still nothing more";
  EXPECT_FALSE(c->stream("SELECT nothing"));
  // Who has read enough leaves the rest.
  rows = c->stream(kMany).value();
  ASSERT_TRUE(rows->next().value());
  rows.reset();
  EXPECT_EQ(number(*c, "SELECT 1"), 1);
}

TEST(Duck, AStreamThatEndsEarlyIsAFailure) {
  const auto database = memory();
  const auto c = database->connect().value();
  auto rows = c->stream(kMany).value();
  ASSERT_TRUE(rows->next().value());
  c->interrupt();
  auto more = rest(*rows);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Code::busy);
  EXPECT_FALSE(rest(*rows)) << "and stays one";

  rows = c->stream(kMany).value();
  ASSERT_TRUE(rows->next().value());
  EXPECT_EQ(number(*c, "SELECT 1"), 1);
  EXPECT_FALSE(rest(*rows)) << "another statement has ended it";

  rows = c->stream("SELECT CASE WHEN i = 900000 THEN error('enough') ELSE i END FROM range(1000000) r(i)").value();
  more = rest(*rows);
  ASSERT_FALSE(more);
  EXPECT_NE(more.error().message.find("enough"), std::string::npos) << more.error().message;

  rows = c->stream(kMany).value();
  EXPECT_EQ(rest(*rows).value(), 1'000'000u);
}

/// With the memory limit reached by somebody else once the first rows are there.
TEST(Duck, AStreamThatFindsNoMemoryInItsMiddleIsAFailure) {
  TempDir dir;
  const auto database = DuckDatabase::open(dir / "hitkeep.db", {.memory_limit_bytes = 32u << 20, .threads = 1}).value();
  const auto c = database->connect().value();
  ASSERT_OK(c->exec("CREATE TABLE t AS SELECT random() AS a, random() AS b FROM range(1000000)"));
  ASSERT_OK(c->exec("CHECKPOINT"));
  const auto rows = c->stream("SELECT a FROM t").value();
  ASSERT_TRUE(rows->next().value());
  const auto other = database->connect().value();
  Result<void> taken;
  for (int i = 0; taken && i < 10'000; ++i)
    taken = other->exec("CREATE TEMP TABLE t" + std::to_string(i) + " AS SELECT range FROM range(2048)");
  ASSERT_FALSE(taken);
  ASSERT_EQ(cause_of(taken.error()), DuckCause::memory) << taken.error().message;
  const auto more = rest(*rows);
  ASSERT_FALSE(more) << *more;
  EXPECT_EQ(cause_of(more.error()), DuckCause::memory) << more.error().message;
}

TEST(Duck, TransactionsRollBackUnlessCommitted) {
  auto database = memory();
  auto c = database->connect().value();
  ASSERT_OK(c->exec("CREATE TABLE t (a INTEGER CHECK (a > 0))"));
  {
    auto t = DuckTransaction::begin(*c).value();
    ASSERT_OK(c->exec("INSERT INTO t VALUES (1)"));
  }
  EXPECT_EQ(number(*c, "SELECT count(*) FROM t"), 0);
  {
    auto t = DuckTransaction::begin(*c).value();
    ASSERT_OK(c->exec("INSERT INTO t VALUES (1)"));
    ASSERT_OK(t.commit());
  }
  auto refused = c->exec("INSERT INTO t VALUES (0)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_FALSE(c->exec("SELECT nothing FROM t"));
  EXPECT_FALSE(c->prepare("SELECT FROM WHERE"));
  EXPECT_FALSE(c->append_to("missing"));
  const auto nothing = c->commit();
  ASSERT_FALSE(nothing);
  EXPECT_NE(nothing.error().message.find("no transaction is active"), std::string::npos) << nothing.error().message;
  EXPECT_EQ(number(*c, "SELECT count(*) FROM t"), 1);
}

TEST(Duck, AnInterruptDoesNotLeaveATransactionBehind) {
  const auto database = memory();
  const auto c = *database->connect();
  ASSERT_TRUE(c->exec("CREATE TABLE t (i INTEGER)"));
  for (int round = 0; round < 200; ++round) {
    {
      const std::jthread interrupting([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) c->interrupt();
      });
      auto transaction = DuckTransaction::begin(*c);
      if (transaction) (void)c->exec("INSERT INTO t VALUES (1)");
    }
    ASSERT_TRUE(c->exec("BEGIN")) << round;
    ASSERT_TRUE(c->exec("ROLLBACK")) << round;
  }
}

TEST(Duck, InterruptStopsAStatement) {
  auto database = memory();
  auto c = database->connect().value();
  std::atomic<bool> over = false;
  std::thread watchdog([&] {
    while (!over) {  // until it hits: an interrupt before the statement starts is lost
      c->interrupt();
      std::this_thread::yield();
    }
  });
  auto stopped = c->query("SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = -1");
  over = true;
  watchdog.join();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::busy);
  EXPECT_EQ(number(*c, "SELECT 1"), 1) << "the connection goes on";
}

TEST(Duck, IsLockedDown) {
  TempDir dir;
  auto database = DuckDatabase::open(dir / "hitkeep.db", {});
  ASSERT_OK(database);
  auto c = (*database)->connect().value();
  ASSERT_OK(c->exec("CREATE TABLE t (a INTEGER)"));
  const std::string outside = (dir / "outside").string();
  for (const std::string& sql :
       {"COPY t TO '" + outside + ".csv'", "ATTACH '" + outside + ".db'",
        std::string("SELECT * FROM read_text('/etc/passwd')"), std::string("SELECT * FROM glob('/etc/*')"),
        std::string("LOAD httpfs"), std::string("INSTALL httpfs"), std::string("SET threads = 8"),
        std::string("SET enable_external_access = true"), std::string("SET lock_configuration = false"),
        "EXPORT DATABASE '" + outside + "'"}) {
    EXPECT_FALSE(c->exec(sql)) << sql;
  }
  EXPECT_EQ(number(*c,
                   "SELECT count(*) FROM duckdb_settings() WHERE name IN ('autoload_known_extensions', "
                   "'autoinstall_known_extensions') AND value = 'false'"),
            2);
  auto second = (*database)->connect().value();
  auto zone = second->query("SELECT current_setting('TimeZone')").value();
  ASSERT_TRUE(zone->next().value());
  EXPECT_EQ(zone->text(0), "UTC");
}

TEST(DuckFile, KeepsRowsInSmallRowGroupsAndBlocksAndLeavesNoWal) {
  TempDir dir;
  const auto file = dir / "hitkeep.db";
  {
    auto database = DuckDatabase::open(file, {}).value();
    auto c = database->connect().value();
    ASSERT_OK(c->exec("CREATE TABLE t AS SELECT range AS a FROM range(100000)"));
    ASSERT_OK(c->exec("CREATE VIEW v AS SELECT a FROM t"));
  }
  EXPECT_FALSE(fs::exists(file.string() + ".wal"));
  EXPECT_FALSE(fs::exists(file.string() + ".new"));
  // A renamed copy is as good: nothing inside depends on the name.
  fs::rename(file, dir / "copy.db");
  auto database = DuckDatabase::open(dir / "copy.db", {}).value();
  auto c = database->connect().value();
  EXPECT_EQ(number(*c, "SELECT count(*) FROM v"), 100'000);
  EXPECT_EQ(number(*c, "SELECT block_size FROM pragma_database_size() WHERE database_name = current_database()"),
            65'536);
  ASSERT_OK(c->exec("INSERT INTO t SELECT range FROM range(100000)"));
  ASSERT_OK(c->exec("CHECKPOINT"));
  EXPECT_LE(number(*c,
                   "SELECT max(n)::BIGINT FROM (SELECT sum(count) AS n FROM pragma_storage_info('t') WHERE "
                   "segment_type <> 'VALIDITY' GROUP BY row_group_id)"),
            16'384);
}

TEST(DuckFile, AKilledProcessLosesNothingThatWasCommitted) {
  TempDir dir;
  const auto file = dir / "hitkeep.db";
  const pid_t child = fork();
  if (child == 0) {
    auto database = DuckDatabase::open(file, {}).value();
    auto c = database->connect().value();
    (void)c->exec("CREATE TABLE t AS SELECT range AS a FROM range(1000)");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(fs::exists(file.string() + ".wal"));
  auto database = DuckDatabase::open(file, {});
  ASSERT_OK(database);
  EXPECT_EQ(number(*(*database)->connect().value(), "SELECT count(*) FROM t"), 1'000);
}

/// The sentence with which opening fails, without the directory's name.
std::string refusal(const fs::path& file, const DuckOptions& options = {}) {
  auto database = DuckDatabase::open(file, options);
  if (database) return "(opened)";
  EXPECT_EQ(database.error().code, Code::unavailable);
  EXPECT_TRUE(database.error().message.starts_with(file.string())) << database.error().message;
  return database.error().message.substr(std::min(database.error().message.size(), file.string().size()));
}

void write_bytes(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

TEST(DuckFile, RefusesWhatIsNoDatabase) {
  TempDir dir;
  write_bytes(dir / "text.db", "hello, this is not a database at all");
  EXPECT_NE(refusal(dir / "text.db").find("is not a DuckDB database"), std::string::npos);
  write_bytes(dir / "empty.db", "");
  EXPECT_NE(refusal(dir / "empty.db").find("is not a DuckDB database"), std::string::npos);
  fs::create_directory(dir / "folder.db");
  EXPECT_NE(refusal(dir / "folder.db").find("is not a file"), std::string::npos);
  EXPECT_NE(refusal(dir / "missing.db", DuckOptions{.read_only = true, .temp_directory = {}}).find("does not exist"),
            std::string::npos);
}

TEST(DuckFile, RefusesADamagedDatabaseAndLeavesItAlone) {
  TempDir dir;
  const auto file = dir / "hitkeep.db";
  {
    auto database = DuckDatabase::open(file, {}).value();
    ASSERT_OK(database->connect().value()->exec("CREATE TABLE t AS SELECT range AS a FROM range(100000)"));
  }
  {
    std::fstream io(file, std::ios::in | std::ios::out | std::ios::binary);
    io.seekp(4096);  // both database headers follow the main header
    io << std::string(8192, 'x');
  }
  std::ifstream before_in(file, std::ios::binary);
  const std::string before{std::istreambuf_iterator<char>(before_in), {}};
  EXPECT_NE(refusal(file).find("left as it is"), std::string::npos);
  std::ifstream after_in(file, std::ios::binary);
  const std::string after{std::istreambuf_iterator<char>(after_in), {}};
  EXPECT_TRUE(before == after);
}

TEST(DuckFile, NamesTheProcessThatHasItOpen) {
  TempDir dir;
  const auto file = dir / "hitkeep.db";
  int ready[2], release[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(release), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto database = DuckDatabase::open(file, {});
    char byte = database ? 'y' : 'n';
    (void)!write(ready[1], &byte, 1);
    (void)!read(release[0], &byte, 1);
    database = std::unexpected(Error{});
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_NE(refusal(file).find("is in use by another process (PID " + std::to_string(child) + ")"), std::string::npos)
      << refusal(file);
  ASSERT_EQ(write(release[1], "x", 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  for (int fd : {ready[0], ready[1], release[0], release[1]}) close(fd);
}

TEST(DuckFile, SaysWhenThePermissionIsMissing) {
  TempDir dir;
  const auto file = dir / "hitkeep.db";
  {
    ASSERT_OK(DuckDatabase::open(file, {}));
  }
  fs::permissions(file, fs::perms::owner_read);
  fs::create_directory(dir / "locked");
  fs::permissions(dir / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  // Root may write everything: the check runs as somebody else.
  fs::permissions(dir.path(), fs::perms::all);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(9);
    const bool file_ok = refusal(file).find("Permission denied") != std::string::npos;
    const bool folder_ok = refusal(dir / "locked/hitkeep.db").find("cannot be") != std::string::npos;
    _exit((file_ok ? 0 : 1) + (folder_ok ? 0 : 2));
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  fs::permissions(dir / "locked", fs::perms::owner_all);
}

/// Copies file and WAL while they are open: closing would checkpoint.
void keep(const fs::path& file, const fs::path& to) {
  fs::copy_file(file, to);
  if (fs::exists(file.string() + ".wal")) fs::copy_file(file.string() + ".wal", to.string() + ".wal");
}

TEST(DuckFile, AWalThatIsTornOrOfAnotherMomentOrFileIsToldAndSetAside) {
  TempDir dir;
  for (const char* name : {"a", "b"}) {
    auto database = DuckDatabase::open(dir / name, {}).value();
    auto c = database->connect().value();
    ASSERT_OK(c->exec(
        "CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1); CHECKPOINT; INSERT INTO t SELECT * FROM range(3)"));
    keep(dir / name, dir / (name + std::string("1")));
    ASSERT_OK(c->exec("CHECKPOINT; INSERT INTO t VALUES (9)"));
    keep(dir / name, dir / (name + std::string("2")));
  }
  const auto rows = [](const fs::path& file, const DuckOptions& options) {
    return number(*DuckDatabase::open(file, options).value()->connect().value(), "SELECT count(*) FROM t");
  };
  EXPECT_EQ(rows(dir / "a1", {.read_only = true}), 4);
  EXPECT_EQ(rows(dir / "a2", {.read_only = true}), 5);
  for (const char* other : {"torn", "a2.wal", "b1.wal", "b2.wal"}) {
    SCOPED_TRACE(other);
    const fs::path file = dir / "a1", wal = dir / "a1.wal";
    if (std::string_view(other) == "torn") {
      std::fstream(wal, std::ios::in | std::ios::out | std::ios::binary).seekp(100) << std::string(40, '\xee');
    } else {
      fs::copy_file(dir / other, wal);
    }
    for (const bool read_only : {true, false})
      EXPECT_EQ(DuckDatabase::open(file, {.read_only = read_only}).error().code, Code::conflict);
    EXPECT_EQ(rows(file, {.read_only = true, .without_wal = true}), 1) << "as the last checkpoint left it";
    EXPECT_FALSE(fs::exists(dir / "a1.look"));
    const auto kept = set_wal_aside(file);
    ASSERT_OK(kept);
    EXPECT_TRUE(fs::exists(*kept));
    EXPECT_FALSE(fs::exists(wal));
    EXPECT_EQ(rows(file, {.read_only = true}), 1);
  }
  EXPECT_TRUE(fs::exists(dir / "a1.wal.aside-4"));
}

/// Files side by side.
class DuckInstances : public ::testing::Test {
 protected:
  std::shared_ptr<DuckInstance> start() const { return DuckInstance::start({.threads = 1}, {dir_.path()}).value(); }
  std::shared_ptr<DuckDatabase> open(const char* name, bool read_only = false) const {
    return DuckDatabase::open(dir_ / name, {.instance = instance_, .read_only = read_only}).value();
  }
  static void fill(DuckDatabase& database, int rows) {
    ASSERT_OK(database.connect().value()->exec("CREATE TABLE t AS SELECT range AS n FROM range(" +
                                               std::to_string(rows) +
                                               "); CREATE VIEW v AS SELECT count(*) AS n FROM t"));
  }
  static std::int64_t rows(DuckDatabase& database) { return number(*database.connect().value(), "SELECT n FROM v"); }
  bool log_of(const char* name) const { return fs::exists((dir_ / name).string() + ".wal"); }

  TempDir dir_;
  std::shared_ptr<DuckInstance> instance_ = start();
};

TEST_F(DuckInstances, EachFileHasItsOwnTablesTransactionsAndCheckpoints) {
  auto a = open("a.db"), b = open("b.db");
  fill(*a, 3);
  fill(*b, 5);
  EXPECT_EQ(rows(*a), 3);
  EXPECT_EQ(rows(*b), 5);
  auto reading = a->connect().value();
  ASSERT_OK(reading->exec("BEGIN"));
  EXPECT_EQ(number(*reading, "SELECT n FROM v"), 3);
  auto writing = b->connect().value();
  auto to = writing->append_to("t").value();
  to->i64(9);
  ASSERT_OK(to->end_row());
  ASSERT_OK(to->flush());
  ASSERT_OK(writing->exec("DELETE FROM t WHERE n = 0; CHECKPOINT"));
  EXPECT_FALSE(log_of("b.db"));
  EXPECT_TRUE(log_of("a.db")) << "it was not asked for";
  EXPECT_EQ(rows(*b), 5);
}

TEST_F(DuckInstances, AFileIsOpenUntilItsLastConnectionIsGone) {
  auto a = open("a.db");
  fill(*a, 3);
  const Presence presence = a->presence();
  auto reading = a->connect().value();
  a.reset();
  EXPECT_EQ(number(*reading, "SELECT n FROM v"), 3);
  EXPECT_FALSE(presence.expired());
  auto rows_left = reading->query("SELECT n FROM t").value();
  reading.reset();
  EXPECT_FALSE(presence.expired()) << "a result reads on";
  rows_left.reset();
  EXPECT_TRUE(presence.expired());
  EXPECT_FALSE(log_of("a.db"));
  EXPECT_EQ(rows(*open("a.db", true)), 3);
  EXPECT_EQ(rows(*open("a.db")), 3);
}

TEST_F(DuckInstances, ReachNothingButTheirDirectories) {
  auto a = open("a.db");
  fill(*a, 1);
  TempDir outside;
  auto c = a->connect().value();
  for (const std::string& sql :
       {"COPY t TO '" + (outside / "t.csv").string() + "'", "ATTACH '" + (outside / "b.db").string() + "'",
        "ATTACH '" + (dir_ / "../b.db").string() + "'", std::string("SELECT * FROM read_text('/etc/passwd')"),
        std::string("LOAD httpfs"), std::string("SET allowed_directories = ['/']"),
        std::string("SET enable_external_access = true")})
    EXPECT_FALSE(c->exec(sql)) << sql;
  EXPECT_FALSE(DuckDatabase::open(outside / "b.db", {.instance = instance_}));
  EXPECT_FALSE(fs::exists(outside / "b.db"));
}

TEST_F(DuckInstances, ADamagedFileOrAFailedCheckpointIsItsOwnTroubleAlone) {
  auto a = open("a.db");
  fill(*a, 3);
  write_bytes(dir_ / "bad.db", std::string(8, '\0') + "DUCK" + std::string(20'000, 'x'));
  EXPECT_FALSE(DuckDatabase::open(dir_ / "bad.db", {.instance = instance_}));
  auto b = open("b.db");
  fill(*b, 5);
  {
    const testing::FailingSync failing(dir_ / "b.db");
    EXPECT_FALSE(b->connect().value()->exec("CHECKPOINT"));
    EXPECT_GT(failing.met(), 0);
    auto c = b->connect();
    EXPECT_FALSE(c && (*c)->query("SELECT n FROM v"));
    EXPECT_TRUE(instance_->answers());
    EXPECT_EQ(rows(*a), 3);
    ASSERT_OK(a->connect().value()->exec("INSERT INTO t VALUES (1); CHECKPOINT"));
  }
  b.reset();
  EXPECT_EQ(rows(*open("b.db")), 5);
}

TEST_F(DuckInstances, ACommitThatCannotBeSyncedEndsTheInstanceAndLosesNothingOfTheOthers) {
  auto a = open("a.db"), b = open("b.db");
  fill(*a, 3);
  fill(*b, 5);
  {
    const testing::FailingSync failing(dir_ / "b.db.wal");
    EXPECT_FALSE(b->connect().value()->exec("INSERT INTO t VALUES (1)"));
  }
  EXPECT_FALSE(instance_->answers());
  auto c = a->connect();
  EXPECT_FALSE(c && (*c)->query("SELECT n FROM v"));
  const Presence file = a->presence(), whole = instance_->presence();
  a.reset();
  EXPECT_TRUE(file.expired());
  EXPECT_FALSE(whole.expired());
  b.reset();
  c = std::unexpected(Error{});
  instance_.reset();
  EXPECT_TRUE(whole.expired());
  instance_ = start();
  EXPECT_EQ(rows(*open("a.db")), 3);
  EXPECT_GE(rows(*open("b.db")), 5);
}

}  // namespace
}  // namespace hk::db

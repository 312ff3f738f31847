#include "control/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <future>
#include <random>
#include <thread>

#include "base/testing/result.h"
#include "base/testing/temp_dir.h"
#include "control/change.h"
#include "log/log.h"

namespace hk::control {
namespace {

namespace fs = std::filesystem;
using hk::testing::TempDir;
using namespace std::chrono_literals;

constexpr std::uint64_t kSegment = 1u << 20;

db::Migration migration(std::string_view name) {
  return *std::ranges::find(schema(), name, &db::Migration::name);
}
const db::Migration kShop[] = {
    migration("0000_lane"),
    migration("0030_timeline"),
    migration("0031_sums"),
    {"0001_shop",
     "CREATE TABLE people (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE, age INTEGER CHECK (age < 100)) "
     "STRICT;"
     "CREATE TABLE pets (id INTEGER PRIMARY KEY NOT NULL, owner INTEGER NOT NULL REFERENCES people (id) ON DELETE "
     "CASCADE, "
     "note TEXT) STRICT;"},
};

/// Every row of every table, except when migrations ran.
std::string dump(db::Sqlite& sql) {
  std::vector<std::string> tables;
  (void)sql
      .rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", {},
            [&](const db::SqlRow& row) { tables.emplace_back(row.text(0)); })
      .value();
  std::string out;
  for (const auto& table : tables) {
    std::string columns;
    (void)sql
        .rows(
            "SELECT group_concat('quote(' || name || ')', ' || '','' || ') FROM pragma_table_info(?1) WHERE name <> "
            "'applied_at'",
            {table}, [&](const db::SqlRow& row) { columns = row.text(0); })
        .value();
    (out += table) += '\n';
    std::string query = "SELECT ";
    ((query += columns) += " FROM ") += table;
    query += " ORDER BY 1";
    (void)sql.rows(query, {}, [&](const db::SqlRow& row) { ((out += "  ") += row.text(0)) += '\n'; }).value();
  }
  return out;
}

std::string dump(const fs::path& file) {
  return dump(*db::Sqlite::open(file, db::Sqlite::Mode::read_only).value());
}

/// A log and a control.db in a directory, opened and closed together.
struct Instance {
  explicit Instance(const fs::path& dir, Options options = {}) : dir_(dir) {
    log::Recovery recovery;
    auto opened = log::Log::open({.directory = dir / "log", .segment_bytes = kSegment}, clock_, metrics_, recovery);
    EXPECT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
    options.file = dir / "control.db";
    options.dead_letters = dir / "dead-letter";
    if (options.migrations.data() == schema().data()) options.migrations = kShop;
    auto control = Control::open(options, *log_, clock_, metrics_);
    if (control) {
      control_ = std::move(*control);
    } else {
      error_ = control.error();
    }
  }
  ~Instance() { stop(); }
  void stop() {
    log_->close();
    if (control_) EXPECT_TRUE(control_->stop());
  }
  /// Writes and waits until it is applied.
  Result<void> write(const Control::Write& what) {
    auto done = std::make_shared<std::promise<Result<void>>>();
    auto outcome = done->get_future();
    if (auto written = control_->write(what, [done](Result<void> r) { done->set_value(std::move(r)); }); !written)
      return written;
    return outcome.get();
  }
  Result<void> sql(const std::string& text, const std::vector<db::SqlValue>& params = {}) {
    return write([&](Change& change) -> Result<void> {
      auto run = change.sql().run(text, params);
      if (!run) return std::unexpected(run.error());
      return {};
    });
  }
  std::int64_t number(std::string_view sql) {
    std::int64_t out = -1;
    EXPECT_TRUE(control_->read(
        [&](db::Sqlite& read) { return read.rows(sql, {}, [&](const db::SqlRow& row) { out = row.i64(0); }); }));
    return out;
  }
  log::Offset append(const log::Record& record) {
    std::promise<log::Offset> done;
    log_->append(record, [&](Result<log::Offset> r) { done.set_value(r.value_or(0)); });
    return done.get_future().get();
  }

  fs::path dir_;
  SystemClock clock_;
  metrics::Registry metrics_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Control> control_;
  Error error_;
};

TEST(Control, AWriteIsThereForTheNextRead) {
  TempDir dir;
  Instance instance(dir.path());
  ASSERT_OK(instance.sql("INSERT INTO people VALUES (1, 'Ada', 36)"));
  EXPECT_EQ(instance.number("SELECT age FROM people"), 36);
  ASSERT_OK(instance.sql("INSERT INTO pets VALUES (1, 1, NULL)"));
  ASSERT_OK(instance.sql("DELETE FROM people"));
  EXPECT_EQ(instance.number("SELECT count(*) FROM pets"), 0) << "the cascade travels";
  EXPECT_EQ(instance.control_->applied(), instance.log_->durable_end());
}

TEST(Control, AFailingWriteLogsNothing) {
  TempDir dir;
  Instance instance(dir.path());
  ASSERT_OK(instance.sql("INSERT INTO people VALUES (1, 'Ada', 36)"));
  const auto end = instance.log_->durable_end();
  const auto conflict = instance.sql("INSERT INTO people VALUES (2, 'Ada', 1)");
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().code, Code::conflict);
  EXPECT_EQ(conflict.error().field, "name");
  EXPECT_EQ(instance.sql("INSERT INTO people VALUES (2, 'Bob', 100)").error().code, Code::invalid);
  EXPECT_EQ(instance.sql("INSERT INTO pets VALUES (1, 99, NULL)").error().code, Code::invalid);
  const auto own = instance.write([](Change& change) -> Result<void> {
    EXPECT_TRUE(change.sql().run("DELETE FROM people"));
    return fail(Code::forbidden, "not you");
  });
  EXPECT_EQ(own.error().code, Code::forbidden);
  EXPECT_EQ(instance.log_->durable_end(), end);
  EXPECT_EQ(instance.number("SELECT count(*) FROM people"), 1);
  // Nothing changed: done at once, nothing logged.
  ASSERT_OK(instance.sql("UPDATE people SET age = 1 WHERE id = 99"));
  EXPECT_EQ(instance.log_->durable_end(), end);
}

TEST(Control, AnExceptionOfAWriteLeavesNothingBehind) {
  TempDir dir;
  Instance instance(dir.path());
  EXPECT_THROW((void)instance.write([](Change& change) -> Result<void> {
    EXPECT_TRUE(change.sql().run("INSERT INTO people VALUES (1, 'Ada', 1)"));
    throw std::bad_alloc();
  }),
               std::bad_alloc);
  ASSERT_OK(instance.sql("INSERT INTO people VALUES (1, 'Ada', 2)"));
  EXPECT_EQ(instance.number("SELECT age FROM people"), 2);
}

TEST(Control, FencesTravelWithTheChange) {
  TempDir dir;
  Instance instance(dir.path());
  ASSERT_OK(instance.write([](Change& change) -> Result<void> {
    change.fence(LaneKey{7}, "made");
    return {};
  }));
  auto reader = instance.log_->read(0).value();
  const auto record = reader->next(0ms).value().value_or(log::Entry{}).record;
  EXPECT_EQ(record.lane, 0u);
  const auto fences = decode_fences(record.payload, record.version).value();
  ASSERT_EQ(fences.size(), 1u);
  EXPECT_EQ(fences[0].lane, LaneKey{7});
  EXPECT_EQ(fences[0].bytes, "made");
}

TEST(Control, ListenersSeeTheChangeBeforeItsWriterDoes) {
  TempDir dir;
  Instance instance(dir.path());
  std::atomic<std::int64_t> seen = 0;
  instance.control_->on_applied([&](db::Sqlite& read, const db::ChangedTables& changed) {
    EXPECT_TRUE(changed.any(std::array{std::string_view("people")}, db::ChangedTables::inserted));
    EXPECT_FALSE(changed.any(std::array{std::string_view("people")}, db::ChangedTables::removed));
    EXPECT_FALSE(changed.any(std::array{std::string_view("counters")}));
    EXPECT_TRUE(read.rows("SELECT count(*) FROM people", {}, [&](const db::SqlRow& row) { seen = row.i64(0); }));
    EXPECT_FALSE(read.run("DELETE FROM people")) << "they only read";
  });
  for (int i = 1; i <= 3; ++i) {
    ASSERT_OK(instance.sql("INSERT INTO people VALUES (?1, ?2, 1)", {std::int64_t{i}, std::to_string(i)}));
    EXPECT_EQ(seen, i);
  }
}

TEST(Control, ManyWritersGetTheirTurn) {
  TempDir dir;
  Instance instance(dir.path());
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::atomic<int> failures = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::int64_t id = t * 100 + i;
        if (!instance.sql("INSERT INTO people VALUES (?1, ?2, 1)", {id, std::to_string(id)})) ++failures;
        if (instance.number("SELECT count(*) FROM people WHERE id = " + std::to_string(id)) != 1) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(instance.number("SELECT count(*) FROM people"), 40);
}

TEST(Control, ACleanStopLeavesNoWalAndEverythingApplied) {
  TempDir dir;
  {
    Instance instance(dir.path());
    ASSERT_OK(instance.sql("INSERT INTO people VALUES (1, 'Ada', 36)"));
    instance.append({.lane = 1, .kind = 1, .version = 1, .payload = "a hit"});
    instance.stop();
    EXPECT_EQ(instance.control_->applied(), instance.log_->durable_end()) << "over the records of others, too";
    EXPECT_EQ(instance.sql("DELETE FROM people").error().code, Code::unavailable);
    EXPECT_EQ(instance.control_->read([](db::Sqlite&) -> Result<void> { return {}; }).error().code, Code::unavailable);
  }
  EXPECT_FALSE(fs::exists(dir / "control.db-wal"));
  struct stat info{};
  ASSERT_EQ(stat((dir / "control.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  Instance again(dir.path());
  EXPECT_EQ(again.number("SELECT age FROM people"), 36);
}

TEST(Control, ALostFileIsMadeAgainFromTheLog) {
  TempDir dir;
  std::string before;
  {
    Instance instance(dir.path());
    for (int i = 1; i <= 20; ++i)
      ASSERT_OK(instance.sql("INSERT INTO people VALUES (?1, ?2, 1)", {std::int64_t{i}, std::to_string(i)}));
    instance.stop();
    before = dump(dir / "control.db");
  }
  fs::remove(dir / "control.db");
  {
    Instance instance(dir.path());
  }
  EXPECT_EQ(dump(dir / "control.db"), before);
}

TEST(Control, ALogThatRefusesSaysSoThroughDone) {
  TempDir dir;
  Instance instance(dir.path());
  instance.log_->close();
  const auto refused = instance.sql("INSERT INTO people VALUES (1, 'Ada', 1)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_EQ(instance.number("SELECT count(*) FROM people"), 0);
}

TEST(Control, AChangeThatIsTooLargeIsRefused) {
  TempDir dir;
  Instance instance(dir.path());
  const auto insert = [&](std::size_t bytes) {
    return instance.sql("INSERT INTO people VALUES (1, ?1, 1)", {std::string(bytes, 'x')});
  };
  const auto refused = insert(log::kMaxPayloadBytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("make it in parts")) << "said to whoever changes something";
  EXPECT_EQ(instance.number("SELECT count(*) FROM people"), 0);
}

// ---- waiting -------------------------------------------------------------------------------------

/// Passes on to a real log, but holds the answers back on request.
class HeldLog final : public log::Log {
 public:
  explicit HeldLog(log::Log& real) : real_(real) {}
  void append(const log::Record& record, log::Done done) override {
    if (!hold) return real_.append(record, std::move(done));
    held_payload = std::string(record.payload);
    held = std::move(done);
  }
  void let_go() {
    hold = false;
    real_.append({.lane = 0, .kind = kChangeKind, .version = kChangeVersion, .payload = held_payload}, std::move(held));
  }
  log::Offset durable_end() const override { return real_.durable_end(); }
  log::Offset begin() const override { return real_.begin(); }
  Uuid timeline() const override { return real_.timeline(); }
  Result<void> fits(const log::Marked& file) const override { return real_.fits(file); }
  Result<std::unique_ptr<log::Reader>> read(log::Offset from) override { return real_.read(from); }
  Result<std::unique_ptr<log::Reader>> read_as_guest(log::Offset from) override { return real_.read_as_guest(from); }
  void release(log::Offset offset) override { real_.release(offset); }
  void keep_behind(log::Offset offset) override { real_.keep_behind(offset); }
  bool accepting() const override { return real_.accepting(); }
  bool failed() const override { return real_.failed(); }
  std::uint64_t disk_bytes() const override { return real_.disk_bytes(); }
  void close() override { real_.close(); }

  bool hold = false;
  std::string held_payload;
  log::Done held;

 private:
  log::Log& real_;
};

TEST(Control, AWriteWaitsForTheOneBeforeItAndNotForEver) {
  TempDir dir;
  SystemClock clock;
  metrics::Registry metrics;
  log::Recovery recovery;
  auto real = log::Log::open({.directory = dir / "log", .segment_bytes = kSegment}, clock, metrics, recovery).value();
  HeldLog log(*real);
  auto control =
      Control::open({.file = dir / "control.db", .dead_letters = dir / "dead", .wait = 50ms, .migrations = kShop}, log,
                    clock, metrics)
          .value();
  const auto insert = [](int id) {
    return [id](Change& change) -> Result<void> {
      (void)change.sql().run("INSERT INTO people VALUES (?1, ?2, 1)", {std::int64_t{id}, std::to_string(id)});
      return {};
    };
  };
  log.hold = true;
  std::promise<Result<void>> first;
  ASSERT_OK(control->write(insert(1), [&](Result<void> r) { first.set_value(std::move(r)); }));
  const auto second = control->write(insert(2), [](Result<void>) { FAIL() << "not called"; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::busy);
  log.let_go();
  ASSERT_OK(first.get_future().get());
  std::promise<Result<void>> third;
  ASSERT_OK(control->write(insert(3), [&](Result<void> r) { third.set_value(std::move(r)); }));
  ASSERT_OK(third.get_future().get());
  log.close();
  ASSERT_OK(control->stop());
}

TEST(Control, ReadersAreBounded) {
  TempDir dir;
  Instance instance(dir.path(), {.wait = 50ms, .readers = 2});
  std::promise<void> release;
  auto released = release.get_future().share();
  std::promise<void> in[2];
  std::vector<std::thread> threads;
  for (auto& entered : in) {
    threads.emplace_back([&] {
      EXPECT_TRUE(instance.control_->read([&](db::Sqlite&) -> Result<void> {
        entered.set_value();
        released.wait();
        return {};
      }));
    });
  }
  for (auto& entered : in) entered.get_future().wait();
  EXPECT_EQ(instance.control_->read([](db::Sqlite&) -> Result<void> { return {}; }).error().code, Code::busy);
  release.set_value();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(instance.number("SELECT 1"), 1);
}

TEST(Control, AReadIsOneSnapshot) {
  TempDir dir;
  Instance instance(dir.path());
  ASSERT_OK(instance.control_->read([&](db::Sqlite& read) -> Result<void> {
    std::int64_t before = -1, after = -1;
    (void)read.rows("SELECT count(*) FROM people", {}, [&](const db::SqlRow& row) { before = row.i64(0); });
    std::thread([&] { EXPECT_TRUE(instance.sql("INSERT INTO people VALUES (1, 'Ada', 1)")); }).join();
    (void)read.rows("SELECT count(*) FROM people", {}, [&](const db::SqlRow& row) { after = row.i64(0); });
    EXPECT_EQ(before, after);
    return {};
  }));
  EXPECT_EQ(instance.number("SELECT count(*) FROM people"), 1);
}

// ---- what cannot be applied ----------------------------------------------------------------------

TEST(ControlFaults, WhatCanNeverBeAppliedIsSetAside) {
  TempDir dir;
  std::string changes;
  {
    Instance instance(dir.path());
    ASSERT_OK(instance.sql("INSERT INTO people VALUES (1, 'Ada', 36)"));
    auto reader = instance.log_->read(0).value();
    changes = std::string(reader->next(0ms).value().value_or(log::Entry{}).record.payload);
    // The same insert again, bytes that are nothing, and an unknown kind.
    const auto twice = instance.append({.lane = 0, .kind = kChangeKind, .version = kChangeVersion, .payload = changes});
    const auto junk = instance.append({.lane = 0, .kind = kChangeKind, .version = kChangeVersion, .payload = "junk"});
    const auto kind = instance.append({.lane = 0, .kind = 99, .version = 1, .payload = "kind"});
    ASSERT_OK(instance.sql("INSERT INTO people VALUES (2, 'Bob', 1)"));
    EXPECT_EQ(instance.number("SELECT count(*) FROM people"), 2);
    for (const auto offset : {twice, junk, kind}) {
      EXPECT_TRUE(fs::exists(dir / "dead-letter" / ("control-" + std::to_string(offset) + ".txt"))) << offset;
      EXPECT_TRUE(fs::exists(dir / "dead-letter" / ("control-" + std::to_string(offset) + ".record")));
    }
    std::ifstream record(dir / "dead-letter" / ("control-" + std::to_string(twice) + ".record"), std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(record), {}), changes);
    EXPECT_NE(instance.metrics_.render().find("hitkeep_control_dead_letters_total 3"), std::string::npos);
    EXPECT_TRUE(instance.control_->working());
  }
  // Once only: a restart does not meet them again.
  fs::remove_all(dir / "dead-letter");
  Instance again(dir.path());
  EXPECT_FALSE(fs::exists(dir / "dead-letter"));
}

TEST(ControlFaults, UniqueValuesThatChangePlacesAreRefusedAndHoldUpNothing) {
  TempDir dir;
  Instance instance(dir.path());
  ASSERT_TRUE(instance.sql("INSERT INTO people VALUES (1, 'ada', 1), (2, 'bob', 2)"));
  const auto swapped = instance.write([](Change& change) -> Result<void> {
    for (const auto* step :
         {"UPDATE people SET name = 'free' WHERE id = 1", "UPDATE people SET name = 'ada' WHERE id = 2",
          "UPDATE people SET name = 'bob' WHERE id = 1"}) {
      if (auto done = change.sql().run(step, {}); !done) return std::unexpected(done.error());
    }
    return {};
  });
  ASSERT_FALSE(swapped);
  EXPECT_EQ(swapped.error().code, Code::conflict);
  EXPECT_TRUE(instance.sql("UPDATE people SET name = 'carl' WHERE id = 1"));
}

TEST(ControlFaults, ChangesOfANewerProgramStopTheStart) {
  TempDir dir;
  {
    Instance instance(dir.path());
    instance.stop();
  }
  {
    SystemClock clock;
    metrics::Registry metrics;
    log::Recovery recovery;
    auto log = log::Log::open({.directory = dir / "log", .segment_bytes = kSegment}, clock, metrics, recovery).value();
    std::promise<void> done;
    log->append({.lane = 0, .kind = kChangeKind, .version = kChangeVersion + 1, .payload = "?"},
                [&](Result<log::Offset>) { done.set_value(); });
    done.get_future().wait();
    log->close();
  }
  Instance again(dir.path());
  ASSERT_FALSE(again.control_);
  EXPECT_NE(again.error_.message.find("newer HitKeep"), std::string::npos) << again.error_.message;
}

TEST(ControlFaults, ALogThatIsNotTheFilesIsRefused) {
  TempDir dir;
  {
    Instance instance(dir.path());
    ASSERT_OK(instance.sql("INSERT INTO people VALUES (1, 'Ada', 36)"));
  }
  const auto looked = Control::look({.file = dir / "control.db", .dead_letters = {}, .migrations = kShop});
  ASSERT_TRUE(looked) << looked.error().message;
  EXPECT_GT(looked->mark.offset, 0u);
  EXPECT_FALSE(looked->mark.timeline.is_nil());
  fs::remove_all(dir / "log");
  Instance again(dir.path());
  ASSERT_FALSE(again.control_);
  EXPECT_NE(again.error_.message.find("was not made from this log"), std::string::npos) << again.error_.message;
}

TEST(ControlFaults, ADamagedFileIsRefused) {
  TempDir dir;
  {
    Instance instance(dir.path());
    for (int i = 1; i <= 200; ++i)
      ASSERT_OK(instance.write([&](Change& change) -> Result<void> {
        for (int j = 0; j < 10; ++j)
          (void)change.sql().run("INSERT INTO people VALUES (?1, ?2, 1)",
                                 {std::int64_t{i * 100 + j}, std::string(100, 'x') + std::to_string(i * 100 + j)});
        return {};
      }));
  }
  {
    std::fstream io(dir / "control.db", std::ios::in | std::ios::out | std::ios::binary);
    io.seekp(static_cast<std::streamoff>(fs::file_size(dir / "control.db") / 2 / 4096 * 4096));
    io << std::string(4096, '\xee');
  }
  const auto looked = Control::look({.file = dir / "control.db", .dead_letters = {}, .migrations = kShop});
  ASSERT_FALSE(looked);
  EXPECT_NE(looked.error().message.find("control.db is damaged"), std::string::npos) << looked.error().message;
}

TEST(ControlFaults, ALaneThatCannotApplyStopsWritesAndComesBack) {
  TempDir dir;
  Instance instance(dir.path());
  // A record that must be set aside and cannot be: the lane stops rather than lose it.
  std::ofstream(dir / "dead-letter") << "a file where the directory should be";
  instance.append({.lane = 0, .kind = 99, .version = 1, .payload = "kind"});
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (instance.control_->working() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  const auto refused = instance.sql("INSERT INTO people VALUES (1, 'Ada', 36)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_NE(instance.metrics_.render().find("hitkeep_control_stopped 1"), std::string::npos);
  EXPECT_EQ(instance.number("SELECT count(*) FROM people"), 0) << "reads go on";
  fs::remove(dir / "dead-letter");
  while (!instance.control_->working() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  ASSERT_OK(instance.sql("INSERT INTO people VALUES (1, 'Ada', 36)"));
  EXPECT_TRUE(fs::is_directory(dir / "dead-letter"));
  EXPECT_NE(instance.metrics_.render().find("hitkeep_control_stopped 0"), std::string::npos);
}

// ---- migrations and what the log still holds -----------------------------------------------------

TEST(ControlMigrations, ChangesOfTheOldShapeAreAppliedBeforeItChanges) {
  TempDir dir;
  {
    Instance instance(dir.path());
    ASSERT_OK(instance.sql("INSERT INTO people VALUES (1, 'Ada', 36)"));
    instance.stop();
    fs::copy_file(dir / "control.db", dir / "old.db");
  }
  {
    Instance instance(dir.path());
    ASSERT_OK(instance.sql("INSERT INTO people VALUES (2, 'Bob', 1)"));
  }
  fs::rename(dir / "old.db", dir / "control.db");  // as after a kill: the second change is only in the log
  std::vector<db::Migration> newer(std::begin(kShop), std::end(kShop));
  newer.push_back({"0002_more", "ALTER TABLE people ADD COLUMN town TEXT; UPDATE people SET town = 'London'"});
  Instance instance(dir.path(), {.migrations = newer});
  ASSERT_TRUE(instance.control_) << instance.error_.message;
  EXPECT_EQ(instance.number("SELECT count(*) FROM people WHERE town = 'London'"), 2);
  EXPECT_FALSE(fs::exists(dir / "dead-letter"));
}

TEST(ControlMigrations, EveryTableCanTravelInChangesets) {
  TempDir dir;
  auto sql = db::open_migrated(dir / "control.db", schema()).value();
  std::string bad;
  ASSERT_OK(sql->rows(
      "SELECT name FROM sqlite_schema t WHERE type = 'table' AND (rtrim(sql, char(10)) NOT LIKE '%STRICT' OR NOT "
      "EXISTS "
      "(SELECT 1 FROM pragma_table_info(t.name) WHERE pk > 0) OR EXISTS (SELECT 1 FROM pragma_table_info(t.name) "
      "WHERE pk > 0 AND \"notnull\" = 0)) UNION ALL SELECT name FROM sqlite_schema WHERE type = 'trigger'",
      {}, [&](const db::SqlRow& row) { (bad += row.text(0)) += ' '; }));
  EXPECT_EQ(bad, "") << "needs STRICT and a primary key that is NOT NULL; triggers would run twice";
  ASSERT_OK(sql->rows(
      "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE c.dflt_value IS NOT NULL",
      {}, [&](const db::SqlRow& row) { (bad += row.text(0)) += ' '; }));
  EXPECT_EQ(bad, "") << "SQLite captures rows from before an added column without its default";
}

TEST(ControlMigrations, NobodyChoseToDeleteAfterAYear) {
  TempDir dir;
  const auto until = std::ranges::find(schema(), std::string_view("0004_site_hosts"), &db::Migration::name);
  {
    auto old = db::open_migrated(dir / "control.db", {schema().begin(), until}).value();
    ASSERT_OK(
        old->exec("INSERT INTO teams VALUES (zeroblob(16), 'T', 1, 1, 0);"
                  "INSERT INTO sites VALUES (1, randomblob(16), zeroblob(16), 'a.example', 'UTC', 365, NULL, 0),"
                  "(2, randomblob(16), zeroblob(16), 'b.example', 'UTC', 90, NULL, 0)"));
  }
  auto sql = db::open_migrated(dir / "control.db", schema()).value();
  std::string found;
  ASSERT_OK(sql->rows("SELECT data_retention_days, subdomains FROM sites ORDER BY key", {}, [&](const db::SqlRow& row) {
    found += std::to_string(row.i64(0)) + (row.is_null(1) ? " undecided, " : " decided, ");
  }));
  EXPECT_EQ(found, "0 undecided, 90 undecided, ") << "365 was nobody's choice, 90 an operator's";
}

TEST(ControlMigrations, TheRealSchemaSurvivesAKillAfterEveryStatement) {
  std::string expected;
  int statements = 0;
  {
    TempDir dir;
    expected = dump(*db::open_migrated(dir / "control.db", schema(), {}, [&] { ++statements; }).value());
  }
  for (int n = 1; n <= statements; ++n) {
    TempDir dir;
    const pid_t child = fork();
    if (child == 0) {
      int seen = 0;
      (void)db::open_migrated(dir / "control.db", schema(), {}, [&] {
        if (++seen == n) kill(getpid(), SIGKILL);
      });
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    auto opened = db::open_migrated(dir / "control.db", schema());
    ASSERT_TRUE(opened) << n << ": " << opened.error().message;
    EXPECT_EQ(dump(**opened), expected) << n;
  }
}

// ---- the same again, whatever happens between ----------------------------------------------------

/// One random change; may fail on a constraint.
struct Step {
  int kind;
  std::int64_t a, b;
};
std::vector<std::pair<std::string, std::vector<db::SqlValue>>> sql_of(const Step& step) {
  const std::int64_t person = step.a % 8, other = step.b % 8;
  switch (step.kind % 8) {
    case 0:
    case 1:
      return {{"INSERT INTO people VALUES (?1, ?2, ?3)", {person, "name" + std::to_string(other), step.b % 120}}};
    case 2:
      return {{"UPDATE people SET age = ?2 WHERE id = ?1", {person, step.b % 120}}};
    case 3:
      return {{"DELETE FROM people WHERE id = ?1", {person}}};
    case 4:
      return {{"INSERT INTO pets VALUES (?1, ?2, ?3)", {step.b % 30, person, std::string(step.b % 40, 'p')}}};
    case 5:
      return {{"UPDATE pets SET owner = ?1, note = NULL WHERE owner = ?2", {person, other}}};
    case 6:  // names change places
      return {{"UPDATE people SET name = name || '*' WHERE id IN (?1, ?2)", {person, other}},
              {"UPDATE people SET name = 'name' || id WHERE id = ?1", {person}}};
    default:
      return {{"INSERT INTO people VALUES (?1, 'x', 1) ON CONFLICT DO NOTHING", {person}},
              {"DELETE FROM people WHERE name = 'x'", {}},
              {"INSERT OR REPLACE INTO people VALUES (?1, ?2, 5)", {other, "name" + std::to_string(person)}}};
  }
}
Result<void> run_all(db::Sqlite& sql, const Step& step) {
  for (const auto& [text, params] : sql_of(step)) {
    if (auto done = sql.run(text, params); !done) return std::unexpected(done.error());
  }
  return {};
}

std::vector<Step> steps(std::uint32_t seed, int count) {
  std::mt19937 random(seed);
  std::vector<Step> out;
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    out.push_back({static_cast<int>(random() % 8), static_cast<std::int64_t>(random() % 1000),
                   static_cast<std::int64_t>(random() % 1000)});
  return out;
}

TEST(ControlDeterminism, ThroughTheLogIsTheSameAsDirectly) {
  ::setenv("RC_PARAMS", "max_success=20", 0);  // each case is 40 changes with two syncs each
  const bool same = rc::check("random changes", [] {
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    TempDir dir;
    Instance instance(dir.path());
    auto direct = db::open_migrated(dir / "direct.db", kShop).value();
    for (const Step& step : steps(seed, 40)) {
      const auto through = instance.write([&](Change& change) { return run_all(change.sql(), step); });
      RC_ASSERT(direct->exec("BEGIN").has_value());
      const auto directly = run_all(*direct, step);
      // A changeset is applied row by row: unique names that change places in a circle are refused.
      const bool circle = !through && through.error().code == Code::conflict && directly && step.kind == 6;
      RC_ASSERT(direct->exec(directly && !circle ? "COMMIT" : "ROLLBACK").has_value());
      RC_ASSERT(circle || through.has_value() == directly.has_value());
      if (!through && !circle) RC_ASSERT(through.error().code == directly.error().code);
    }
    instance.stop();
    RC_ASSERT(Instance(dir.path()).control_->damaged().empty());
    std::string expected = dump(*direct), got = dump(dir / "control.db");
    expected.erase(expected.find("lane\n"), expected.find("migrations\n") - expected.find("lane\n"));
    got.erase(got.find("lane\n"), got.find("migrations\n") - got.find("lane\n"));
    expected.erase(expected.find("sums\n"));
    got.erase(got.find("sums\n"));
    RC_ASSERT(got == expected);
  });
  EXPECT_TRUE(same);
}

TEST(ControlDeterminism, BatchSizesAndKillsDoNotShow) {
  TempDir dir;
  {
    Instance instance(dir.path());
    std::mt19937 random(7);
    for (const Step& step : steps(1, 150)) {
      (void)instance.write([&](Change& change) { return run_all(change.sql(), step); });
      if (random() % 3 == 0) instance.append({.lane = 1, .kind = 1, .version = 1, .payload = "a hit between"});
      if (random() % 20 == 0) instance.append({.lane = 0, .kind = kChangeKind, .version = 1, .payload = "junk"});
    }
  }
  const std::string expected = dump(dir / "control.db");
  std::mt19937 random(3);
  for (const std::size_t batch : {1u, 2u, 7u, 256u}) {
    fs::remove(dir / "control.db");
    int kills = 0;
    for (bool finished = false; !finished;) {
      ASSERT_LT(kills, 200);
      const int commits = kills < 8 ? static_cast<int>(random() % 12) + 1 : 1'000'000;
      const pid_t child = fork();
      if (child == 0) {
        int seen = 0;
        Options options;
        options.batch = batch;
        options.at_commit = [&] {
          if (++seen == commits) kill(getpid(), SIGKILL);
        };
        Instance instance(dir.path(), options);
        instance.stop();
        _exit(instance.control_ && instance.control_->damaged().empty() ? 0 : 1);
      }
      int status = 0;
      waitpid(child, &status, 0);
      if (WIFEXITED(status)) {
        ASSERT_EQ(WEXITSTATUS(status), 0);
        finished = true;
      } else {
        ++kills;
      }
    }
    EXPECT_GT(kills, 0);
    EXPECT_EQ(dump(dir / "control.db"), expected) << "batch " << batch;
  }
}

}  // namespace
}  // namespace hk::control

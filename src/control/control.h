#pragma once
// Control data (sites, users, teams, sessions …) in SQLite. A change is ordinary SQL in a transaction
// whose changeset is captured, rolled back, logged, and applied from the log (control/README.md).

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/metrics.h"
#include "db/migrations.h"
#include "db/sqlite.h"
#include "log/follower.h"
#include "log/log.h"

namespace hk::control {

/// Something that a store lane must see at the same place of the log as the change itself
/// (a new site, a deletion, a move): bytes that store/ encodes and decodes.
struct Fence {
  LaneKey lane;
  std::string bytes;
};

/// Payload of a log record with lane LaneKey::control and kind kChangeKind. See control/change.h for its bytes.
inline constexpr std::uint8_t kChangeKind = 1;
inline constexpr std::uint8_t kChangeVersion = 1;

/// A transaction that a feature writes in. Ordinary SQL; constraints answer here, before anything is logged.
class Change {
 public:
  Change(db::Sqlite& sql, std::vector<Fence>& fences) : sql_(sql), fences_(fences) {}
  db::Sqlite& sql() { return sql_; }
  void fence(LaneKey lane, std::string bytes) { fences_.push_back({lane, std::move(bytes)}); }

 private:
  db::Sqlite& sql_;
  std::vector<Fence>& fences_;
};

/// The migrations of control.db, in order.
std::span<const db::Migration> schema();

/// How long a write waits for the change before it, and a read for a connection.
inline constexpr std::chrono::milliseconds kWriteWait{5'000};
/// Read connections; each holds some hundred kilobytes once used.
inline constexpr std::size_t kReaders = 4;

struct Options {
  std::filesystem::path file;          // control.db
  std::filesystem::path dead_letters;  // directory for records that can never be applied; made when needed
  std::chrono::milliseconds wait = kWriteWait;
  std::size_t readers = kReaders;
  std::size_t batch = 256;  // records of one transaction when catching up; shows in nothing but speed
  std::span<const db::Migration> migrations = schema();
  /// Somebody was told that rows are not those that were written, and takes them for right.
  bool accept_damage = false;
  /// Tests end the process here: before and after every commit of the lane.
  std::function<void()> at_commit = {};
};

/// Owns control.db and its lane: one apply thread that follows the log. Thread-safe. As a follower: working() is a
/// failure while the lane cannot apply (disk full, damage), it is retried every second, and writes are refused; while
/// hold() lives, no part of the WAL is overwritten, so that the file and then its WAL, copied, are one state; stop()
/// leaves no WAL, and later calls of write and read fail.
///
/// A feature's handler writes like this (http/pending.h):
///   http::Pending pending;
///   auto written = control.write([&](Change& c) { return c.sql().run(…); }, pending.done());
///   if (!written) return http::problem(written.error());
///   response.gate = pending.gate();
class Control : public log::Follower {
 public:
  using Write = std::function<Result<void>(Change&)>;
  using Done = std::move_only_function<void(Result<void>)>;
  /// Called on the apply thread after changes are applied and committed, before their `done`: refresh here what stands
  /// in memory of the tables that they changed. Must not write.
  using Applied = std::function<void(db::Sqlite& read, const db::ChangedTables& changed)>;

  /// Looks at control.db, where there is one: open() will find it whole, and it is this far in the log. Touches
  /// nothing.
  static Result<log::Marked> look(const Options& options);

  /// Opens or creates control.db, applies everything that the log holds, and follows it from there. Failures are
  /// sentences for an operator.
  static Result<std::unique_ptr<Control>> open(Options options, log::Log& log, const Clock& clock,
                                               metrics::Registry& metrics);
  Kind kind() const final { return Kind::control; }
  std::string name() const final { return "control"; }
  /// What it has applied is synced.
  std::optional<log::Offset> needs() const final { return applied(); }
  /// Nobody's figures wait for it.
  Millis behind() const final { return Millis{0}; }

  /// Runs `write` now on the calling thread under the one write mutex; if it succeeds and changed anything,
  /// logs the changeset. `done` is called once the change is durable AND applied (so the next read sees it);
  /// where nothing changed, at once. It comes from the apply thread or the log's and must be quick.
  /// Waits for the change before it to be applied, at most kWriteWait (then Code::busy). Call from a worker.
  /// A failure of `write` comes back here and `done` is not called. A log that refuses (full, closed) says so
  /// through `done`.
  virtual Result<void> write(const Write& write, Done done) = 0;

  /// Runs a read on a pooled read-only connection, as one snapshot. Call from a worker. Code::busy when no connection
  /// comes free within kWriteWait.
  virtual Result<void> read(const std::function<Result<void>(db::Sqlite&)>& read) = 0;

  /// Before the first write.
  virtual void on_applied(Applied applied) = 0;
  /// Tables whose rows are not those that were written, as of the last time that the file was opened; by name.
  virtual std::vector<std::string> damaged() const = 0;
};

}  // namespace hk::control

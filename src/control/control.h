#pragma once
// Control data (sites, users, teams, sessions …) in SQLite. A change is ordinary SQL in a transaction
// whose changeset is captured, rolled back, logged, and applied from the log (reference storage.md §5).

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/metrics.h"
#include "db/migrations.h"
#include "db/sqlite.h"
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
  /// Tests end the process here: before and after every commit of the lane.
  std::function<void()> at_commit = {};
};

/// Owns control.db and its lane: one apply thread that follows the log. Thread-safe.
///
/// A feature's handler writes like this (http/pending.h):
///   http::Pending pending;
///   auto written = control.write([&](Change& c) { return c.sql().run(…); }, pending.done());
///   if (!written) return http::problem(written.error());
///   response.gate = pending.gate();
class Control {
 public:
  using Write = std::function<Result<void>(Change&)>;
  using Done = std::move_only_function<void(Result<void>)>;
  /// Called on the apply thread after a change is applied and committed, before its `done`: refresh in-memory
  /// directories here. Must not write.
  using Applied = std::function<void(db::Sqlite& read)>;

  /// Looks at control.db, where there is one: open() will find it whole, and it is this far in the log. Touches
  /// nothing.
  static Result<log::Marked> look(const Options& options);

  /// Opens or creates control.db, applies everything that the log holds, and follows it from there. Failures are
  /// sentences for an operator.
  static Result<std::unique_ptr<Control>> open(Options options, log::Log& log, const Clock& clock,
                                               metrics::Registry& metrics);
  virtual ~Control() = default;

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

  /// While it lives, no part of the WAL is overwritten: the file and then its WAL, copied, are one state.
  virtual Result<std::shared_ptr<void>> hold() = 0;

  /// Before the first write.
  virtual void on_applied(Applied applied) = 0;
  /// What control.db holds; the log may release up to here.
  virtual log::Offset applied() const = 0;
  /// A failure while the lane cannot apply (disk full, damage): it is retried every second, and writes are refused.
  virtual Result<void> working() const = 0;

  /// Applies what is durable and closes the file, so that no WAL stays. Call after the log is closed; later calls of
  /// write and read fail. Idempotent.
  virtual Result<void> stop() = 0;
};

}  // namespace hk::control

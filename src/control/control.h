#pragma once
// Control data (sites, users, teams, sessions …) in SQLite. A change is ordinary SQL in a transaction
// whose changeset is captured, rolled back, logged, and applied from the log (reference storage.md §5).

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/id.h"
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

/// Owns control.db and its lane: one apply thread that follows the log.
class Control {
 public:
  using Write = std::function<Result<void>(Change&)>;
  using Done = std::move_only_function<void(Result<void>)>;
  /// Called on the apply thread after a change is applied and committed, before its `done`: refresh in-memory
  /// directories here.
  using Applied = std::function<void(db::Sqlite& read)>;

  virtual ~Control() = default;

  /// Runs `write` now on the calling thread under the one write mutex; if it succeeds and changed anything,
  /// logs the changeset. `done` is called once the change is durable AND applied (so the next read sees it);
  /// where nothing changed, at once.
  /// Waits for the change before it to be applied, at most kWriteWait (then Code::busy). Call from a worker.
  /// A failure of `write` comes back here and `done` is not called.
  virtual Result<void> write(const Write& write, Done done) = 0;

  /// Runs a read on a pooled read-only connection. Call from a worker.
  virtual Result<void> read(const std::function<Result<void>(db::Sqlite&)>& read) = 0;

  virtual void on_applied(Applied applied) = 0;
  virtual log::Offset applied() const = 0;
};

}  // namespace hk::control

#pragma once
// Applies control records to control.db, in the order of the log, each exactly once.

#include <memory>

#include "base/metrics.h"
#include "control/checksums.h"
#include "control/control.h"
#include "db/sqlite.h"
#include "log/log.h"

namespace hk::control {

struct LaneCounters {
  explicit LaneCounters(metrics::Registry& registry);
  metrics::Counter& changes;
  metrics::Counter& dead_letters;
};

/// How far control.db is in the log.
struct Stored {
  log::Mark mark;
  bool has_timeline = false;  // the table has a column for it
};
Result<Stored> stored_mark(db::Sqlite& sql);

/// One thread at a time. After a failure the object is spent: destroy it and open another, which begins at what the
/// file holds.
class ChangeLane {
 public:
  /// The file exists and has its `lane` table. `damaged`: tables of which a lane before this one said so.
  static Result<std::unique_ptr<ChangeLane>> open(const Options& options, log::Log& log, const Clock& clock,
                                                  LaneCounters& counters, std::span<const std::string> damaged = {});

  struct Step {
    bool idle = false;        // nothing durable is left to read
    std::size_t changes = 0;  // applied and committed
    db::ChangedTables tables = {};
    Result<void> last = {};  // of the last one: a failure means that it was set aside
  };
  /// Applies what is durable, or a part of it, in one transaction. Waits for nothing.
  Result<Step> step();
  /// The last step failed with the log alone: all before it is committed, and the next one reads on from there.
  bool lost_log() const { return !reader_; }
  /// Everything that is durable now.
  Result<void> catch_up();
  /// Stores how far the lane has read, over records that were not its own.
  Result<void> keep_position();

  log::Offset position() const { return position_; }  // applied and committed, or not ours
  log::Offset stored() const { return stored_; }      // what the file says
  /// Tables whose rows are not those that were written.
  const std::vector<std::string>& damaged() const { return sums_->damaged(); }

 private:
  ChangeLane(const Options& options, log::Log& log, const Clock& clock, LaneCounters& counters);
  Result<void> take(const log::Entry& entry, Step& step);
  Result<db::ChangedTables> try_apply(const log::Entry& entry);
  Result<void> set_aside(const log::Entry& entry, const Error& reason);
  Result<void> commit();

  const Options& options_;
  log::Log& log_;
  const Clock& clock_;  // only for what people read in dead letters
  LaneCounters& counters_;
  std::unique_ptr<Checksums> sums_;  // outlives the connection, which tells it of changes
  std::unique_ptr<db::Sqlite> sql_;
  std::unique_ptr<log::Reader> reader_;
  log::Offset position_ = 0;
  log::Offset stored_ = 0;
  bool has_timeline_ = false;  // the file can name one; before its migration it stays where the old timeline was left
  bool new_timeline_ = false;  // the file does not name the log's timeline yet
};

}  // namespace hk::control

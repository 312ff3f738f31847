#pragma once
// DuckDB files, one lane each: hot and sealed tables, the applier, sealing. See store/README.md.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/metrics.h"
#include "db/duck.h"
#include "log/log.h"
#include "store/hit.h"

namespace hk::store {

/// What one committed batch changed in one site; drives the live stream.
struct Applied {
  SiteKey site{};
  std::uint32_t hits = 0;
  std::uint32_t events = 0;
  TimeMs earliest{};
};

/// A borrowed read connection of one lane; goes back to its pool on destruction. Inside it a
/// READ ONLY transaction may stay open for at most kReadBudget (checkpoints wait for it).
class ReadLease {
 public:
  ReadLease(std::unique_ptr<db::DuckConnection> c, std::function<void(std::unique_ptr<db::DuckConnection>)> back);
  ReadLease(ReadLease&&) noexcept = default;
  ~ReadLease();
  db::DuckConnection& operator*() { return *connection_; }
  db::DuckConnection* operator->() { return connection_.get(); }

 private:
  std::unique_ptr<db::DuckConnection> connection_;
  std::function<void(std::unique_ptr<db::DuckConnection>)> back_;
};

struct StoreOptions {
  std::filesystem::path first_file;      // hitkeep.db of the first team
  std::filesystem::path tenants;         // tenants/<team>/hitkeep.db of the others
  std::uint64_t memory_limit_bytes = 0;  // all files together
  int threads = 2;
  std::size_t batch_rows = 5000;  // a batch ends at this many records …
  Millis batch_wait{200};         // … or this long after its first
};

/// Owns every DuckDB lane and the one applier thread that follows the log for all of them.
class Store {
 public:
  static Result<std::unique_ptr<Store>> open(StoreOptions options, log::Log& log, const Clock& clock,
                                             metrics::Registry& metrics);
  virtual ~Store() = default;

  /// Starts the applier. `applied` is called on its thread after each commit.
  virtual void start(std::function<void(const std::vector<Applied>&)> applied) = 0;
  /// Applies what is durable, checkpoints, closes files (no WAL stays). Called last at shutdown, after the log is
  /// closed.
  virtual Result<void> stop() = 0;

  /// A read connection of a lane; fails with Code::unavailable where the lane is stopped.
  virtual Result<ReadLease> read(LaneKey lane) = 0;
  virtual std::shared_ptr<db::DuckDatabase> icu() = 0;  // for db::Zones

  /// Smallest applied offset of all lanes; what the log may release.
  virtual log::Offset applied() const = 0;
  /// Age of the oldest durable record that is not yet applied; 0 when caught up.
  virtual Millis lag() const = 0;

  /// Site-days with hot rows that are over (35 minutes after their midnight by `now`): what to seal.
  /// The maintenance job turns them into log records (store/maintenance.h).
  virtual std::uint64_t hot_rows() const = 0;
};

}  // namespace hk::store

#pragma once
// One DuckDB file: applies batches, seals, rewrites, checkpoints. The applier's thread owns it; only hot() may be
// called from others.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "db/duck.h"
#include "db/migrations.h"
#include "log/log.h"
#include "store/dictionary.h"
#include "store/fence.h"
#include "store/hit.h"
#include "store/order.h"
#include "store/store.h"
#include "store/visits.h"

namespace hk::store {

struct LaneIdentity {
  LaneKey lane{};
  TeamId team;
};

/// What one transaction applies: records of one lane, in log order.
struct Batch {
  struct Arrived {
    Hit hit;
    log::Offset offset = 0;
  };
  std::vector<SiteAdded> sites;
  std::vector<Arrived> hits;
  log::Offset end = 0;  // of the last record that the batch covers
  /// Not from the log: site after site, each by time. That the time turns back between two sites means nothing.
  bool by_site = false;

  bool empty() const { return sites.empty() && hits.empty(); }
};

/// A hit with ids in place of its texts (lane.cc).
struct HitRow;

/// The migrations of a lane's file, in order; append only, a name never changes once it was released.
std::span<const db::Migration> lane_schema();

/// After any failure the object is spent: memory and file may differ. Destroy it and go on with resume(), or open the
/// file again where its database can be read no more.
class Lane {
 public:
  /// Opens the file, brings its schema up to date and checkpoints, so that the first batch meets an empty WAL.
  /// A new file belongs to `fresh`; without it, and without an identity inside, the file is refused.
  static Result<std::unique_ptr<Lane>> open(const std::filesystem::path& file, const db::DuckOptions& options,
                                            std::optional<LaneIdentity> fresh);

  /// A lane anew on a database that is open and was `identity`'s.
  static Result<std::unique_ptr<Lane>> resume(const std::filesystem::path& file,
                                              std::shared_ptr<db::DuckDatabase> database, LaneIdentity identity);
  /// Opens a file for readers alone and touches nothing: a WAL is read into memory. Also says whose file it is.
  struct Reading {
    std::shared_ptr<db::DuckDatabase> database;
    LaneIdentity identity;
  };
  static Result<Reading> open_for_readers(const std::filesystem::path& file, const db::DuckOptions& options);
  /// Whether a database still answers: after a checkpoint that failed in its middle DuckDB refuses everything.
  static bool answers(db::DuckDatabase& database);

  struct Look {
    log::Mark mark;           // how far the file is; of one with a WAL that is not its own, without that
    std::string no_wal = {};  // not empty: why its WAL cannot be used
  };
  /// What open() would refuse, found without touching the file. Code::conflict of open() is a `no_wal` here.
  static Result<Look> look(const std::filesystem::path& file, const db::DuckOptions& options);

  LaneIdentity identity() const { return identity_; }
  log::Offset applied() const { return applied_; }
  log::Mark mark() const { return {.timeline = timeline_, .offset = applied_}; }
  /// What the file has even if its WAL is lost.
  log::Offset checkpointed() const { return checkpointed_; }
  /// The timeline of the log that it follows from here on; stored with the next batch.
  void follow(const Uuid& timeline) { timeline_ = timeline; }
  /// The newest receive time that it has seen, since the clock was last set back.
  TimeMs log_time() const { return visits_.log_time(); }
  const std::shared_ptr<db::DuckDatabase>& database() const { return database_; }

  Result<std::vector<Applied>> apply(const Batch& batch);
  /// Seals the hot rows of these site-days, in order of day. Where rows that this needs cannot be read, that site's
  /// days stay hot and are set aside: they are sealed with its next day, should the rows be readable then.
  Result<void> seal(const SealOrder& order, log::Offset offset);
  /// Sorts a month; sets it aside where its rows cannot be read.
  Result<void> rewrite(const RewriteOrder& order, log::Offset offset);
  /// Takes note that this month's rows are in sorted order as they are: whoever seals a whole month at once has
  /// nothing to rewrite.
  Result<void> call_sorted(Day month);
  /// Moves the offset over records that were none of this lane's.
  Result<void> advance(log::Offset offset);

  /// Refused, with everything as it was, while the disk has no room for what it would write.
  Result<void> checkpoint();
  std::uint64_t wal_bytes() const;
  /// Sealed months by date.
  Result<std::vector<SealedMonth>> sealed_months();

  /// Rows that wait for an order to seal them, by site-day: not those that are set aside. Thread-safe.
  std::map<SiteDay, std::uint64_t> hot() const;
  /// All rows that are not sealed. Thread-safe.
  std::uint64_t hot_rows() const;

  /// What damage keeps from being sealed or sorted; `met` counts orders that met it. Thread-safe.
  struct Damage {
    std::set<SiteDay> days;
    std::set<Day> months;
    std::uint64_t met = 0;
    std::string words;
  };
  Damage damage() const;

 private:
  Lane(std::filesystem::path file, std::shared_ptr<db::DuckDatabase> database,
       std::unique_ptr<db::DuckConnection> connection);
  Result<void> begin(std::optional<LaneIdentity> fresh);
  static Result<std::optional<LaneIdentity>> read_identity(db::DuckConnection& connection);
  Result<void> identify(std::optional<LaneIdentity> fresh);
  Result<void> write_identity();
  Result<void> load();
  Result<log::Mark> read_mark();
  Result<void> append_sites(const std::vector<SiteAdded>& sites);
  Result<void> load_open_visits();
  Result<void> load_pinned(const Batch& batch);
  HitRow known_row(const Hit& hit);
  Result<void> append_rows(const Batch& batch, const std::vector<HitRow>& rows);
  Result<void> seal_days(const std::vector<SiteDay>& days, std::optional<log::Offset> offset);
  std::vector<SiteDay> with_set_aside(const SealOrder& order) const;
  Result<void> sort_month(Day month, log::Offset offset);
  Result<void> count_sorted(Day month);
  Result<void> write_offset(log::Offset offset);

  std::filesystem::path file_;
  std::shared_ptr<db::DuckDatabase> database_;
  std::unique_ptr<db::DuckConnection> connection_;
  LaneIdentity identity_;
  log::Offset applied_ = 0, checkpointed_ = 0;
  Uuid timeline_;
  Dictionary dictionary_;
  OpenVisits visits_;
  /// Of the running batch: visitors that were seen earlier on their day and are not in visits_ any more.
  std::unordered_map<VisitorDay, Pinned, VisitorDayHash> returning_;

  mutable std::mutex hot_mutex_;  // guards what follows
  std::map<SiteDay, std::uint64_t> hot_;
  Damage damage_;
};

}  // namespace hk::store

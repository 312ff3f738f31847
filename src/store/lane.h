#pragma once
// One DuckDB file: applies batches, seals, rewrites, checkpoints. One thread at a time owns it: the applier's, or the
// one for orders.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "db/duck.h"
#include "log/log.h"
#include "store/counts.h"
#include "store/dictionary.h"
#include "store/fence.h"
#include "store/hit.h"
#include "store/order.h"
#include "store/outcomes.h"
#include "store/store.h"
#include "store/titles.h"
#include "store/visitor_map.h"
#include "store/visits.h"

namespace hk::store {

struct LaneIdentity {
  LaneKey lane{};
  TeamId team;
};

/// What one transaction applies: records of one lane, in log order.
struct Batch {
  struct Arrived {
    std::variant<Hit, SiteAdded, Counts> what;
    log::Offset offset = 0;
  };
  std::vector<Arrived> records;
  log::Offset end = 0;  // of the last record that the batch covers
  /// Not from the log: site after site, each by time. That the time turns back between two sites means nothing.
  bool by_site = false;

  bool empty() const { return records.empty(); }
  /// Looks at the fences before the first one.
  bool has_hits() const {
    return std::ranges::any_of(records,
                               [](const Arrived& arrived) { return std::holds_alternative<Hit>(arrived.what); });
  }
};

/// A hit with ids in place of its texts (lane_apply.cc).
struct HitRow;
/// The tables that a batch adds rows to (lane_apply.cc).
class Tables;
/// A sealed table and its order (lane_seal.cc).
struct Sorted;
/// What stayed hot of a visitor's day when that was sealed.
struct LeftRows {
  SiteDay day;
  std::uint32_t vd = 0;
  std::uint64_t rows = 0;
};

/// Reads the log behind an offset that this lane has stored, or from its beginning where it does not go back so far.
using ReadLog = std::function<Result<std::unique_ptr<log::Reader>>(log::Offset)>;

/// After any failure the object is spent: memory and file may differ. Destroy it and go on with resume(), or open the
/// file again where its database can be read no more.
class Lane {
 public:
  /// Opens the file, brings it into the present form and checkpoints, so that the first batch meets an empty WAL.
  /// A new file belongs to `fresh`; without it, and without an identity inside, the file is refused.
  /// What the map of visitors lacks is read from the log; without one, who is missing counts as new.
  static Result<std::unique_ptr<Lane>> open(const std::filesystem::path& file, const db::DuckOptions& options,
                                            std::optional<LaneIdentity> fresh, const ReadLog& read_log = {});

  /// A lane anew on a database that is open and was `identity`'s.
  static Result<std::unique_ptr<Lane>> resume(const std::filesystem::path& file,
                                              std::shared_ptr<db::DuckDatabase> database, LaneIdentity identity,
                                              const ReadLog& read_log = {});
  /// Lets go of the database and keeps what is known of the file, which nobody may write meanwhile. Only with nothing
  /// left to be checkpointed.
  void sleep();
  /// Goes on where it went to sleep. Code::conflict: the file is not as it was then, and the object is spent.
  Result<void> wake(std::shared_ptr<db::DuckDatabase> database);
  /// About how many bytes it holds while it sleeps.
  std::size_t bytes() const;
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
    std::optional<LaneIdentity> identity = {};
    log::Offset hot = 0;      // of the first record of the oldest day that is hot; 0: none is
    std::string damage = {};  // not empty: rows that a lane needs cannot be read, so that open() will fail
  };
  /// What open() would refuse, found without touching the file. Code::conflict of open() is a `no_wal` here.
  /// Of a file of an earlier form only the mark is read.
  static Result<Look> look(const std::filesystem::path& file, const db::DuckOptions& options);

  LaneIdentity identity() const { return identity_; }
  log::Offset applied() const { return applied_; }
  log::Mark mark() const { return {.timeline = timeline_, .offset = applied_}; }
  /// What the file has even if its WAL is lost. Asked behind each batch, it never goes back: an order leaves a file
  /// without a WAL, and nothing of before is owed once the next batch has one.
  log::Offset checkpointed() {
    if (is_checkpointed()) checkpointed_ = applied_;
    return checkpointed_;
  }
  /// The timeline of the log that it follows from here on; stored with the next batch.
  void follow(const Uuid& timeline) { timeline_ = timeline; }
  /// The newest receive time that it has seen, since the clock was last set back.
  TimeMs log_time() const { return visits_.log_time(); }
  const std::shared_ptr<db::DuckDatabase>& database() const { return database_; }

  Result<std::vector<Applied>> apply(const Batch& batch);
  /// Seals the hot rows of these site-days, in order of day, but for those of visits that go on (seal.sql): they are
  /// left to the order for the site's next day. Where rows that this needs cannot be read, that site's days stay hot
  /// and are set aside: they are sealed with its next day, should the rows be readable then.
  Result<void> seal(const SealOrder& order, log::Offset offset);
  /// Sorts a month; sets it aside where its rows cannot be read.
  Result<void> rewrite(const RewriteOrder& order, log::Offset offset);
  /// Everything of these sites goes, but what is said of the program: from all tables, the dictionary, the map of
  /// visitors with the next checkpoint.
  Result<void> erase(const SitesErased& what, log::Offset offset);
  /// Takes out of a batch what came for sites that are gone; how many hits that were.
  std::uint64_t drop_gone(Batch& batch) const;
  /// Takes note that this month's rows are in sorted order as they are: whoever seals a whole month at once has
  /// nothing to rewrite.
  Result<void> call_sorted(Day month);
  /// Writes what the visits came to that came by site and have ended.
  Result<void> close_visits();
  /// Moves the offset over records that were none of this lane's.
  Result<void> advance(log::Offset offset);

  /// Makes a running order fail soon, with everything as it was. One that is between two statements does not hear it.
  /// Thread-safe.
  void interrupt() { connection_->interrupt(); }

  /// Refused, with everything as it was, while the disk has no room for what it would write.
  Result<void> checkpoint();
  std::uint64_t wal_bytes() const;
  /// What is in its files does not need the log.
  bool is_checkpointed() const { return wal_bytes() == 0 && visitors_.is_synced(); }
  /// The hashes of a sealed day are still on the disk: the next checkpoint overwrites them.
  bool must_erase() const { return visitors_.must_erase(); }
  /// Sealed months by date.
  Result<std::vector<SealedMonth>> sealed_months();

  /// Rows that wait for an order to seal them, by site-day: not those that are left or set aside. Thread-safe.
  std::map<SiteDay, HotRows> hot() const;
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
       std::unique_ptr<db::DuckConnection> connection, std::filesystem::path visitors);
  Result<void> begin(std::optional<LaneIdentity> fresh, const ReadLog& read_log);
  static Result<std::optional<LaneIdentity>> read_identity(db::DuckConnection& connection);
  Result<void> identify(std::optional<LaneIdentity> fresh);
  Result<void> write_identity();
  Result<void> load(const ReadLog& read_log);
  Result<void> load_gone();
  Result<void> note_erased(const SitesErased& what, log::Offset offset);
  Result<void> load_visitors(const ReadLog& read_log);
  Result<std::unique_ptr<log::Reader>> before(const KnownVisitor& first, const ReadLog& read_log);
  Result<void> recall(const std::vector<KnownVisitor>& missing, const ReadLog& read_log);
  Result<log::Mark> read_mark();
  using Run = std::span<const Batch::Arrived>;
  Result<void> apply_records(const Batch& batch);
  Result<void> apply_hits(Run hits, bool by_site);
  Result<void> apply_fence(const SiteAdded& site);
  Result<void> apply_counts(const Counts& counts);
  std::vector<Applied> count(Run records);
  Result<void> load_going_on();
  Result<void> reopen();
  Result<void> load_pinned(Run hits);
  Result<void> load_titles(Run hits);
  HitRow known_row(const Hit& hit);
  Result<void> append_rows(Run hits, std::vector<HitRow>& rows, bool by_site);
  Result<void> append_hit(Tables& tables, const Batch::Arrived& arrived, const HitRow& row, bool by_site);
  Result<void> append_title(Tables& tables, const Hit& hit, std::uint32_t page);
  Result<void> append_fetch(Tables& tables, const Batch::Arrived& arrived);
  Result<void> append_report(Tables& tables, const Batch::Arrived& arrived, std::uint32_t page);
  Result<void> seal_days(const std::vector<SiteDay>& days, std::optional<log::Offset> offset);
  void forget(std::span<const SiteDay> days);
  std::vector<SiteDay> with_what_waits(const SealOrder& order) const;
  Result<std::vector<LeftRows>> left_rows();
  Result<void> sort_month(Day month, log::Offset offset);
  Result<void> sort_rows(const Sorted& table, TimeMs from, TimeMs to);
  Result<std::int64_t> last_row(std::string_view table);
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
  Outcomes outcomes_;
  Titles titles_;
  VisitorMap visitors_;
  /// Of the running batch: visitors, by site and ordinal, that were seen earlier on their day and are not in visits_
  /// any more.
  std::map<std::pair<SiteKey, std::uint32_t>, Pinned> returning_;
  std::map<SiteKey, Applied> reported_;  // of the running batch: what pages told of their views
  std::set<SiteKey> gone_;               // sites that were deleted, without their shadow keys

  mutable std::mutex hot_mutex_;           // guards what follows
  std::map<SiteDay, HotRows> hot_;         // all of them
  std::map<SiteDay, std::uint64_t> left_;  // of these, what was left when the day was sealed
  Damage damage_;
};

}  // namespace hk::store

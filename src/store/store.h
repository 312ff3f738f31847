#pragma once
// DuckDB files, one lane each: hot and sealed tables, the applier, sealing. See store/README.md.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/metrics.h"
#include "db/duck.h"
#include "log/follower.h"
#include "log/log.h"
#include "store/hit.h"
#include "store/order.h"

namespace hk::store {

/// What one committed batch changed in one site; drives the live stream.
struct Applied {
  SiteKey site{};
  std::uint32_t hits = 0;
  std::uint32_t events = 0;
  TimeMs earliest{};                // of hits and events
  std::uint32_t reports = 0;        // what pages told of their views
  std::uint32_t without_visit = 0;  // of which no visit was open any more
  std::uint32_t without_view = 0;   // of whose visit's last views none was of that page
};

/// A borrowed read connection of one lane; goes back to its pool on destruction. Inside it a
/// READ ONLY transaction may stay open for at most kReadBudget (checkpoints wait for it).
class ReadLease {
 public:
  ReadLease(std::unique_ptr<db::DuckConnection> c, std::function<void(std::unique_ptr<db::DuckConnection>)> back);
  ReadLease(ReadLease&&) noexcept = default;
  ReadLease& operator=(ReadLease&&) = delete;
  ~ReadLease();
  db::DuckConnection& operator*() { return *connection_; }
  db::DuckConnection* operator->() { return connection_.get(); }

 private:
  std::unique_ptr<db::DuckConnection> connection_;
  std::function<void(std::unique_ptr<db::DuckConnection>)> back_;
};

/// A lane that control data knows of. Its file is made when its first site is.
struct KnownLane {
  LaneKey lane{};
  TeamId team;
  SiteKey first_site{};  // the lowest of those that it has
};

/// A lane whose team was deleted: nothing in the log is for it any more.
struct RemovedLane {
  LaneKey lane{};
  TeamId team;
};

struct StoreOptions {
  std::filesystem::path first_file;      // hitkeep.db of the first team
  std::filesystem::path tenants;         // tenants/<team>/hitkeep.db of the others
  std::uint64_t memory_limit_bytes = 0;  // all files together
  int threads = 2;                       // of what works on a file alone: making it anew, or smaller
  std::size_t batch_rows = 5000;         // a batch ends at this many records …
  Millis batch_wait{200};                // … or this long after its first
  /// Records that can never be applied are put here; default: dead-letter/ beside the first file.
  std::filesystem::path dead_letters;
  Millis lane_retry{5'000};  // how often a stopped lane is tried again
  /// A team's file without records and questions is closed after this, until there are some.
  Millis rest_after{std::chrono::minutes(10)};
  /// What may stay in memory of files that are closed, all together: to read it again costs a third of what opening a
  /// file and closing another one does.
  std::size_t asleep_bytes = 16u << 20;
  /// Whether files have clones, from which they heal (store/clone.h). Where not, there are none either.
  bool heal_copies = true;
  std::uint64_t log_bound = 4ull << 30;     // bytes that the log may have, and all backlogs together (store/backlog.h)
  std::uint64_t disk_reserve = 1ull << 30;  // bytes of the disk that backlogs leave free
  Millis drain{3'000};                      // how long a stop goes on applying what is durable
  /// On the thread for orders, before one of this lane is obeyed: where tests hold it.
  std::function<void(LaneKey)> before_order = {};
  /// Called with the name of each step of a compaction that is done; tests end the process here.
  std::function<void(std::string_view step)> reached = {};
  /// Those that must be there: a file that is missing is told, and what is for it waits in the log.
  std::vector<KnownLane> lanes = {};
  std::vector<RemovedLane> removed = {};
};

/// What keeps a database file from having or giving all that it should.
enum class Trouble : std::uint8_t {
  none,
  stopped,    // it cannot be opened or written
  disk_full,  // the same, for want of room
  damaged,    // rows of it cannot be read
};

/// How a lane stands, for whoever watches.
struct LaneState {
  LaneKey lane{};  // 0 where the file never said
  std::filesystem::path file;
  Trouble trouble = Trouble::none;
  bool stopped = false;
  bool catching_up = false;   // it obeys an order, or has not applied all that came behind one or while it was stopped
  TimeMs since{};             // when the trouble was first seen
  std::string words;          // of the last failure, for operators
  std::uint64_t dropped = 0;  // hits that it missed while it was stopped, and that are kept nowhere
  std::size_t set_aside = 0;  // site-days and months whose sealing or sorting waits for whole rows
};

/// Rows of a site-day that are not sealed.
struct HotRows {
  std::uint64_t all = 0;
  std::uint64_t late = 0;  // of these, what arrived when the day's key was gone: as a rule behind the day's seal

  bool operator==(const HotRows&) const = default;
};

/// A site-day with rows that are not sealed yet.
struct HotDay {
  LaneKey lane{};
  SiteDay day;
  HotRows rows;
};

/// A month is sorted again when more than one row in this many was appended since.
inline constexpr std::uint64_t kRewriteShare = 20;

/// A sealed UTC month of a lane: what waits to be sorted into it.
struct SealedMonth {
  LaneKey lane{};
  Day month = 0;  // its first day
  std::uint64_t sorted = 0;
  std::uint64_t appended = 0;

  bool worth_sorting() const { return appended * kRewriteShare > sorted + appended; }
};

/// Behind by more than this, figures are told to be old.
inline constexpr Millis kStale{60'000};
/// How long a read transaction may stay open: a checkpoint waits for it.
inline constexpr Millis kReadBudget{10'000};

/// The lanes as questions see them. Thread-safe.
class Lanes {
 public:
  virtual ~Lanes() = default;

  /// A read connection of a lane. While the lane is stopped it shows what was applied, where the file can be read;
  /// otherwise Code::unavailable.
  virtual Result<ReadLease> read(LaneKey lane) = 0;
  /// Whether what the lane shows ends well before the present: it is stopped or catching up.
  virtual bool behind(LaneKey lane) const = 0;
  /// Somebody who read the lane met rows that cannot be read.
  virtual void saw_damage(LaneKey lane, const Error& words) = 0;
};

struct CloneFacts;
struct CompactFacts;
class Looks;

/// Owns every DuckDB lane and the one applier thread that follows the log for all of them.
class Store : public Lanes {
 public:
  /// Looks at the files: open() will find the first one whole, where there is one. How far it is in the log, and those
  /// of the others that are ahead of it; what else is wrong with them cannot refuse a start. Touches nothing.
  static Result<std::vector<log::Marked>> look(const StoreOptions& options, const log::Extent& log);
  /// The same, with looks(): open() need not look again at what was whole.
  static Result<std::vector<log::Marked>> look(const StoreOptions& options, const log::Extent& log, Looks& looks);
  static std::shared_ptr<Looks> looks(const StoreOptions& options);
  /// `looked`: may be null.
  static Result<std::unique_ptr<Store>> open(StoreOptions options, log::Log& log, const Clock& clock,
                                             metrics::Registry& metrics, std::shared_ptr<Looks> looked = nullptr);

  /// Starts the applier. `applied` is called on its thread after each commit, once per lane.
  virtual void start(std::function<void(const std::vector<Applied>&)> applied) = 0;
  /// Stops every lane: checkpoints and closes its file (no WAL stays). After the log is closed.
  virtual Result<void> stop() = 0;

  /// Every lane that there is by now. What one needs of the log is what its file lacks without its WAL, which may be
  /// lost. Holding one holds off all checkpoints, and waits for a running one; stopping one ends the applier, which
  /// applies what is durable first (as far as `drain` allows, the log keeps the rest).
  virtual log::Followers followers() = 0;

  virtual std::vector<LaneState> states() const = 0;
  virtual std::shared_ptr<db::DuckDatabase> icu() = 0;  // for db::Zones

  /// Smallest applied offset of all lanes.
  virtual log::Offset applied() const = 0;
  /// What this lane has applied, also while it is stopped; 0 where there is no such lane.
  virtual log::Offset applied(LaneKey lane) const = 0;
  /// Age of the oldest durable record that is not yet applied; 0 when caught up. Lanes that are stopped do not count.
  virtual Millis lag() const = 0;

  /// When the newest hit was received that a lane had applied when it was opened; 1970 where there is none.
  virtual TimeMs newest() const = 0;

  virtual std::uint64_t hot_rows() const = 0;
  /// What the maintenance job chooses from (store/maintenance.h). Lanes that are stopped have nothing to offer, and
  /// what damage keeps from being sealed or sorted is not offered.
  virtual std::vector<HotDay> hot_days() const = 0;
  virtual std::vector<SealedMonth> sealed_months() const = 0;

  /// Copies a lane's file as a checkpoint leaves it to its clone, which takes its place should it be damaged. Commits
  /// go on meanwhile; its checkpoints wait. The clone before is replaced when the new one is whole. May take minutes.
  virtual Result<void> clone(LaneKey lane, const std::stop_token& stop) = 0;
  /// Of each file that works: what decides about its next clone.
  virtual std::vector<CloneFacts> clone_facts() = 0;

  /// Overwrites, soon, the hashes of visitors that went before this into the backlogs of lanes that are stopped: these
  /// hits count for visitors of their own.
  virtual void forget_hashes(TimeMs copied_before) = 0;

  /// Writes a lane's file anew without the room that deleted rows left in it, and takes it in the place of the other
  /// while nobody reads; the log fills up what came meanwhile. A kill at any moment leaves one of the two, whole.
  /// Commits go on until then; the lane's checkpoints wait. May take minutes. How many bytes are free again.
  virtual Result<std::uint64_t> compact(LaneKey lane, const std::stop_token& stop) = 0;
  /// Of each file that can be read: what decides whether that is worth it.
  virtual std::vector<CompactFacts> compact_facts() = 0;
  /// Whether blocks of a file hold rows of what was deleted: writing it anew takes them out.
  virtual bool has_erased() const = 0;
};

}  // namespace hk::store

#pragma once
// The inside of the store. Nobody else includes this.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/ensure.h"
#include "store/backlog.h"
#include "store/clone.h"
#include "store/compaction.h"
#include "store/lane.h"
#include "store/order_thread.h"
#include "store/read_pool.h"
#include "store/rest.h"
#include "store/store.h"
#include "store/store_metrics.h"

namespace hk::store {

using Steady = std::chrono::steady_clock;

/// A lane that stops again and again is tried less and less often, down to this many times `lane_retry`.
inline constexpr int kLongestRetry = 12;
/// What is added to the nice value of the store's threads. Of a core that somebody else wants they still get a quarter.
inline constexpr int kNice = 5;

/// The first lane, without records of its own, writes its offset when it is idle, or after this many bytes of log; so
/// does one that catches up, and one that is closed. Of others that is said in one place (store/rest.h).
inline constexpr log::Offset kOffsetStride = 8u << 20;

/// Bytes of the memory limit that an attached file costs which has rows since its last checkpoint …
inline constexpr std::uint64_t kFileMemory = 3'500'000;
/// … and the part of it that all of them may take: the rest is for what is asked. Beyond the limit DuckDB moves rows
/// into files of their own, and back, one after the other: that costs thrice what closing files does.
inline constexpr std::uint64_t kFilesShare = 2;
inline constexpr std::size_t kFewestFiles = 8;

/// The settings of an instance.
db::DuckOptions duck_options(const StoreOptions& options, std::uint64_t memory);

/// Where what is known of lanes stands beside their files.
inline std::filesystem::path lanes_folder(const StoreOptions& options) {
  return options.tenants.parent_path() / "lanes";
}

/// What the saved file says of a database file that is as it was then; null where it is not, or was written since.
const Rest* at_rest(const Rests& rests, const std::filesystem::path& file);

/// Looks at files that may be anybody's or damaged, in an instance that may fail with them. One thread.
class Looks {
 public:
  explicit Looks(StoreOptions options) : options_(std::move(options)) {}
  /// A file that was whole and is as it was then is not read again. Of files that this process has not open.
  Result<Lane::Look> at(const std::filesystem::path& file);

 private:
  /// The state of a file and its WAL.
  struct State {
    std::optional<std::uint64_t> print;
    std::uintmax_t wal_bytes = 0;
    std::filesystem::file_time_type wal_written;
    bool operator==(const State&) const = default;
  };
  static State state_of(const std::filesystem::path& file);

  const StoreOptions options_;
  std::shared_ptr<db::DuckInstance> instance_;
  std::map<std::filesystem::path, std::pair<State, Lane::Look>> whole_;
};

/// What takes the place of a damaged file.
struct Cure {
  bool clone = false;             // false: nothing but the log, which has everything
  log::Mark mark;                 // what it holds
  std::optional<CloneNote> note;  // where it is of this clone
};
/// Whether the log goes on behind a mark.
using Fits = std::function<bool(const log::Mark&)>;
std::optional<Cure> cure_of(const StoreOptions& options, Looks& looks, const std::filesystem::path& file,
                            const Fits& fits);
/// How far the file is, or what will take its place when it is opened.
Result<log::Mark> mark_or_cure(const StoreOptions& options, Looks& looks, const std::filesystem::path& file,
                               const Fits& fits);

/// The store on DuckDB. Its jobs have a file each: store.cc (what other threads call), opening.cc, applier.cc,
/// obeying.cc, resting_lanes.cc, stopped_lanes.cc, backlogs.cc, cloning.cc, compacting.cc.
class DuckStore final : public Store {
 public:
  DuckStore(StoreOptions options, log::Log& log, const Clock& clock, metrics::Registry& registry)
      : options_(std::move(options)), log_(log), clock_(clock), metrics_(registry), orders_(kNice, [this] {
          wake_applier();
        }) {
    if (options_.dead_letters.empty()) options_.dead_letters = options_.first_file.parent_path() / "dead-letter";
  }
  ~DuckStore() override {
    (void)stop();
    const std::scoped_lock lock(metrics_.gauges->mutex);
    metrics_.gauges->store = nullptr;
  }

  Result<void> open(std::shared_ptr<Looks> looked);

  void start(std::function<void(const std::vector<Applied>&)> applied) override;
  Result<void> stop() override;
  log::Followers followers() override;
  Result<ReadLease> read(LaneKey lane) override;
  bool behind(LaneKey lane) const override;
  void saw_damage(LaneKey lane, const Error& words) override;
  std::vector<LaneState> states() const override;
  std::shared_ptr<db::DuckDatabase> icu() override { return icu_; }
  log::Offset applied() const override;
  log::Offset applied(LaneKey lane) const override;
  Millis lag() const override;
  TimeMs newest() const override { return newest_; }
  std::uint64_t hot_rows() const override { return metrics_.gauges->hot_rows.load(); }
  std::vector<HotDay> hot_days() const override;
  std::vector<SealedMonth> sealed_months() const override;
  Result<void> clone(LaneKey lane, const std::stop_token& stop) override;
  std::vector<CloneFacts> clone_facts() override;
  void forget_hashes(TimeMs copied_before) override;
  Result<std::uint64_t> compact(LaneKey lane, const std::stop_token& stop) override;
  std::vector<CompactFacts> compact_facts() override;
  bool has_erased() const override;

 private:
  /// An order, while a lane obeys it.
  struct Obeying final : OrderThread::Job {
    std::string_view name;
    LaneKey lane{};
    log::Offset offset = 0;
    metrics::Counter* count = nullptr;
    std::vector<Applied> changed;                  // sites whose figures are others when it is obeyed
    std::uint64_t met = 0;                         // of the lane's damage, before
    std::mutex mutex;                              // guards what follows
    bool given_up = false, checkpointing = false;  // a checkpoint must not be interrupted
    // What came of it: nullopt where it was not begun, or its checkpoint was held off.
    std::optional<Result<void>> obeyed, checkpointed;
  };

  /// One lane file: running, at rest until somebody needs it, or stopped.
  struct Slot final : log::Follower {
    explicit Slot(DuckStore& owner) : store(owner) {}
    Kind kind() const override { return Kind::lane; }
    std::string name() const override;
    log::Offset applied() const override;
    std::optional<log::Offset> needs() const override;
    std::optional<log::Offset> wants() const override;
    Millis behind() const override;
    Result<void> working() const override;
    Result<std::shared_ptr<void>> hold() override { return store.hold_checkpoints(); }
    Result<void> stop() override;

    DuckStore& store;
    std::filesystem::path file;
    std::optional<LaneIdentity> identity;  // unknown while neither the file nor control data said it
    bool opened = false;                   // by this process, so the file is what it should be
    std::optional<SiteKey> missing;        // the file is not there, but control data knows of it: its first site
    std::unique_ptr<Lane> lane;            // null: at rest or stopped
    std::shared_ptr<ReadPool> pool;
    /// The file is closed and whole, or open for readers alone (`kept`); a record or a reader opens it. `rest` says
    /// what is in it; of a running lane, what was in it before.
    bool resting = false;
    std::optional<Rest> rest;
    std::unique_ptr<Lane> asleep;         // of one at rest that was used not long ago; the applier's own
    Passed passed;                        // the applier's own
    std::optional<Passed> saved_passed;   // the same as it is on the disk
    std::atomic<bool> unreadable{false};  // a reader found it so, at rest
    std::atomic<Steady::time_point> used_at{Steady::now()};
    /// Of a stopped lane: what its readers go on with. The lane's own database where that still answers, otherwise the
    /// file opened for them alone, which must be closed before the lane can open it.
    std::shared_ptr<db::DuckDatabase> kept;
    bool for_readers_alone = false;
    /// An instance failed with it: until the next start it has one of its own, so that it stops nobody else.
    bool apart = false;
    bool wants_readers = false;               // it is to be opened for them as soon as its last database is gone
    bool switching = false;                   // a reader may wait: there will be a pool at once, or not at all
    std::unique_ptr<log::Reader> own_reader;  // while it is behind the common reader
    /// What it obeys on the thread for orders; until that is done nobody else touches the lane. It is behind the common
    /// reader from there on. The applier's own.
    std::shared_ptr<Obeying> order;
    std::unique_ptr<Backlog> backlog;     // of one that is stopped, or was; the applier's own
    std::unique_ptr<log::Reader> copier;  // reads what goes there
    Steady::time_point spare_at{};        // not before
    bool crowded = false;                 // that it could not be copied was told
    log::Offset spared = 0;               // what it needs of the log up to here is in its backlog
    std::uint64_t dropped = 0;            // hits that are in neither
    Batch batch;
    log::Offset seen = 0;         // everything up to here is applied, in `batch`, or not this lane's
    log::Offset has_applied = 0;  // as others see it; of a stopped lane, what it had applied
    log::Offset checkpointed = 0;
    /// Receive time of the first hit of its newest batch; the greatest where there is none.
    TimeMs oldest = TimeMs::max();
    db::Presence closing;  // a database of this file while readers still hold it
    int stops = 0;         // since it last had everything
    bool starved = false;  // the last time for want of memory
    Trouble trouble = Trouble::none;
    TimeMs since{};     // when the trouble began
    std::string words;  // of what stopped it or met damage
    Steady::time_point retry_at{};
    Steady::time_point checkpoint_at{}, checkpointed_at{};

    std::mutex copying;              // held while it is copied, or written other than by commits; before all others
    Descriptor source;               // what is copied; with `copying`
    std::optional<CloneNote> note;   // under the store's mutex
    bool checkpoint_wanted = false;  // the same
    /// A smaller file is to take the place of this one; who made it holds `copying`. Under the mutex.
    enum class Smaller : std::uint8_t { none, waits, placing } smaller = Smaller::none;
    Result<void> placed;  // how that went; the same

    bool works() const { return lane || resting; }
    /// Of one that works, or once did.
    LaneKey key() const { return ensured(identity, "it is known whose file one is that was opened").lane; }
    /// Of one that rests.
    const Rest& rested() const { return ensured(rest, "it is known what is in a file at rest"); }
    bool attached() const { return lane || kept; }
    /// Whether the common reader's record at this offset is for it to take.
    bool follows(log::Offset offset) const { return works() && !own_reader && offset > seen; }
  };

  Result<void> start_instance();
  Result<db::DuckOptions> options_of(const Slot& slot);
  Result<db::DuckOptions> options_while_attaching(const Slot& slot);
  bool instance_failed();
  void leave_instance(Slot& culprit);
  std::filesystem::path rests_file() const { return lanes_folder(options_) / "resting"; }
  std::size_t most_files() const {
    return std::max<std::size_t>(kFewestFiles, options_.memory_limit_bytes / kFilesShare / kFileMemory);
  }
  /// The first file is always open.
  bool pinned(const Slot& slot) const { return slot.file == options_.first_file; }
  void remember(Slot& slot, const Rests& rests);
  bool found_at_rest(Slot& slot, const Rests& rests);
  Result<void> attach(Slot& slot);
  Result<void> attach_for_reader(LaneKey lane);
  bool wake(Slot& slot);
  void make_room(std::size_t files);
  bool in_use(const Slot& slot) const;
  bool put_to_rest(Slot& slot);
  Result<std::unique_ptr<Lane>> awakened(Slot& slot);
  void forget_asleep();
  std::optional<Rest> rest_of(Slot& slot);
  void rest_the_idle();
  void save_rests(bool now);
  bool closed(const Slot& slot) const { return slot.closing.expired() && old_instance_.expired(); }
  Result<void> open_first(std::vector<std::unique_ptr<Backlog>>& backlogs);
  void open_missing(const KnownLane& known, const Rests& rests, std::vector<std::unique_ptr<Backlog>>& backlogs);
  std::filesystem::path file_of(TeamId team) const { return options_.tenants / team.str() / "hitkeep.db"; }
  std::shared_ptr<void> hold_checkpoints();
  void wake_applier();
  void end_applier();
  ReadLog read_log(const Slot& slot);
  void know_backlog(Slot& slot, std::vector<std::unique_ptr<Backlog>>& found);
  std::optional<LaneIdentity> owner_of(const Slot& slot) const;
  log::Offset beyond(const Slot& slot, log::Offset applied) const;
  Result<std::unique_ptr<log::Reader>> read_from(const Slot& slot, log::Offset from);
  void begin_with_backlog(Slot& slot);
  bool spare_log();
  bool spare_log(Slot& slot);
  log::Offset held_by(const Slot& slot) const;
  bool begin_copy(Slot& slot);
  Result<void> copy_until(Slot& slot, log::Offset until);
  void copy(Slot& slot, LaneKey own, const log::Entry& entry);
  std::string_view lacks_room_for(const Backlog& backlog) const;
  Result<void> commit(Slot& slot, const log::Mark& to);
  bool copy_later(Slot& slot, const Error& why);
  void end_backlog(Slot& slot);
  bool forget_some();
  Result<void> fits(const Slot& slot, const log::Mark& mark) const;
  Result<void> open_lane(Slot& slot, std::optional<LaneIdentity> fresh);
  void open_for_readers(Slot& slot);
  Result<void> resume(Slot& slot);
  Result<void> go_on(Slot& slot);
  bool free_to_open(Slot& slot);
  void try_again(Slot& slot);
  void came_back(Slot& slot);
  Result<Lane::Look> look(const Slot& slot);
  void know_clone(Slot& slot);
  void note_new(Slot& slot);
  Result<Lane::Look> look_healed(Slot& slot);
  bool heal(Slot& slot, std::string_view words);
  void checkpoint_soon(Slot& slot, const std::stop_token& stop);
  Result<int> source_of(Slot& slot);
  void let_go_source(Slot& slot);
  Result<CloneNote> copied(Slot& slot, log::Offset held, const std::stop_token& stop);
  Result<CloneNote> begin_clone(Slot& slot, const std::stop_token& stop);
  Result<void> keep_clone(Slot& slot, const CloneNote& note);
  Result<void> write_smaller(Slot& slot, const CloneNote& note, const std::stop_token& stop);
  Result<void> wait_for_place(Slot& slot, const std::stop_token& stop);
  void place_smaller(Slot& slot);
  std::optional<Result<void>> try_to_place(Slot& slot);
  Result<void> take_place(Slot& slot);
  void reached(std::string_view step) const {
    if (options_.reached) options_.reached(step);
  }
  void renew_note(Slot& slot);
  void take_over(Slot& slot, std::unique_ptr<Lane> lane);
  Result<void> drop_wal(const Slot& slot);
  Slot* find(LaneKey lane) const;
  /// The same without the mutex, for who cannot go on without it.
  Result<Slot*> slot_of(LaneKey lane) const;
  TimeMs backlog_since();

  void run();
  void follow();
  bool one_batch();
  void fail_until_retry(const Error& why);
  Result<void> read_again();
  bool gather(Steady::time_point until);
  bool route(const log::Entry& entry);
  bool route_fences(const log::Entry& entry);
  void take_fence(Slot& slot, const log::Entry& entry, FenceEvent event);
  void remove_lane(LaneKey lane, Slot* slot);
  void sweep_removed();
  Slot* found(LaneKey lane, const SiteAdded& site);
  bool make(Slot& slot, const LaneIdentity& identity);
  void take(Slot& slot, const log::Entry& entry);
  void take_behind(Slot& slot, const log::Entry& entry);
  template <class Order>
  void take_order(Slot& slot, const log::Entry& entry, std::string_view name, Result<Order> order,
                  Result<void> (Lane::*act)(const Order&, log::Offset), metrics::Counter& count);
  using Act = std::function<Result<void>(Lane&)>;
  void obey(Slot& slot, const log::Entry& entry, std::string_view name, metrics::Counter& count, Act act);
  void carry_out(Slot& slot, Lane& lane, Obeying& order, const Act& act);
  bool finish_orders();
  void finish(Slot& slot);
  void abandon(Slot& slot);
  bool failed_by_order(const Slot& slot, const Error& why);
  void put_aside(Slot* slot, const log::Entry& entry, const Error& why);
  void flush(Slot& slot);
  void flush_all(bool idle);
  void flush_and_pass(Slot& slot, bool idle);
  void retry_stopped();
  bool catch_up_some();
  void checkpoint_above(Slot& slot, std::uint64_t wal_bytes);
  std::optional<Result<void>> try_checkpoint(Slot& slot, Lane& lane);
  void checkpointed(Slot& slot, const Result<void>& done);
  void stop_lane(Slot& slot, const Error& why);
  void trouble(Slot& slot, Trouble what, std::string_view words);
  void note_damage(Slot& slot, std::string_view words);
  void publish();

  StoreOptions options_;
  log::Log& log_;
  const Clock& clock_;
  StoreMetrics metrics_;
  std::shared_ptr<db::DuckDatabase> icu_;
  std::function<void(const std::vector<Applied>&)> on_applied_;

  /// Held while a file at rest is attached or detached, by readers too, and while the instance changes. Before mutex_.
  std::mutex attach_mutex_;
  /// What files are attached to; null when it failed and the next one is not started.
  std::shared_ptr<db::DuckInstance> instance_;
  db::Presence old_instance_;     // one that failed, while readers still hold a file of it
  std::shared_ptr<Looks> looks_;  // while the store is opened

  // The applier's own.
  std::set<LaneKey> removed_;  // lanes of teams that were deleted
  /// Of these, those whose files are still there. Others may know a slot as long as the store is.
  std::vector<std::unique_ptr<Slot>> leaving_, left_;
  std::unique_ptr<log::Reader> reader_;  // changed under stop_mutex_; null: it failed and is to be made anew
  log::Offset position_ = 0;             // the common reader has handed out everything up to here
  bool rests_changed_ = false;           // since they were saved
  log::Offset saved_position_ = 0;       // where that was
  Steady::time_point saved_at_{};        // and when
  Steady::time_point save_at_{};         // not before
  TimeMs newest_{};                      // set by open()

  /// Guards the list and each slot's lane, pool, own reader, `applied` and trouble against other threads; the applier
  /// alone changes them, but for damage that a reader met.
  mutable std::mutex mutex_;
  std::condition_variable pool_came_;
  std::condition_variable_any checkpoint_tried_, placed_;
  std::vector<std::unique_ptr<Slot>> slots_;

  /// Held while a file is checkpointed, or must not be.
  std::mutex checkpoint_mutex_;
  std::mutex hold_mutex_;
  std::weak_ptr<void> held_;  // who holds it off; guarded by hold_mutex_

  std::atomic<log::Offset> reached_{0};            // how far the slowest running lane has come
  std::atomic<std::int64_t> forget_before_ms_{0};  // hashes in backlogs that were copied before this; 0: none
  std::atomic<std::int64_t> fresh_ms_{0};          // what was received before this is applied
  /// Why the log cannot be read now, or why the thread has ended; guarded by mutex_.
  std::optional<Error> failure_;
  std::atomic<bool> stopping_{false};
  std::mutex end_mutex_;  // held while the applier ends
  std::mutex stop_mutex_;
  std::condition_variable stop_signal_;
  Steady::time_point drain_until_{};
  std::thread thread_;
  OrderThread orders_;
};

}  // namespace hk::store

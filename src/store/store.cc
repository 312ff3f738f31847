#include "store/store.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <ranges>
#include <set>
#include <thread>
#include <utility>

#include "base/logging.h"
#include "control/change.h"
#include "store/dead_letters.h"
#include "store/fence.h"
#include "store/lane.h"
#include "store/read_pool.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

/// How long the applier waits for a record before it looks after other things.
constexpr Millis kIdle{200};
/// While a batch gathers, the log is looked at this often: a look per record would wake this thread, and stop the
/// log's, thousands of times a second.
constexpr Millis kGather{10};
/// What is added to the nice value of the applier. Of a core that somebody else wants it still gets a quarter.
constexpr int kNice = 5;
/// A lane without records of its own writes its offset when it is idle, or after this many bytes of log.
constexpr log::Offset kOffsetStride = 8u << 20;
/// How much of the log a start looks through for the oldest hit that waits.
constexpr log::Offset kBacklogLook = 64u << 20;
/// WAL size of a lane at which it is checkpointed: replaying it after a kill takes about 20 ms per MB.
constexpr std::uint64_t kCheckpointWal = 64u << 20;
/// The same while there is nothing else to do.
constexpr std::uint64_t kIdleCheckpointWal = 8u << 20;
/// A WAL gets no older than this: until then the log keeps what is in it.
constexpr std::chrono::hours kCheckpointAge{1};
/// A checkpoint that readers held up is tried again after this.
constexpr Millis kCheckpointRetry{1'000};
/// A lane that stops again and again is tried less and less often, down to this many times `lane_retry`.
constexpr int kLongestRetry = 12;
/// Below this a lane cannot seal a day.
constexpr std::uint64_t kSmallestMemory = 64u << 20;

const std::vector<double> kSeconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

/// What the metrics read, which outlive the store.
struct Gauges {
  std::atomic<std::uint64_t> hot_rows{0};
  std::atomic<std::uint64_t> stopped{0};
  std::atomic<std::uint64_t> set_aside{0};
  std::mutex mutex;
  const Store* store = nullptr;  // guarded by mutex; null when it is gone
};

class Timer {
 public:
  explicit Timer(metrics::Histogram& to) : to_(to) {}
  ~Timer() { to_.observe(std::chrono::duration<double>(Steady::now() - start_).count()); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  metrics::Histogram& to_;
  Steady::time_point start_ = Steady::now();
};

struct Metrics {
  explicit Metrics(metrics::Registry& r)
      : hits(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "hit"}})),
        events(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "event"}})),
        seals(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "seal"}})),
        rewrites(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "rewrite_month"}})),
        fences(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "fence"}})),
        dead_letters(r.counter("hitkeep_dead_letters_total", "Log records that could not be read and were put aside.")),
        damage(r.counter("hitkeep_damaged_reads_total",
                         "Questions and orders that met rows which cannot be read from the disk.")),
        checkpoint_failures(
            r.counter("hitkeep_checkpoint_failures_total", "Checkpoints that were refused and retried.")),
        batch(r.histogram("hitkeep_apply_batch_seconds", "One batch of one database file, commit included.", kSeconds)),
        seal(r.histogram("hitkeep_seal_seconds", "One seal order or month rewrite.", kSeconds)),
        checkpoint(r.histogram("hitkeep_checkpoint_seconds", "One checkpoint of one database file.", kSeconds)) {
    r.gauge("hitkeep_apply_lag_seconds", "Age of the oldest durable record that is not applied yet.", [g = gauges] {
      const std::scoped_lock lock(g->mutex);
      return g->store == nullptr ? 0 : static_cast<double>(g->store->lag().count()) / 1000;
    });
    r.gauge("hitkeep_hot_rows", "Page views and events that are not sealed yet.",
            [g = gauges] { return static_cast<double>(g->hot_rows.load()); });
    r.gauge("hitkeep_lane_stopped", "Database files that cannot be opened or written; each is tried again.",
            [g = gauges] { return static_cast<double>(g->stopped.load()); });
    r.gauge("hitkeep_set_aside", "Site-days and months that are not sealed or sorted because rows cannot be read.",
            [g = gauges] { return static_cast<double>(g->set_aside.load()); });
  }

  static constexpr std::string_view kApplied = "Log records applied to database files.";
  std::shared_ptr<Gauges> gauges = std::make_shared<Gauges>();
  metrics::Counter &hits, &events, &seals, &rewrites, &fences, &dead_letters, &damage, &checkpoint_failures;
  metrics::Histogram &batch, &seal, &checkpoint;
};

class Engine final : public Store {
 public:
  Engine(StoreOptions options, log::Log& log, const Clock& clock, metrics::Registry& registry)
      : options_(std::move(options)), log_(log), clock_(clock), metrics_(registry) {
    if (options_.dead_letters.empty()) options_.dead_letters = options_.first_file.parent_path() / "dead-letter";
  }
  ~Engine() override {
    (void)stop();
    const std::scoped_lock lock(metrics_.gauges->mutex);
    metrics_.gauges->store = nullptr;
  }

  Result<void> open();

  void start(std::function<void(const std::vector<Applied>&)> applied) override;
  Result<void> stop() override;
  std::shared_ptr<void> hold_checkpoints() override {
    return std::make_shared<std::unique_lock<std::mutex>>(checkpoint_mutex_);
  }
  Result<ReadLease> read(LaneKey lane) override;
  bool behind(LaneKey lane) const override;
  void saw_damage(LaneKey lane, const Error& words) override;
  std::vector<LaneState> states() const override;
  std::shared_ptr<db::DuckDatabase> icu() override { return icu_; }
  log::Offset applied() const override;
  log::Offset checkpointed() const override;
  log::Offset applied(LaneKey lane) const override;
  Millis lag() const override;
  Result<void> working() const override;
  TimeMs newest() const override { return newest_; }
  std::uint64_t hot_rows() const override { return metrics_.gauges->hot_rows.load(); }
  std::vector<HotDay> hot_days() const override;
  std::vector<SealedMonth> sealed_months() const override;

 private:
  /// One lane file, running or stopped.
  struct Slot {
    fs::path file;
    std::optional<LaneIdentity> identity;  // unknown while the file could never be opened
    std::unique_ptr<Lane> lane;            // null: stopped
    std::shared_ptr<ReadPool> pool;
    /// Of a stopped lane: what its readers go on with. The lane's own database where that still answers, otherwise the
    /// file opened for them alone, which must be closed before the lane can open it.
    std::shared_ptr<db::DuckDatabase> kept;
    bool for_readers_alone = false;
    bool wants_readers = false;               // it is to be opened for them as soon as its last database is gone
    bool switching = false;                   // a reader may wait: there will be a pool at once, or not at all
    std::unique_ptr<log::Reader> own_reader;  // while it is behind the common reader
    Batch batch;
    log::Offset seen = 0;     // everything up to here is applied, in `batch`, or not this lane's
    log::Offset applied = 0;  // as others see it; of a stopped lane, what it had applied
    log::Offset checkpointed = 0;
    /// Receive time of the first hit of its newest batch; the greatest where there is none.
    TimeMs oldest = TimeMs::max();
    std::weak_ptr<db::DuckDatabase> closing;  // a database of this file while readers still hold it
    int stops = 0;                            // since it last had everything
    Trouble trouble = Trouble::none;
    TimeMs since{};     // when the trouble began
    std::string words;  // of what stopped it or met damage
    Steady::time_point retry_at{};
    Steady::time_point checkpoint_at{}, checkpointed_at{};

    /// Whether the common reader's record at this offset is for it to take.
    bool follows(log::Offset offset) const { return lane && !own_reader && offset > seen; }
  };

  Result<void> open_lane(Slot& slot, std::optional<LaneIdentity> fresh);
  void open_for_readers(Slot& slot);
  Result<void> resume(Slot& slot);
  bool free_to_open(Slot& slot);
  void came_back(Slot& slot);
  Result<void> drop_wal(const Slot& slot, const db::DuckOptions& options);
  Slot* find(LaneKey lane) const;
  TimeMs backlog_since();

  void run();
  void follow();
  bool one_batch();
  /// The program stops, and the time for what is left is over.
  bool overdue() const { return stopping_ && Steady::now() > drain_until_; }
  void fail_until_retry(const Error& why);
  Result<void> read_again();
  bool gather(Steady::time_point until);
  bool route(const log::Entry& entry);
  bool route_fences(const log::Entry& entry);
  Slot* found(LaneKey lane, TeamId team);
  void take(Slot& slot, const log::Entry& entry);
  void take_behind(Slot& slot, const log::Entry& entry);
  template <class Order>
  void obey(Slot& slot, const log::Entry& entry, std::string_view name, Result<Order> order,
            Result<void> (Lane::*act)(const Order&, log::Offset), metrics::Counter& count);
  void put_aside(Slot* slot, const log::Entry& entry, const Error& why);
  void flush(Slot& slot);
  void flush_all(bool idle);
  void retry_stopped();
  bool catch_up_some();
  void checkpoint_above(Slot& slot, std::uint64_t wal_bytes);
  void stop_lane(Slot& slot, const Error& why);
  void trouble(Slot& slot, Trouble what, std::string_view words);
  void note_damage(Slot& slot, std::string_view words);
  void publish();

  StoreOptions options_;
  log::Log& log_;
  const Clock& clock_;
  Metrics metrics_;
  std::shared_ptr<db::DuckDatabase> icu_;
  std::uint64_t memory_per_lane_ = 0;
  std::function<void(const std::vector<Applied>&)> on_applied_;

  // The applier's own.
  std::unique_ptr<log::Reader> reader_;  // changed under stop_mutex_; null: it failed and is to be made anew
  log::Offset position_ = 0;             // the common reader has handed out everything up to here
  TimeMs newest_{};                      // set by open()

  /// Guards the list and each slot's lane, pool, own reader, `applied` and trouble against other threads; the applier
  /// alone changes them, but for damage that a reader met.
  mutable std::mutex mutex_;
  std::condition_variable pool_came_;
  std::vector<std::unique_ptr<Slot>> slots_;

  /// Held while a file is checkpointed, or must not be.
  std::mutex checkpoint_mutex_;

  std::atomic<log::Offset> reached_{0};    // how far the slowest running lane has come
  std::atomic<std::int64_t> fresh_ms_{0};  // what was received before this is applied
  /// Why the log cannot be read now, or why the thread has ended; guarded by mutex_.
  std::optional<Error> failure_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stopped_{false};
  std::mutex stop_mutex_;
  std::condition_variable stop_signal_;
  Steady::time_point drain_until_{};
  std::thread thread_;
};

// ---- opening ---------------------------------------------------------------------------------------

db::DuckOptions duck_options(const StoreOptions& options, std::uint64_t memory) {
  return {.memory_limit_bytes = std::max(kSmallestMemory, memory),
          .threads = options.threads,
          .read_only = false,
          .temp_directory = options.first_file.parent_path() / "tmp"};
}

std::vector<fs::path> team_files(const StoreOptions& options) {
  std::vector<fs::path> files;
  std::error_code ec;
  for (const auto& team : fs::directory_iterator(options.tenants, ec))
    if (const auto file = team.path() / "hitkeep.db"; fs::exists(file, ec)) files.push_back(file);
  std::ranges::sort(files);
  return files;
}

Result<void> Engine::open() {
  const auto others = team_files(options_);
  memory_per_lane_ = options_.memory_limit_bytes / (1 + others.size());

  auto icu = db::DuckDatabase::memory(
      {.memory_limit_bytes = kSmallestMemory, .threads = 1, .read_only = false, .temp_directory = {}});
  if (!icu) return std::unexpected(icu.error());
  icu_ = std::move(*icu);

  // The first file must open: without it there is nothing to serve. The others stop alone.
  auto first = std::make_unique<Slot>();
  first->file = options_.first_file;
  if (auto opened = open_lane(*first, LaneIdentity{LaneKey::first_team, TeamId{}}); !opened) return opened;
  position_ = first->seen;
  slots_.push_back(std::move(first));
  for (const fs::path& file : others) {
    auto slot = std::make_unique<Slot>();
    slot->file = file;
    if (auto opened = open_lane(*slot, std::nullopt); opened)
      position_ = std::min(position_, slot->seen);
    else
      stop_lane(*slot, opened.error());  // `applied` stays 0: the log keeps all that it may need
    slots_.push_back(std::move(slot));
  }
  auto reader = log_.read(position_);
  if (!reader) return std::unexpected(reader.error());
  reader_ = std::move(*reader);
  fresh_ms_ = to_ms(backlog_since());
  for (const auto& slot : slots_)
    if (slot->lane) newest_ = std::max(newest_, slot->lane->log_time());
  publish();
  const std::scoped_lock lock(metrics_.gauges->mutex);
  metrics_.gauges->store = this;
  return {};
}

/// When the oldest hit that waits in the log was received; the present where none waits. After kBacklogLook without
/// one, whatever may wait behind is at least no older than the first hit there.
TimeMs Engine::backlog_since() {
  std::optional<TimeMs> first;
  const auto reader = log_.read(position_);
  while (reader) {
    const auto read = (*reader)->next(Millis{0});
    if (!read) break;  // the applier will say what is wrong
    const auto& entry = *read;
    if (!entry) break;
    if (first && entry->offset > position_ + kBacklogLook) return *first;
    const log::Record& record = entry->record;
    const LaneKey lane{record.lane};
    if (lane == LaneKey::control || RecordKind{record.kind} != RecordKind::hit) continue;
    const auto hit = decode_hit(record.payload, record.version);
    if (!hit || hit->late) continue;
    if (!first) first = hit->at;
    if (const Slot* slot = find(lane); !slot || slot->follows(entry->offset)) return hit->at;
  }
  return clock_.now();
}

Result<void> Engine::open_lane(Slot& slot, std::optional<LaneIdentity> fresh) {
  const auto options = duck_options(options_, memory_per_lane_);
  if (!slot.identity && slot.file != options_.first_file) {  // not opened before: it may be anybody's
    auto looked = Lane::look(slot.file, options);
    if (!looked) return std::unexpected(looked.error());
    // A new team's file is empty, whatever the log still holds.
    const auto fits = fresh ? Result<void>{} : log_.fits({.file = slot.file, .mark = looked->mark});
    if (!fits) return fits;
  }
  auto lane = Lane::open(slot.file, options, fresh);
  if (!lane && lane.error().code == Code::conflict) {
    if (auto dropped = drop_wal(slot, options); !dropped) return dropped;
    lane = Lane::open(slot.file, options, fresh);
  }
  if (!lane) return std::unexpected(lane.error());
  (*lane)->follow(log_.timeline());
  const std::scoped_lock lock(mutex_);
  slot.lane = std::move(*lane);
  slot.identity = slot.lane->identity();
  slot.pool = std::make_shared<ReadPool>(slot.lane->database());
  slot.seen = slot.applied = slot.lane->applied();
  slot.checkpointed = slot.lane->checkpointed();
  slot.batch = {};
  slot.checkpoint_at = {};
  slot.wants_readers = slot.switching = false;
  pool_came_.notify_all();
  slot.checkpointed_at = Steady::now();
  return {};
}

/// A WAL that a power cut tore, or that is of another moment than its file, holds nothing that the log does not.
Result<void> Engine::drop_wal(const Slot& slot, const db::DuckOptions& options) {
  auto looked = Lane::look(slot.file, options);
  if (!looked) return std::unexpected(looked.error());
  if (auto fits = log_.fits({.file = slot.file, .mark = looked->mark}); !fits) return fits;
  auto kept = db::set_wal_aside(slot.file);
  if (!kept) return std::unexpected(kept.error());
  logging::warn(
      "the write-ahead log of a database file is torn or of another moment; it was moved aside, and what was in "
      "it is applied again from the log",
      {{"file", slot.file.string()},
       {"kept", kept->string()},
       {"applied", looked->mark.offset},
       {"end", log_.durable_end()},
       {"reason", looked->no_wal}});
  return {};
}

/// A stopped lane on the database that its readers never left.
Result<void> Engine::resume(Slot& slot) {
  // It is known since the file was opened.
  auto lane = Lane::resume(slot.file, slot.kept, slot.identity.value_or(LaneIdentity{}));
  if (!lane) return std::unexpected(lane.error());
  (*lane)->follow(log_.timeline());
  const std::scoped_lock lock(mutex_);
  slot.lane = std::move(*lane);
  slot.kept.reset();
  slot.seen = slot.applied = slot.lane->applied();
  slot.batch = {};
  slot.checkpoint_at = {};
  return {};
}

/// What a stopped lane has applied goes on being read.
void Engine::open_for_readers(Slot& slot) {
  auto reading = Lane::open_for_readers(slot.file, duck_options(options_, memory_per_lane_));
  if (!reading)
    logging::error("a stopped database file cannot be read either",
                   {{"file", slot.file.string()}, {"error", reading.error().message}});
  const std::scoped_lock lock(mutex_);
  slot.wants_readers = slot.switching = false;
  if (reading) {
    slot.identity = reading->identity;
    slot.kept = std::move(reading->database);
    slot.for_readers_alone = true;
    slot.pool = std::make_shared<ReadPool>(slot.kept);
  }
  // From here: however long opening took, who waits gets his turn before the file is closed for the next try.
  slot.retry_at = Steady::now() + slot.stops * options_.lane_retry;
  pool_came_.notify_all();
}

Engine::Slot* Engine::find(LaneKey lane) const {
  const auto it = std::ranges::find_if(slots_, [&](const auto& s) { return s->identity && s->identity->lane == lane; });
  return it == slots_.end() ? nullptr : it->get();
}

// ---- what other threads call -------------------------------------------------------------------------

void Engine::start(std::function<void(const std::vector<Applied>&)> applied) {
  on_applied_ = std::move(applied);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "apply");
}

Result<void> Engine::stop() {
  if (stopped_.exchange(true)) return {};
  if (thread_.joinable()) {
    drain_until_ = Steady::now() + kDrainBudget;
    {
      const std::scoped_lock lock(stop_mutex_);
      stopping_ = true;
      if (reader_) reader_->wake();
    }
    stop_signal_.notify_all();
    thread_.join();
  }
  Result<void> result;
  for (const auto& slot : slots_) {
    if (slot->pool) slot->pool->close();
    slot->kept.reset();
    if (!slot->lane) continue;
    if (slot->lane->wal_bytes() > 0)
      if (auto done = slot->lane->checkpoint(); !done && result) result = done;
    const std::scoped_lock lock(mutex_);
    slot->lane.reset();
  }
  return result;
}

Result<ReadLease> Engine::read(LaneKey lane) {
  std::unique_lock lock(mutex_);
  ReadPool* pool = nullptr;
  const auto there = [&] {
    const Slot* slot = find(lane);
    pool = slot == nullptr ? nullptr : slot->pool.get();
    return pool != nullptr || slot == nullptr || !slot->switching || stopping_;
  };
  // While a stopped file is opened again there is no connection to it, and there will be one in a moment.
  pool_came_.wait_for(lock, kReadBudget, there);
  if (pool == nullptr) return fail(Code::unavailable, "The database of this team is stopped; see the server's log.");
  return pool->lease();  // with the mutex: nobody closes the pool in between
}

bool Engine::behind(LaneKey lane) const {
  {
    const std::scoped_lock lock(mutex_);
    const Slot* slot = find(lane);
    if (slot == nullptr || !slot->lane || slot->own_reader) return true;
  }
  return lag() > kStale;
}

void Engine::saw_damage(LaneKey lane, const Error& words) {
  const std::scoped_lock lock(mutex_);
  if (Slot* slot = find(lane)) note_damage(*slot, words.message);
}

/// Under the mutex.
void Engine::trouble(Slot& slot, Trouble what, std::string_view words) {
  if (std::exchange(slot.trouble, what) != what) slot.since = clock_.now();
  slot.words = words;
}

/// Counts it each time and says it once: until the file is opened again the rows stay as they are. Under the mutex.
void Engine::note_damage(Slot& slot, std::string_view words) {
  metrics_.damage.add();
  const bool known = slot.trouble == Trouble::damaged;
  trouble(slot, Trouble::damaged, words);
  if (known) return;
  logging::error(
      "rows of a database file cannot be read; the others go on. Look at the disk, then stop the server and restore "
      "this file from a copy",
      {{"file", slot.file.string()}, {"error", words}});
}

std::vector<LaneState> Engine::states() const {
  std::vector<LaneState> out;
  const std::scoped_lock lock(mutex_);
  for (const auto& slot : slots_) {
    LaneState& state = out.emplace_back();
    if (const auto& identity = slot->identity) state.lane = identity->lane;
    state.file = slot->file;
    state.trouble = slot->trouble;
    state.stopped = !slot->lane;
    state.since = slot->since;
    state.words = slot->words;
    if (!slot->lane) continue;
    const auto damage = slot->lane->damage();
    state.set_aside = damage.days.size() + damage.months.size();
  }
  return out;
}

log::Offset Engine::applied() const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::min(slots_ | std::views::transform([](const auto& slot) { return slot->applied; }));
}

log::Offset Engine::checkpointed() const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::min(slots_ | std::views::transform([](const auto& slot) { return slot->checkpointed; }));
}

log::Offset Engine::applied(LaneKey lane) const {
  const std::scoped_lock lock(mutex_);
  const Slot* slot = find(lane);
  return slot == nullptr ? 0 : slot->applied;
}

Millis Engine::lag() const {
  if (reached_.load() >= log_.durable_end()) return Millis{0};
  return std::max(Millis{0}, clock_.now() - from_ms(fresh_ms_.load()));
}

Result<void> Engine::working() const {
  const std::scoped_lock lock(mutex_);
  if (failure_) return fail(Code::unavailable, "the log cannot be read: " + failure_->message);
  if (std::ranges::none_of(slots_, [](const auto& slot) { return slot->lane != nullptr; }))
    return fail(Code::unavailable, "no database file can be written; the log says why");
  return {};
}

std::vector<HotDay> Engine::hot_days() const {
  std::vector<HotDay> out;
  const std::scoped_lock lock(mutex_);
  for (const auto& slot : slots_)
    if (slot->lane && !slot->own_reader)
      for (const auto& [day, rows] : slot->lane->hot()) out.push_back({slot->lane->identity().lane, day, rows});
  return out;
}

std::vector<SealedMonth> Engine::sealed_months() const {
  std::vector<SealedMonth> out;
  std::vector<std::pair<LaneKey, std::shared_ptr<ReadPool>>> pools;
  std::set<std::pair<LaneKey, Day>> aside;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& slot : slots_)
      if (slot->lane && !slot->own_reader) {
        const LaneKey lane = slot->lane->identity().lane;
        pools.emplace_back(lane, slot->pool);
        const auto damage = slot->lane->damage();
        for (const Day month : damage.months) aside.emplace(lane, month);
      }
  }
  for (const auto& [lane, pool] : pools) {
    auto lease = pool->lease();
    if (!lease) continue;
    auto rows = (*lease)->query("SELECT month, sorted, appended FROM sealed_months ORDER BY month");
    if (!rows) continue;
    while ((*rows)->next().value_or(false)) {
      const Day month = static_cast<Day>((*rows)->i64(0));
      if (!aside.contains({lane, month})) out.push_back({lane, month, (*rows)->u64(1), (*rows)->u64(2)});
    }
  }
  return out;
}

// ---- the applier's thread -------------------------------------------------------------------------------

void Engine::run() {
  // Never refused, and of this thread: on a busy machine an answer comes before a count that the log keeps anyway.
  // DuckDB's threads of a file that is opened here, a new team's or one that comes back, inherit it.
  static_cast<void>(::nice(kNice));
  follow();
  const std::scoped_lock lock(mutex_);
  failure_ = Error{Code::unavailable, "the applier has ended", {}};
}

void Engine::follow() {
  while (one_batch()) {
    if (overdue()) {
      logging::warn("stopping before everything is applied; the log keeps the rest",
                    {{"applied", applied()}, {"end", log_.durable_end()}});
      return;
    }
  }
}

/// False: everything is applied, or nothing more can be, and the program stops.
bool Engine::one_batch() {
  retry_stopped();
  const bool behind = catch_up_some();
  if (auto able = read_again(); !able) {
    fail_until_retry(able.error());
    return !stopping_;
  }
  const auto read = reader_->next(behind || stopping_ ? Millis{0} : kIdle);
  if (!read) {
    fail_until_retry(read.error());
    return !stopping_;
  }
  const auto& first = *read;
  bool going = true;
  if (first) {
    const auto until = Steady::now() + options_.batch_wait;
    going = route(*first);
    std::size_t records = 1;
    // Orders take seconds each: the end of the time to stop is looked at between records, too.
    for (bool more = true; going && records < options_.batch_rows && !overdue();) {
      const auto next = reader_->next(Millis{0});
      if (!next) break;  // it comes back as the next batch's first record
      const auto& entry = *next;
      if (entry) {
        going = route(*entry);
        ++records;
      } else if (more) {
        more = gather(until);
      } else {
        break;
      }
    }
  } else if (!behind) {
    position_ = std::max(position_, reader_->position());
    fresh_ms_ = to_ms(clock_.now());
    going = !stopping_;
  }
  flush_all(!first);
  for (const auto& slot : slots_) checkpoint_above(*slot, first ? kCheckpointWal : kIdleCheckpointWal);
  publish();
  return going;
}

/// A reader that failed may stand between two segments: a new one begins behind what was handed out.
Result<void> Engine::read_again() {
  if (reader_) return {};
  auto reader = log_.read(position_);
  if (!reader) return std::unexpected(reader.error());
  {
    const std::scoped_lock lock(stop_mutex_);
    reader_ = std::move(*reader);
  }
  logging::info("the log can be read again", {{"offset", position_}});
  const std::scoped_lock lock(mutex_);
  failure_.reset();
  return {};
}

/// What is applied stays and can be asked; what is accepted meanwhile stays in the log.
void Engine::fail_until_retry(const Error& why) {
  {
    const std::scoped_lock lock(mutex_);
    if (!failure_)
      logging::error("the log cannot be read, so nothing new is counted; trying again. If it goes on, look at the disk",
                     {{"error", why.message}});
    failure_ = why;
  }
  std::unique_lock lock(stop_mutex_);
  reader_.reset();
  stop_signal_.wait_for(lock, options_.lane_retry, [this] { return stopping_.load(); });
}

/// Lets records come for a moment. False: the batch takes what has come, and ends.
bool Engine::gather(Steady::time_point until) {
  const auto pause = std::min(until, Steady::now() + kGather);
  std::unique_lock lock(stop_mutex_);
  return !stop_signal_.wait_until(lock, pause, [&] { return stopping_.load(); }) && pause < until;
}

/// False: this record cannot be passed now, and the program stops.
bool Engine::route(const log::Entry& entry) {
  const LaneKey lane{entry.record.lane};
  if (lane == LaneKey::control) {
    if (!route_fences(entry)) return false;
  } else if (Slot* slot = find(lane); slot == nullptr) {
    // A file that was never opened may be the lane's; it will read the log itself.
    if (std::ranges::all_of(slots_, [](const auto& s) { return s->identity.has_value(); }))
      put_aside(nullptr, entry, {Code::not_found, "a record of a database file that was never made"});
  } else if (slot->follows(entry.offset)) {
    take(*slot, entry);
  }
  position_ = entry.offset;
  return true;
}

bool Engine::route_fences(const log::Entry& entry) {
  const auto fences = control::decode_fences(entry.record.payload, entry.record.version);
  if (!fences) {
    put_aside(nullptr, entry, fences.error());
    return true;
  }
  for (const control::Fence& fence : *fences) {
    const auto event = decode_fence(fence.bytes);
    if (!event) {
      put_aside(nullptr, entry, event.error());
      continue;
    }
    const auto& site = std::get<SiteAdded>(*event);
    Slot* slot = find(fence.lane);
    if (slot == nullptr) slot = found(fence.lane, site.team);
    if (slot == nullptr) return false;
    if (slot->follows(entry.offset)) {
      slot->batch.sites.push_back(site);
      metrics_.fences.add();
    }
  }
  return true;
}

/// A lane is born before anything behind its fence is applied: no crash can then lose the fact that it exists.
/// Null when the program stops before its file could be made.
Engine::Slot* Engine::found(LaneKey lane, TeamId team) {
  const fs::path file = options_.tenants / team.str() / "hitkeep.db";
  const LaneIdentity identity{lane, team};
  for (const auto& slot : slots_)
    if (slot->file == file) {
      // It is there but cannot be opened: now its lane is known, and it catches up when it comes back.
      const std::scoped_lock lock(mutex_);
      slot->identity = identity;
      return slot.get();
    }
  auto slot = std::make_unique<Slot>();
  slot->file = file;
  for (;;) {
    auto opened = open_lane(*slot, identity);
    if (opened) opened = slot->lane->advance(position_);
    if (opened) break;
    slot->lane.reset();
    logging::error("the database file of a new team cannot be made; trying again", {{"error", opened.error().message}});
    std::unique_lock lock(stop_mutex_);
    if (stop_signal_.wait_for(lock, options_.lane_retry, [this] { return stopping_.load(); })) return nullptr;
  }
  slot->seen = slot->applied = position_;
  const std::scoped_lock lock(mutex_);
  slots_.push_back(std::move(slot));
  return slots_.back().get();
}

void Engine::take(Slot& slot, const log::Entry& entry) {
  const auto version = entry.record.version;
  switch (RecordKind{entry.record.kind}) {
    case RecordKind::hit: {
      auto hit = decode_hit(entry.record.payload, version);
      if (!hit) {
        put_aside(&slot, entry, hit.error());
        break;
      }
      if (slot.batch.hits.empty() && !hit->late) slot.oldest = std::min(clock_.now(), hit->at);
      slot.batch.hits.emplace_back(std::move(*hit), entry.offset);
      break;
    }
    case RecordKind::seal:
      obey(slot, entry, "seal", decode_seal(entry.record.payload, version), &Lane::seal, metrics_.seals);
      break;
    case RecordKind::rewrite_month:
      obey(slot, entry, "rewrite_month", decode_rewrite(entry.record.payload, version), &Lane::rewrite,
           metrics_.rewrites);
      break;
    default:
      put_aside(&slot, entry, {Code::invalid, "a record of a kind that this program does not know"});
  }
  slot.seen = entry.offset;
}

/// An order acts on all rows before it, in a transaction of its own. Hits of its lane wait meanwhile, so its beginning
/// and its end are worth a line each; after a crash in between, the same offset begins again.
template <class Order>
void Engine::obey(Slot& slot, const log::Entry& entry, std::string_view name, Result<Order> order,
                  Result<void> (Lane::*act)(const Order&, log::Offset), metrics::Counter& count) {
  if (!order) return put_aside(&slot, entry, order.error());
  flush(slot);
  if (!slot.lane) return;
  const auto began = Steady::now();
  const auto met = slot.lane->damage().met;
  logging::info("order begun", {{"order", name}, {"lane", entry.record.lane}, {"offset", entry.offset}});
  Result<void> done;
  {
    const Timer timer(metrics_.seal);
    done = (slot.lane.get()->*act)(*order, entry.offset);
  }
  if (!done) return stop_lane(slot, done.error());
  count.add();
  if (const auto damage = slot.lane->damage(); damage.met > met) {
    const std::scoped_lock lock(mutex_);
    note_damage(slot, damage.words);
  }
  checkpoint_above(slot, 0);
  logging::info("order done", {{"order", name},
                               {"lane", entry.record.lane},
                               {"offset", entry.offset},
                               {"seconds", std::chrono::duration<double>(Steady::now() - began).count()}});
}

void Engine::put_aside(Slot* slot, const log::Entry& entry, const Error& why) {
  metrics_.dead_letters.add();
  logging::error("a log record cannot be applied and is put aside",
                 {{"lane", entry.record.lane}, {"offset", entry.offset}, {"error", why.message}});
  const auto done = store::put_aside(options_.dead_letters, LaneKey{entry.record.lane}, entry);
  if (done) return;
  logging::error("a record could not be put aside", {{"error", done.error().message}});
  if (slot != nullptr) stop_lane(*slot, done.error());
}

void Engine::flush(Slot& slot) {
  if (!slot.lane || slot.batch.empty()) return;
  slot.batch.end = slot.seen;
  Result<std::vector<Applied>> changed;
  {
    const Timer timer(metrics_.batch);
    changed = slot.lane->apply(slot.batch);
  }
  if (!changed) return stop_lane(slot, changed.error());
  slot.batch.sites.clear();
  slot.batch.hits.clear();
  for (const Applied& site : *changed) {
    metrics_.hits.add(site.hits);
    metrics_.events.add(site.events);
  }
  if (on_applied_ && !changed->empty()) on_applied_(*changed);
}

void Engine::flush_all(bool idle) {
  for (const auto& slot : slots_) {
    if (slot->lane && !slot->own_reader) slot->seen = std::max(slot->seen, position_);
    flush(*slot);
    if (!slot->lane || slot->seen == slot->lane->applied()) continue;
    if (idle || slot->seen - slot->lane->applied() > kOffsetStride)
      if (auto done = slot->lane->advance(slot->seen); !done) stop_lane(*slot, done.error());
  }
}

void Engine::retry_stopped() {
  for (const auto& slot : slots_) {
    if (slot->wants_readers && slot->closing.expired()) open_for_readers(*slot);
    if (slot->lane || stopping_ || Steady::now() < slot->retry_at || !free_to_open(*slot)) continue;
    const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);  // opening checkpoints
    if (!free) continue;
    auto opened = slot->kept ? resume(*slot) : open_lane(*slot, slot->identity);
    if (!opened) {
      stop_lane(*slot, opened.error());
      continue;
    }
    if (slot->seen >= position_) {
      came_back(*slot);
      continue;
    }
    auto reader = log_.read(slot->seen);
    if (!reader) {
      stop_lane(*slot, reader.error());
      continue;
    }
    const std::scoped_lock lock(mutex_);
    slot->own_reader = std::move(*reader);
  }
}

/// Two instances on one file would ruin it: those who read it alone leave first, at once or when their time is up.
bool Engine::free_to_open(Slot& slot) {
  if (slot.for_readers_alone) {
    if (slot.pool->in_use() && Steady::now() < slot.retry_at + kReadBudget) return false;
    std::shared_ptr<db::DuckDatabase> last;  // closed without the mutex
    const std::scoped_lock lock(mutex_);
    slot.pool->close();
    slot.pool.reset();
    last = std::move(slot.kept);
    slot.closing = last;
    slot.for_readers_alone = false;
    slot.switching = true;
  }
  return slot.closing.expired();
}

/// It has all that the others have.
void Engine::came_back(Slot& slot) {
  logging::info("a database file is back", {{"file", slot.file.string()}});
  const std::scoped_lock lock(mutex_);
  slot.stops = 0;
  slot.trouble = Trouble::none;
  slot.words.clear();
}

/// One batch for every lane that is behind the common reader. False: none is.
bool Engine::catch_up_some() {
  bool any = false;
  for (const auto& slot : slots_) {
    if (!slot->own_reader) continue;
    any = true;
    for (std::size_t records = 0; slot->lane && slot->seen < position_ && records < options_.batch_rows; ++records) {
      const auto read = slot->own_reader->next(Millis{0});
      if (!read) {
        stop_lane(*slot, read.error());
        break;
      }
      const auto& entry = *read;
      if (!entry) break;
      take_behind(*slot, *entry);
    }
    flush(*slot);
    if (!slot->lane || slot->seen < position_) continue;
    {
      const std::scoped_lock lock(mutex_);
      slot->own_reader.reset();
    }
    if (slot->stops > 0) came_back(*slot);
  }
  return any;
}

void Engine::take_behind(Slot& slot, const log::Entry& entry) {
  const LaneKey lane{entry.record.lane}, own = slot.lane->identity().lane;
  if (lane == own) return take(slot, entry);
  if (lane == LaneKey::control)
    if (const auto fences = control::decode_fences(entry.record.payload, entry.record.version))
      for (const control::Fence& fence : *fences)
        if (const auto event = decode_fence(fence.bytes); event && fence.lane == own)
          slot.batch.sites.push_back(std::get<SiteAdded>(*event));
  slot.seen = entry.offset;
}

void Engine::checkpoint_above(Slot& slot, std::uint64_t wal_bytes) {
  if (!slot.lane || Steady::now() < slot.checkpoint_at) return;
  const bool old = Steady::now() - slot.checkpointed_at > kCheckpointAge;
  if (slot.lane->wal_bytes() <= (old ? 0 : wal_bytes)) return;
  const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);
  if (!free) return;
  const Timer timer(metrics_.checkpoint);
  const auto done = slot.lane->checkpoint();
  if (done) {
    slot.checkpointed_at = Steady::now();
    return;
  }
  // A reader holds an older view, or there is no room; the WAL keeps everything meanwhile.
  metrics_.checkpoint_failures.add();
  slot.checkpoint_at = Steady::now() + kCheckpointRetry;
  if (!Lane::answers(*slot.lane->database())) stop_lane(slot, done.error());
}

/// Readers go on: with its database where that still answers, otherwise with the file opened for them alone.
void Engine::stop_lane(Slot& slot, const Error& why) {
  logging::error("a database file is stopped; what it misses stays in the log",
                 {{"file", slot.file.string()}, {"error", why.message}});
  slot.stops = std::min(slot.stops + 1, kLongestRetry);
  slot.retry_at = Steady::now() + slot.stops * options_.lane_retry;
  auto database = slot.lane ? slot.lane->database() : slot.kept;
  const bool answers = database && Lane::answers(*database);
  const auto cause = db::cause_of(why);
  const std::scoped_lock lock(mutex_);
  trouble(slot,
          cause == db::DuckCause::disk_full ? Trouble::disk_full
          : cause == db::DuckCause::damage  ? Trouble::damaged
                                            : Trouble::stopped,
          why.message);
  if (slot.lane) slot.applied = slot.lane->applied();
  slot.own_reader.reset();
  slot.batch = {};
  slot.lane.reset();
  slot.kept.reset();
  if (answers) {
    slot.kept = std::move(database);
    return;
  }
  if (slot.pool) slot.pool->close();
  slot.pool.reset();
  if (database) slot.closing = database;
  slot.wants_readers = slot.switching = true;
}

void Engine::publish() {
  auto reached = std::numeric_limits<log::Offset>::max();
  std::uint64_t hot = 0, stopped = 0, set_aside = 0;
  TimeMs oldest = TimeMs::max();
  const std::scoped_lock lock(mutex_);
  for (const auto& slot : slots_) {
    if (slot->lane) {
      slot->applied = slot->lane->applied();
      // Without a WAL, what was passed over since is in the file as well.
      slot->checkpointed = slot->lane->wal_bytes() == 0 ? slot->applied : slot->lane->checkpointed();
      reached = std::min(reached, slot->own_reader ? slot->seen : std::max(slot->seen, position_));
      hot += slot->lane->hot_rows();
      const auto damage = slot->lane->damage();
      set_aside += damage.days.size() + damage.months.size();
      oldest = std::min(oldest, slot->oldest);
      if (!slot->own_reader) slot->oldest = TimeMs::max();
    } else {
      ++stopped;
    }
  }
  if (oldest != TimeMs::max()) fresh_ms_ = to_ms(oldest);
  reached_ = reached;
  metrics_.gauges->hot_rows = hot;
  metrics_.gauges->stopped = stopped;
  metrics_.gauges->set_aside = set_aside;
}

}  // namespace

Result<std::vector<log::Marked>> Store::look(const StoreOptions& options, const log::Extent& log) {
  const auto duck = duck_options(options, options.memory_limit_bytes);
  const auto first = Lane::look(options.first_file, duck);
  if (!first) return std::unexpected(first.error());
  std::vector<log::Marked> found{{.file = options.first_file, .mark = first->mark}};
  for (const fs::path& file : team_files(options))
    if (const auto looked = Lane::look(file, duck); looked && log::fit(log, looked->mark) == log::Fit::ahead)
      found.push_back({.file = file, .mark = looked->mark});
  return found;
}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, log::Log& log, const Clock& clock,
                                           metrics::Registry& metrics) {
  auto engine = std::make_unique<Engine>(std::move(options), log, clock, metrics);
  if (auto opened = engine->open(); !opened) return std::unexpected(opened.error());
  return engine;
}

}  // namespace hk::store

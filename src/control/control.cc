#include "control/control.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/ensure.h"
#include "base/logging.h"
#include "control/change.h"
#include "control/change_lane.h"
#include "sql/control.h"

namespace hk::control {
namespace {

namespace sql = hk::sql::control;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How often the apply thread passes over records of other lanes while there is no change.
constexpr milliseconds kFollowWait{500};
/// A lane that cannot apply tries again this often.
constexpr milliseconds kRetry{1'000};
/// Over records of other lanes, the position is stored this often: a restart reads at most so much again.
constexpr std::chrono::seconds kKeepPosition{10};

Result<void> closed() {
  return fail(Code::unavailable, "HitKeep is stopping");
}

/// Read-only connections, made when needed and kept. Thread-safe.
class Readers {
 public:
  explicit Readers(const Options& options) : options_(options) {}

  Result<std::unique_ptr<db::Sqlite>> take() {
    std::unique_lock lock(mutex_);
    if (!free_.wait_for(lock, options_.wait, [&] { return closed_ || !idle_.empty() || out_ < options_.readers; }))
      return fail(Code::busy, "Every connection to the control data is in use; try again");
    if (closed_) return std::unexpected(closed().error());
    ++out_;
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    lock.unlock();
    auto opened = db::Sqlite::open(options_.file, db::Sqlite::Mode::read_only);
    if (!opened) give_back(nullptr);
    return opened;
  }

  void give_back(std::unique_ptr<db::Sqlite> connection) {
    {
      const std::lock_guard lock(mutex_);
      --out_;
      if (connection && !closed_) idle_.push_back(std::move(connection));
    }
    free_.notify_all();
  }

  /// Waits for running reads.
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    free_.notify_all();
    free_.wait(lock, [&] { return out_ == 0; });
    idle_.clear();
  }

 private:
  const Options& options_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::vector<std::unique_ptr<db::Sqlite>> idle_;
  std::size_t out_ = 0;
  bool closed_ = false;
};

/// The transaction of a change: never committed here.
class Capture {
 public:
  static Result<Capture> begin(db::Sqlite& sql) {
    if (auto begun = sql.exec("BEGIN IMMEDIATE"); !begun) return std::unexpected(std::move(begun.error()));
    Capture capture(sql);
    if (auto recording = sql.record_changes(); !recording) return std::unexpected(std::move(recording.error()));
    capture.recording_ = true;
    return capture;
  }
  Capture(Capture&& other) noexcept
      : sql_(std::exchange(other.sql_, nullptr)), recording_(std::exchange(other.recording_, false)) {}
  Capture& operator=(Capture&&) = delete;
  ~Capture() {
    if (sql_ == nullptr) return;
    if (recording_) (void)sql_->take_changeset();
    (void)sql_->exec("ROLLBACK");
  }
  Result<std::string> changes() {
    recording_ = false;
    return sql_->take_changeset();
  }

 private:
  explicit Capture(db::Sqlite& sql) : sql_(&sql) {}
  db::Sqlite* sql_;
  bool recording_ = false;
};

class FollowingControl final : public Control {
 public:
  FollowingControl(Options options, log::Log& log, const Clock& clock, metrics::Registry& metrics)
      : options_(std::move(options)), log_(log), clock_(clock), counters_(metrics), readers_(options_) {
    metrics.gauge("hitkeep_control_stopped", "1 while changes of control data cannot be applied",
                  [stopped = stopped_gauge_] { return stopped->load() ? 1.0 : 0.0; });
    metrics.gauge("hitkeep_control_damaged_tables", "Tables of control data whose rows are not those that were written",
                  [damaged = damaged_gauge_] { return static_cast<double>(damaged->load()); });
  }
  ~FollowingControl() override { (void)stop(); }

  /// Opens the file, applies what is durable, starts to follow.
  Result<void> start() {
    if (auto made = make_file(); !made) return made;
    // Changes that are left in the log were captured in the old shape, so they are applied in it.
    const auto before = [&]() -> Result<void> {
      auto old = ChangeLane::open(options_, log_, clock_, counters_);
      if (!old) return std::unexpected(std::move(old.error()));
      damaged_ = (*old)->damaged();
      return (*old)->catch_up();
    };
    auto writer = db::open_migrated(options_.file, options_.migrations, before);
    if (!writer) return std::unexpected(std::move(writer.error()));
    writer_ = std::move(*writer);
    auto lane = ChangeLane::open(options_, log_, clock_, counters_, damaged_);
    if (!lane) return std::unexpected(std::move(lane.error()));
    lane_ = std::move(*lane);
    tell_damage();
    if (auto caught_up = lane_->catch_up(); !caught_up)
      return fail(caught_up.error().code, "Changes that the log holds cannot be applied to " + options_.file.string() +
                                              ": " + caught_up.error().message);
    auto listener = db::Sqlite::open(options_.file, db::Sqlite::Mode::read_only);
    if (!listener) return std::unexpected(std::move(listener.error()));
    listener_ = std::move(*listener);
    applied_ = lane_->stored();
    seen_ = lane_->position();
    thread_ = std::thread([this] { follow(); });
    pthread_setname_np(thread_.native_handle(), "control");
    return {};
  }

  Result<void> write(const Write& write, Done done) override {
    const auto deadline = steady_clock::now() + options_.wait;
    std::unique_lock turn(write_mutex_, deadline);
    if (!turn || !settled_by(deadline))
      return fail(Code::busy, "The change before this one is not stored yet; try again");
    if (auto able = working(); !able) return able;

    auto payload = capture(write);
    if (!payload) return std::unexpected(std::move(payload.error()));
    if (payload->empty()) {
      turn.unlock();
      done({});
      return {};
    }
    if (payload->size() > log::kMaxPayloadBytes)
      return fail(Code::too_large, "The change is too large for one step; make it in parts");
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return closed();
      // A lane that failed ended the wait for the change before, and came back at once.
      if (pending_) return fail(Code::busy, "The change before this one is not stored yet; try again");
      ensure(!appending_ && !waiting_, "changes are made one behind the other");
      pending_ = appending_ = true;
    }
    log_.append({.lane = static_cast<std::uint32_t>(LaneKey::control),
                 .kind = kChangeKind,
                 .version = kChangeVersion,
                 .payload = *payload},
                [this, done = std::move(done)](Result<log::Offset> durable) mutable {
                  on_durable(std::move(durable), std::move(done));
                });
    return {};
  }

  Result<void> read(const std::function<Result<void>(db::Sqlite&)>& read) override {
    auto connection = readers_.take();
    if (!connection) return std::unexpected(std::move(connection.error()));
    struct Back {
      Readers& readers;
      std::unique_ptr<db::Sqlite> connection;
      ~Back() {
        if (!connection->exec("COMMIT")) connection = nullptr;  // also after an exception of `read`
        readers.give_back(std::move(connection));
      }
    } back{readers_, std::move(*connection)};
    if (auto begun = back.connection->exec("BEGIN"); !begun) return begun;
    return read(*back.connection);
  }

  Result<std::shared_ptr<void>> hold() override {
    auto opened = db::Sqlite::open(options_.file, db::Sqlite::Mode::read_only);
    if (!opened) return std::unexpected(std::move(opened.error()));
    auto begun = (*opened)->exec("BEGIN");
    if (begun)
      begun = (*opened)->rows(sql::lane_offset, {}, [](const db::SqlRow&) {});  // BEGIN alone takes no snapshot
    if (!begun) return std::unexpected(std::move(begun.error()));
    return std::shared_ptr<db::Sqlite>(std::move(*opened));
  }

  void on_applied(Applied applied) override {
    const std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(applied));
  }

  log::Offset applied() const override { return applied_.load(); }

  Result<void> working() const override {
    const std::lock_guard lock(mutex_);
    if (stopping_) return closed();
    if (failure_) return std::unexpected(*failure_);
    return {};
  }

  std::vector<std::string> damaged() const override {
    const std::lock_guard lock(mutex_);
    return damaged_;
  }

  Result<void> stop() override {
    {
      std::unique_lock lock(mutex_);
      if (std::exchange(stopping_, true)) return {};
      changed_.notify_all();
      changed_.wait(lock, [&] { return !appending_; });  // the log answers every append
    }
    if (thread_.joinable()) thread_.join();
    std::optional<Waiting> left;
    std::optional<Error> failure;
    {
      const std::lock_guard lock(mutex_);
      left = std::exchange(waiting_, std::nullopt);
      failure = failure_;
    }
    if (left) left->done(closed());
    const std::lock_guard turn(write_mutex_);
    readers_.close();
    listener_.reset();
    lane_.reset();
    writer_.reset();  // the last one takes the WAL with it
    if (failure) return std::unexpected(std::move(*failure));
    return {};
  }

 private:
  struct Waiting {
    log::Offset offset;
    Done done;
  };

  /// Password hashes are inside: for its owner only. SQLite gives its other files the same mode.
  Result<void> make_file() const {
    std::error_code ec;
    std::filesystem::create_directories(std::filesystem::absolute(options_.file).parent_path(), ec);
    const int fd = ::open(options_.file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) ::close(fd);
    return {};  // whatever is wrong, opening the database says it better
  }

  void tell_damage() {
    const std::lock_guard lock(mutex_);
    damaged_ = lane_->damaged();
    damaged_gauge_->store(damaged_.size());
    if (damaged_.empty()) return;
    std::string tables;
    for (const auto& table : damaged_) tables += (tables.empty() ? "" : ", ") + table;
    logging::error(
        "control.db does not hold what was written to it: the disk has changed it, or another program. Restore the "
        "whole "
        "data directory from a snapshot. Without one, look through what these tables hold and set it right on the "
        "dashboard; then stop the server and type `hitkeep mend`, which takes what is there for right.",
        {{"file", options_.file.string()}, {"tables", tables}});
  }

  /// Whether the change before is through. A lane that cannot apply ends the wait: working() says so then.
  bool settled_by(steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline, [&] { return !pending_ || failure_ || stopping_; });
  }

  /// Payload of the change; empty when nothing changed.
  Result<std::string> capture(const Write& write) {
    auto transaction = Capture::begin(*writer_);
    if (!transaction) return std::unexpected(std::move(transaction.error()));
    std::vector<Fence> fences;
    Change change(*writer_, fences);
    if (auto written = write(change); !written) return std::unexpected(std::move(written.error()));
    auto changeset = transaction->changes();
    if (!changeset) return changeset;
    if (changeset->empty() && fences.empty()) return std::string();
    return encode(*changeset, fences);
  }

  /// On the log's thread. The apply thread may have been faster.
  void on_durable(Result<log::Offset> durable, Done done) {
    Result<void> outcome;
    {
      const std::lock_guard lock(mutex_);
      ensure(pending_ && appending_, "the log answers each change once");
      appending_ = false;
      changed_.notify_all();  // under the lock: stop() may end this object as soon as it sees the flag
      if (durable && seen_ < *durable) {
        waiting_ = Waiting{*durable, std::move(done)};
        return;
      }
      pending_ = false;
      outcome = durable ? outcome_ : std::unexpected(std::move(durable.error()));
    }
    done(std::move(outcome));
  }

  void on_step(const ChangeLane::Step& step) {
    applied_ = lane_->stored();
    if (!step.tables.empty()) {
      std::vector<Applied> listeners;
      {
        const std::lock_guard lock(mutex_);
        listeners = listeners_;
      }
      for (const auto& listener : listeners) listener(*listener_, step.tables);
    }
    std::optional<Waiting> ready;
    {
      const std::lock_guard lock(mutex_);
      seen_ = lane_->position();
      if (step.changes > 0) outcome_ = step.last;
      if (waiting_ && waiting_->offset <= seen_) {
        ready = std::exchange(waiting_, std::nullopt);
        pending_ = false;
      }
      failure_ = std::nullopt;
      stopped_gauge_->store(false);
      changed_.notify_all();
    }
    if (ready) ready->done(step.changes > 0 ? step.last : Result<void>{});
  }

  bool stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  void follow() {
    auto kept = steady_clock::now();
    for (;;) {
      const bool last = stopping();  // before the step: what was durable then is applied
      auto done = follow_step(last, kept);
      if (done) {
        if (*done) return;
        continue;
      }
      if (!fail_until_retry(std::move(done.error()))) return;
    }
  }

  /// True when everything is applied and the process stops.
  Result<bool> follow_step(bool last, steady_clock::time_point& kept) {
    if (!lane_) {
      auto lane = ChangeLane::open(options_, log_, clock_, counters_);
      if (!lane) return std::unexpected(std::move(lane.error()));
      lane_ = std::move(*lane);
      tell_damage();
    }
    auto step = lane_->step();
    if (!step) return std::unexpected(std::move(step.error()));
    const bool over = last && step->idle;
    if (over || steady_clock::now() - kept >= kKeepPosition) {
      if (auto stored = lane_->keep_position(); !stored) return std::unexpected(std::move(stored.error()));
      kept = steady_clock::now();
    }
    on_step(*step);
    // Changes come through write() alone, so a hit needs to wake nobody here.
    if (step->idle && !over) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kFollowWait, [&] { return stopping_ || (waiting_ && waiting_->offset > seen_); });
    }
    return over;
  }

  /// False when the process stops. What is not applied then is in the log still.
  bool fail_until_retry(Error error) {
    // To open one reads all of control.db.
    if (lane_ && !lane_->lost_log()) lane_.reset();
    std::unique_lock lock(mutex_);
    if (!failure_)
      logging::error("changes of control data cannot be applied; trying again", {{"error", error.message}});
    failure_ = Error{Code::unavailable, "Changes cannot be stored now: " + error.message, {}};
    stopped_gauge_->store(true);
    changed_.notify_all();
    return !changed_.wait_for(lock, kRetry, [&] { return stopping_; });
  }

  const Options options_;
  log::Log& log_;
  const Clock& clock_;
  LaneCounters counters_;
  Readers readers_;
  std::shared_ptr<std::atomic<bool>> stopped_gauge_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<std::atomic<std::size_t>> damaged_gauge_ = std::make_shared<std::atomic<std::size_t>>(0);

  std::timed_mutex write_mutex_;  // one change at a time, from its SQL to its append
  std::unique_ptr<db::Sqlite> writer_;

  // The apply thread's own.
  std::unique_ptr<ChangeLane> lane_;
  std::unique_ptr<db::Sqlite> listener_;
  std::atomic<log::Offset> applied_ = 0;
  std::thread thread_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Applied> listeners_;
  bool pending_ = false;            // a change is logged, or about to be, and not applied yet
  bool appending_ = false;          // … and the log has not answered
  std::optional<Waiting> waiting_;  // … and is durable
  log::Offset seen_ = 0;            // everything up to here is applied and committed
  Result<void> outcome_;            // of the last change up to there
  std::optional<Error> failure_;
  std::vector<std::string> damaged_;
  bool stopping_ = false;
};

}  // namespace

Result<log::Marked> Control::look(const Options& options) {
  log::Marked file{.file = options.file, .mark = {}};
  auto looked = db::look_at(options.file, options.migrations);
  if (!looked) return std::unexpected(std::move(looked.error()));
  if (!looked->handle) return file;
  auto found = stored_mark(*looked->handle);
  if (!found) return std::unexpected(std::move(found.error()));
  file.mark = found->mark;
  return file;
}

Result<std::unique_ptr<Control>> Control::open(Options options, log::Log& log, const Clock& clock,
                                               metrics::Registry& metrics) {
  auto control = std::make_unique<FollowingControl>(std::move(options), log, clock, metrics);
  if (auto started = control->start(); !started) return std::unexpected(std::move(started.error()));
  return control;
}

}  // namespace hk::control

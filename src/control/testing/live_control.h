#pragma once
// A real Control on a real log, in a directory of its own, for tests of features.

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/testing/temp_dir.h"
#include "control/control.h"

namespace hk::control::testing {

/// Forwards, and notes the text of every statement.
class NotingSqlite final : public db::Sqlite {
 public:
  using Note = std::function<void(std::string_view)>;
  NotingSqlite(db::Sqlite& real, Note note) : real_(real), note_(std::move(note)) {}

  Result<void> exec(std::string_view sql) override {
    note_(sql);
    return real_.exec(sql);
  }
  Result<std::int64_t> run(std::string_view sql, const std::vector<db::SqlValue>& params) override {
    note_(sql);
    return real_.run(sql, params);
  }
  Result<void> rows(std::string_view sql, const std::vector<db::SqlValue>& params, const RowFn& each) override {
    note_(sql);
    return real_.rows(sql, params, each);
  }
  Result<void> record_changes() override { return real_.record_changes(); }
  Result<std::string> take_changeset() override { return real_.take_changeset(); }
  Result<db::ChangedTables> apply_changeset(std::string_view changeset) override {
    return real_.apply_changeset(changeset);
  }
  Result<void> rows_as_bytes(std::string_view sql, const RowBytes& each) override {
    return real_.rows_as_bytes(sql, each);
  }
  void watch_rows(RowChange each) override { real_.watch_rows(std::move(each)); }

 private:
  db::Sqlite& real_;
  Note note_;
};

/// Forwards to the real thing; besides, it keeps the fences of every change and the statements of all, and can be told
/// to refuse.
class LiveControl final : public Control {
 public:
  explicit LiveControl(const Clock& clock) : clock_(clock) { open(); }
  ~LiveControl() override { close(); }

  Result<void> write(const Write& write, Done done) override {
    std::function<void()> before;
    {
      const std::lock_guard lock(mutex_);
      if (refuse_) return std::unexpected(*refuse_);
      before = std::exchange(before_, nullptr);
    }
    if (before) before();
    const auto keep_fences = [&](Change& change) -> Result<void> {
      std::vector<Fence> fences;
      NotingSqlite noting(change.sql(), [this](std::string_view sql) { note(sql); });
      Change inner(noting, fences);
      auto outcome = write(inner);
      for (const Fence& fence : fences) {
        change.fence(fence.lane, fence.bytes);
        const std::lock_guard lock(mutex_);
        if (outcome) fences_.push_back(fence);
      }
      return outcome;
    };
    return control_->write(keep_fences, std::move(done));
  }
  Result<void> read(const std::function<Result<void>(db::Sqlite&)>& read) override {
    return control_->read([&](db::Sqlite& sql) {
      NotingSqlite noting(sql, [this](std::string_view text) { note(text); });
      return read(noting);
    });
  }
  void on_applied(Applied applied) override {
    applied_.push_back(applied);
    control_->on_applied(std::move(applied));
  }
  log::Offset applied() const override { return control_->applied(); }
  Result<void> working() const override { return control_->working(); }
  std::vector<std::string> damaged() const override { return control_->damaged(); }
  Result<std::shared_ptr<void>> hold() override { return control_->hold(); }
  Result<void> stop() override { return control_->stop(); }

  /// Writes and waits until it is applied.
  Result<void> write_and_wait(const Write& change) {
    std::promise<Result<void>> applied;
    const auto written = write(change, [&](Result<void> outcome) { applied.set_value(std::move(outcome)); });
    return written ? applied.get_future().get() : written;
  }
  /// Those of the next start.
  Options& options() { return options_; }
  log::Log& log() { return *log_; }
  const std::filesystem::path& directory() const { return dir_.path(); }
  /// Until everything that was written before is applied: a write waits for the one before it.
  void wait_until_applied() {
    EXPECT_TRUE(control_->write([](Change&) { return Result<void>(); }, [](Result<void>) {}));
  }
  std::vector<Fence> fences() const {
    const std::lock_guard lock(mutex_);
    return fences_;
  }
  /// What was run since the last call, by reads and writes, in its order.
  std::vector<std::string> take_statements() {
    const std::lock_guard lock(mutex_);
    return std::exchange(statements_, {});
  }
  /// Every write fails with this from now on; nullopt: they work again.
  void refuse(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    refuse_ = std::move(error);
  }
  /// Called once, by the next write before it begins: what another thread did just then.
  void before_next_write(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    before_ = std::move(call);
  }
  /// Stops cleanly and starts again on the same files. `between`: what somebody does to them meanwhile.
  void restart(const std::function<void()>& between = {}) {
    close();
    if (between) between();
    open();
    for (const auto& applied : applied_) control_->on_applied(applied);
  }

 private:
  void note(std::string_view sql) {
    const std::lock_guard lock(mutex_);
    statements_.emplace_back(sql);
  }
  void open() {
    log::Recovery recovery;
    auto log =
        log::Log::open({.directory = dir_.path() / "log", .segment_bytes = 1u << 20}, clock_, metrics_, recovery);
    ASSERT_TRUE(log) << log.error().message;
    log_ = std::move(*log);
    auto control = Control::open(options_, *log_, clock_, metrics_);
    ASSERT_TRUE(control) << control.error().message;
    control_ = std::move(*control);
  }
  void close() {
    log_->close();
    EXPECT_TRUE(control_->stop());
    control_.reset();
    log_.reset();
  }

  const Clock& clock_;
  hk::testing::TempDir dir_;
  Options options_{.file = dir_.path() / "control.db", .dead_letters = dir_.path() / "dead-letter"};
  metrics::Registry metrics_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Control> control_;
  std::vector<Applied> applied_;
  mutable std::mutex mutex_;
  std::vector<Fence> fences_;
  std::vector<std::string> statements_;
  std::optional<Error> refuse_;
  std::function<void()> before_;
};

}  // namespace hk::control::testing

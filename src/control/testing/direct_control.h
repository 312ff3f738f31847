#pragma once
// A Control for tests of features: the real SQLite and the real schema, but no log. A change is committed at once, and
// its changeset is applied to a second file as the log would do it, so that a table that changesets cannot carry shows
// up.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "control/control.h"
#include "sql/control.h"

namespace hk::control::testing {

class DirectControl final : public Control {
 public:
  DirectControl() {
    std::string name = (std::filesystem::temp_directory_path() / "hk-control-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    sql_ = open("control.db", db::Sqlite::Mode::read_write);
    copy_ = open("copy.db", db::Sqlite::Mode::apply);
  }
  ~DirectControl() override {
    sql_.reset();
    copy_.reset();
    std::filesystem::remove_all(directory_);
  }

  Result<void> write(const Write& write, Done done) override {
    std::unique_lock lock(mutex_);
    if (refuse_) return std::unexpected(*refuse_);
    std::vector<Fence> fences;
    expect(sql_->exec("BEGIN IMMEDIATE"));
    expect(sql_->record_changes());
    Change change(*sql_, fences);
    const auto outcome = write(change);
    auto changeset = sql_->take_changeset();
    expect(sql_->exec(outcome ? "COMMIT" : "ROLLBACK"));
    if (!outcome) return outcome;
    if (changeset && !changeset->empty()) {
      expect(copy_->exec("BEGIN"));
      expect(copy_->apply_changeset(*changeset));
      expect(copy_->exec("COMMIT"));
    }
    fences_.insert(fences_.end(), fences.begin(), fences.end());
    for (const auto& applied : applied_) applied(*copy_);
    lock.unlock();
    done({});
    return {};
  }
  Result<void> read(const std::function<Result<void>(db::Sqlite&)>& read) override {
    const std::lock_guard lock(mutex_);
    return read(*copy_);
  }
  void on_applied(Applied applied) override { applied_.push_back(std::move(applied)); }
  log::Offset applied() const override { return 0; }
  Result<void> working() const override { return {}; }
  Result<void> stop() override { return {}; }

  const std::vector<Fence>& fences() const { return fences_; }
  /// Every write fails with this from now on; nullopt: they work again.
  void refuse(std::optional<Error> error) { refuse_ = std::move(error); }

 private:
  std::unique_ptr<db::Sqlite> open(const char* name, db::Sqlite::Mode mode) {
    auto sql = db::Sqlite::open(directory_ / name, mode);
    EXPECT_TRUE(sql) << sql.error().message;
    expect((*sql)->exec(hk::sql::control::migration_0001_identity));
    return std::move(*sql);
  }
  static void expect(const Result<void>& result) { EXPECT_TRUE(result) << result.error().message; }

  std::filesystem::path directory_;
  std::unique_ptr<db::Sqlite> sql_, copy_;
  std::mutex mutex_;
  std::vector<Applied> applied_;
  std::vector<Fence> fences_;
  std::optional<Error> refuse_;
};

}  // namespace hk::control::testing

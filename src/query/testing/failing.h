#pragma once
// Connections on which statements fail with words of DuckDB, or are counted.

#include <atomic>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "db/duck.h"

namespace hk::query::testing {

class FailingConnection final : public db::DuckConnection {
 public:
  /// The next `times` queries fail.
  FailingConnection(std::unique_ptr<db::DuckConnection> real, Error words, int& times)
      : real_(std::move(real)), words_(std::move(words)), times_(times) {}
  Result<void> exec(std::string_view sql) override {
    if (sql == "ROLLBACK" && failing_rollbacks > 0) {
      --failing_rollbacks;
      return std::unexpected(words_);
    }
    return real_->exec(sql);
  }
  Result<std::unique_ptr<db::DuckStatement>> prepare(std::string_view sql) override { return real_->prepare(sql); }
  Result<std::unique_ptr<db::DuckRows>> query(std::string_view sql, const std::vector<db::DuckValue>& params) override {
    if (times_ > 0) {
      --times_;
      return std::unexpected(words_);
    }
    return real_->query(sql, params);
  }
  Result<std::unique_ptr<db::DuckAppender>> append_to(std::string_view table) override {
    return real_->append_to(table);
  }
  Result<void> commit() override { return real_->commit(); }
  void interrupt() override { real_->interrupt(); }

  int failing_rollbacks = 0;

 private:
  std::unique_ptr<db::DuckConnection> real_;
  Error words_;
  int& times_;
};

/// Counts its queries.
class CountingConnection final : public db::DuckConnection {
 public:
  CountingConnection(std::unique_ptr<db::DuckConnection> real, std::atomic<int>& count)
      : real_(std::move(real)), count_(count) {}
  Result<void> exec(std::string_view sql) override { return real_->exec(sql); }
  Result<std::unique_ptr<db::DuckStatement>> prepare(std::string_view sql) override { return real_->prepare(sql); }
  Result<std::unique_ptr<db::DuckRows>> query(std::string_view sql, const std::vector<db::DuckValue>& params) override {
    ++count_;
    return real_->query(sql, params);
  }
  Result<std::unique_ptr<db::DuckAppender>> append_to(std::string_view table) override {
    return real_->append_to(table);
  }
  Result<void> commit() override { return real_->commit(); }
  void interrupt() override { real_->interrupt(); }

 private:
  std::unique_ptr<db::DuckConnection> real_;
  std::atomic<int>& count_;
};

inline const Error kOutOfMemory{
    Code::unavailable, "Out of Memory Error: failed to pin block of size 256.0 KiB", "", {}};
inline const Error kCorrupt{Code::unavailable,
                            "IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2 in "
                            "block at location 266240",
                            "",
                            {}};

}  // namespace hk::query::testing

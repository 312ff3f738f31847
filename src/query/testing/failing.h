#pragma once
// Connections on which statements fail with words of DuckDB, at once or in the middle of their rows, or are counted.

#include <atomic>
#include <cstdint>
#include <functional>
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
  Result<void> exec(std::string_view sql) override { return real_->exec(sql); }
  Result<std::unique_ptr<db::DuckStatement>> prepare(std::string_view sql) override { return real_->prepare(sql); }
  Result<std::unique_ptr<db::DuckRows>> query(std::string_view sql, const std::vector<db::DuckValue>& params) override {
    if (times_ > 0) {
      --times_;
      return std::unexpected(words_);
    }
    return real_->query(sql, params);
  }
  Result<std::unique_ptr<db::DuckRows>> stream(std::string_view sql,
                                               const std::vector<db::DuckValue>& params) override {
    if (times_ > 0) {
      --times_;
      return std::unexpected(words_);
    }
    return real_->stream(sql, params);
  }
  Result<std::unique_ptr<db::DuckAppender>> append_to(std::string_view table) override {
    return real_->append_to(table);
  }
  Result<void> commit() override { return real_->commit(); }
  Result<void> roll_back() override {
    if (failing_rollbacks > 0) {
      --failing_rollbacks;
      return std::unexpected(words_);
    }
    return real_->roll_back();
  }
  void interrupt() override { real_->interrupt(); }

  int failing_rollbacks = 0;

 private:
  std::unique_ptr<db::DuckConnection> real_;
  Error words_;
  int& times_;
};

/// What happens before each chunk of a stream; a failure is that of the chunk.
using BeforeChunk = std::function<Result<void>(db::DuckConnection& connection)>;

class WatchedRows final : public db::DuckRows {
 public:
  WatchedRows(std::unique_ptr<db::DuckRows> real, db::DuckConnection& connection, const BeforeChunk& before)
      : real_(std::move(real)), connection_(connection), before_(before) {}
  Result<std::size_t> next_chunk() override {
    if (auto ok = before_(connection_); !ok) return std::unexpected(ok.error());
    return real_->next_chunk();
  }
  Result<bool> next() override { return real_->next(); }
  std::size_t columns() const override { return real_->columns(); }
  bool is_null(std::size_t col) const override { return real_->is_null(col); }
  std::int64_t i64(std::size_t col) const override { return real_->i64(col); }
  std::uint64_t u64(std::size_t col) const override { return real_->u64(col); }
  double f64(std::size_t col) const override { return real_->f64(col); }
  std::string_view text(std::size_t col) const override { return real_->text(col); }
  Uuid uuid(std::size_t col) const override { return real_->uuid(col); }

 protected:
  std::pair<const void*, std::size_t> raw_column(std::size_t col, std::size_t width) const override {
    const auto raw = [](const auto& column) {
      return std::pair<const void*, std::size_t>(column.data(), column.size());
    };
    switch (width) {
      case 1:
        return raw(real_->column<std::uint8_t>(col));
      case 2:
        return raw(real_->column<std::uint16_t>(col));
      case 4:
        return raw(real_->column<std::uint32_t>(col));
      default:
        return raw(real_->column<std::uint64_t>(col));
    }
  }

 private:
  std::unique_ptr<db::DuckRows> real_;
  db::DuckConnection& connection_;
  const BeforeChunk& before_;
};

/// `before` is called before each chunk of its streams.
class WatchedConnection final : public db::DuckConnection {
 public:
  WatchedConnection(std::unique_ptr<db::DuckConnection> real, const BeforeChunk& before)
      : real_(std::move(real)), before_(before) {}
  Result<void> exec(std::string_view sql) override { return real_->exec(sql); }
  Result<std::unique_ptr<db::DuckStatement>> prepare(std::string_view sql) override { return real_->prepare(sql); }
  Result<std::unique_ptr<db::DuckRows>> query(std::string_view sql, const std::vector<db::DuckValue>& params) override {
    return real_->query(sql, params);
  }
  Result<std::unique_ptr<db::DuckRows>> stream(std::string_view sql,
                                               const std::vector<db::DuckValue>& params) override {
    auto rows = real_->stream(sql, params);
    if (!rows) return rows;
    return std::make_unique<WatchedRows>(std::move(*rows), *real_, before_);
  }
  Result<std::unique_ptr<db::DuckAppender>> append_to(std::string_view table) override {
    return real_->append_to(table);
  }
  Result<void> commit() override { return real_->commit(); }
  Result<void> roll_back() override { return real_->roll_back(); }
  void interrupt() override { real_->interrupt(); }

 private:
  std::unique_ptr<db::DuckConnection> real_;
  const BeforeChunk& before_;
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
  Result<std::unique_ptr<db::DuckRows>> stream(std::string_view sql,
                                               const std::vector<db::DuckValue>& params) override {
    ++count_;
    return real_->stream(sql, params);
  }
  Result<std::unique_ptr<db::DuckAppender>> append_to(std::string_view table) override {
    return real_->append_to(table);
  }
  Result<void> commit() override { return real_->commit(); }
  Result<void> roll_back() override { return real_->roll_back(); }
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

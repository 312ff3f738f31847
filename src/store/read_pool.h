#pragma once
// Read connections of one lane, kept for the next reader.

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "db/duck.h"
#include "store/store.h"

namespace hk::store {

/// Thread-safe. A lease that outlives close() is of a closed pool: its connection goes with it.
class ReadPool : public std::enable_shared_from_this<ReadPool> {
 public:
  /// Connections that stay open while nobody reads.
  static constexpr std::size_t kIdle = 4;

  explicit ReadPool(std::shared_ptr<db::DuckDatabase> database) : database_(std::move(database)) {}
  Result<ReadLease> lease();
  /// Whether somebody has a lease.
  bool in_use() const;
  void close();
  /// False, and nothing is changed, where somebody has a lease.
  bool close_unless_used();

 private:
  void give_back(std::unique_ptr<db::DuckConnection> connection);

  mutable std::mutex mutex_;
  std::size_t leased_ = 0;
  std::shared_ptr<db::DuckDatabase> database_;  // null: closed
  std::vector<std::unique_ptr<db::DuckConnection>> idle_;
};

}  // namespace hk::store

#include "store/read_pool.h"

#include <utility>

namespace hk::store {

ReadLease::ReadLease(std::unique_ptr<db::DuckConnection> c,
                     std::function<void(std::unique_ptr<db::DuckConnection>)> back)
    : connection_(std::move(c)), back_(std::move(back)) {}

ReadLease::~ReadLease() {
  if (connection_) back_(std::move(connection_));
}

Result<ReadLease> ReadPool::lease() {
  std::shared_ptr<db::DuckDatabase> database;
  std::unique_ptr<db::DuckConnection> connection;
  {
    const std::scoped_lock lock(mutex_);
    if (!database_) return fail(Code::unavailable, "The database of this team is stopped; see the server's log.");
    ++leased_;
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
    database = database_;
  }
  if (!connection) {
    auto made = database->connect();
    if (!made) {
      const std::scoped_lock lock(mutex_);
      --leased_;
      return std::unexpected(made.error());
    }
    connection = std::move(*made);
  }
  return ReadLease(std::move(connection), [self = weak_from_this()](std::unique_ptr<db::DuckConnection> c) {
    if (const auto pool = self.lock()) pool->give_back(std::move(c));
  });
}

void ReadPool::give_back(std::unique_ptr<db::DuckConnection> connection) {
  // A reader that failed in the middle leaves its transaction behind; without one this is refused and harmless. Where
  // it finds no memory, the connection goes: its transaction would hold checkpoints off.
  const auto rolled_back = connection->roll_back();
  const bool open = !rolled_back && db::cause_of(rolled_back.error()) == db::DuckCause::memory;
  const std::scoped_lock lock(mutex_);
  --leased_;
  if (database_ && !open && idle_.size() < kIdle) idle_.push_back(std::move(connection));
}

bool ReadPool::in_use() const {
  const std::scoped_lock lock(mutex_);
  return leased_ > 0;
}

bool ReadPool::close_unless_used() {
  const std::scoped_lock lock(mutex_);
  if (leased_ > 0) return false;
  idle_.clear();
  database_.reset();
  return true;
}

void ReadPool::close() {
  const std::scoped_lock lock(mutex_);
  idle_.clear();
  database_.reset();
}

}  // namespace hk::store

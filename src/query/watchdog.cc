#include "query/watchdog.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hk::query {
namespace {

constexpr std::chrono::milliseconds kAgain{20};

}  // namespace

Watchdog::Watchdog() : thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    assert(watches_.empty());
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Watchdog::Guard Watchdog::watch(db::DuckConnection& connection, std::chrono::milliseconds budget) {
  const std::lock_guard lock(mutex_);
  watches_.push_front({.connection = &connection, .due = std::chrono::steady_clock::now() + budget});
  changed_.notify_one();
  return {*this, watches_.begin()};
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    for (Watch& watch : watches_) {
      if (watch.due > now) continue;
      watch.fired = true;
      watch.connection->interrupt();
      watch.due = now + kAgain;
    }
    if (watches_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, std::ranges::min(watches_, {}, &Watch::due).due);
    }
  }
}

Watchdog::Guard::Guard(Guard&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), watch_(other.watch_) {}

Watchdog::Guard::~Guard() {
  if (!owner_) return;
  const std::lock_guard lock(owner_->mutex_);
  owner_->watches_.erase(watch_);
}

bool Watchdog::Guard::fired() const {
  const std::lock_guard lock(owner_->mutex_);
  return watch_->fired;
}

}  // namespace hk::query

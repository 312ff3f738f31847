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

Watchdog::Guard Watchdog::watch(db::DuckConnection& connection, std::chrono::milliseconds budget,
                                std::stop_token gone) {
  std::unique_lock lock(mutex_);
  watches_.push_front({.connection = &connection, .due = std::chrono::steady_clock::now() + budget});
  const auto watch = watches_.begin();
  changed_.notify_one();
  lock.unlock();
  return {*this, watch, std::move(gone)};
}

void Watchdog::hurry(Watch& watch) {
  const std::lock_guard lock(mutex_);
  watch.due = std::chrono::steady_clock::now();
  watch.fired = true;
  changed_.notify_one();
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

// The callback may come at once, or from another thread meanwhile, and takes the mutex: it is made and ended without
// it.
Watchdog::Guard::Guard(Watchdog& owner, std::list<Watch>::iterator watch, std::stop_token gone)
    : owner_(owner), watch_(watch) {
  on_gone_.emplace(std::move(gone), [this] { owner_.hurry(*watch_); });
}

Watchdog::Guard::~Guard() {
  on_gone_.reset();
  const std::lock_guard lock(owner_.mutex_);
  owner_.watches_.erase(watch_);
}

bool Watchdog::Guard::fired() const {
  const std::lock_guard lock(owner_.mutex_);
  return watch_->fired;
}

}  // namespace hk::query

#include "net/worker_pool.h"

#include <pthread.h>

#include <utility>

namespace hk::net {

WorkerPool::WorkerPool(std::string name, unsigned threads, std::size_t queue) : limit_(queue) {
  threads_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { run(); });
    pthread_setname_np(threads_.back().native_handle(), name.substr(0, 15).c_str());
  }
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
}

bool WorkerPool::submit(Job job) {
  return submit({}, std::move(job)) == Taken::yes;
}

WorkerPool::Taken WorkerPool::submit(std::string_view owner, Job job) {
  {
    std::lock_guard lock(mutex_);
    if (queued_ >= limit_) return Taken::pool_full;
    const auto before = owner.empty() ? behind_.end() : behind_.find(owner);
    if (before != behind_.end()) {
      if (before->second.size() >= kOwnerQueue) return Taken::owner_full;
      before->second.push_back(std::move(job));
      ++queued_;
      return Taken::yes;
    }
    if (!owner.empty()) behind_.try_emplace(std::string(owner));
    turns_.push_back({std::move(job), std::string(owner)});
    ++queued_;
  }
  ready_.notify_one();
  return Taken::yes;
}

std::size_t WorkerPool::queued() const {
  std::lock_guard lock(mutex_);
  return queued_;
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ready_.wait(lock, [this] { return stopping_ || !turns_.empty(); });
    if (turns_.empty()) return;
    Turn turn = std::move(turns_.front());
    turns_.pop_front();
    --queued_;
    lock.unlock();
    turn.job();
    turn.job = nullptr;  // what it holds is let go of without the lock
    lock.lock();
    if (turn.owner.empty()) continue;
    const auto mine = behind_.find(turn.owner);
    if (mine->second.empty()) {
      behind_.erase(mine);
      continue;
    }
    turns_.push_back({std::move(mine->second.front()), std::move(turn.owner)});
    mine->second.pop_front();
    ready_.notify_one();
  }
}

}  // namespace hk::net

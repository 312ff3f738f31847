#include "store/order_thread.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace hk::store {
namespace {

/// Between two times of asking a job to end.
constexpr Millis kAsk{5};

}  // namespace

OrderThread::~OrderThread() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void OrderThread::give(std::shared_ptr<Job> job) {
  const std::scoped_lock lock(mutex_);
  jobs_.push_back(std::move(job));
  changed_.notify_all();
  if (thread_.joinable()) return;
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "orders");
}

bool OrderThread::is_over(const Job& job) const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::none_of(jobs_, [&](const auto& one) { return one.get() == &job; });
}

void OrderThread::abandon(const Job& job) {
  std::unique_lock lock(mutex_);
  std::shared_ptr<Job> running = jobs_.empty() ? nullptr : jobs_.front();
  if (running.get() != &job) {
    std::erase_if(jobs_, [&](const auto& one) { return one.get() == &job; });
    return;
  }
  const auto ended = [&] { return jobs_.empty() || jobs_.front() != running; };
  do {
    running->interrupt();
  } while (!changed_.wait_for(lock, kAsk, ended));
}

void OrderThread::wait(Millis at_most) {
  std::unique_lock lock(mutex_);
  const auto first = jobs_.empty() ? nullptr : jobs_.front();
  if (first) changed_.wait_for(lock, at_most, [&] { return jobs_.empty() || jobs_.front() != first; });
}

void OrderThread::run() {
  // Never refused, and of this thread.
  static_cast<void>(::nice(nice_));
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const auto job = jobs_.front();
    lock.unlock();
    job->run();
    lock.lock();
    jobs_.pop_front();
    changed_.notify_all();
    lock.unlock();
    ended_();
    lock.lock();
  }
}

}  // namespace hk::store

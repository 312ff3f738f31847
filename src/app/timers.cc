#include "app/timers.h"

#include <algorithm>
#include <exception>

#include "base/logging.h"

namespace hk::app {

void Timers::every(std::string name, std::chrono::milliseconds period, std::function<void()> job) {
  jobs_.push_back({std::move(name), period, std::move(job), {}});
}

void Timers::start() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& job : jobs_) job.due = now + job.period;
  thread_ = std::thread([this] { loop(); });
}

void Timers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Timers::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next = std::ranges::min_element(jobs_, {}, &Job::due);
    if (next == jobs_.end()) return;
    if (wake_.wait_until(lock, next->due, [this] { return stopping_; })) return;
    lock.unlock();
    try {
      next->run();
    } catch (const std::exception& e) {
      logging::error("periodic job failed", {{"job", next->name}, {"error", e.what()}});
    }
    next->due = std::chrono::steady_clock::now() + next->period;
    lock.lock();
  }
}

}  // namespace hk::app

#pragma once
// The thread on which lanes obey orders, which take seconds: lanes that got none go on meanwhile.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace hk::store {

/// Runs one job after another, in the order in which they are given: two would share the memory that one needs.
/// Thread-safe.
class OrderThread {
 public:
  struct Job {
    std::function<void()> run;
    /// Asks a running one to end; called again and again until it does.
    std::function<void()> interrupt;
  };

  /// `ended` is called on the thread, behind each job that ran. The thread is made with the first job.
  OrderThread(int nice, std::function<void()> ended) : nice_(nice), ended_(std::move(ended)) {}
  /// There must be no job any more.
  ~OrderThread();
  OrderThread(const OrderThread&) = delete;
  OrderThread& operator=(const OrderThread&) = delete;

  void give(std::shared_ptr<Job> job);
  /// Whether it ran to its end, or was abandoned.
  bool is_over(const Job& job) const;
  /// When this returns, the job does not run and never will.
  void abandon(const Job& job);
  /// Returns when a job has ended, or after so long.
  void wait(Millis at_most);

 private:
  void run();

  const int nice_;
  const std::function<void()> ended_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;  // the first one runs
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace hk::store

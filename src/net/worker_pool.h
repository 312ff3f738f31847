#pragma once
// A few threads for work that may block (databases, password hashes), so that I/O threads never do.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hk::net {

/// Jobs that may wait for a thread of one pool. More would only wait longer than their callers do.
inline constexpr std::size_t kWorkerQueue = 64;

/// Thread-safe. Jobs must not throw. The destructor runs what is queued, then joins.
class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;

  /// `name` shows in debuggers (15 characters at most).
  WorkerPool(std::string name, unsigned threads, std::size_t queue = kWorkerQueue);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False, and the job is destroyed, when the queue is full.
  [[nodiscard]] bool submit(Job job);
  /// Jobs that wait for a thread.
  std::size_t queued() const;

 private:
  void run();

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace hk::net

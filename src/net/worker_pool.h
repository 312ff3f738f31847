#pragma once
// A few threads for work that may block (databases, password hashes), so that I/O threads never do.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hk::net {

/// Jobs that may wait for a thread of one pool. More would only wait longer than their callers do.
inline constexpr std::size_t kWorkerQueue = 64;
/// Of these, jobs of one owner.
inline constexpr std::size_t kOwnerQueue = 16;

/// Thread-safe. Jobs must not throw. The destructor runs what is queued, then joins.
class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;
  enum class Taken : std::uint8_t { yes, pool_full, owner_full };

  /// `name` shows in debuggers (15 characters at most).
  WorkerPool(std::string name, unsigned threads, std::size_t queue = kWorkerQueue);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False, and the job is destroyed, when the queue is full.
  [[nodiscard]] bool submit(Job job);
  /// Fair between owners: their jobs take turns, and those of one owner run one after another. Where it is not taken
  /// the job is destroyed.
  [[nodiscard]] Taken submit(std::string_view owner, Job job);
  /// Jobs that wait for a thread.
  std::size_t queued() const;

 private:
  struct Turn {
    Job job;
    std::string owner;  // empty: nobody's
  };
  void run();

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Turn> turns_;  // at most one of each owner
  /// Of owners with a turn or a running job: what comes after it.
  std::map<std::string, std::deque<Job>, std::less<>> behind_;
  std::size_t queued_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace hk::net

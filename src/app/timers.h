#pragma once
// Small periodic jobs (sealing, heartbeats, releasing log segments) on one thread.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hk::app {

/// Jobs run one after another and must be quick; a late job runs once, not several times. An exception ends the
/// job's run, is logged, and the job runs again next time.
class Timers {
 public:
  ~Timers() { stop(); }
  /// Before start(). The first run is one period after start().
  void every(std::string name, std::chrono::milliseconds period, std::function<void()> job);
  void start();
  /// Waits for the running job. Idempotent.
  void stop();

 private:
  struct Job {
    std::string name;
    std::chrono::milliseconds period;
    std::function<void()> run;
    std::chrono::steady_clock::time_point due;
  };
  void loop();

  std::vector<Job> jobs_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hk::app

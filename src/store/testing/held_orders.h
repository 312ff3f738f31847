#pragma once
// Orders that wait at their beginning until the test says so.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "store/store.h"

namespace hk::store::testing {

/// For StoreOptions::before_order: holds the orders of one lane.
class HeldOrders {
 public:
  explicit HeldOrders(LaneKey lane) : lane_(lane) {}

  std::function<void(LaneKey)> hook() {
    return [this](LaneKey lane) {
      std::unique_lock lock(mutex_);
      if (lane != lane_ || free_) return;
      ++held_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return free_; });
    };
  }
  /// False: none came to be held.
  bool await() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [this] { return held_ > 0; });
  }
  void let_go() {
    const std::scoped_lock lock(mutex_);
    free_ = true;
    changed_.notify_all();
  }

 private:
  const LaneKey lane_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int held_ = 0;
  bool free_ = false;
};

}  // namespace hk::store::testing

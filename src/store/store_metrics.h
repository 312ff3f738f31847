#pragma once
// What the store tells /metrics.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/metrics.h"

namespace hk::store {

class Store;

/// What the metrics read, which outlive the store.
struct Gauges {
  std::atomic<std::uint64_t> hot_rows{0};
  std::atomic<std::uint64_t> stopped{0};
  std::atomic<std::uint64_t> set_aside{0};
  std::atomic<std::uint64_t> backlog_bytes{0};
  std::mutex mutex;
  const Store* store = nullptr;  // guarded by mutex; null when it is gone
};

class Timer {
 public:
  explicit Timer(metrics::Histogram& to) : to_(to) {}
  ~Timer() { to_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count()); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  metrics::Histogram& to_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// References into the registry; registered once.
struct StoreMetrics {
  explicit StoreMetrics(metrics::Registry& registry);

  std::shared_ptr<Gauges> gauges = std::make_shared<Gauges>();
  metrics::Counter &hits, &events, &reports, &without_visit, &without_view, &seals, &rewrites, &erasures, &fences,
      &of_deleted, &dead_letters, &damage, &checkpoint_failures, &healed, &remembered, &read, &dropped_bound,
      &dropped_disk;
  metrics::Histogram &batch, &seal, &checkpoint;
};

}  // namespace hk::store

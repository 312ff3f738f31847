#pragma once
// Looks which files' clones are due, and has them taken.

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <stop_token>

#include "base/clock.h"
#include "base/metrics.h"
#include "store/store.h"

namespace hk::store {

/// A clone that failed is tried again after this.
inline constexpr std::chrono::hours kCloneRetry{1};

/// One thread, which may take long: copies are slow on purpose.
class CloneKeeper {
 public:
  CloneKeeper(Store& store, const Clock& clock, metrics::Registry& registry);

  /// One after the other; how many were taken.
  std::size_t run(const std::stop_token& stop = {});

 private:
  struct Gauges {
    std::atomic<std::size_t> no_room{0}, stale{0};
  };

  Store& store_;
  const Clock& clock_;
  metrics::Counter& taken_;
  std::shared_ptr<Gauges> gauges_ = std::make_shared<Gauges>();
  std::set<LaneKey> no_room_;  // said
  std::map<LaneKey, TimeMs> failed_;
};

}  // namespace hk::store

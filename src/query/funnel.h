#pragma once
// How many went through some steps in their order.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "query/activity.h"
#include "query/part_cache.h"
#include "query/query.h"
#include "query/snapshot.h"

namespace hk::query {

/// Counts walks, one after the other. The bit 1 << i of an act says that it is step i.
class FunnelCount {
 public:
  /// `window` as that of Funnel.
  FunnelCount(std::size_t steps, std::optional<Millis> window);
  void add(std::span<const Act> walk);
  FunnelFigures figures() const;

  /// What was counted, to be kept.
  Groups counted() const;
  /// Adds what another with these steps and this window counted.
  void add(const Groups& counted);

 private:
  /// How many took so many whole seconds.
  class Times {
   public:
    void add(std::size_t seconds, std::uint64_t times);
    std::optional<double> median() const;
    /// Calls `see(seconds, times)` for each.
    template <class See>
    void each(const See& see) const {
      for (std::size_t seconds = 0; seconds < by_seconds_.size(); ++seconds)
        if (by_seconds_[seconds] > 0) see(seconds, by_seconds_[seconds]);
    }

   private:
    std::uint64_t all_ = 0;
    std::vector<std::uint64_t> by_seconds_;
  };

  std::size_t steps_;
  std::uint32_t window_;  // ms
  std::vector<std::uint64_t> reached_;
  std::vector<Times> times_;  // to each step from the one before; behind them that of the whole way
};

/// One funnel of a question. `until`: where the other period ends, when that is before its end.
Result<std::unique_ptr<Walked>> plan_funnel(Snapshot& snapshot, const Question& question, const Funnel& funnel,
                                            const std::optional<LocalTime>& until);

}  // namespace hk::query

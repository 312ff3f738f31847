#include "http/rate_limit.h"

#include <algorithm>

namespace hk::http {

RateLimiter::RateLimiter(RateRule rule) {
  if (rule.per_second <= 0) return;
  interval_ns_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(1e9 / rule.per_second));
  depth_ns_ = static_cast<std::int64_t>(static_cast<double>(interval_ns_) * (std::max(rule.burst, 1.0) - 1));
  sets_ = std::make_unique<Set[]>(kSets);
}

std::chrono::nanoseconds RateLimiter::take(std::uint64_t key, Instant now) {
  if (interval_ns_ == 0) return std::chrono::nanoseconds::zero();
  const std::int64_t at = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  const std::size_t index = key % kSets;
  std::lock_guard lock(locks_[index % kLocks]);
  auto& buckets = sets_[index].buckets;
  auto bucket = std::ranges::find(buckets, key, &Bucket::key);
  if (bucket == buckets.end()) {
    bucket = std::ranges::min_element(buckets, {}, &Bucket::full_at);
    *bucket = {.key = key, .full_at = at};
  }
  const std::int64_t start = std::max(bucket->full_at, at);
  if (start - at > depth_ns_) return std::chrono::nanoseconds(start - at - depth_ns_);
  bucket->full_at = start + interval_ns_;
  return std::chrono::nanoseconds::zero();
}

}  // namespace hk::http

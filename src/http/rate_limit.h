#pragma once
// Token buckets per client, for keys that are hashes of addresses.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

namespace hk::http {

struct RateRule {
  double per_second = 0;  // 0 or less: no limit
  double burst = 1;       // requests at once, at least 1
};

/// Per client address (IPv6: per /64), by kind of request.
struct Rates {
  RateRule ingest{.per_second = 20, .burst = 40};
  RateRule api{.per_second = 10, .burst = 20};
  RateRule auth{.per_second = 2, .burst = 5};
  RateRule metrics{.per_second = 10, .burst = 20};
};

/// Bounded memory, thread-safe, one short lock per call.
///
/// Each bucket is one number: the instant at which it will be full again (GCRA). A set of eight buckets shares a slot
/// of the table; a newcomer takes the place of the bucket that is full, or will be soonest, which forgets nothing
/// or next to nothing.
class RateLimiter {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit RateLimiter(RateRule rule);
  /// Takes a token: zero. Without one: how long until there is one.
  std::chrono::nanoseconds take(std::uint64_t key, Instant now);

  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kSets = 2048;  // × kWays = 16,384 clients

 private:
  struct Bucket {
    std::uint64_t key = 0;
    std::int64_t full_at = 0;  // ns of the steady clock
  };
  struct Set {
    std::array<Bucket, kWays> buckets;
  };
  static constexpr std::size_t kLocks = 64;

  std::int64_t interval_ns_ = 0;  // 0: no limit
  std::int64_t depth_ns_ = 0;
  std::array<std::mutex, kLocks> locks_;
  std::unique_ptr<Set[]> sets_;
};

}  // namespace hk::http

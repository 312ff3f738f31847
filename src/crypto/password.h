#pragma once
// Password hashes: argon2id in PHC format (RFC 9106). Slow and hungry on purpose, so only a few run at a time.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <semaphore>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hk::crypto {

/// Longer ones are refused before any work is done.
inline constexpr std::size_t kMaxPasswordBytes = 1'024;

struct PasswordCost {
  std::uint32_t memory_kib = 65'536;
  std::uint32_t passes = 3;
  std::uint32_t lanes = 1;
};

/// Thread-safe. Blocks for tens to hundreds of milliseconds: call from a worker, never from an I/O thread.
class Passwords {
 public:
  /// Runs at the same time; each takes 64 MiB while it runs.
  static constexpr int kConcurrent = 2;
  /// How long a run waits for its turn before it gives up with Code::busy.
  static constexpr std::chrono::milliseconds kWait{3'000};

  explicit Passwords(PasswordCost cost = {}, std::chrono::milliseconds wait = kWait, int concurrent = kConcurrent)
      : cost_(cost), wait_(wait), turns_(concurrent) {}

  /// Code::invalid with field "password" for one that is too long; calls below ask for themselves.
  static Result<void> check_length(std::string_view password);

  /// `$argon2id$v=19$m=65536,t=3,p=1$<salt>$<hash>`, 16 bytes of random salt, 32 bytes of hash.
  Result<std::string> hash(std::string_view password);

  /// Code::invalid for one that is too long, before any work is done. Accepts every argon2id hash within the bounds
  /// below, so also the original's (m=65536,t=1,p=4). Code::internal when `phc` is no such hash.
  Result<bool> verify(std::string_view password, const std::string& phc);

  /// Does what verify() of a wrong password does, and refuses what it refuses: for accounts that don't exist.
  Result<bool> verify_nothing(std::string_view password);

  /// Runs of argon2id so far: what answers cost, for tests.
  std::uint64_t runs() const { return runs_.load(std::memory_order_relaxed); }

  static constexpr std::uint32_t kMaxMemoryKib = 262'144;
  static constexpr std::uint32_t kMaxPasses = 10;
  static constexpr std::uint32_t kMaxLanes = 8;

 private:
  Result<bool> take_turn();

  PasswordCost cost_;
  std::chrono::milliseconds wait_;
  std::counting_semaphore<kConcurrent> turns_;
  std::atomic<std::uint64_t> runs_{0};
};

}  // namespace hk::crypto

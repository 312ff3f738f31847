#pragma once
// Whether most hits seem to come from one sender: what a proxy does that hides its visitors.

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "crypto/hash.h"
#include "net/ip.h"

namespace hk::ingest {

/// Fewer hits say nothing.
inline constexpr std::uint64_t kFewestSent = 100;
/// After so many the older half counts half.
inline constexpr std::uint64_t kSentWindow = 4'096;

/// A sketch of fixed size (Metwally's Space-Saving). Knows senders by hashes under a key of this process, and tells
/// only shares. Thread-safe; a hit that finds it busy is not looked at.
class Senders {
 public:
  Senders();
  void add(const net::Ip& ip);

  /// Of the last hits; 0 while there are too few.
  struct Shares {
    double one = 0;       // of the one that sends most, at least
    double internal = 0;  // from addresses that the internet does not reach
  };
  Shares shares() const;

 private:
  struct Seen {
    std::uint64_t who = 0, hits = 0, too_many = 0;  // too_many: what it took over from the one before
  };
  crypto::SipKey key_;
  mutable std::mutex mutex_;
  std::array<Seen, 8> seen_{};
  std::uint64_t all_ = 0, internal_ = 0;
};

}  // namespace hk::ingest

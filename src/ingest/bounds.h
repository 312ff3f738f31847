#pragma once
// How much one address may bring to one site in a day: anybody can write any origin, path and event into a request.

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "crypto/hash.h"
#include "http/client_ip.h"
#include "net/ip.h"
#include "store/hit.h"

namespace hk::ingest {

/// Addresses that are told apart when those of refused hits are counted, per site.
inline constexpr std::size_t kRefusedAddresses = 1'000;

/// What is bounded. "New" is what nobody has sent to the site today, as far as this process has seen.
enum class Bound : std::uint8_t {
  bytes,     // of all texts
  texts,     // new ones: pages, referrers, sets of UTM tags, event names, properties
  visitors,  // new ones
};

/// Counts per site and address (IPv6: per /64), and says when a hit would cross a bound (ingest/limits.h).
///
/// Nothing of a visitor is kept: cells of a fixed table are found by hashes under keys of this process, and what is
/// new is one bit of another. Both are cleared when a UTC day begins. An address shares each of its cells with others
/// and counts by the smallest of them (a count-min sketch): never too low, and too high only where all of its cells are
/// shared with busy ones. Two texts that share a bit are one.
///
/// Thread-safe, for I/O threads: relaxed atomics in fixed memory (2 MiB), no lock but for what is refused.
class Bounds {
 public:
  Bounds();
  /// Counts the hit; or doesn't, where it would cross a bound. A hit that brings nothing new passes the bounds on what
  /// is new. Addresses that the internet does not reach are not counted: behind one is a proxy that nobody named, with
  /// everybody behind it, or the own house.
  std::optional<Bound> take(std::string_view client_ip, const store::Hit& hit, TimeMs now);

  /// Hits of a site that were refused today.
  struct Refused {
    std::array<std::uint64_t, 3> by_bound{};  // of each Bound
    std::size_t addresses = 0;                // whose they were; at most kRefusedAddresses
    std::uint64_t hits() const { return by_bound[0] + by_bound[1] + by_bound[2]; }
  };
  Refused refused(SiteKey site) const;

 private:
  static constexpr std::size_t kRows = 3;
  struct Cell {
    std::atomic<std::uint32_t> bytes, texts, visitors;
  };
  using Cells = std::array<Cell*, kRows>;
  std::uint64_t hash_of(const net::Ip& ip, SiteKey site) const;
  /// What a hit brings; `bits` are those of what is new.
  struct Load {
    std::uint32_t bytes = 0, texts = 0, visitors = 0;
    std::array<std::uint64_t, 8> bits{};
  };
  Load load_of(const store::Hit& hit) const;
  Cells cells_of(std::uint64_t hash);
  void begin_day(std::int64_t day);

  const http::ClientKeys addresses_;
  crypto::SipKey key_{};
  std::vector<Cell> cells_;                       // kRows × kBoundCells
  std::vector<std::atomic<std::uint64_t>> seen_;  // kSeenBits
  std::atomic<std::int64_t> day_{-1};             // UTC

  mutable std::mutex mutex_;  // a change of day, refused_
  struct Refusals {
    std::array<std::uint64_t, 3> by_bound{};
    std::unordered_set<std::uint64_t> addresses;  // hashes under this process's key, with the site
  };
  std::unordered_map<std::uint32_t, Refusals> refused_;  // as many as there are sites
};

}  // namespace hk::ingest

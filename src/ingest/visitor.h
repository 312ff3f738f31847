#pragma once
// Who is a visitor: a keyed hash that only means something on one site and one day (docs/visits.md).

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/id.h"
#include "db/zones.h"
#include "ingest/limits.h"
#include "ingest/salts.h"
#include "store/visits.h"

namespace hk::ingest {

using store::kVisitGap;

/// SipHash-2-4 of site, address and user agent under the date's key. Never 0, which means "none" in a record.
std::uint64_t visitor_hash(const Salts::Salt& key, SiteKey site, std::string_view ip, std::string_view user_agent);

struct Visitor {
  Day day = 0;             // site-local date of the hit
  std::uint64_t hash = 0;  // under the key of the day on which the running visit began
  /// 0, or `hash` where that is of an earlier day: the visit has gone on over midnight.
  std::uint64_t before = 0;
};

/// Gives hits their visitor. A visit that goes on over its site's midnight keeps its hash until it ends, so that no
/// record ever holds the hashes of two days. For that, who was here in a day's last kVisitGap is remembered, in memory
/// alone and by a hash under a key of this process, until kVisitGap has passed without a hit.
///
/// Thread-safe. A lock, of one shard, only while somebody is remembered.
class Visitors {
 public:
  explicit Visitors(Salts& salts, std::size_t most = kMaxRemembered);

  Visitor see(const db::Zone& zone, TimeMs at, SiteKey site, std::string_view ip, std::string_view user_agent);
  /// The same for what only goes on: who is not remembered yet is not from then on, so that a page that was left open
  /// begins nothing.
  Visitor see_again(const db::Zone& zone, TimeMs at, SiteKey site, std::string_view ip, std::string_view user_agent);

  std::size_t remembered() const { return remembered_.load(); }

 private:
  struct Seen {
    TimeMs last{};
    std::uint64_t hash = 0;
    Day made = 0;  // the day of the key that `hash` is under
  };
  struct alignas(64) Shard {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, Seen> seen;
    TimeMs swept{};
  };
  static constexpr std::size_t kShards = 16;

  enum class Stay : std::uint8_t { remembered, as_it_was };
  Visitor look_up(const db::Zone& zone, TimeMs at, SiteKey site, std::string_view ip, std::string_view user_agent,
                  Stay stay);
  void sweep(Shard& shard, TimeMs now);

  Salts& salts_;
  const std::size_t most_per_shard_;
  Salts::Salt process_key_{};
  std::atomic<std::size_t> remembered_ = 0;
  std::array<Shard, kShards> shards_;
};

}  // namespace hk::ingest

#pragma once
// Looks what is over and orders its sealing and sorting through the log.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "db/zones.h"
#include "log/log.h"
#include "store/store.h"

namespace hk::store {

/// A site-day is sealed this long after its local midnight: no hit can continue a visit of it with its hash any more.
inline constexpr Millis kSealDelay = std::chrono::minutes(35);
/// Rows of one seal order, unless a single site-day has more. Bounds the time in which nothing else is applied.
inline constexpr std::uint64_t kSealRows = 100'000;

/// Called by one timer, about every minute and once after the start.
class Maintenance {
 public:
  /// Null where the site is unknown: its days then last as long as they do anywhere.
  using ZoneOf = std::function<std::shared_ptr<const db::Zone>(SiteKey)>;

  Maintenance(Store& store, log::Log& log, const Clock& clock, ZoneOf zone_of);

  /// Appends the orders that are due and returns how many. Waits for nothing; a lane that has not applied its last
  /// orders gets none.
  std::size_t run();

 private:
  std::set<LaneKey> waiting() const;
  bool is_over(const SiteDay& day, TimeMs now) const;
  void append(LaneKey lane, RecordKind kind, const std::string& payload);

  /// Orders of a lane on their way to the disk, and the offset of the last one there; outlives this object in the
  /// log's callbacks.
  struct Pending {
    std::atomic<int> in_flight{0};
    std::atomic<log::Offset> last{0};
  };

  Store& store_;
  log::Log& log_;
  const Clock& clock_;
  ZoneOf zone_of_;
  std::map<LaneKey, std::shared_ptr<Pending>> pending_;
};

}  // namespace hk::store

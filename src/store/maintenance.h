#pragma once
// Looks what is over and orders its sealing and sorting through the log.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "db/zones.h"
#include "log/log.h"
#include "store/store.h"

namespace hk::store {

/// A site-day is sealed this long after its local midnight: no hit can continue a visit of it with its hash any more.
inline constexpr Millis kSealDelay = std::chrono::minutes(35);
/// Rows of all orders that are on their way, unless a single site-day or month has more, and how many orders: what
/// comes for a lane behind its order is not shown before that is obeyed.
inline constexpr std::uint64_t kOrderRows = 100'000;
inline constexpr std::size_t kMostOrders = 16;
/// Rows that arrive late for a day are sealed when it has so many of them, or when they have waited so long. Until then
/// they are counted as all hot rows are.
inline constexpr std::uint64_t kLateRows = 10'000;
inline constexpr Millis kLateWait = std::chrono::hours(6);
/// How often it looks what is over.
inline constexpr Millis kLookEvery = std::chrono::minutes(1);

/// Called by one timer.
class Maintenance {
 public:
  /// Null where the site is unknown: its days then last as long as they do anywhere.
  using ZoneOf = std::function<std::shared_ptr<const db::Zone>(SiteKey)>;

  Maintenance(Store& store, log::Log& log, const Clock& clock, ZoneOf zone_of);

  /// Appends orders that are due, as many as can be on their way at once, and returns how many. Waits for nothing; a
  /// lane gets none before it has obeyed its last one and applied what came behind it, nor before it has applied what
  /// the log had at the start, which may hold an order.
  std::size_t run();
  /// As run(), where it is time: kLookEvery after the last time, or when a lane may get orders that got none then. To
  /// be called every second or so.
  std::size_t tick();

 private:
  /// The last order of a lane: on its way to the disk, or its offset there; outlives this object in the log's
  /// callbacks.
  struct Pending {
    std::atomic<bool> in_flight{false};
    std::atomic<log::Offset> last{0};
    std::uint64_t rows = 0;
  };
  /// Lanes that get no order now, and the orders that are not obeyed: how many, and for how many rows. Those of stopped
  /// lanes hold up nobody.
  struct OnTheirWay {
    std::set<LaneKey> lanes;
    std::size_t orders = 0;
    std::uint64_t rows = 0;

    void add(LaneKey lane, std::uint64_t of_rows) {
      lanes.insert(lane);
      orders += of_rows > 0 ? 1 : 0;
      rows += of_rows;
    }
    bool has_room(std::uint64_t more) const {
      return orders == 0 || (orders < kMostOrders && rows + more <= kOrderRows);
    }
  };

  OnTheirWay on_their_way() const;
  bool is_over(const SiteDay& day, TimeMs now) const;
  bool is_due(const HotDay& day, TimeMs now);
  std::size_t seal_days(std::vector<HotDay> due, OnTheirWay& on_their_way);
  std::size_t sort_months(const std::map<LaneKey, Day>& oldest_hot, OnTheirWay& on_their_way, TimeMs now);
  void append(LaneKey lane, RecordKind kind, const std::string& payload, std::uint64_t rows, OnTheirWay& on_their_way);

  Store& store_;
  log::Log& log_;
  const Clock& clock_;
  ZoneOf zone_of_;
  std::map<LaneKey, std::shared_ptr<Pending>> pending_;
  std::map<std::pair<LaneKey, SiteDay>, TimeMs> late_since_;  // site-days that have late rows alone
  const log::Offset began_;                                   // the log's end at the start
  TimeMs looked_{};
  std::set<LaneKey> held_;  // that got no order, or have one, since it looked
};

}  // namespace hk::store

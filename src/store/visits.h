#pragma once
// Which visit a hit belongs to (docs/visits.md). Decided from the log alone, in its order.

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "store/attributes.h"
#include "store/order.h"

namespace hk::store {

/// A visitor's silence of this length ends a visit.
inline constexpr Millis kVisitGap = std::chrono::minutes(30);
/// How far behind the newest hit of the lane a hit may be and still find its open visit.
inline constexpr Millis kDisorder = std::chrono::minutes(1);
/// A visit whose last activity is longer ago, by the lane's clock, has ended.
inline constexpr Millis kStaysOpen = kVisitGap + kDisorder;

/// A visitor on one local day of one site.
struct VisitorDay {
  SiteKey site{};
  Day day = 0;
  std::uint64_t visitor = 0;

  bool operator==(const VisitorDay&) const = default;
};

struct VisitorDayHash {
  std::size_t operator()(const VisitorDay& v) const noexcept {
    // The visitor is a keyed hash already; the others only have to move it.
    return v.visitor ^
           (static_cast<std::uint64_t>(v.site) << 32 | static_cast<std::uint32_t>(v.day)) * 0x9E3779B97F4A7C15;
  }
};

/// What holds for a visitor's whole day, taken from its first hit: the columns of kPinned, in their order.
using Pinned = std::array<std::uint32_t, kPinned.size()>;

/// The visits that a next hit could continue, and the visitors' pinned attributes as long as these are at hand.
/// A hit continues the newest visit of its visitor's day that has activity less than kVisitGap before or after it. When
/// the machine's clock is set back, time goes on for the visits that are open: each is as long ago as it was before. By
/// the clock their activity may be near as well, so that what was recorded while the clock was wrong hides nothing.
/// Memory is bounded by expiry in log time: what the newest hit leaves kStaysOpen or more behind is
/// dropped, and dropping never changes a decision as long as log time grows. After it has turned back, the owner
/// restores what lies behind the earlier horizon. One thread.
class OpenVisits {
 public:
  struct Open {
    std::uint32_t visit = 0;
    TimeMs last{};  // as recorded
    TimeMs now{};   // by the clock as it goes since it was last set back
  };
  struct Entry {
    Pinned pinned;
    std::vector<Open> visits;  // one, but for stragglers and a clock that was set back
  };
  struct Decision {
    std::uint32_t visit = 0;
    bool opens = false;
  };

  const Entry* find(const VisitorDay& who) const;

  /// `pinned` is this visitor-day's; `before` is what the visitor's hash was on the day before, 0 = none.
  Decision decide(const VisitorDay& who, std::uint64_t before, TimeMs at, bool late, const Pinned& pinned);

  /// The open visit that what happens now would continue, and whose it is. Opens nothing and keeps nothing alive.
  struct Found {
    VisitorDay who;
    std::uint32_t visit = 0;
  };
  std::optional<Found> going_on(const VisitorDay& who, std::uint64_t before, TimeMs at) const;
  /// Somebody is still there: silence begins now.
  void keep(const Found& found, TimeMs at);
  /// Time goes on with a record that opens nothing.
  void reach(TimeMs at) { log_time_ = std::max(log_time_, at); }

  /// Whether this hit says that the machine's clock was set back.
  bool turns_back(TimeMs at, bool late) const { return !late && at < log_time_ - kDisorder; }
  /// Time goes on at `at` for what is open. Gives by how much all turns went back together.
  Millis turn_back(TimeMs at);

  /// Drops what can be continued no more. Between batches: inside one, every visitor stays known from its first hit on.
  void expire();
  /// Nothing of a sealed site-day stays.
  void forget(std::span<const SiteDay> sealed);
  /// Nothing of these sites stays, their numbers included.
  void forget_sites(const std::set<SiteKey>& sites);

  // What loading a lane puts back.
  void restore(const VisitorDay& who, const Open& visit, const Pinned& pinned);
  void restore_number(SiteKey site, std::uint32_t highest);
  void restore_time(TimeMs log_time, Millis turned_back) {
    log_time_ = swept_ = log_time;
    turned_back_ = turned_back;
  }

  TimeMs log_time() const { return log_time_; }
  /// By how much all turns went back together.
  Millis turned_back() const { return turned_back_; }
  /// Hits older than this cannot be continued any more.
  TimeMs horizon() const { return log_time_ - kStaysOpen; }
  std::size_t size() const { return open_.size(); }

 private:
  const Open* continued(const Entry& entry, TimeMs at) const;
  void drop_expired(Entry& entry) const;

  std::unordered_map<VisitorDay, Entry, VisitorDayHash> open_;
  std::unordered_map<std::uint32_t, std::uint32_t> numbers_;  // site -> highest visit number
  TimeMs log_time_{};
  TimeMs swept_{};
  Millis turned_back_{};
};

}  // namespace hk::store

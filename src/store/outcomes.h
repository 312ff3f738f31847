#pragma once
// What the visits that still go on have come to. Each becomes a row of hot_closed when it has ended (docs/storage.md).

#include <array>
#include <cstdint>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "log/timeline.h"
#include "store/attributes.h"
#include "store/order.h"

namespace hk::store {

/// Of one page view or event.
struct Activity {
  TimeMs at{};
  log::Offset place = 0;  // in the log: the order of what happened in one instant
  bool is_view = false;
  std::uint32_t page = 0, source = 0, channel = 0;
};

/// Of one visit. Its rows are in order of time and place, whatever order they are added in.
struct Outcome {
  SiteKey site{};
  std::uint32_t visit = 0, vd = 0;
  Day day = 0;
  TimeMs start{}, first{}, last{};  // when it opened; its earliest and its latest activity
  std::uint8_t bits = 0;            // of hot_visits
  std::uint16_t import = 0;
  std::uint32_t pageviews = 0, events = 0;
  std::uint32_t entry_page = 0, exit_page = 0;
  log::Offset last_place = 0;
  TimeMs sourced{};  // of the latest activity that has a source
  log::Offset sourced_place = 0;
  std::uint32_t last_source = 0, last_channel = 0;
  std::array<std::uint32_t, kCarried.size()> carried{};  // its attributes, in the order of kCarried

  void add(const Activity& activity);
};

/// In memory for as long as a next hit could continue them, about 250 bytes each. No hash is here: nobody can be told
/// by it. One thread.
class Outcomes {
 public:
  /// A visit that opens, or what loading a lane puts back.
  void open(const Outcome& visit);
  /// Of a visit that is not here it is nothing: its day was sealed before it ended.
  void add(SiteKey site, std::uint32_t visit, const Activity& activity);
  /// Takes one out that has no activity after the horizon.
  std::optional<Outcome> take_ended(TimeMs horizon);
  /// Nothing of a sealed site-day stays, but for the visitors whose day is left hot.
  void forget(std::span<const SiteDay> sealed, const std::set<std::pair<SiteKey, std::uint32_t>>& left);
  void clear();

 private:
  using Key = std::uint64_t;
  static Key key_of(SiteKey site, std::uint32_t visit) { return static_cast<Key>(site) << 32 | visit; }
  struct Due {
    TimeMs last{};  // or later
    Key visit = 0;
    bool operator>(const Due& other) const { return std::tuple(last, visit) > std::tuple(other.last, other.visit); }
  };

  std::unordered_map<Key, Outcome> visits_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;  // each visit once
};

}  // namespace hk::store

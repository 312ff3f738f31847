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

/// `interactive` of visits; 0: rows of a time when pages did not tell.
inline constexpr std::uint8_t kNotInteractive = 1, kInteractive = 2;

/// Of one page view or event.
struct Activity {
  TimeMs at{};
  log::Offset place = 0;  // in the log: the order of what happened in one instant
  bool is_view = false;
  bool interactive = true;  // of an event
  std::uint32_t page = 0, source = 0, channel = 0;
};

/// How long a page view was looked at and how far it was scrolled, as its page told.
struct Look {
  log::Offset view = 0;  // its place
  TimeMs at{};
  std::uint32_t engaged = 0;  // seconds
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
  TimeMs exited{};  // when the latest page view or event was
  log::Offset last_place = 0;
  TimeMs sourced{};  // of the latest activity that has a source
  log::Offset sourced_place = 0;
  std::uint32_t last_source = 0, last_channel = 0;
  std::array<std::uint32_t, kCarried.size()> carried{};  // its attributes, in the order of kCarried

  std::uint32_t engaged = 0;  // 0: not measured, else 1 + seconds of all its views
  bool interactive = false;   // somebody did something

  /// A page view that may still be told of. Place 0: none.
  struct View {
    log::Offset place = 0;
    std::uint32_t page = 0;
    std::uint32_t engaged = 0;
  };
  /// So many may be: tabs beside each other, and a page that tells late of the one before.
  static constexpr std::size_t kViews = 4;
  std::array<View, kViews> views{};  // those with the highest places, in any order

  void add(const Activity& activity);
  /// Of one of its views; of one that is not among `views` once.
  void see(const Look& look);
  /// The newest of `views` of a page; null: none is.
  const View* view_of(std::uint32_t page) const;
};

/// In memory for as long as a next hit could continue them, about 350 bytes each. No hash is here: nobody can be told
/// by it. One thread.
class Outcomes {
 public:
  /// A visit that opens, or what loading a lane puts back.
  void open(const Outcome& visit);
  /// Of a visit that is not here it is nothing: its day was sealed before it ended.
  void add(SiteKey site, std::uint32_t visit, const Activity& activity);
  void see(SiteKey site, std::uint32_t visit, const Look& look);
  const Outcome* find(SiteKey site, std::uint32_t visit) const;
  /// Takes one out that has no activity after the horizon.
  std::optional<Outcome> take_ended(TimeMs horizon);
  /// Nothing of a sealed site-day stays, but for the visitors whose day is left hot.
  void forget(std::span<const SiteDay> sealed, const std::set<std::pair<SiteKey, std::uint32_t>>& left);
  void forget_sites(const std::set<SiteKey>& sites);
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

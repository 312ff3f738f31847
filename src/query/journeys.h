#pragma once
// Which pages visits saw one after the other.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/paged.h"
#include "query/activity.h"
#include "query/part_cache.h"
#include "query/query.h"
#include "query/snapshot.h"

namespace hk::query {

/// The bit of an act that says that its page is the one that was asked for; the rest is the page's id.
inline constexpr std::uint32_t kAskedPage = 1u << 31;

/// A way takes up to 28 bytes until all have been seen.
inline constexpr std::size_t kMostWays = 10'000'000;

/// Follows walks of page views, one after the other: first how often each page is at each depth, then, once the most
/// frequent are known, where the ways go.
class JourneyCount {
 public:
  JourneyCount(std::size_t depth, Journeys::Way way) : depth_(depth), way_(way), seen_(depth), ways_(1) {}
  void add(std::span<const Act> walk);
  /// There are more than kMostWays: they are not all counted.
  bool too_many() const { return too_many_; }

  /// How many ways there are.
  std::size_t ways() const { return number_; }
  /// What was counted, to be kept: the ways as a tree, in which ways that begin alike are one. Null: it has more than
  /// kMostGroups pages.
  std::shared_ptr<const Groups> counted() const;
  /// Adds what another with this depth and way counted.
  void add(const Groups& counted);
  void add(JourneyCount&& other);

  struct Page {
    std::uint32_t id = 0;
    std::uint64_t visits = 0;
  };
  /// By depth the most frequent pages; equal ones by their ids.
  std::vector<std::vector<Page>> frequent() const;
  /// Where the ways go between these places. `places`: the pages of each depth, in the order of their numbers.
  void edges(const std::vector<std::vector<Page>>& places, JourneysResult& into) const;

 private:
  using Ways = std::vector<std::uint32_t>;  // of each `depth_` pages, 0 where it has ended, then how many visits

  /// Calls `see(pages, visits)` for each way, until it says false.
  template <class See>
  void each_way(const See& see) const {
    for (const Ways& ways : ways_) {
      for (std::size_t begin = 0; begin < ways.size(); begin += depth_ + 1) {
        const std::uint32_t* const way = ways.data() + begin;
        if (!see(std::span(way, depth_), way[depth_])) return;
      }
    }
  }
  /// A way that some visits went, of up to `depth_` pages.
  void add_way(std::span<const std::uint32_t> pages, std::uint32_t visits);

  std::size_t depth_;
  Journeys::Way way_;
  std::uint64_t visits_ = 0;
  bool too_many_ = false;
  std::vector<Paged<std::uint32_t>> seen_;  // by depth and page: visits
  std::vector<Ways> ways_;                  // the last one grows
  std::size_t number_ = 0;                  // of all
};

/// Journeys of a question.
Result<std::unique_ptr<Walked>> plan_journeys(Snapshot& snapshot, const Question& question, const Journeys& journeys);

}  // namespace hk::query

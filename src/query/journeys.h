#pragma once
// Which pages visits saw one after the other.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "query/activity.h"
#include "query/paged.h"
#include "query/query.h"
#include "query/snapshot.h"

namespace hk::query {

/// The bit of an act that says that its page is the one that was asked for; the rest is the page's id.
inline constexpr std::uint32_t kAskedPage = 1u << 31;

/// A visit takes up to 24 bytes until all have been seen.
inline constexpr std::uint64_t kMostVisits = 10'000'000;

/// Follows walks of page views, one after the other: first how often each page is at each depth, then, once the most
/// frequent are known, where the ways go.
class JourneyCount {
 public:
  JourneyCount(std::size_t depth, Journeys::Way way) : depth_(depth), way_(way), seen_(depth) {}
  void add(std::span<const Act> walk);
  /// More than kMostVisits: they are not all counted.
  bool too_many() const { return visits_ > kMostVisits; }

  struct Page {
    std::uint32_t id = 0;
    std::uint64_t visits = 0;
  };
  /// By depth the most frequent pages; equal ones by their ids.
  std::vector<std::vector<Page>> frequent() const;
  /// Where the ways go between these places. `places`: the pages of each depth, in the order of their numbers.
  void edges(const std::vector<std::vector<Page>>& places, JourneysResult& into) const;

 private:
  std::size_t depth_;
  Journeys::Way way_;
  std::uint64_t visits_ = 0;
  std::vector<Paged<std::uint32_t>> seen_;  // by depth and page: visits
  std::vector<std::uint32_t> ways_;         // of each visit `depth_` pages; 0 where it has ended
};

Result<JourneysResult> answer_journeys(Snapshot& snapshot, const Question& question, const Journeys& journeys);

}  // namespace hk::query

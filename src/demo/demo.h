#pragma once
// A year of plausible hits, enriched by the real pipeline's steps, handed out in order of local days.

#include <cstdint>
#include <functional>
#include <span>

#include "base/clock.h"
#include "base/error.h"
#include "demo/traffic.h"
#include "site/directory.h"
#include "store/hit.h"

namespace hk::demo {

inline constexpr std::int64_t kLeastHits = 1'000;
inline constexpr std::int64_t kMostHits = 100'000'000;
inline constexpr std::int64_t kMostSites = 10'000;
inline constexpr Day kDays = 365;

struct Recipe {
  std::int64_t hits = 1'000'000;  // page views, about
  std::uint64_t seed = 1;
  Variety variety = Variety::low;
};

/// Takes hits; a failure ends the generation.
using Sink = std::function<Result<void>(const store::Hit&)>;
/// Called after each day with the share of the year that is done, 0 to 1.
using Progress = std::function<void(double)>;

/// Generates kDays days up to and including the local date of `now` of each site; nothing later than `now`.
/// Days come in ascending order, within a day the sites in theirs, within a site the hits by time. `sites[i]` is
/// what `traffic[i]` describes. Returns the number of page views. The same recipe, sites and day give the same hits.
Result<std::int64_t> generate(const Recipe& recipe, std::span<const DemoSite> traffic,
                              std::span<const site::Site* const> sites, TimeMs now, const Sink& sink,
                              const Progress& progress);

}  // namespace hk::demo

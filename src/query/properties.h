#pragma once
// The names under which a site tells things with its events.

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "query/snapshot.h"

namespace hk::query {

/// As many are shown, the first by their bytes.
inline constexpr std::uint32_t kMostPropertyNames = 1'000;

/// All that the site has, by their bytes. `event`: those told with events of this name; empty: with any.
Result<std::vector<std::string>> read_property_names(Snapshot& snapshot, const std::string& event);

}  // namespace hk::query

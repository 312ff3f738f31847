#pragma once
// Files that may hold hits as they came, with the hash of their visitor, though no day needs them: log records that
// were put aside, write-ahead logs that could not be used, backlogs that are applied, database files of an earlier
// form, damaged ones that were replaced.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/trusted_clock.h"

namespace hk::app {

/// As long as the log usually keeps the same hits.
inline constexpr std::chrono::hours kKeepRaw{48};

/// Whether a file of this name may be one.
bool may_be_raw(std::string_view name);

/// Where they lie: beside the databases, of each team, and where records are put aside.
std::vector<std::filesystem::path> folders_with_raw_files(const std::filesystem::path& data,
                                                          const std::filesystem::path& first_file,
                                                          const std::filesystem::path& tenants);

/// Overwrites and removes those in `folders` that were last written kKeepRaw ago, each counted, unless the clock is in
/// doubt. One that cannot be overwritten is logged, and tried again the next time. Gives how many went.
std::size_t erase_raw_files(const TrustedClock& clock, const std::vector<std::filesystem::path>& folders,
                            metrics::Counter& erased);

}  // namespace hk::app

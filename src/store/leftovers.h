#pragma once
// What is left beside databases of sites and teams that were deleted, and how it goes (docs/storage.md, Deleting).

#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/id.h"
#include "log/timeline.h"

namespace hk::store {

/// Removes records of a lane that were put aside: those of these sites, and those of which nobody can say whose they
/// are. Overwritten first; what cannot be goes with the next try (app/raw_files.h).
void erase_dead_letters(const std::filesystem::path& folder, LaneKey lane, const std::set<SiteKey>& sites);
/// All of a lane.
void erase_dead_letters(const std::filesystem::path& folder, LaneKey lane);

/// Removes a team's folder with its database, copies, map of visitors and files that were put aside, and its backlog.
/// Nobody may have them open. What holds hashes is overwritten first. Code::unavailable: something is still there.
Result<void> erase_team(const std::filesystem::path& folder, const std::filesystem::path& lanes, LaneKey lane);

/// Says, before rows are deleted, that the blocks of a file still hold some, until it is written anew from a state that
/// is as far as this in the log.
Result<void> mark_erased(const std::filesystem::path& file, log::Offset offset);
/// nullopt: no block of the file holds what was erased.
std::optional<log::Offset> erased_mark(const std::filesystem::path& file);
/// The file was written anew from such a state.
void forget_erased(const std::filesystem::path& file, log::Offset written);

}  // namespace hk::store

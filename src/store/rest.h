#pragma once
// What is known of database files that nobody has open, so that neither a start nor the log's release opens them.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "log/log.h"
#include "store/lane.h"
#include "store/store.h"

namespace hk::store {

/// The log has nothing for a file that has applied everything up to `from`, up to `to`.
struct Passed {
  log::Offset from = 0, to = 0;

  log::Offset beyond(log::Offset applied) const { return applied >= from ? std::max(applied, to) : applied; }
};

/// A file that was checkpointed and closed, as it was then.
struct Rest {
  LaneIdentity identity;
  std::uint64_t print = 0;  // see print_of()
  log::Mark mark;           // of the file itself
  Passed passed;
  TimeMs log_time{};
  std::map<SiteDay, HotRows> hot;  // rows that wait to be sealed
  std::vector<SealedMonth> months;
};

/// Tells a state of a DuckDB file from each other one: its headers are written by every checkpoint. Only of a file that
/// this process has not open: closing it here would let go DuckDB's lock. nullopt where it cannot be read.
std::optional<std::uint64_t> print_of(const std::filesystem::path& file);

/// All of them in one small file, replaced as a whole and synced. Without it, or where it is torn, of another version
/// or not of the file that it speaks of, files are opened and say the same.
struct Rests {
  Uuid timeline;  // of the log in which `to` of each one lies
  std::map<TeamId, Rest> files;
};
Result<void> save(const std::filesystem::path& file, const Rests& rests);
Rests saved(const std::filesystem::path& file);

}  // namespace hk::store

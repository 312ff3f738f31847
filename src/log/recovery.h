#pragma once
// What is in a log directory, found without changing it. Only when everything makes sense is anything repaired.

#include <filesystem>
#include <limits>
#include <vector>

#include "base/error.h"
#include "log/file.h"
#include "log/format.h"
#include "log/log.h"

namespace hk::log {

/// Where a segment ends that is still written in: an end may well be 0, of one that never had a record.
inline constexpr Offset kUnfinished = std::numeric_limits<Offset>::max();

struct FoundSegment {
  SegmentHeader header;
  std::filesystem::path path;
  Offset previous_end = 0;       // end of the last record before this segment
  Offset end = kUnfinished;      // end of its last record; so for the last segment with batches and those behind it
  std::int64_t finished_ms = 0;  // when the segment behind it got its first batch; 0 for the same ones
};

struct Found {
  std::vector<FoundSegment> segments;  // without holes, ascending
  std::size_t active = 0;              // where writing goes on; those behind it are empty
  std::uint64_t position = kSegmentHeaderBytes;
  Offset last_record = 0;            // end of the last whole record
  Offset end = 0;                    // the same, or where the timeline behind it began
  std::int64_t active_since_ms = 0;  // when the active segment got its first batch; 0: it has none
  struct Tail {
    std::filesystem::path path;
    std::uint64_t from, to;
  };
  std::vector<Tail> torn;                    // to be zeroed before anything is written
  bool cut = false;                          // behind the first of `torn` stands what was whole once
  std::vector<std::filesystem::path> wipes;  // files whose content is of no use
  /// Segments that hold nothing, or nothing of use: removed before anything is made, the newest first.
  std::vector<std::filesystem::path> discarded;

  /// Gives up the segments behind the active one, and that one too if no record was ever written.
  void discard_empty();
};

/// Reads only; nothing is found where there is no directory. Fails with a sentence that names file and position on
/// damage, on a foreign or newer format, on a missing segment, and when the disk refuses. With `cut_damage`, what
/// stands behind a damaged place in the newest segment is a torn tail. In a copy every segment is read whole, and a log
/// of which the end of an older segment is missing ends there.
Result<Found> survey(FileSystem& files, const std::filesystem::path& directory, bool cut_damage = false);

/// Whether the newest segment was written in another place than where it lies.
bool is_copy(FileSystem& files, const std::filesystem::path& directory, const Found& found);

/// Zeroes torn tails, and makes durable what was found: a process that was killed leaves written bytes and names that
/// nobody has synced, and they are about to be read and built upon.
Result<> repair(FileSystem& files, const std::filesystem::path& directory, const Found& found);

}  // namespace hk::log

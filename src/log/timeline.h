#pragma once
// What belongs together: the log, and the databases that were made from it. The table: docs/log-format.md.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/id.h"

namespace hk::log {

/// Position just behind a record; grows with every record and is never reused within a timeline. 0 = before the first.
using Offset = std::uint64_t;

/// A stretch of the log that was written in one place. Offsets of two timelines mean the same up to where the later one
/// left the earlier, and nothing in common behind that.
struct Timeline {
  Uuid id;           // nil: written before logs had timelines
  Offset began = 0;  // its records lie behind this offset …
  Offset left = 0;   // … and so far it goes on with what the one before it wrote: nothing lies in between

  bool operator==(const Timeline&) const = default;
};
/// Oldest first, never empty; the last one is written to.
using Lineage = std::vector<Timeline>;

/// How far a database file is, in which timeline.
struct Mark {
  Uuid timeline;
  Offset offset = 0;  // 0: nothing is applied, or there is no file

  bool operator==(const Mark&) const = default;
};

/// What a log holds: the records behind `begin`, up to `end`.
struct Extent {
  Offset begin = 0, end = 0;
  Lineage lineage{Timeline{}};
  bool copied = false;  // it was not written where it lies now
  bool gone = false;    // there is no log at all
};

/// A database file that was looked at.
struct Marked {
  std::filesystem::path file;
  Mark mark;
};

enum class Fit : std::uint8_t {
  fits,
  ahead,      // it has more than the log
  behind,     // the log no longer holds what it lacks
  missing,    // there is no file (or nothing in it), and the log does not reach back to the beginning
  abandoned,  // it went on in a timeline that the log left
  foreign,    // it is of another instance
};
Fit fit(const Extent& log, const Mark& mark);

/// The sentence for a file that does not fit: what, why, and what to do.
Error misfit(const Extent& log, const Marked& file);

/// Where the log has to go on so that it and all these files belong together: its end, or behind it where a file is
/// ahead and that may be; and where there is no log, the timeline that the files are of. A file that must not be used
/// is an error. `accept_loss`: somebody was told that something is missing, and said to go on.
Result<Mark> settle(const Extent& log, std::span<const Marked> files, bool accept_loss);

}  // namespace hk::log

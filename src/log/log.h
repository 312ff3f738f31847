#pragma once
// The durable log: the only way in. Format and guarantees: docs/log-format.md.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "log/timeline.h"

namespace hk::log {

/// What the log carries. It does not look inside: `lane`, `kind` and `version` are the caller's.
struct Record {
  std::uint32_t lane = 0;
  std::uint8_t kind = 0;
  std::uint8_t version = 0;
  std::string_view payload;  // at most kMaxPayloadBytes
};

inline constexpr std::size_t kMaxPayloadBytes = 4u << 20;
inline constexpr std::uint64_t kDefaultSegmentBytes = 64u << 20;

/// A record read back. `payload` lives until the reader's next call.
struct Entry {
  Offset offset = 0;  // position just behind this record: what a lane stores as applied
  Record record;
};

struct Options {
  std::filesystem::path directory;
  std::uint64_t segment_bytes = kDefaultSegmentBytes;
  /// Bytes accepted but not yet synced; above it append refuses with Code::busy.
  std::uint64_t max_pending_bytes = 32u << 20;
  /// All segments together, at least kMinSegments (log/engine.h) of them; when reached and none can be recycled, append
  /// refuses with Code::unavailable.
  std::uint64_t max_disk_bytes = 4ull << 30;
  /// What every lane has applied is zeroed this long after it was written at the latest, and not before eleven twelfths
  /// of it; sooner only where max_disk_bytes or the disk itself leaves no other room, later where keep_behind() wishes.
  std::chrono::hours keep{48};
  /// A segment takes records for this long, so that its first one is not much older than its last.
  std::chrono::minutes segment_age() const {
    return std::clamp<std::chrono::minutes>(keep / 12, std::chrono::minutes(1), std::chrono::hours(24));
  }
  /// How often the age of segments is looked at while nothing comes.
  std::chrono::milliseconds look_every{30'000};
  /// Runs what it is given, on the log's thread: the `done`s of one batch. Who wakes others there may gather it.
  std::function<void(const std::function<void()>& dones)> around_dones = [](const auto& dones) { dones(); };
  /// Asked when the directory makes sense and before anything in it is made or changed: where to go on (see settle()).
  /// A failure refuses to open. Not set: at the end.
  std::function<Result<Mark>(const Extent&)> agree;
  /// Somebody was told that something is missing, and said to go on: reading from before the beginning begins there.
  bool accept_loss = false;
};

/// What opening found; logged by the caller.
struct Recovery {
  Offset end = 0;                // end of the last whole record
  std::uint64_t torn_bytes = 0;  // cut from the tail (a crash in the middle of a write)
  std::uint64_t segments = 0;
  bool new_timeline = false;     // the directory is a copy, was written before there were timelines, or lost its end
  bool copied = false;           // … the first of these
  std::uint64_t lost_bytes = 0;  // of records that a database had applied and the log lacks
};

/// Called exactly once, from the log's own thread (or from append itself when refused).
/// The value is the record's offset, durable on disk. Must be quick and must not throw.
using Done = std::move_only_function<void(Result<Offset>)>;

class Reader;

/// Thread-safe. One writer thread inside: it takes what is pending, writes it, syncs it, then calls
/// `done`; the sync itself is the batching window. A failed sync is final: every later append is refused.
class Log {
 public:
  /// Creates the directory and first segment where missing. Fails with a sentence on damage (a bad
  /// record followed by a valid later batch), on a foreign format, or when the disk refuses.
  static Result<std::unique_ptr<Log>> open(const Options& options, const Clock& clock, metrics::Registry& metrics,
                                           Recovery& recovery);
  virtual ~Log() = default;

  /// Copies the payload and returns at once; never waits for the disk.
  virtual void append(const Record& record, Done done) = 0;

  /// End of what is durable.
  virtual Offset durable_end() const = 0;
  /// The oldest offset that can still be read from.
  virtual Offset begin() const = 0;
  /// Which timeline is written: what a lane stores beside its offset.
  virtual Uuid timeline() const = 0;
  /// Whether a file with this mark can go on with this log; says why not.
  virtual Result<void> fits(const Marked& file) const = 0;

  /// A reader that starts behind `from` (an offset that a lane stored, or 0 for the oldest record there is).
  /// Code::not_found when what follows is recycled, Code::conflict when `from` lies behind the durable end,
  /// Code::invalid when it is no record's end, Code::internal on damage. The reader's segment is not recycled while it
  /// is inside.
  virtual Result<std::unique_ptr<Reader>> read(Offset from) = 0;
  /// The same for a guest (log/follower.h), which keeps nothing by being inside: once what follows is recycled, each
  /// next() says Code::not_found.
  virtual Result<std::unique_ptr<Reader>> read_as_guest(Offset from) = 0;

  /// Everything up to `offset` is applied by every lane (and covered by a backup where one is required). Only grows.
  virtual void release(Offset offset) = 0;
  /// Of what is released, everything behind `offset` is kept, however old, until the disk or its bound has no room.
  virtual void keep_behind(Offset offset) = 0;

  /// Whether an append would be taken now: not closed, not stopped by a failed sync, space for the next segment.
  virtual bool accepting() const = 0;
  /// Whether a write or sync failed: nothing is accepted until the process is started anew.
  virtual bool failed() const = 0;
  virtual std::uint64_t disk_bytes() const = 0;

  /// Refuses new records, writes and syncs what is pending, then calls their `done`. Readers read on to the end.
  /// Idempotent. Not from a `done`.
  virtual void close() = 0;
};

/// Follows the durable part of the log. One thread at a time.
class Reader {
 public:
  virtual ~Reader() = default;
  /// The next record; nullopt after `wait` without one, when woken, or at the end of a closed log (at once).
  /// Code::internal with file and position when a record is damaged: it comes again with every further call.
  virtual Result<std::optional<Entry>> next(std::chrono::milliseconds wait) = 0;
  /// How far it has read: the end of the last record, or the beginning of the timeline behind it.
  virtual Offset position() const = 0;
  /// Makes a waiting next(), or else the next one that finds no record, return at once. From any thread.
  virtual void wake() = 0;
};

}  // namespace hk::log

#pragma once
// The chain of segment files: which there are, which may be recycled, and a helper thread that has the next one ready
// before it is needed. Knows nothing of records.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "log/file.h"
#include "log/format.h"
#include "log/log.h"
#include "log/recovery.h"

namespace hk::log {

/// One file of the chain.
struct Segment {
  Segment(const SegmentHeader& h, std::filesystem::path p) : header(h), path(std::move(p)), seed(seed_of(h)) {}

  const SegmentHeader header;
  const std::filesystem::path path;
  const std::uint32_t seed;
  /// End of its last record, once a later segment holds a durable batch.
  std::atomic<Offset> end{kUnfinished};
  /// Its bytes are about to be others.
  std::atomic<bool> recycled{false};

 private:
  friend class Segments;
  // Guarded by Segments::mutex_.
  Offset previous_end_ = 0;       // end of the last record before this segment
  std::int64_t finished_ms_ = 0;  // when `end` was set
  int holds_ = 0;                 // readers inside
  std::uint64_t disk_bytes_ = header.size;
  bool trimmed_ = false;  // its disk space behind `end` was given back, or cannot be
};

/// Thread-safe. Lives on while readers hold it; stop() ends its thread.
class Segments {
 public:
  /// A segment to write, with its file open.
  struct Writable {
    std::shared_ptr<Segment> segment;
    std::unique_ptr<File> file;
  };

  Segments(FileSystem& files, const Options& options, const Clock& clock);
  ~Segments();

  /// A timeline that begins at or behind `mark.offset`, which is no less than the end of the log; where there is no
  /// log, it leaves the timeline of `mark`.
  struct Branch {
    Mark mark;
  };
  /// Takes over what survey() found (repaired), makes the first segment where there is none, starts the helper.
  /// Returns the segment to go on writing in: with a branch, an empty one that nobody finds before it has a batch.
  Result<Writable> start(const Found& found, const std::optional<Branch>& branch);
  void stop();

  /// The segment after the last one. Waits for the helper only while it may still succeed; its failure is the error.
  /// With `wait` false, an empty Writable when none is ready.
  Result<Writable> next(bool wait);
  /// The first batch of `segment` is durable: the one before it ended at `previous_end`.
  void begun(Segment& segment, Offset previous_end);
  /// No segment can be made at present; appends would only pile up.
  bool starved() const { return starved_.load(std::memory_order_relaxed); }

  /// Up to here every lane has applied.
  void release(Offset offset);
  void keep_behind(Offset offset);

  /// End of the last record that is gone: reading can start behind it.
  Offset begin() const;
  std::uint64_t disk_bytes() const { return disk_bytes_.load(std::memory_order_relaxed); }
  std::size_t count() const;
  const Lineage& lineage() const { return lineage_; }

  /// The segment to read from, behind `from`. `resume` becomes where reading starts: `from`, or begin() for 0. With
  /// `hold` it is not recycled until drop().
  Result<std::shared_ptr<Segment>> find(Offset from, Offset& resume, bool hold);
  /// The segment behind this one, held in its stead where that is `held`; null where this one is recycled, which only
  /// one that is not held may be.
  std::shared_ptr<Segment> advance(const std::shared_ptr<Segment>& segment, bool held);
  void drop(Segment& segment);
  FileSystem& files() { return files_; }

 private:
  /// A file that is zeroed before anything else happens to it.
  struct Wipe {
    std::filesystem::path path;
    std::unique_ptr<File> file;
    std::uint64_t size = 0;
    bool failed = false;
  };

  void run();
  bool recyclable(std::int64_t now, bool early) const;
  /// One thing that the helper does; false when there is nothing to do. All with the mutex held, released during I/O.
  bool step(std::unique_lock<std::mutex>& lock);
  bool trim(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Segment>& segment);
  bool wipe(std::unique_lock<std::mutex>& lock, Wipe job);
  bool make(std::unique_lock<std::mutex>& lock);
  bool publish(std::unique_lock<std::mutex>& lock, Wipe blank);
  bool give_up(std::string_view verb, Wipe job, int error_number);
  Io<> clear(Wipe& job);
  /// For zero_fill, without the mutex: rests between its steps.
  std::function<bool()> pace();
  SegmentHeader next_header() const;
  void begin_timeline(const Found& found, const Branch& branch);

  FileSystem& files_;
  const Options options_;
  const Clock& clock_;
  Lineage lineage_;  // const after start(), as the next
  std::uint64_t place_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable helper_, ready_changed_;
  std::deque<std::shared_ptr<Segment>> chain_;  // up to the one that is written
  std::deque<Writable> ready_;                  // the next ones
  std::deque<Wipe> wipes_;
  Offset released_ = 0;
  Offset kept_behind_ = std::numeric_limits<Offset>::max();
  bool no_room_ = false;  // the disk refused the last new file: recycle early rather than refuse records
  std::optional<std::string> problem_;
  bool hurry_ = true;  // somebody waits for a segment
  bool stopping_ = false;
  std::atomic<bool> starved_{false};
  std::atomic<std::uint64_t> disk_bytes_{0};
  std::thread thread_;
};

}  // namespace hk::log

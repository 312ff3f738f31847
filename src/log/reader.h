#pragma once
// Reads the durable part of the log, record by record, across segments.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "log/file.h"
#include "log/format.h"
#include "log/log.h"
#include "log/segments.h"

namespace hk::log {

/// Where the durable part ends, and how readers hear that it grew.
struct Durable {
  std::atomic<Offset> end{0};
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;      // guarded by mutex
  bool closed = false;  // guarded by mutex; nothing follows

  /// Called by the writer after a sync.
  void grow(Offset to);
  void close();
};

class SegmentReader final : public Reader {
 public:
  enum class Kind : std::uint8_t { holds, guest };
  /// Starts behind `from`, which must be the end of a record (or 0).
  static Result<std::unique_ptr<Reader>> open(std::shared_ptr<Segments> segments, std::shared_ptr<Durable> durable,
                                              Offset from, Kind kind);
  ~SegmentReader() override;

  Result<std::optional<Entry>> next(std::chrono::milliseconds wait) override;
  void wake() override;
  Offset position() const override { return at_; }

 private:
  SegmentReader(std::shared_ptr<Segments> segments, std::shared_ptr<Durable> durable, Kind kind)
      : segments_(std::move(segments)), durable_(std::move(durable)), holds_(kind == Kind::holds) {}

  Result<> enter(std::shared_ptr<Segment> segment);
  /// Moves to where the record behind `from` starts.
  Result<> seek(Offset from, Offset limit);
  Result<std::optional<Entry>> read(Offset limit);
  /// `size` bytes at a file position below `limit`; shorter only where `limit` comes first.
  Result<std::string_view> view(std::uint64_t position, std::size_t size, Offset limit);
  std::unexpected<Error> damaged(std::string_view why) const;
  std::unexpected<Error> overtaken() const;
  Result<std::shared_ptr<Segment>> segment_behind();

  std::shared_ptr<Segments> segments_;
  std::shared_ptr<Durable> durable_;
  const bool holds_;  // its segment, which otherwise may be recycled under its eyes
  std::shared_ptr<Segment> segment_;
  std::unique_ptr<File> file_;

  Offset at_ = 0;                 // end of the last record read, or where a later timeline began
  std::optional<Offset> before_;  // end of the last record read, where it is known
  std::uint64_t position_ = 0;    // file position of what comes next
  std::uint32_t batch_left_ = 0;  // records of the current batch that come next; 0: a batch header comes

  std::string buffer_;
  std::uint64_t buffer_at_ = 0;  // file position of its first byte

  bool woken_ = false;  // guarded by durable_->mutex
};

}  // namespace hk::log

#include "log/log.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "base/scheduling.h"
#include "log/engine.h"
#include "log/file.h"
#include "log/format.h"
#include "log/reader.h"
#include "log/recovery.h"
#include "log/segments.h"
#include "log/sentence.h"

namespace hk::log {
namespace {

/// One write and one sync; a longer backlog goes out in several, so that its first records need not wait for its last.
constexpr std::size_t kMaxBatchBytes = 1u << 20;
/// Buffers that a burst has grown beyond this are given back.
constexpr std::size_t kKeepBufferBytes = 1u << 20;

/// Why an append is refused; the label of hitkeep_log_refused_total.
enum class Rejection : std::uint8_t { none, too_large, pending, disk, failed, closed };
constexpr std::size_t kRejections = 6;

/// Of the histograms of time.
std::vector<double> seconds_bounds() {
  return {0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10};
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Error error_of(Rejection why, std::string_view failure) {
  switch (why) {
    case Rejection::none:
      break;
    case Rejection::too_large:
      return {Code::too_large, sentence("a log record holds at most {} bytes", {kMaxPayloadBytes}), {}};
    case Rejection::pending:
      return {Code::busy, "the log has too much to write; try again in a moment", {}};
    case Rejection::disk:
      return {Code::unavailable, "the log has no space to write to; try again later", {}};
    case Rejection::failed:
      return {Code::unavailable, sentence("the log stopped: {}", {failure}), {}};
    case Rejection::closed:
      return {Code::unavailable, "the log is closed", {}};
  }
  return {};
}

class FileLog final : public Log {
 public:
  FileLog(const Options& options, const Clock& clock, metrics::Registry& metrics, std::shared_ptr<Segments> segments,
          Segments::Writable active, const Found& found);
  ~FileLog() override { FileLog::close(); }

  /// Makes the active segment, which begins a timeline, one that a later start finds. Before start().
  Io<> mark_timeline() { return put({}, {}); }
  void start() {
    writer_ = std::thread([this] { run(); });
    pthread_setname_np(writer_.native_handle(), "log");
  }

  void append(const Record& record, Done done) override;
  Offset durable_end() const override { return durable_->end.load(std::memory_order_acquire); }
  Offset begin() const override { return segments_->begin(); }
  Uuid timeline() const override { return segments_->lineage().back().id; }
  Result<void> fits(const Marked& file) const override {
    const Extent extent{.begin = begin(), .end = durable_end(), .lineage = segments_->lineage()};
    if (fit(extent, file.mark) != Fit::fits && !options_.accept_loss) return std::unexpected(misfit(extent, file));
    return {};
  }
  Result<std::unique_ptr<Reader>> read(Offset from) override {
    return SegmentReader::open(segments_, durable_, from, SegmentReader::Kind::holds);
  }
  Result<std::unique_ptr<Reader>> read_as_guest(Offset from) override {
    return SegmentReader::open(segments_, durable_, from, SegmentReader::Kind::guest);
  }
  void release(Offset offset) override { segments_->release(std::min(offset, durable_end())); }
  void keep_behind(Offset offset) override { segments_->keep_behind(offset); }
  bool accepting() const override;
  bool failed() const override;
  std::uint64_t disk_bytes() const override { return segments_->disk_bytes(); }
  void close() override;

 private:
  /// Records that wait for the writer, framed one behind the other.
  struct Collected {
    struct One {
      std::uint32_t bytes;
      Done done;
    };
    std::string bytes;
    std::vector<One> records;
    std::chrono::steady_clock::time_point since;  // when its first record came
  };

  Rejection rejection(std::size_t framed) const;
  void run();
  void write(Collected& taken);
  /// Writes and syncs one batch: `bytes` of framed records.
  Io<> put(std::string_view bytes, std::span<const Collected::One> records);
  /// Whether the segment that is written has a record that came too long ago for others to follow it there.
  bool old() const;
  /// Ends an old segment though nothing comes, so that it is recycled in time.
  Io<> end_old();
  /// Goes on in the next segment. With `wait` false only if one is ready.
  Result<bool> roll(bool wait);
  void refuse(std::span<Collected::One> records, Rejection why);
  void stop_for_good(int error_number);
  std::uint64_t room() const { return active_.segment->header.size - position_; }

  const Options options_;
  const Clock& clock_;
  const std::shared_ptr<Segments> segments_;
  const std::shared_ptr<Durable> durable_ = std::make_shared<Durable>();

  mutable std::mutex mutex_;
  std::condition_variable work_;
  Collected collecting_;             // guarded by mutex_, as the next four
  std::uint64_t pending_bytes_ = 0;  // accepted and not yet synced, framed
  bool writer_idle_ = false;
  bool closed_ = false;
  std::string failure_;  // not empty: stopped for good

  // The writer thread's own.
  Segments::Writable active_;
  std::uint64_t position_;  // where the next batch goes in the active segment
  Offset last_end_;         // end of the last record written
  std::int64_t active_since_ms_;
  bool failed_ = false;
  std::string out_;

  metrics::Counter& appended_records_;
  metrics::Counter& appended_bytes_;
  metrics::Histogram& wait_seconds_;
  metrics::Histogram& write_seconds_;
  metrics::Histogram& sync_seconds_;
  metrics::Histogram& batch_records_;
  metrics::Counter* refused_[kRejections] = {};

  std::once_flag close_once_;
  std::thread writer_;
};

FileLog::FileLog(const Options& options, const Clock& clock, metrics::Registry& metrics,
                 std::shared_ptr<Segments> segments, Segments::Writable active, const Found& found)
    : options_(options),
      clock_(clock),
      segments_(std::move(segments)),
      active_(std::move(active)),
      position_(found.position),
      last_end_(found.last_record),
      active_since_ms_(found.active_since_ms),
      appended_records_(metrics.counter("hitkeep_log_appended_records_total", "Records made durable in the log")),
      appended_bytes_(metrics.counter("hitkeep_log_appended_bytes_total", "Bytes of records made durable in the log")),
      wait_seconds_(metrics.histogram("hitkeep_log_wait_seconds",
                                      "Time from a batch's oldest record to all of it being durable",
                                      seconds_bounds())),
      write_seconds_(metrics.histogram("hitkeep_log_write_seconds", "Time of one write to the log", seconds_bounds())),
      sync_seconds_(metrics.histogram("hitkeep_log_fsync_seconds", "Time of one sync of the log", seconds_bounds())),
      batch_records_(metrics.histogram("hitkeep_log_batch_records", "Records made durable by one sync",
                                       {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000})) {
  constexpr std::string_view kReasons[kRejections] = {"", "too_large", "pending", "disk", "failed", "closed"};
  for (std::size_t i = 1; i < kRejections; ++i) {
    refused_[i] =
        &metrics.counter("hitkeep_log_refused_total", "Records that the log refused", {{"reason", kReasons[i]}});
  }
  metrics.gauge("hitkeep_log_bytes", "Bytes of the log's files", [weak = std::weak_ptr(segments_)] {
    const auto alive = weak.lock();
    return alive ? static_cast<double>(alive->disk_bytes()) : 0.0;
  });
  durable_->end = found.end;
}

Rejection FileLog::rejection(std::size_t framed) const {
  if (!failure_.empty()) return Rejection::failed;
  if (closed_) return Rejection::closed;
  if (segments_->starved()) return Rejection::disk;
  if (pending_bytes_ + framed > options_.max_pending_bytes) return Rejection::pending;
  return Rejection::none;
}

void FileLog::append(const Record& record, Done done) {
  const auto framed = kRecordHeaderBytes + record.payload.size();
  const bool fits = record.payload.size() <= kMaxPayloadBytes &&
                    kSegmentHeaderBytes + kBatchHeaderBytes + framed <= options_.segment_bytes;
  Rejection why = Rejection::too_large;
  std::string failure;
  if (fits) {
    std::unique_lock lock(mutex_);
    why = rejection(framed);
    if (why == Rejection::none) {
      if (collecting_.records.empty()) collecting_.since = std::chrono::steady_clock::now();
      frame_record(record, collecting_.bytes);
      collecting_.records.push_back({static_cast<std::uint32_t>(framed), std::move(done)});
      pending_bytes_ += framed;
      const bool wake = std::exchange(writer_idle_, false);
      lock.unlock();
      if (wake) work_.notify_one();
      return;
    }
    failure = failure_;
  }
  refused_[static_cast<std::size_t>(why)]->add();
  done(std::unexpected(error_of(why, failure)));
}

bool FileLog::accepting() const {
  const std::lock_guard lock(mutex_);
  return rejection(0) == Rejection::none;
}

bool FileLog::failed() const {
  const std::lock_guard lock(mutex_);
  return !failure_.empty();
}

void FileLog::close() {
  std::call_once(close_once_, [this] {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    work_.notify_one();
    if (writer_.joinable()) writer_.join();
    segments_->stop();
    durable_->close();
  });
}

void FileLog::run() {
  take_short_turns();  // everybody who sends a hit waits for what this thread does after each sync
  Collected taken;
  for (;;) {
    // Who is about to append goes first, so that one sync carries more. Waits for nobody while a core is free.
    std::this_thread::yield();
    {
      std::unique_lock lock(mutex_);
      writer_idle_ = true;
      work_.wait_for(lock, options_.look_every, [&] { return !collecting_.records.empty() || closed_; });
      writer_idle_ = false;
      if (collecting_.records.empty() && closed_) break;
      std::swap(taken, collecting_);
    }
    if (taken.records.empty() && !failed_ && old())
      if (auto ended = end_old(); !ended) stop_for_good(ended.error());
    write(taken);
    if (taken.bytes.capacity() > kKeepBufferBytes) taken = {};
    taken.bytes.clear();
    taken.records.clear();
  }
  // Behind this mark, a damaged last batch cannot be mistaken for a torn one.
  if (!failed_ && room() >= kBatchAlign) static_cast<void>(put({}, {}));
}

void FileLog::write(Collected& taken) {
  std::span<Collected::One> records = taken.records;
  std::string_view bytes = taken.bytes;
  while (!records.empty()) {
    if (old()) static_cast<void>(roll(/*wait=*/false));
    if (room() < kBatchHeaderBytes + records.front().bytes) {
      if (auto rolled = roll(/*wait=*/true); !rolled) return refuse(records, Rejection::disk);
    }
    const auto most = std::min<std::uint64_t>(room() - kBatchHeaderBytes,
                                              std::max<std::uint64_t>(kMaxBatchBytes, records.front().bytes));
    std::size_t count = 0, size = 0;
    while (count < records.size() && size + records[count].bytes <= most) size += records[count++].bytes;

    ensure(count > 0 && size <= bytes.size(), "a batch has a record, and its bytes");
    const auto batch = records.first(count);
    if (auto written = put(bytes.substr(0, size), batch); !written) {
      stop_for_good(written.error());
      return refuse(records, Rejection::failed);
    }
    {
      const std::lock_guard lock(mutex_);
      ensure(pending_bytes_ >= size, "what is written was pending");
      pending_bytes_ -= size;
    }
    appended_records_.add(count);
    appended_bytes_.add(size);
    batch_records_.observe(static_cast<double>(count));
    wait_seconds_.observe(seconds_since(taken.since));
    durable_->grow(last_end_);
    Offset end = last_end_ - size;
    options_.around_dones([&] {
      for (auto& one : batch) one.done(end += one.bytes);
    });
    records = records.subspan(count);
    bytes.remove_prefix(size);
  }
}

Io<> FileLog::put(std::string_view bytes, std::span<const Collected::One> records) {
  const auto seed = active_.segment->seed;
  const auto offset = active_.segment->header.base + position_;
  const auto now = to_ms(clock_.now());
  out_.assign(kBatchHeaderBytes, '\0');
  out_.append(bytes);
  encode_batch_header({.bytes = static_cast<std::uint32_t>(bytes.size()),
                       .records = static_cast<std::uint32_t>(records.size()),
                       .previous_end = last_end_,
                       .written_ms = now},
                      seed, offset, out_.data());
  std::size_t at = kBatchHeaderBytes;
  for (const auto& one : records) {
    seal_record(out_.data() + at, one.bytes, seed, offset + at);
    at += one.bytes;
  }
  out_.resize(align_up(at));  // zeros to the end of the sector
  ensure(at == kBatchHeaderBytes + bytes.size(), "a batch is as long as its records");
  ensure(position_ % kBatchAlign == 0 && position_ + out_.size() <= active_.segment->header.size,
         "a batch begins at a sector and ends in its segment");
  ensure(offset >= last_end_, "offsets grow");

  const auto writing = std::chrono::steady_clock::now();
  if (auto written = write_all(*active_.file, out_, position_); !written) return written;
  write_seconds_.observe(seconds_since(writing));
  const auto syncing = std::chrono::steady_clock::now();
  if (auto synced = active_.file->sync(); !synced) return synced;
  sync_seconds_.observe(seconds_since(syncing));

  if (active_since_ms_ == 0) segments_->begun(*active_.segment, last_end_);
  if (active_since_ms_ == 0 || last_end_ <= active_.segment->header.base) active_since_ms_ = now;
  position_ += out_.size();
  if (!bytes.empty()) last_end_ = offset + at;
  if (out_.capacity() > 2 * kKeepBufferBytes) out_ = {};
  return {};
}

bool FileLog::old() const {
  return last_end_ > active_.segment->header.base && active_since_ms_ != 0 &&
         to_ms(clock_.now()) - active_since_ms_ >= std::chrono::milliseconds(options_.segment_age()).count();
}

Io<> FileLog::end_old() {
  const auto rolled = roll(/*wait=*/false);
  if (!rolled || !*rolled) return {};
  auto begun = put({}, {});
  if (begun) durable_->grow(durable_end());  // nobody waits inside of the old one
  return begun;
}

Result<bool> FileLog::roll(bool wait) {
  auto next = segments_->next(wait);
  if (!next) return std::unexpected(std::move(next.error()));
  if (!next->segment) return false;
  active_ = std::move(*next);
  position_ = kSegmentHeaderBytes;
  active_since_ms_ = 0;
  return true;
}

void FileLog::refuse(std::span<Collected::One> records, Rejection why) {
  std::uint64_t bytes = 0;
  for (const auto& one : records) bytes += one.bytes;
  std::string failure;
  {
    const std::lock_guard lock(mutex_);
    pending_bytes_ -= bytes;
    failure = failure_;
  }
  refused_[static_cast<std::size_t>(why)]->add(records.size());
  for (auto& one : records) one.done(std::unexpected(error_of(why, failure)));
}

void FileLog::stop_for_good(int error_number) {
  // A failed sync may have dropped what it could not write and report success the next time: nothing that is
  // written after it could be trusted.
  failed_ = true;
  Collected rest;
  {
    const std::lock_guard lock(mutex_);
    failure_ = sentence("cannot write {}: {}", {active_.segment->path, describe(error_number)});
    std::swap(rest, collecting_);
  }
  refuse(rest.records, Rejection::failed);
}

Extent extent_of(FileSystem& files, const std::filesystem::path& directory, const Found& found) {
  if (found.segments.empty()) return {.gone = true};
  const auto& written = found.segments[found.active].header;
  return {.begin = found.segments.front().previous_end,
          .end = found.end,
          .lineage = written.lineage,
          .copied = is_copy(files, directory, found)};
}

}  // namespace

Result<std::unique_ptr<Log>> open_on(FileSystem& files, const Options& options, const Clock& clock,
                                     metrics::Registry& metrics, Recovery& recovery) {
  if (options.segment_bytes < kMinSegmentBytes || options.segment_bytes % kBatchAlign != 0) {
    return fail(Code::invalid, sentence("a log segment has at least {} bytes and a multiple of {}, for example {}",
                                        {kMinSegmentBytes, kBatchAlign, kDefaultSegmentBytes}));
  }
  if (options.max_disk_bytes < kMinSegments * options.segment_bytes) {
    return fail(Code::invalid, sentence("the log needs at least {} segments of {} bytes, so {} bytes of disk",
                                        {kMinSegments, options.segment_bytes, kMinSegments * options.segment_bytes}));
  }
  auto found = survey(files, options.directory, options.accept_loss);
  if (!found) return std::unexpected(std::move(found.error()));
  const auto extent = extent_of(files, options.directory, *found);
  Mark go_on{.offset = extent.end};
  if (options.agree) {
    auto agreed = options.agree(extent);
    if (!agreed) return std::unexpected(std::move(agreed.error()));
    go_on = *agreed;
  }
  if (auto made = files.make_directory(options.directory); !made) {
    return fail(Code::unavailable,
                sentence("cannot make the log directory {}: {}", {options.directory, describe(made.error())}));
  }
  const bool new_timeline = extent.copied || found->cut || go_on.offset > extent.end;
  const auto branch = new_timeline ? std::optional(Segments::Branch{go_on}) : std::nullopt;
  if (branch) found->discard_empty();
  if (auto repaired = repair(files, options.directory, *found); !repaired) {
    return std::unexpected(std::move(repaired.error()));
  }
  recovery = {.end = found->end, .torn_bytes = 0, .segments = found->segments.size()};
  for (const auto& tail : found->torn) recovery.torn_bytes += tail.to - tail.from;
  recovery.new_timeline = new_timeline;
  recovery.copied = extent.copied;
  recovery.lost_bytes = go_on.offset - extent.end;

  auto segments = std::make_shared<Segments>(files, options, clock);
  auto active = segments->start(*found, branch);
  if (!active) return std::unexpected(std::move(active.error()));
  if (branch) {
    found->position = kSegmentHeaderBytes;
    found->active_since_ms = 0;
    found->end = segments->lineage().back().began;
    if (extent.gone) found->last_record = go_on.offset;
  }
  auto log = std::make_unique<FileLog>(options, clock, metrics, std::move(segments), std::move(*active), *found);
  if (branch)
    if (auto marked = log->mark_timeline(); !marked)
      return fail(Code::unavailable,
                  sentence("cannot write to the log directory {}: {}", {options.directory, describe(marked.error())}));
  log->start();
  return log;
}

Result<std::unique_ptr<Log>> Log::open(const Options& options, const Clock& clock, metrics::Registry& metrics,
                                       Recovery& recovery) {
  return open_on(posix_files(), options, clock, metrics, recovery);
}

}  // namespace hk::log

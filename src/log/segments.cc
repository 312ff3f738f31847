#include "log/segments.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/ensure.h"
#include "crypto/random.h"
#include "log/sentence.h"

namespace hk::log {
namespace {

/// Segments that wait, zeroed and named, behind the one that is written.
constexpr std::size_t kReadyAhead = 1;
/// Recycled segments beyond this many are removed, so that the disk gets its space back after a busy time.
constexpr std::size_t kReadyMost = 2;
/// Zeroing rests this many times as long as it works: the disk is for the log's syncs, and the next segment has time.
constexpr int kRest = 3;
/// A segment that ended with more than this unused gives it back; as much stays behind its last record, for the marks
/// of clean stops.
constexpr std::uint64_t kUnused = 1u << 20;
/// After a failure the disk is asked again this often.
constexpr std::chrono::milliseconds kRetry{250};

}  // namespace

Segments::Segments(FileSystem& files, const Options& options, const Clock& clock)
    : files_(files), options_(options), clock_(clock) {}

Segments::~Segments() {
  stop();
}

/// Its first segment comes behind every other, so that offsets go on growing.
void Segments::begin_timeline(const Found& found, const Branch& branch) {
  auto began = align_up(branch.mark.offset);
  Timeline next{.id = crypto::uuid_v4(), .began = 0, .left = branch.mark.offset};
  if (found.segments.empty()) {
    lineage_ = {{.id = branch.mark.timeline}};
  } else {
    const auto& last = found.segments[found.active].header;
    began = std::max(began, last.base + last.size);
  }
  next.began = began;
  lineage_.push_back(next);
  if (lineage_.size() > kMaxLineage) lineage_.erase(lineage_.begin());
}

Result<Segments::Writable> Segments::start(const Found& found, const std::optional<Branch>& branch) {
  std::unique_lock lock(mutex_);
  place_ = files_.place(options_.directory);
  lineage_ = found.segments.empty() ? Lineage{{.id = crypto::uuid_v4()}} : found.segments[found.active].header.lineage;
  if (branch) begin_timeline(found, *branch);
  for (const auto& path : found.wipes) {
    auto file = files_.open(path);
    const auto size = file ? (*file)->size() : Io<std::uint64_t>(std::unexpected(file.error()));
    if (!size) {
      return fail(Code::unavailable, sentence("cannot open {}: {}", {path, describe(size.error())}));
    }
    disk_bytes_ += *size;
    wipes_.push_back({.path = path, .file = std::move(*file), .size = *size});
  }
  Writable active;
  for (std::size_t i = 0; i < found.segments.size(); ++i) {
    const auto& from = found.segments[i];
    auto segment = std::make_shared<Segment>(from.header, from.path);
    segment->end.store(from.end, std::memory_order_relaxed);
    segment->previous_end_ = from.previous_end;
    segment->finished_ms_ = from.finished_ms;
    disk_bytes_ += from.header.size;
    if (i < found.active) {
      chain_.push_back(std::move(segment));
      continue;
    }
    auto file = files_.open(from.path);
    if (!file) {
      return fail(Code::unavailable, sentence("cannot open {}: {}", {from.path, describe(file.error())}));
    }
    if (i == found.active) {
      chain_.push_back(segment);
      if (!branch) active = {.segment = std::move(segment), .file = std::move(*file)};
    } else {
      ready_.push_back({.segment = std::move(segment), .file = std::move(*file)});
    }
  }
  if (!active.segment) {
    while (ready_.empty() && step(lock)) {
    }
    if (ready_.empty()) return fail(Code::unavailable, problem_.value_or("the log has no segment"));
    active = std::move(ready_.front());
    ready_.pop_front();
    chain_.push_back(active.segment);
  }
  hurry_ = false;
  thread_ = std::thread([this] { run(); });
  return active;
}

void Segments::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  helper_.notify_all();
  ready_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<Segments::Writable> Segments::next(bool wait) {
  std::unique_lock lock(mutex_);
  if (ready_.empty() && wait) {
    hurry_ = true;
    helper_.notify_one();
    ready_changed_.wait(lock, [&] { return !ready_.empty() || problem_ || stopping_; });
    hurry_ = false;
    if (ready_.empty()) {
      starved_ = true;
      return fail(Code::unavailable, problem_.value_or("the log is closed"));
    }
  }
  if (ready_.empty()) return Writable{};
  auto writable = std::move(ready_.front());
  ready_.pop_front();
  chain_.push_back(writable.segment);
  helper_.notify_one();
  return writable;
}

void Segments::begun(Segment& segment, Offset previous_end) {
  const std::lock_guard lock(mutex_);
  segment.previous_end_ = previous_end;
  ensure(chain_.back().get() == &segment, "the last segment is the one that is written");
  ensure(previous_end >= chain_.front()->previous_end_, "the offsets of segments grow");
  if (chain_.size() < 2) return;
  auto& before = *chain_[chain_.size() - 2];
  before.finished_ms_ = to_ms(clock_.now());
  before.end.store(previous_end, std::memory_order_release);
}

void Segments::release(Offset offset) {
  const std::lock_guard lock(mutex_);
  if (offset <= released_) return;
  released_ = offset;
  const auto end = chain_.front()->end.load(std::memory_order_relaxed);
  if (end <= released_) helper_.notify_one();
}

void Segments::keep_behind(Offset offset) {
  const std::lock_guard lock(mutex_);
  kept_behind_ = offset;
}

Offset Segments::begin() const {
  const std::lock_guard lock(mutex_);
  return chain_.front()->previous_end_;
}

std::size_t Segments::count() const {
  const std::lock_guard lock(mutex_);
  return chain_.size() + ready_.size();
}

Result<std::shared_ptr<Segment>> Segments::find(Offset from, Offset& resume, bool hold) {
  const std::lock_guard lock(mutex_);
  const auto begin = chain_.front()->previous_end_;
  if (from != 0 && from < begin && !options_.accept_loss)
    return fail(Code::not_found,
                sentence("the log no longer holds what follows offset {}; it begins at {}", {from, begin}));
  resume = std::max(from, begin);
  auto it = std::ranges::find_if(chain_.rbegin(), chain_.rend(),
                                 [&](const auto& segment) { return segment->header.base <= resume; });
  auto segment = it == chain_.rend() ? chain_.front() : *it;
  // Nothing lies between the end of one timeline and the beginning of the next.
  if (const auto end = segment->end.load(std::memory_order_relaxed);
      resume > end && it != chain_.rbegin() && it != chain_.rend()) {
    segment = *(it - 1);
    resume = segment->header.base;
  }
  if (hold) ++segment->holds_;
  return segment;
}

std::shared_ptr<Segment> Segments::advance(const std::shared_ptr<Segment>& segment, bool held) {
  const std::lock_guard lock(mutex_);
  if (!held && segment->recycled.load(std::memory_order_relaxed)) return nullptr;
  const auto it = std::ranges::find(chain_, segment);
  ensure(it != chain_.end() && it + 1 != chain_.end(), "a reader's segment has one behind it");
  auto behind = *(it + 1);
  if (!held) return behind;
  ++behind->holds_;
  ensure(segment->holds_ > 0, "a segment with a reader inside is held");
  if (--segment->holds_ == 0) helper_.notify_one();
  return behind;
}

void Segments::drop(Segment& segment) {
  const std::lock_guard lock(mutex_);
  ensure(segment.holds_ > 0, "a segment with a reader inside is held");
  if (--segment.holds_ == 0) helper_.notify_one();
}

void Segments::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (step(lock)) continue;
    if (stopping_) break;
    helper_.wait_for(lock, problem_ ? kRetry : options_.look_every);
    for (auto& job : wipes_) job.failed = false;
  }
}

bool Segments::recyclable(std::int64_t now, bool early) const {
  if (chain_.empty()) return false;
  const auto& oldest = *chain_.front();
  const auto end = oldest.end.load(std::memory_order_relaxed);
  if (end > released_ || oldest.holds_ > 0) return false;
  if (early) return true;
  const auto young = std::chrono::milliseconds(options_.keep) - options_.segment_age();
  return end <= kept_behind_ && now - oldest.finished_ms_ >= young.count();
}

bool Segments::step(std::unique_lock<std::mutex>& lock) {
  if (const auto job = std::ranges::find_if(wipes_, [](const Wipe& w) { return !w.failed; }); job != wipes_.end()) {
    auto taken = std::move(*job);
    wipes_.erase(job);
    return wipe(lock, std::move(taken));
  }
  const auto ended = std::ranges::find_if(chain_, [](const auto& segment) {
    return !segment->trimmed_ && segment->end.load(std::memory_order_relaxed) != kUnfinished;
  });
  if (ended != chain_.end()) return trim(lock, *ended);
  const bool needed = ready_.size() < kReadyAhead;
  const bool full = disk_bytes() + (needed ? options_.segment_bytes : 0) > options_.max_disk_bytes;
  // One after the other, oldest first: a crash must not find a hole in the chain.
  if (wipes_.empty() && recyclable(to_ms(clock_.now()), full || (needed && no_room_))) {
    auto oldest = std::move(chain_.front());
    chain_.pop_front();
    oldest->recycled.store(true, std::memory_order_release);
    wipes_.push_back({.path = oldest->path, .file = nullptr, .size = oldest->disk_bytes_});
    return true;
  }
  if (!needed) return false;
  if (full) {
    problem_ = sentence("the log is full: its {} bytes hold records that are not yet applied", {disk_bytes()});
    ready_changed_.notify_all();
    return false;
  }
  return make(lock);
}

std::function<bool()> Segments::pace() {
  using Steady = std::chrono::steady_clock;
  return [this, since = Steady::now()]() mutable {
    std::unique_lock lock(mutex_);
    helper_.wait_for(lock, kRest * (Steady::now() - since), [this] { return hurry_ || stopping_; });
    since = Steady::now();
    return !stopping_;
  };
}

Io<> Segments::clear(Wipe& job) {
  const auto epoch = epoch_of(job.path.filename().string(), ".seg");
  if (epoch) {
    // The name goes first and durably: a segment's name promises a valid header.
    const auto to = options_.directory / wipe_name(*epoch);
    if (auto renamed = files_.rename(job.path, to); !renamed) return renamed;
    job.path = to;
    if (auto synced = files_.sync_directory(options_.directory); !synced) return synced;
  }
  if (!job.file) {
    auto file = files_.open(job.path);
    if (!file) return std::unexpected(file.error());
    job.file = std::move(*file);
  }
  return zero_fill(*job.file, 0, job.size, pace());
}

/// So a quiet log of many short-lived segments takes the room of its records.
bool Segments::trim(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Segment>& segment) {
  segment->trimmed_ = true;
  const auto end = segment->end.load(std::memory_order_relaxed);
  const auto used = (end > segment->header.base ? end - segment->header.base : 0) + kUnused;
  if (used >= segment->header.size) return true;
  lock.unlock();
  const auto file = files_.open(segment->path);
  const auto given = file ? (*file)->give_back(used, segment->header.size) : Io<>(std::unexpected(file.error()));
  lock.lock();
  if (!given) return true;
  disk_bytes_ -= segment->header.size - used;
  segment->disk_bytes_ = used;
  return true;
}

bool Segments::wipe(std::unique_lock<std::mutex>& lock, Wipe job) {
  lock.unlock();
  auto cleared = clear(job);
  lock.lock();
  if (!cleared) return give_up("zero", std::move(job), cleared.error());

  if (job.size == options_.segment_bytes && ready_.size() < kReadyMost && disk_bytes() <= options_.max_disk_bytes) {
    return publish(lock, std::move(job));
  }
  lock.unlock();
  auto removed = files_.remove(job.path);
  if (removed) removed = files_.sync_directory(options_.directory);
  lock.lock();
  if (!removed) return give_up("remove", std::move(job), removed.error());
  disk_bytes_ -= job.size;
  no_room_ = false;
  return true;
}

bool Segments::make(std::unique_lock<std::mutex>& lock) {
  Wipe blank{
      .path = options_.directory / wipe_name(next_header().epoch), .file = nullptr, .size = options_.segment_bytes};
  lock.unlock();
  auto file = files_.create(blank.path);
  Io<> zeroed = file ? zero_fill(**file, 0, blank.size, pace()) : Io<>(std::unexpected(file.error()));
  // A file that could not be filled gives its space back to whoever needs it more.
  if (file && !zeroed) static_cast<void>(files_.remove(blank.path));
  lock.lock();
  if (!zeroed) {
    no_room_ = true;
    problem_ = sentence("cannot make the next log segment in {}: {}", {options_.directory, describe(zeroed.error())});
    ready_changed_.notify_all();
    return false;
  }
  blank.file = std::move(*file);
  disk_bytes_ += blank.size;
  return publish(lock, std::move(blank));
}

SegmentHeader Segments::next_header() const {
  SegmentHeader header{.epoch = 1,
                       .size = options_.segment_bytes,
                       .created_ms = to_ms(clock_.now()),
                       .place = place_,
                       .lineage = lineage_};
  const auto* last = !ready_.empty() ? ready_.back().segment.get() : !chain_.empty() ? chain_.back().get() : nullptr;
  if (last) {
    header.epoch = last->header.epoch + 1;
    header.base = last->header.base + last->header.size;
  }
  header.base = std::max(header.base, lineage_.back().began);
  return header;
}

bool Segments::publish(std::unique_lock<std::mutex>& lock, Wipe blank) {
  auto header = next_header();
  header.salt = crypto::random_u64();
  const auto path = options_.directory / segment_name(header.epoch);
  lock.unlock();
  auto done = write_all(*blank.file, encode(header), 0);
  if (done) done = blank.file->sync();
  if (done) done = files_.rename(blank.path, path);
  const bool renamed = done.has_value();
  if (done) done = files_.sync_directory(options_.directory);
  // It must not stay under the name that the next one will get.
  if (!done && renamed) static_cast<void>(files_.remove(path));
  lock.lock();
  if (!done && renamed) {
    disk_bytes_ -= blank.size;
    problem_ = sentence("cannot sync the log directory {}: {}", {options_.directory, describe(done.error())});
    ready_changed_.notify_all();
    return false;
  }
  if (!done) return give_up("name", std::move(blank), done.error());
  ready_.push_back({.segment = std::make_shared<Segment>(header, path), .file = std::move(blank.file)});
  problem_.reset();
  no_room_ = false;
  starved_ = false;
  ready_changed_.notify_all();
  return true;
}

bool Segments::give_up(std::string_view verb, Wipe job, int error_number) {
  problem_ = sentence("cannot {} the log segment {}: {}", {verb, job.path, describe(error_number)});
  job.failed = true;
  wipes_.push_back(std::move(job));
  ready_changed_.notify_all();
  return error_number != ECANCELED;
}

}  // namespace hk::log

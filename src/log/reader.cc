#include "log/reader.h"

#include <algorithm>

#include "base/ensure.h"
#include "log/sentence.h"

namespace hk::log {
namespace {

/// One read of the file; a reader that is far behind runs at this grain.
constexpr std::size_t kReadBytes = 256u << 10;

}  // namespace

void Durable::grow(Offset to) {
  ensure(to >= end.load(std::memory_order_relaxed), "the durable end grows");
  end.store(to, std::memory_order_release);
  bool somebody = false;
  {
    const std::lock_guard lock(mutex);
    somebody = waiting > 0;
  }
  if (somebody) changed.notify_all();
}

void Durable::close() {
  {
    const std::lock_guard lock(mutex);
    closed = true;
  }
  changed.notify_all();
}

Result<std::unique_ptr<Reader>> SegmentReader::open(std::shared_ptr<Segments> segments,
                                                    std::shared_ptr<Durable> durable, Offset from, Kind kind) {
  const auto limit = durable->end.load(std::memory_order_acquire);
  if (from > limit)
    return fail(Code::conflict, sentence("offset {} lies behind the end of the log ({})", {from, limit}));
  std::unique_ptr<SegmentReader> reader(new SegmentReader(std::move(segments), std::move(durable), kind));
  Offset resume = 0;
  auto held = reader->segments_->find(from, resume, reader->holds_);
  if (!held) return std::unexpected(std::move(held.error()));
  if (auto entered = reader->enter(std::move(*held)); !entered) return std::unexpected(std::move(entered.error()));
  if (auto found = reader->seek(resume, limit); !found) return std::unexpected(std::move(found.error()));
  return reader;
}

SegmentReader::~SegmentReader() {
  if (segment_ && holds_) segments_->drop(*segment_);
}

Result<> SegmentReader::enter(std::shared_ptr<Segment> segment) {
  segment_ = std::move(segment);
  position_ = kSegmentHeaderBytes;
  batch_left_ = 0;
  buffer_.clear();
  auto file = segments_->files().open(segment_->path);
  if (!file && segment_->recycled.load(std::memory_order_acquire)) return overtaken();
  if (!file) {
    return fail(Code::unavailable, sentence("cannot open {}: {}", {segment_->path, describe(file.error())}));
  }
  file_ = std::move(*file);
  return {};
}

std::unexpected<Error> SegmentReader::overtaken() const {
  return fail(Code::not_found, sentence("the log no longer holds what follows offset {}", {at_}));
}

std::unexpected<Error> SegmentReader::damaged(std::string_view why) const {
  return fail(Code::internal,
              sentence("the log segment {} is damaged at byte {}: {}", {segment_->path, position_, why}));
}

Result<> SegmentReader::seek(Offset from, Offset limit) {
  const auto base = segment_->header.base;
  if (const auto finished = segment_->end.load(std::memory_order_acquire); finished != kUnfinished) limit = finished;
  // What an earlier timeline left ends somewhere before its successor.
  const bool begins = begins_timeline(segment_->header);
  at_ = begins ? std::max(from, base) : from;
  if (from != base || !begins) before_ = from;
  if (from <= base) return {};  // the end of a segment that is gone, or the beginning
  std::uint32_t records = 0;
  while (base + position_ < from) {
    const bool header = records == 0;
    const auto bytes = view(position_, header ? kBatchHeaderBytes : kRecordHeaderBytes, limit);
    if (!bytes) return std::unexpected(bytes.error());
    if (header) {
      const auto batch = decode_batch_header(*bytes, segment_->seed, base + position_);
      if (!batch) return damaged("a batch should begin there");
      const auto end = position_ + kBatchHeaderBytes + batch->bytes;
      if (base + end <= from) {
        position_ = base + end == from ? end : align_up(end);
      } else {
        position_ += kBatchHeaderBytes;
        records = batch->records;
      }
    } else {
      position_ += std::max(framed_size(*bytes), kRecordHeaderBytes);
      --records;
    }
  }
  if (base + position_ != from) {
    return fail(Code::invalid, sentence("offset {} is not the end of a record of the log", {from}));
  }
  batch_left_ = records;
  if (records == 0) position_ = align_up(position_);
  return {};
}

Result<std::string_view> SegmentReader::view(std::uint64_t position, std::size_t size, Offset limit) {
  const auto end = limit - segment_->header.base;
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, end > position ? end - position : 0));
  if (position < buffer_at_ || position + size > buffer_at_ + buffer_.size()) {
    buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(std::max(size, kReadBytes), end - position)));
    buffer_at_ = position;
    const auto read = read_all(*file_, buffer_, position);
    // Behind the reading: what is recycled is marked so before its bytes change.
    const bool gone = segment_->recycled.load(std::memory_order_acquire);
    if (gone || !read) buffer_.clear();
    if (gone) return overtaken();
    if (!read) {
      return fail(Code::unavailable, sentence("cannot read {}: {}", {segment_->path, describe(read.error())}));
    }
  }
  return std::string_view(buffer_).substr(position - buffer_at_, size);
}

Result<std::optional<Entry>> SegmentReader::read(Offset limit) {
  const auto base = segment_->header.base;
  while (batch_left_ == 0) {
    const auto bytes = view(position_, kBatchHeaderBytes, limit);
    if (!bytes) return std::unexpected(bytes.error());
    const auto batch = decode_batch_header(*bytes, segment_->seed, base + position_);
    if (!batch) return damaged("a batch should begin there");
    if (before_ && batch->previous_end != *before_)
      return damaged("the batch before this one is not the one that was written there");
    batch_left_ = batch->records;
    position_ = batch_left_ > 0 ? position_ + kBatchHeaderBytes : position_ + kBatchAlign;
  }
  const auto head = view(position_, kRecordHeaderBytes, limit);
  if (!head) return std::unexpected(head.error());
  const auto size = framed_size(*head);
  const auto bytes = view(position_, size, limit);
  if (!bytes) return std::unexpected(bytes.error());
  const auto record = size == 0 ? std::nullopt : decode_record(*bytes, segment_->seed, base + position_);
  if (!record) return damaged("the record there is not readable");
  position_ += size;
  ensure(base + position_ <= limit, "a reader stays before the durable end");
  at_ = base + position_;
  before_ = at_;
  if (--batch_left_ == 0) position_ = align_up(position_);
  return Entry{.offset = at_, .record = *record};
}

Result<std::shared_ptr<Segment>> SegmentReader::segment_behind() {
  if (auto next = segments_->advance(segment_, holds_)) return next;
  // A guest that had read all of it has lost nothing.
  Offset resume = 0;
  auto next = segments_->find(at_, resume, holds_);
  if (next && resume != at_) return overtaken();
  return next;
}

Result<std::optional<Entry>> SegmentReader::next(std::chrono::milliseconds wait) {
  std::optional<std::chrono::steady_clock::time_point> deadline;  // not asked for while records are there
  for (;;) {
    // In this order: when the durable end lies in a later segment, this one's end is already known.
    const auto durable = durable_->end.load(std::memory_order_acquire);
    const auto finished = segment_->end.load(std::memory_order_acquire);
    const auto limit = finished != kUnfinished ? finished : durable;
    if (at_ < limit) return read(limit);
    if (finished != kUnfinished) {
      auto behind = segment_behind();
      if (!behind) return std::unexpected(std::move(behind.error()));
      if (auto entered = enter(std::move(*behind)); !entered) return std::unexpected(std::move(entered.error()));
      if (begins_timeline(segment_->header)) at_ = segment_->header.base;
      continue;
    }
    if (!deadline) deadline = std::chrono::steady_clock::now() + wait;
    std::unique_lock lock(durable_->mutex);
    ++durable_->waiting;
    const bool changed = durable_->changed.wait_until(lock, *deadline, [&] {
      return woken_ || durable_->closed || durable_->end.load(std::memory_order_relaxed) != durable ||
             segment_->end.load(std::memory_order_relaxed) != finished;
    });
    --durable_->waiting;
    const bool woken = std::exchange(woken_, false);
    const bool grown = durable_->end.load(std::memory_order_relaxed) != durable;
    if (!grown && (!changed || woken || durable_->closed)) return std::nullopt;
    // A reader that is woken and finds records returns them; the wake is not lost, it comes after them.
    woken_ = woken;
  }
}

void SegmentReader::wake() {
  {
    const std::lock_guard lock(durable_->mutex);
    woken_ = true;
  }
  durable_->changed.notify_all();
}

}  // namespace hk::log

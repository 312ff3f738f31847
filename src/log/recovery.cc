#include "log/recovery.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "log/sentence.h"

namespace hk::log {
namespace {

constexpr std::string_view kNothingChanged =
    "nothing was changed; restore the whole data directory from a snapshot (a backup), or move the log directory away "
    "and type `hitkeep mend` to go on with what the databases hold";
constexpr std::string_view kCutOrRestore =
    "nothing was changed; restore the whole data directory from a snapshot (a backup), or type `hitkeep mend` to cut "
    "the log there and go on with what the databases hold. A copy that was taken while HitKeep ran may look like this: "
    "take it with `hitkeep snapshot DIR`";

std::unexpected<Error> cannot(std::string_view verb, const std::filesystem::path& path, int error_number) {
  return fail(Code::unavailable, sentence("cannot {} {}: {}", {verb, path, describe(error_number)}));
}

std::unexpected<Error> damaged(const std::filesystem::path& path, std::uint64_t position, std::string_view why,
                               std::string_view what_to_do = kNothingChanged) {
  return fail(Code::internal,
              sentence("the log segment {} is damaged at byte {}: {}; {}", {path, position, why, what_to_do}));
}

Result<SegmentHeader> read_header(File& file, const std::filesystem::path& path, std::uint64_t epoch) {
  std::string block(kSegmentHeaderBytes, '\0');
  const auto size = file.size();
  if (!size) return cannot("read", path, size.error());
  const auto got = file.read_at(block, 0);
  if (!got) return cannot("read", path, got.error());
  block.resize(*got);
  const auto header = decode_segment_header(block);
  if (!header) {
    switch (header.error()) {
      case HeaderProblem::foreign:
        return fail(Code::internal, sentence("{} is not a log segment of HitKeep; {}", {path, kNothingChanged}));
      case HeaderProblem::newer:
        return fail(Code::internal,
                    sentence("the log segment {} was written by a newer version of HitKeep (this one reads formats "
                             "up to {}); start that version, nothing was changed",
                             {path, kFormatVersion}));
      case HeaderProblem::damaged:
        return damaged(path, 0, "its header is not readable");
    }
  }
  if (header->epoch != epoch) {
    return damaged(path, 0, sentence("it calls itself number {}, so it was renamed by hand", {header->epoch}));
  }
  if (*size < header->size) {
    return damaged(path, *size, sentence("the file ends there but should have {} bytes", {header->size}));
  }
  return *header;
}

/// In the timeline of the segment before it, and right behind it; or at the beginning of the next timeline.
bool continues(const SegmentHeader& before, const SegmentHeader& header) {
  const auto end = before.base + before.size;
  const auto& own = header.lineage.back();
  if (own.id == before.lineage.back().id) return header.base == end;
  return header.base >= end && begins_timeline(header) && header.lineage.size() > 1 &&
         header.lineage[header.lineage.size() - 2].id == before.lineage.back().id;
}

/// Whether the batch that `header` announces at `at` is whole, with zeros behind it up to the next.
bool whole_batch(std::string_view bytes, std::uint64_t at, const BatchHeader& batch, std::uint32_t seed, Offset base,
                 std::uint64_t& next) {
  std::uint64_t position = at + kBatchHeaderBytes;
  const std::uint64_t end = position + batch.bytes;
  if (end > bytes.size()) return false;
  for (std::uint32_t i = 0; i < batch.records; ++i) {
    const auto rest = bytes.substr(position, end - position);
    if (!decode_record(rest, seed, base + position)) return false;
    position += framed_size(rest);
  }
  next = align_up(end);
  return position == end && bytes.substr(end, next - end).find_first_not_of('\0') == std::string_view::npos;
}

/// Where the zeros at the end begin, looked at eight at a time.
std::size_t before_zeros(std::string_view bytes) {
  std::size_t end = bytes.size();
  for (std::uint64_t word = 0; end >= sizeof word; end -= sizeof word) {
    std::memcpy(&word, bytes.data() + end - sizeof word, sizeof word);
    if (word != 0) break;
  }
  while (end > 0 && bytes[end - 1] == '\0') --end;
  return end;
}

/// Where the whole batches of one segment end, and what stands behind them.
struct Scan {
  std::uint64_t end = kSegmentHeaderBytes;  // file position where the next batch goes
  std::uint64_t batches = 0;
  Offset first_previous_end = 0;             // what the first batch says about the record before it
  std::int64_t first_written_ms = 0;         // when the first batch was written
  std::optional<Offset> last_record_end;     // nothing: no record in this segment
  std::uint64_t dirty_end = 0;               // behind the last byte that is not zero; at most `end` when clean
  std::optional<std::uint64_t> later_batch;  // a batch that proves that the bytes at `end` were once whole
};

/// `bytes`: the whole file, zeros from `dirty_end` on.
Scan scan(std::string_view bytes, std::uint64_t dirty_end, const SegmentHeader& header) {
  const auto seed = seed_of(header);
  Scan found{.dirty_end = dirty_end};
  while (found.end < bytes.size()) {
    const auto batch = decode_batch_header(bytes.substr(found.end), seed, header.base + found.end);
    if (!batch) break;
    std::uint64_t next = 0;
    if (!whole_batch(bytes, found.end, *batch, seed, header.base, next)) break;
    if (found.last_record_end && batch->previous_end != *found.last_record_end) {
      found.later_batch = found.end;  // whole, but not what was written behind the one before it
      break;
    }
    if (found.batches++ == 0) {
      found.first_previous_end = batch->previous_end;
      found.first_written_ms = batch->written_ms;
    }
    if (batch->records > 0) found.last_record_end = header.base + found.end + kBatchHeaderBytes + batch->bytes;
    found.end = next;
  }
  for (auto at = found.end + kBatchAlign; at < found.dirty_end && !found.later_batch; at += kBatchAlign) {
    if (decode_batch_header(bytes.substr(at), seed, header.base + at)) found.later_batch = at;
  }
  return found;
}

/// The segments in order, each the one before it continues into, and leftovers of a wipe.
Result<Found> list_segments(FileSystem& files, const std::filesystem::path& directory) {
  const auto names = files.list(directory);
  if (!names && names.error() == ENOENT) return Found{};
  if (!names) return cannot("read the log directory", directory, names.error());

  Found found;
  for (const auto& name : *names) {
    if (epoch_of(name, ".wipe")) found.wipes.push_back(directory / name);
    const auto epoch = epoch_of(name, ".seg");
    if (!epoch) continue;
    const auto path = directory / name;
    const auto file = files.open(path);
    if (!file) return cannot("open", path, file.error());
    auto header = read_header(**file, path, *epoch);
    if (!header) return std::unexpected(std::move(header.error()));
    if (!found.segments.empty()) {
      const auto& before = found.segments.back().header;
      if (header->epoch != before.epoch + 1) {
        return fail(Code::internal, sentence("the log segment {} is missing; {}",
                                             {(directory / segment_name(before.epoch + 1)), kNothingChanged}));
      }
      if (!continues(before, *header)) {
        return damaged(path, 0, sentence("it does not continue {}", {segment_name(before.epoch)}));
      }
    }
    found.segments.push_back({.header = *header, .path = path});
  }
  return found;
}

/// Most of a segment is zeros, which are looked at in a piece of memory that a processor's cache holds.
constexpr std::size_t kLookedAtOnce = 256u << 10;

/// Where the zeros at the end of a file begin.
Io<std::uint64_t> before_zeros_of(File& file, std::uint64_t size) {
  const auto piece = std::make_unique_for_overwrite<char[]>(kLookedAtOnce);
  for (std::uint64_t end = size; end > 0;) {
    const std::uint64_t from = end - std::min<std::uint64_t>(end, kLookedAtOnce);
    const std::span<char> bytes(piece.get(), end - from);
    if (auto read = read_all(file, bytes, from); !read) return std::unexpected(read.error());
    if (const auto dirty = before_zeros({bytes.data(), bytes.size()}); dirty > 0) return from + dirty;
    end = from;
  }
  return 0;
}

/// Scans a whole segment, of which only what is not zero is read into memory: the rest of it is never touched.
Result<Scan> scan_file(FileSystem& files, const FoundSegment& segment) {
  const auto file = files.open(segment.path);
  if (!file) return cannot("open", segment.path, file.error());
  const std::size_t size = segment.header.size;
  const auto dirty_end = before_zeros_of(**file, size);
  if (!dirty_end) return cannot("read", segment.path, dirty_end.error());
  const std::unique_ptr<char, decltype(&std::free)> bytes(static_cast<char*>(std::calloc(size, 1)), &std::free);
  if (!bytes) return fail(Code::unavailable, sentence("no memory for the log segment {}", {segment.path}));
  if (auto read = read_all(**file, {bytes.get(), *dirty_end}, 0); !read)
    return cannot("read", segment.path, read.error());
  return scan({bytes.get(), size}, *dirty_end, segment.header);
}

/// The segment that holds the last whole batch, and what it holds.
struct Last {
  std::size_t segment = 0;
  Scan scan;
};

/// From the newest segment back. What is older than the last whole batch was synced before that was written; its
/// records are checked when they are read.
Result<Last> find_last_batch(FileSystem& files, Found& found, bool cut_damage) {
  Last last{.segment = found.segments.size()};
  while (last.segment > 0) {
    const auto& segment = found.segments[--last.segment];
    const auto found_in_it = scan_file(files, segment);
    if (!found_in_it) return std::unexpected(found_in_it.error());
    const Scan& scanned = last.scan = *found_in_it;
    if (scanned.later_batch && !cut_damage) {
      return damaged(segment.path, scanned.end,
                     sentence(*scanned.later_batch == scanned.end
                                  ? "the batch before this one is not the one that was written there{}"
                                  : "what stands there is not readable, but a later batch (byte {}) is",
                              {*scanned.later_batch == scanned.end ? "" : std::to_string(*scanned.later_batch)}),
                     kCutOrRestore);
    }
    found.cut = found.cut || scanned.later_batch;
    if (scanned.dirty_end > scanned.end) {
      found.torn.push_back({.path = segment.path, .from = scanned.end, .to = scanned.dirty_end});
    }
    if (scanned.batches > 0) break;
  }
  return last;
}

/// Where a new timeline should begin, the process died before it did.
void discard_unbegun_timelines(Found& found, std::size_t last) {
  const auto& own = found.segments[last].header.lineage.back().id;
  while (found.segments.back().header.lineage.back().id != own) {
    found.discarded.push_back(found.segments.back().path);
    found.segments.pop_back();
  }
}

/// What the segments before the last one say about each other.
Result<> hear_neighbours(FileSystem& files, Found& found, const Last& last) {
  auto& segments = found.segments;
  for (std::size_t i = 0; i < last.segment; ++i) {
    auto& segment = segments[i];
    const auto file = files.open(segment.path);
    if (!file) return cannot("open", segment.path, file.error());
    std::string head(kBatchHeaderBytes, '\0');
    if (auto read = read_all(**file, head, kSegmentHeaderBytes); !read)
      return cannot("read", segment.path, read.error());
    const auto batch = decode_batch_header(head, seed_of(segment.header), segment.header.base + kSegmentHeaderBytes);
    if (!batch) {
      return damaged(
          segment.path, kSegmentHeaderBytes,
          sentence("its first batch is not readable, but {} has later ones", {segments[last.segment].path.filename()}));
    }
    segment.previous_end = batch->previous_end;
    if (i > 0) {
      segments[i - 1].end = batch->previous_end;
      segments[i - 1].finished_ms = batch->written_ms;
    }
  }
  if (last.segment > 0) {
    segments[last.segment - 1].end = last.scan.first_previous_end;
    segments[last.segment - 1].finished_ms = last.scan.first_written_ms;
  }
  for (std::size_t i = 0; i <= last.segment; ++i) {
    const auto earliest = i > 0 ? segments[i - 1].previous_end : 0;
    if (segments[i].previous_end < earliest || segments[i].previous_end > segments[i].header.base) {
      return damaged(segments[i].path, kSegmentHeaderBytes, "its first batch does not continue the segment before it");
    }
  }
  return {};
}

/// The log ends in this segment, and what the newer ones hold is given up.
void end_in(Found& found, std::size_t at, const Scan& scanned) {
  while (found.segments.size() > at + 1) {
    found.discarded.push_back(found.segments.back().path);
    found.segments.pop_back();
  }
  auto& active = found.segments.back();
  std::erase_if(found.torn, [&](const Found::Tail& tail) { return tail.path != active.path; });
  if (scanned.dirty_end > scanned.end)
    found.torn.push_back({.path = active.path, .from = scanned.end, .to = scanned.dirty_end});
  active.end = kUnfinished;
  active.finished_ms = 0;
  found.cut = true;
  found.active = at;
  found.position = scanned.end;
  found.active_since_ms = scanned.first_written_ms;
  found.last_record = scanned.last_record_end.value_or(active.previous_end);
  found.end = std::max(found.last_record, active.header.lineage.back().began);
}

/// A segment that filled up while it was copied lacks its end, and the copy of its successor was made later: what is
/// missing, and all behind it, was written after the copying had begun.
Result<> look_for_holes(FileSystem& files, Found& found, bool cut_damage) {
  for (std::size_t i = 0; i < found.active; ++i) {
    const auto& segment = found.segments[i];
    const auto scanned = scan_file(files, segment);
    if (!scanned) return std::unexpected(scanned.error());
    if (scanned->last_record_end.value_or(segment.previous_end) == segment.end) continue;
    const bool hole = !scanned->later_batch && segment.header.base + scanned->dirty_end < segment.end;
    if (!hole && !cut_damage)
      return damaged(segment.path, scanned->end,
                     sentence("what stands there is not readable, but {} has later records",
                              {found.segments[i + 1].path.filename()}),
                     kCutOrRestore);
    end_in(found, i, *scanned);
    return {};
  }
  return {};
}

}  // namespace

bool is_copy(FileSystem& files, const std::filesystem::path& directory, const Found& found) {
  const auto place = files.place(directory);
  return place != 0 && place != found.segments[found.active].header.place;
}

Result<Found> survey(FileSystem& files, const std::filesystem::path& directory, bool cut_damage) {
  auto found = list_segments(files, directory);
  if (!found || found->segments.empty()) return found;
  const auto last = find_last_batch(files, *found, cut_damage);
  if (!last) return std::unexpected(last.error());
  discard_unbegun_timelines(*found, last->segment);
  found->active = last->segment;
  found->position = last->scan.end;
  if (last->scan.batches == 0) {
    const auto& first = found->segments.front();
    if (first.header.epoch != 1) {
      return damaged(first.path, kSegmentHeaderBytes, "the log does not begin here, but the batch before is gone");
    }
    return found;
  }
  auto& active = found->segments[last->segment];
  found->active_since_ms = last->scan.first_written_ms;
  active.previous_end = last->scan.first_previous_end;
  found->last_record = last->scan.last_record_end.value_or(last->scan.first_previous_end);
  found->end = std::max(found->last_record, active.header.lineage.back().began);
  auto sound = hear_neighbours(files, *found, *last);
  if (sound && is_copy(files, directory, *found)) sound = look_for_holes(files, *found, cut_damage);
  if (!sound) return std::unexpected(sound.error());
  return found;
}

void Found::discard_empty() {
  const auto kept = active_since_ms == 0 ? 0 : active + 1;
  for (; segments.size() > kept; segments.pop_back()) discarded.push_back(segments.back().path);
}

Result<> repair(FileSystem& files, const std::filesystem::path& directory, const Found& found) {
  for (const auto& tail : found.torn) {
    const auto file = files.open(tail.path);
    if (!file) return cannot("open", tail.path, file.error());
    if (auto zeroed = zero_fill(**file, tail.from, tail.to); !zeroed) return cannot("write", tail.path, zeroed.error());
  }
  for (const auto& path : found.discarded)
    if (auto removed = files.remove(path); !removed) return cannot("remove", path, removed.error());
  if (!found.discarded.empty())
    if (auto synced = files.sync_directory(directory); !synced) return cannot("sync", directory, synced.error());
  if (found.segments.empty()) return {};
  const auto& active = found.segments[found.active].path;
  const auto file = files.open(active);
  if (!file) return cannot("open", active, file.error());
  if (auto synced = (*file)->sync(); !synced) return cannot("sync", active, synced.error());
  if (auto synced = files.sync_directory(directory); !synced) return cannot("sync", directory, synced.error());
  return {};
}

}  // namespace hk::log

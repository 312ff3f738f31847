#pragma once
// Bytes on the disk: segment header, batch header, record. Layout and rules: docs/log-format.md.

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "log/log.h"

namespace hk::log {

/// 1: without timelines. Both are read, 2 is written.
inline constexpr std::uint32_t kFormatVersion = 2;
/// The header has a block of its own, so that no batch ever rewrites it.
inline constexpr std::uint64_t kSegmentHeaderBytes = 4096;
/// Batches begin at multiples of this: writing one touches no sector that holds an acknowledged record, and a
/// reader can find the next batch behind a damaged one.
inline constexpr std::uint64_t kBatchAlign = 512;
inline constexpr std::size_t kBatchHeaderBytes = 32;
inline constexpr std::size_t kRecordHeaderBytes = 16;
/// A segment holds at least one batch of one small record.
inline constexpr std::uint64_t kMinSegmentBytes = 2 * kSegmentHeaderBytes;

constexpr std::uint64_t align_up(std::uint64_t position) {
  return (position + kBatchAlign - 1) / kBatchAlign * kBatchAlign;
}

struct SegmentHeader {
  std::uint64_t epoch = 0;  // 1, 2, 3 …: the segment's place in the log
  std::uint64_t base = 0;   // offset of the segment's first byte; its header counts
  std::uint64_t size = 0;   // bytes of the file, header included; the next segment's base is base + size
  std::uint64_t salt = 0;   // random: nobody can write a payload that passes for a batch
  std::int64_t created_ms = 0;
  std::uint64_t place = 0;      // FileSystem::place() of the directory that it was written in; 0 where not known
  Lineage lineage{Timeline{}};  // the last one is the segment's own
};

/// Whether nothing lies in front of the segment but what an earlier timeline left.
inline bool begins_timeline(const SegmentHeader& header) {
  return header.base != 0 && header.lineage.back().began == header.base;
}

/// A header has room for so many timelines; the oldest are forgotten.
inline constexpr std::size_t kMaxLineage = 100;

/// What every checksum of a segment starts from: a record of another epoch never passes.
std::uint32_t seed_of(const SegmentHeader& header);

enum class HeaderProblem : std::uint8_t { foreign, newer, damaged };
/// kSegmentHeaderBytes bytes.
std::string encode(const SegmentHeader& header);
std::expected<SegmentHeader, HeaderProblem> decode_segment_header(std::string_view bytes);

struct BatchHeader {
  std::uint32_t bytes = 0;      // of its records, without this header and the padding behind them
  std::uint32_t records = 0;    // 0: marks a clean close
  Offset previous_end = 0;      // end of the last record before this batch, in whichever segment
  std::int64_t written_ms = 0;  // read back: within the years 1970 to 9999
};

/// Writes kBatchHeaderBytes bytes to `at`; `offset` is the place of the header in the log.
void encode_batch_header(const BatchHeader& header, std::uint32_t seed, Offset offset, char* at);
/// nullopt unless `bytes` starts with a batch header that was written for exactly this segment and offset.
std::optional<BatchHeader> decode_batch_header(std::string_view bytes, std::uint32_t seed, Offset offset);

/// Appends a record without its checksum, which needs the place where it will be written.
void frame_record(const Record& record, std::string& out);
/// Puts the checksum into a framed record that goes to `offset`.
void seal_record(char* framed, std::size_t framed_bytes, std::uint32_t seed, Offset offset);
/// Bytes of the framed record that `bytes` starts with as its header says; 0 where that is impossible.
std::size_t framed_size(std::string_view bytes);
/// nullopt unless `bytes` starts with a whole record that was written for exactly this segment and offset.
std::optional<Record> decode_record(std::string_view bytes, std::uint32_t seed, Offset offset);

/// "000000000007.seg": a segment of the log.
std::string segment_name(std::uint64_t epoch);
/// "000000000007.wipe": content unknown; zeroed before it is used again, or removed.
std::string wipe_name(std::uint64_t epoch);
/// The epoch in a segment's or wipe's name; nullopt for any other name.
std::optional<std::uint64_t> epoch_of(std::string_view name, std::string_view suffix);

}  // namespace hk::log

#include "log/format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <span>

#include "log/crc32c.h"

namespace hk::log {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian and copied as it is");

constexpr std::string_view kSegmentMagic{"HitKpLog", 8};
constexpr std::uint32_t kBatchMagic = 0x42744B48;  // "HKtB"
constexpr std::size_t kNameDigits = 12;
/// Where the list of timelines stands in a segment header, and what one takes.
constexpr std::size_t kLineageAt = 72;
constexpr std::size_t kTimelineBytes = 32;
static_assert(kLineageAt + kMaxLineage * kTimelineBytes <= kSegmentHeaderBytes);
/// Times of batches: 1970 to 9999, never 0, which means that there is no batch. What lies outside comes from no clock,
/// and an age that is counted from it would overflow.
constexpr std::int64_t kEarliestMs = 1;
constexpr std::int64_t kLatestMs = 253'402'300'799'999;

template <class T>
void put(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::uint32_t crc_at(std::uint32_t seed, Offset offset, std::string_view bytes) {
  char place[sizeof offset];
  put(place, offset);
  return crc32c(crc32c(seed, {place, sizeof place}), bytes);
}

/// The checksum of a segment header covers its whole block, with zeros where the checksum stands.
std::uint32_t header_crc(std::string_view block) {
  return crc32c(crc32c(crc32c(0, block.substr(0, 12)), std::string_view{"\0\0\0\0", 4}), block.substr(16));
}

std::string name_with(std::uint64_t epoch, std::string_view suffix) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%012llu", static_cast<unsigned long long>(epoch));
  return std::string(digits).append(suffix);
}

}  // namespace

std::uint32_t seed_of(const SegmentHeader& header) {
  char bytes[16];
  put(bytes, header.epoch);
  put(bytes + 8, header.salt);
  return crc32c(0, {bytes, sizeof bytes});
}

std::string encode(const SegmentHeader& header) {
  std::string block(kSegmentHeaderBytes, '\0');
  kSegmentMagic.copy(block.data(), kSegmentMagic.size());
  put(&block[8], kFormatVersion);
  put(&block[16], header.epoch);
  put(&block[24], header.base);
  put(&block[32], header.size);
  put(&block[40], header.salt);
  put(&block[48], header.created_ms);
  put(&block[56], header.place);
  const auto known = std::span(header.lineage).last(std::min(header.lineage.size(), kMaxLineage));
  put(&block[64], static_cast<std::uint32_t>(known.size()));
  for (auto at = kLineageAt; const Timeline& timeline : known) {
    put(&block[at], timeline.id.bytes);
    put(&block[at + 16], timeline.began);
    put(&block[at + 24], timeline.left);
    at += kTimelineBytes;
  }
  put(&block[12], header_crc(block));
  return block;
}

std::expected<SegmentHeader, HeaderProblem> decode_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes) return std::unexpected(HeaderProblem::damaged);
  const auto block = bytes.substr(0, kSegmentHeaderBytes);
  if (block.find_first_not_of('\0') == block.npos) return std::unexpected(HeaderProblem::damaged);
  if (!block.starts_with(kSegmentMagic)) return std::unexpected(HeaderProblem::foreign);
  if (get<std::uint32_t>(block, 8) > kFormatVersion) return std::unexpected(HeaderProblem::newer);
  if (get<std::uint32_t>(block, 12) != header_crc(block)) return std::unexpected(HeaderProblem::damaged);
  SegmentHeader header;
  header.epoch = get<std::uint64_t>(block, 16);
  header.base = get<std::uint64_t>(block, 24);
  header.size = get<std::uint64_t>(block, 32);
  header.salt = get<std::uint64_t>(block, 40);
  header.created_ms = get<std::int64_t>(block, 48);
  if (get<std::uint32_t>(block, 8) >= 2) {
    header.place = get<std::uint64_t>(block, 56);
    const auto known = get<std::uint32_t>(block, 64);
    if (known == 0 || known > kMaxLineage) return std::unexpected(HeaderProblem::damaged);
    header.lineage.clear();
    for (auto at = kLineageAt; at < kLineageAt + known * kTimelineBytes; at += kTimelineBytes) {
      header.lineage.push_back({.id = {get<std::array<std::uint8_t, 16>>(block, at)},
                                .began = get<std::uint64_t>(block, at + 16),
                                .left = get<std::uint64_t>(block, at + 24)});
    }
  }
  if (header.epoch == 0 || header.size < kMinSegmentBytes || header.size % kBatchAlign != 0 ||
      header.base + header.size < header.base) {
    return std::unexpected(HeaderProblem::damaged);
  }
  return header;
}

void encode_batch_header(const BatchHeader& header, std::uint32_t seed, Offset offset, char* at) {
  put(at + 4, kBatchMagic);
  put(at + 8, header.bytes);
  put(at + 12, header.records);
  put(at + 16, header.previous_end);
  put(at + 24, header.written_ms);
  put(at, crc_at(seed, offset, {at + 4, kBatchHeaderBytes - 4}));
}

std::optional<BatchHeader> decode_batch_header(std::string_view bytes, std::uint32_t seed, Offset offset) {
  if (bytes.size() < kBatchHeaderBytes || get<std::uint32_t>(bytes, 4) != kBatchMagic) return std::nullopt;
  if (get<std::uint32_t>(bytes, 0) != crc_at(seed, offset, bytes.substr(4, kBatchHeaderBytes - 4))) return std::nullopt;
  BatchHeader header;
  header.bytes = get<std::uint32_t>(bytes, 8);
  header.records = get<std::uint32_t>(bytes, 12);
  header.previous_end = get<std::uint64_t>(bytes, 16);
  header.written_ms = std::clamp(get<std::int64_t>(bytes, 24), kEarliestMs, kLatestMs);
  if (header.bytes < header.records * std::uint64_t{kRecordHeaderBytes}) return std::nullopt;
  if ((header.records == 0) != (header.bytes == 0)) return std::nullopt;
  return header;
}

void frame_record(const Record& record, std::string& out) {
  char header[kRecordHeaderBytes] = {};
  put(header + 4, static_cast<std::uint32_t>(record.payload.size()));
  put(header + 8, record.lane);
  put(header + 12, record.kind);
  put(header + 13, record.version);
  out.append(header, sizeof header);
  out.append(record.payload);
}

void seal_record(char* framed, std::size_t framed_bytes, std::uint32_t seed, Offset offset) {
  put(framed, crc_at(seed, offset, {framed + 4, framed_bytes - 4}));
}

std::size_t framed_size(std::string_view bytes) {
  if (bytes.size() < kRecordHeaderBytes) return 0;
  const auto payload = get<std::uint32_t>(bytes, 4);
  return payload > kMaxPayloadBytes ? 0 : kRecordHeaderBytes + payload;
}

std::optional<Record> decode_record(std::string_view bytes, std::uint32_t seed, Offset offset) {
  const auto size = framed_size(bytes);
  if (size == 0 || size > bytes.size()) return std::nullopt;
  if (get<std::uint32_t>(bytes, 0) != crc_at(seed, offset, bytes.substr(4, size - 4))) return std::nullopt;
  return Record{.lane = get<std::uint32_t>(bytes, 8),
                .kind = get<std::uint8_t>(bytes, 12),
                .version = get<std::uint8_t>(bytes, 13),
                .payload = bytes.substr(kRecordHeaderBytes, size - kRecordHeaderBytes)};
}

std::string segment_name(std::uint64_t epoch) {
  return name_with(epoch, ".seg");
}
std::string wipe_name(std::uint64_t epoch) {
  return name_with(epoch, ".wipe");
}

std::optional<std::uint64_t> epoch_of(std::string_view name, std::string_view suffix) {
  if (name.size() < kNameDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const auto digits = name.substr(0, name.size() - suffix.size());
  std::uint64_t epoch = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), epoch);
  if (error != std::errc{} || end != digits.data() + digits.size() || name != name_with(epoch, suffix)) {
    return std::nullopt;
  }
  return epoch;
}

}  // namespace hk::log

// Any bytes as the body of a segment: opening must end in a sentence or in a log whose records can all be read and that
// takes new ones. The first byte says whether checksums are put right first, so that the fuzzer gets behind them.

#include <cstdlib>
#include <cstring>
#include <future>

#include "log/engine.h"
#include "log/format.h"
#include "log/testing/memory_files.h"

namespace {

using namespace hk::log;

constexpr std::uint64_t kSegmentBytes = 16384;

void require(bool condition) {
  if (!condition) std::abort();
}

/// Gives each batch header and record that stands where one is expected the checksum that it should have.
void mend(std::string& segment, std::uint32_t seed) {
  std::uint64_t at = kSegmentHeaderBytes;
  while (at + kBatchHeaderBytes <= segment.size()) {
    BatchHeader header;
    std::memcpy(&header.bytes, &segment[at + 8], 4);
    std::memcpy(&header.records, &segment[at + 12], 4);
    std::memcpy(&header.previous_end, &segment[at + 16], 8);
    std::memcpy(&header.written_ms, &segment[at + 24], 8);
    if (header.bytes == 0 && header.records == 0 && header.written_ms == 0) return;
    encode_batch_header(header, seed, at, &segment[at]);
    auto record = at + kBatchHeaderBytes;
    const auto end = std::min<std::uint64_t>(record + header.bytes, segment.size());
    for (std::uint32_t i = 0; i < header.records && record < end; ++i) {
      const auto size = framed_size(std::string_view(segment).substr(record, end - record));
      if (size == 0 || record + size > end) break;
      seal_record(&segment[record], size, seed, record);
      record += size;
    }
    at = align_up(at + kBatchHeaderBytes + header.bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const SegmentHeader header{.epoch = 1, .base = 0, .size = kSegmentBytes, .salt = 1, .created_ms = 1};
  auto segment = encode(header) + std::string(reinterpret_cast<const char*>(data) + 1, size - 1);
  segment.resize(kSegmentBytes);
  if (data[0] & 1) mend(segment, seed_of(header));

  MemoryFiles files;
  files.put("log/" + segment_name(1), segment);
  const auto before = files.everything();
  const hk::ManualClock clock(hk::from_ms(1'700'000'000'000));
  hk::metrics::Registry registry;
  Recovery recovery;
  auto log = open_on(files, {.directory = "log", .segment_bytes = kSegmentBytes, .max_disk_bytes = 4 * kSegmentBytes},
                     clock, registry, recovery);
  if (!log) {
    require(!log.error().message.empty());
    require(files.everything() == before);
    return 0;
  }
  require(recovery.end <= kSegmentBytes);

  auto reader = (*log)->read(0);
  require(reader.has_value());
  Offset last = 0;
  for (;;) {
    const auto entry = (*reader)->next(std::chrono::milliseconds(0));
    require(entry.has_value());
    if (!*entry) break;
    require((*entry)->offset > last && (*entry)->offset <= recovery.end);
    last = (*entry)->offset;
  }
  require(last == recovery.end);

  std::promise<bool> answer;
  (*log)->append({.payload = "new"},
                 [&](hk::Result<Offset> r) { answer.set_value(r.has_value() && *r > recovery.end); });
  require(answer.get_future().get());
  return 0;
}

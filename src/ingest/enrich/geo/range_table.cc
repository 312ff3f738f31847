#include "ingest/enrich/geo/range_table.h"

#include <algorithm>

#include "ingest/enrich/geo/bits.h"

namespace hk::ingest {
namespace {

using namespace range_format;

std::uint64_t rare_gap(Bits& bits) {
  const auto zeros = static_cast<unsigned>(bits.take(6));
  const auto size = static_cast<unsigned>(bits.take(6)) + 1;
  std::uint64_t odd = bits.take(std::min(size, 32u));
  if (size > 32) odd |= bits.take(size - 32) << 32;
  return odd << zeros;
}

/// Takes `count` numbers off the front of `bytes`; empty where there are not so many.
template <class T>
std::span<const T> take(std::string_view& bytes, std::size_t count) {
  const std::size_t size = count * sizeof(T);
  if (bytes.size() < size) return {};
  const std::span<const T> out(reinterpret_cast<const T*>(bytes.data()), count);
  bytes.remove_prefix(std::min((size + 7) / 8 * 8, bytes.size()));
  return out;
}

}  // namespace

Result<RangeTable> RangeTable::open(std::string_view bytes) {
  RangeTable out;
  const auto head = take<Header>(bytes, 1);
  if (head.empty() || head[0].magic != kMagic || reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 != 0)
    return fail(Code::invalid, "no table of ranges");
  const Header& header = head[0];
  out.stretches_ = header.stretches;
  out.common_gaps_ = take<std::uint64_t>(bytes, kGapSymbols);
  out.gap_codes_ = take<std::uint16_t>(bytes, kCodes);
  out.value_codes_ = take<std::uint16_t>(bytes, kCodes);
  out.begins_ = take<std::uint64_t>(bytes, header.blocks);
  out.at_ = take<std::uint32_t>(bytes, header.blocks);
  out.stream_ = bytes.substr(0, header.stream_bytes);
  const bool fits = header.stretches > 0 && header.blocks == (header.stretches + kBlock - 1) / kBlock &&
                    out.at_.size() == header.blocks && out.stream_.size() == header.stream_bytes &&
                    header.stream_bytes >= kTail && std::ranges::is_sorted(out.begins_) && out.begins_[0] == 0 &&
                    std::ranges::all_of(out.at_, [&](std::uint32_t at) { return at <= header.stream_bytes - kTail; }) &&
                    std::ranges::all_of(out.gap_codes_, [](std::uint16_t code) { return code >> 4 < kGapSymbols; }) &&
                    std::ranges::all_of(out.value_codes_, [](std::uint16_t code) { return code >> 4 < kValueSymbols; });
  if (!fits) return fail(Code::invalid, "a table of ranges that is cut short or damaged");
  return out;
}

std::uint32_t RangeTable::find(std::uint64_t key) const {
  if (begins_.empty()) return 0;
  const auto block = static_cast<std::size_t>(std::ranges::upper_bound(begins_, key) - begins_.begin()) - 1;
  const std::size_t count = std::min(kBlock, stretches_ - block * kBlock);
  Bits bits(stream_.data() + at_[block]);
  std::array<std::uint32_t, kBlock> values;  // NOLINT(*-member-init): each is written before it is read
  std::uint64_t at = begins_[block];
  for (std::size_t i = 0;; ++i) {
    const std::uint32_t symbol = bits.symbol(value_codes_);
    if (symbol < kBack)
      values[i] = i >= symbol + 2 ? values[i - symbol - 2] : 0;
    else
      values[i] = static_cast<std::uint32_t>((std::uint64_t{1} << (symbol - kBack) | bits.take(symbol - kBack)) - 1);
    if (i + 1 == count) return values[i];
    const std::uint32_t gap = bits.symbol(gap_codes_);
    at += gap < kCommonGaps ? common_gaps_[gap] : rare_gap(bits);
    if (key < at) return values[i];
  }
}

}  // namespace hk::ingest

#pragma once
// A number for each stretch of a number line, packed, and read where it lies: which place an address is in.
//
// Stretches stand in blocks of 128. A block says where it begins; then, for each stretch, its value and how long it is,
// both as Huffman codes: a value as how many stretches before it was there last, or anew; a length as one of the 255
// commonest, or in full. So millions of stretches take about 9 bits each, and to find one is a binary search over the
// blocks and some 60 short steps. range_table_writer.h makes them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "ingest/enrich/geo/bits.h"

namespace hk::ingest {

/// What writer and reader agree on. Little-endian, in this order; parts begin at multiples of 8 bytes.
namespace range_format {
inline constexpr std::uint64_t kMagic = 0x3154474E524B48;  // "HKRNGT1"
inline constexpr std::size_t kBlock = 128;                 // stretches
/// A value's symbols: it was there 2 … 63 stretches ago; or it is new, with so many bits behind its highest.
inline constexpr std::uint32_t kBack = 62;
inline constexpr std::uint32_t kValueSymbols = kBack + 32;
/// A length's symbols: which of the commonest; or it follows: 6 bits say how many zeros end it, 6 how many bits less
/// one are before these, then those.
inline constexpr std::uint32_t kCommonGaps = 255;
inline constexpr std::uint32_t kGapSymbols = kCommonGaps + 1;
/// No block reads further, whatever stands in it: so many bytes of zeros end the stream.
inline constexpr std::size_t kTail = kBlock * (2 * kCodeBits + 32 + 12 + 64) / 8 + 8;

struct Header {
  std::uint64_t magic;
  std::uint32_t stretches;
  std::uint32_t blocks;
  std::uint64_t stream_bytes;  // with the tail
};
// std::uint64_t common_gaps[256], std::uint16_t gap_codes[kCodes], value_codes[kCodes], std::uint64_t begins[blocks],
// std::uint32_t at[blocks] (bytes into the stream; padded to 8 bytes), stream.
}  // namespace range_format

/// Immutable; views bytes that must outlive it and begin at a multiple of 8. Thread-safe.
class RangeTable {
 public:
  RangeTable() = default;  // finds 0 everywhere
  /// Code::invalid where `bytes` are no such table. Whatever it holds, no look-up reads beyond it.
  static Result<RangeTable> open(std::string_view bytes);
  /// The value of the stretch that `key` lies in; 0 = none.
  std::uint32_t find(std::uint64_t key) const;
  std::size_t size() const { return stretches_; }

 private:
  std::size_t stretches_ = 0;
  std::span<const std::uint64_t> common_gaps_;
  std::span<const std::uint16_t> gap_codes_, value_codes_;
  std::span<const std::uint64_t> begins_;
  std::span<const std::uint32_t> at_;
  std::string_view stream_;
};

}  // namespace hk::ingest

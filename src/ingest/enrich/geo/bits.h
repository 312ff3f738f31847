#pragma once
// Reads bits and prefix codes. Who makes them: prefix_codes.h.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace hk::ingest {

/// Of the longest code. A table with a place for each text of so many bits says which symbol's code begins it: symbol
/// << 4 | bits of the code.
inline constexpr unsigned kCodeBits = 12;
inline constexpr std::size_t kCodes = std::size_t{1} << kCodeBits;

/// Bits, the lowest of a byte first. Eight bytes behind the last one that is asked for must be readable.
class Bits {
 public:
  explicit Bits(const char* at) : at_(at) {}
  /// At most 32.
  std::uint64_t take(unsigned bits) {
    const std::uint64_t out = peek() & ((std::uint64_t{1} << bits) - 1);
    bit_ += bits;
    return out;
  }
  std::uint32_t symbol(std::span<const std::uint16_t> codes) {
    const std::uint16_t code = codes[peek() & (kCodes - 1)];
    bit_ += code & 15;
    return code >> 4;
  }

 private:
  std::uint64_t peek() const {
    std::uint64_t word;
    std::memcpy(&word, at_ + (bit_ >> 3), sizeof word);
    return word >> (bit_ & 7);
  }

  const char* at_;
  std::size_t bit_ = 0;
};

}  // namespace hk::ingest

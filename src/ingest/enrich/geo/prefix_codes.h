#pragma once
// Makes prefix codes (Huffman, of at most kCodeBits) and writes them. Runs while the program is built, and in tests.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ingest/enrich/geo/bits.h"

namespace hk::ingest {

struct PrefixCode {
  unsigned bits = 0;
  std::uint32_t reversed = 0;  // as it stands in the stream, whose lowest bit comes first
};

/// Canonical codes by how often each symbol occurs: rare symbols are taken for less rare until the longest fits. There
/// may be at most 2^kCodeBits symbols that occur.
std::vector<PrefixCode> codes_of(std::vector<std::uint64_t> counts);

/// What the reader looks up with the next kCodeBits bits.
std::array<std::uint16_t, kCodes> reading_table(std::span<const PrefixCode> codes);

class BitWriter {
 public:
  void put(std::uint64_t value, unsigned bits) {
    for (unsigned i = 0; i < bits; ++i, ++used_) {
      if (used_ % 8 == 0) out_.push_back('\0');
      if ((value >> i & 1) != 0) out_.back() = static_cast<char>(out_.back() | 1 << (used_ % 8));
    }
  }
  void put(const PrefixCode& code) { put(code.reversed, code.bits); }
  std::size_t next_byte() {
    used_ = out_.size() * 8;
    return out_.size();
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t used_ = 0;
};

}  // namespace hk::ingest

#include "store/bytes.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace hk::store {

bool is_text(std::string_view bytes) {
  return valid_utf8(bytes) && !bytes.contains('\0');
}

std::uint64_t ByteReader::fail() {
  ok_ = false;
  in_ = {};
  return 0;
}

std::string_view ByteReader::bytes(std::size_t size) {
  if (in_.size() < size) {
    fail();
    return {};
  }
  const std::string_view out = in_.substr(0, size);
  in_.remove_prefix(size);
  return out;
}

Uuid ByteReader::uuid() {
  Uuid out;
  std::ranges::copy(bytes(out.bytes.size()), out.bytes.begin());
  return out;
}

bool ByteReader::flag() {
  const std::uint8_t v = u8();
  if (v > 1) fail();
  return v == 1;
}

std::uint8_t ByteReader::u8() {
  const std::string_view b = bytes(1);
  return b.empty() ? 0 : static_cast<std::uint8_t>(b[0]);
}

std::uint64_t ByteReader::u64() {
  const std::string_view b = bytes(8);
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < b.size(); ++i)
    v |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(b[i])) << (8 * i);
  return v;
}

std::uint64_t ByteReader::varint() {
  std::uint64_t v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (in_.empty()) return fail();
    const std::uint8_t b = u8();
    if (shift == 63 && b > 1) return fail();
    v |= static_cast<std::uint64_t>(b & 0x7F) << shift;
    if ((b & 0x80) == 0) return b == 0 && shift > 0 ? fail() : v;
  }
  return fail();
}

std::uint64_t ByteReader::varint_up_to(std::uint64_t limit) {
  const std::uint64_t v = varint();
  return v <= limit ? v : fail();
}

std::uint16_t ByteReader::u16() {
  return static_cast<std::uint16_t>(varint_up_to(std::numeric_limits<std::uint16_t>::max()));
}

std::uint32_t ByteReader::u32() {
  return static_cast<std::uint32_t>(varint_up_to(std::numeric_limits<std::uint32_t>::max()));
}

std::int64_t ByteReader::zigzag() {
  const std::uint64_t v = varint();
  return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1));
}

std::string ByteReader::text() {
  const std::string_view b = bytes(varint_up_to(in_.size()));
  if (!is_text(b)) fail();
  return ok_ ? std::string(b) : std::string();
}

}  // namespace hk::store

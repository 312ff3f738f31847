#pragma once
// The alphabet of record payloads: little-endian integers, LEB128 varints, length-prefixed UTF-8.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.h"

namespace hk::store {

/// What ByteReader::text() takes: valid UTF-8 without NUL.
bool is_text(std::string_view bytes);

class ByteWriter {
 public:
  ByteWriter() = default;
  /// With room for a usual record.
  explicit ByteWriter(std::size_t bytes) { out_.reserve(bytes); }
  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void u64(std::uint64_t v) {
    for (int i = 0; i < 8; ++i) u8(static_cast<std::uint8_t>(v >> (8 * i)));
  }
  void varint(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7) u8(static_cast<std::uint8_t>(v | 0x80));
    u8(static_cast<std::uint8_t>(v));
  }
  void zigzag(std::int64_t v) { varint((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63)); }
  void text(std::string_view v) {
    varint(v.size());
    out_.append(v);
  }
  void bytes(std::string_view v) { out_.append(v); }
  void flag(bool v) { u8(v ? 1 : 0); }
  void uuid(const Uuid& v) { bytes({reinterpret_cast<const char*>(v.bytes.data()), v.bytes.size()}); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads what ByteWriter wrote. A failure sticks: every later read gives zero or nothing, and done() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}
  std::uint8_t u8();
  std::uint64_t u64();
  std::uint64_t varint();  // only the shortest form is valid
  std::uint16_t u16();     // a varint that fits
  std::uint32_t u32();     // a varint that fits
  std::int64_t zigzag();
  std::string text();  // valid UTF-8 without NUL
  std::string_view bytes(std::size_t size);
  bool flag();  // only 0 and 1 are valid
  Uuid uuid();
  bool ok() const { return ok_; }
  /// Everything was valid and nothing is left.
  bool done() const { return ok_ && in_.empty(); }

 private:
  std::uint64_t fail();
  std::uint64_t varint_up_to(std::uint64_t limit);

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace hk::store

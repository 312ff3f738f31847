#include "crypto/cbor.h"

#include <limits>

namespace hk::crypto {

std::optional<std::string_view> CborReader::take(std::uint64_t size) {
  if (size > rest_.size()) return std::nullopt;
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::optional<CborReader::Head> CborReader::head() {
  constexpr unsigned kInline = 24;   // smaller values stand in the first byte
  constexpr unsigned kLongest = 27;  // 24, 25, 26, 27: in 1, 2, 4, 8 bytes behind it
  if (++items_ > kMaxCborItems) return std::nullopt;
  const auto first = take(1);
  if (!first) return std::nullopt;
  const auto byte = static_cast<std::uint8_t>(first->front());
  Head head{.kind = static_cast<Kind>(byte >> 5), .value = byte & 0x1fu};
  if (head.value < kInline) return head;
  if (head.value > kLongest) return std::nullopt;  // of a length that is not said
  const unsigned size = 1u << (head.value - kInline);
  const auto behind = take(size);
  if (!behind) return std::nullopt;
  head.value = 0;
  for (const char c : *behind) head.value = head.value << 8 | static_cast<std::uint8_t>(c);
  const bool shorter = size == 1 ? head.value < kInline : head.value >> (size * 4) == 0;
  if (shorter) return std::nullopt;
  return head;
}

std::optional<std::int64_t> CborReader::integer() {
  const auto found = head();
  if (!found || found->value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  const auto value = static_cast<std::int64_t>(found->value);
  if (found->kind == Kind::number) return value;
  if (found->kind == Kind::negative) return -1 - value;
  return std::nullopt;
}

std::optional<std::string_view> CborReader::content(Kind kind) {
  const auto found = head();
  if (!found || found->kind != kind) return std::nullopt;
  return take(found->value);
}

std::optional<std::string_view> CborReader::bytes() {
  return content(Kind::bytes);
}

std::optional<std::string_view> CborReader::text() {
  return content(Kind::text);
}

std::optional<std::size_t> CborReader::map() {
  const auto found = head();
  if (!found || found->kind != Kind::map || found->value > kMaxCborItems) return std::nullopt;
  return found->value;
}

bool CborReader::skip(int depth) {
  constexpr std::uint64_t kFalse = 20, kNull = 22;
  if (depth > kMaxCborDepth) return false;
  const auto found = head();
  if (!found) return false;
  switch (found->kind) {
    case Kind::number:
    case Kind::negative:
      return true;
    case Kind::bytes:
    case Kind::text:
      return take(found->value).has_value();
    case Kind::array:
    case Kind::map: {
      if (found->value > kMaxCborItems) return false;
      const std::uint64_t count = found->kind == Kind::map ? 2 * found->value : found->value;
      for (std::uint64_t i = 0; i < count; ++i)
        if (!skip(depth + 1)) return false;
      return true;
    }
    case Kind::tag:
      return false;
    case Kind::simple:
      return found->value >= kFalse && found->value <= kNull;
  }
  return false;
}

std::optional<std::string_view> CborReader::item() {
  const std::string_view before = rest_;
  if (!skip(1)) return std::nullopt;
  return before.substr(0, before.size() - rest_.size());
}

}  // namespace hk::crypto

#pragma once
// Bytes as text.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hk::crypto {

inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Lower-case hex.
std::string hex(std::span<const std::uint8_t> bytes);

/// RFC 4648 §4, with padding.
std::string base64(std::span<const std::uint8_t> bytes);

/// RFC 4648 §5 without padding.
std::string base64url(std::span<const std::uint8_t> bytes);
/// The bytes (as a string); nullopt on padding, foreign characters, an impossible length or stray bits at the end, so
/// that every value has exactly one text.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace hk::crypto

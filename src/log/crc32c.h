#pragma once
// CRC32C (Castagnoli), as in RFC 3720 B.4: detects torn and rotten bytes, proves nothing about who wrote them.

#include <cstdint>
#include <string_view>

namespace hk::log {

/// Continues `crc` (0 to begin) over `bytes`; crc32c(crc32c(0, a), b) == crc32c(0, ab). Uses SSE4.2 where the machine
/// has it.
std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes);

namespace detail {
/// The way without SSE4.2; here so that a test can compare the two.
std::uint32_t crc32c_portable(std::uint32_t crc, std::string_view bytes);
}  // namespace detail

}  // namespace hk::log

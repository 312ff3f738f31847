#pragma once
// Digests. All functions are thread-safe.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hk::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view data);
/// Lower-case hex of sha256: what the database keeps of a random token.
std::string sha256_hex(std::string_view data);
/// RFC 2104 with SHA-256.
Digest hmac_sha256(std::string_view key, std::string_view data);

using SipKey = std::array<std::uint8_t, 16>;
/// SipHash-2-4 (Aumasson and Bernstein): a keyed 64-bit hash that cannot be inverted or aimed without the key.
std::uint64_t siphash24(const SipKey& key, std::string_view data);

/// Takes the same time whatever the contents; the lengths may show.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace hk::crypto

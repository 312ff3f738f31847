#pragma once
// Randomness from the kernel, and the identifiers made of it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/id.h"

namespace hk::crypto {

/// Fills from getrandom(2). Never fails: without randomness the process ends. Thread-safe.
void random_bytes(std::span<std::uint8_t> out);
std::uint64_t random_u64();
/// 2 × `bytes` lower-case hex digits.
std::string random_hex(std::size_t bytes);

/// RFC 9562 version 4: 122 random bits.
Uuid uuid_v4();
/// RFC 9562 version 7: 48 bits of milliseconds, then 74 random bits. Sorts by time to the millisecond.
Uuid uuid_v7(TimeMs now);

}  // namespace hk::crypto

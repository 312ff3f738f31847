#pragma once
// One-time codes of authenticator apps (RFC 6238), as all of them take it: SHA-1, six digits, 30 seconds.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"

namespace hk::crypto {

inline constexpr std::size_t kTotpSeedBytes = 20;  // as long as the hash (RFC 4226, 4)
inline constexpr std::size_t kTotpDigits = 6;
inline constexpr std::chrono::seconds kTotpStep{30};
/// Steps before and after the present one whose codes are taken: clocks differ, and people are slow.
inline constexpr std::int64_t kTotpDrift = 1;

/// A random seed, bytes.
Secret<std::string> make_totp_seed();

/// The code of a step, counted from 1970.
std::string totp_code(std::string_view seed, std::int64_t step);

/// The step whose code this is: one around `now` and later than `used`, whose code was the last to be taken, so that
/// none is taken twice. Takes the same time whatever of it is right.
std::optional<std::int64_t> match_totp(std::string_view seed, std::string_view code, TimeMs now, std::int64_t used);

/// The seed as people type it: base32 (RFC 4648) without padding.
std::string totp_secret(std::string_view seed);

/// What the QR code says: `otpauth://totp/<issuer>:<account>?…`.
std::string totp_uri(std::string_view seed, std::string_view issuer, std::string_view account);

/// What somebody typed, without the blanks and hyphens that apps and people put between digits.
std::string typed_code(std::string_view typed);

}  // namespace hk::crypto

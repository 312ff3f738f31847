#pragma once
// An API key as programs show it.

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "http/message.h"

namespace hk::auth {

/// What every token starts with, so that people and scanners of source code know it for one.
inline constexpr std::string_view kKeyPrefix = "hk_";
/// Random bytes of a token.
inline constexpr std::size_t kKeyBytes = 32;
/// Characters of a token that are kept in the clear and shown, to tell keys apart: the prefix and 32 bits.
inline constexpr std::size_t kKeyStart = kKeyPrefix.size() + 8;

/// "hk_" and 64 hex digits.
Secret<std::string> make_key_token();

/// The token of a request: `Authorization: Bearer …`, else `X-Api-Key: …`. nullopt: it shows
/// none, and cookies may say who it is; where it does show one they don't, whatever that is worth.
std::optional<std::string_view> shown_key(const http::Request& request);

}  // namespace hk::auth

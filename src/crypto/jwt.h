#pragma once
// JSON Web Tokens (RFC 7519) with exactly one algorithm, HS256: a token cannot choose how it is checked.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "json/reader.h"

namespace hk::crypto {

inline constexpr std::size_t kMaxJwtBytes = 4'096;

/// The claims of a session token. `user_id`, `iss`, `aud` and `exp` are the original's, `sid` is ours.
struct Claims {
  std::string issuer;
  std::string audience;
  std::string user_id;
  std::string session_id;
  TimeMs issued_at{};  // whole seconds in the token
  TimeMs expires_at{};
};

using JwtKey = Secret<std::string>;

std::string sign_jwt(const Claims& claims, const JwtKey& key);

/// Code::unauthenticated unless signature, issuer, audience and expiry are right. No leeway: one clock writes and
/// reads.
Result<Claims> verify_jwt(std::string_view token, const JwtKey& key, std::string_view issuer, std::string_view audience,
                          TimeMs now);

/// Only the signature and the algorithm (RFC 7515); the payload as JSON.
Result<json::Value> verify_jws(std::string_view token, const JwtKey& key);

}  // namespace hk::crypto

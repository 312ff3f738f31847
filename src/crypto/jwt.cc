#include "crypto/jwt.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "json/writer.h"

namespace hk::crypto {
namespace {

std::string_view text_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::int64_t seconds(TimeMs time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::unexpected<Error> refused() {
  return fail(Code::unauthenticated, "the session token is not valid; sign in again");
}

/// RFC 7519 §4.1.3: one text, or a list of which one fits.
bool has_audience(json::Object& claims, std::string_view audience) {
  const auto value = claims.opt_value("aud");
  if (!value) return false;
  if (value->kind() == json::Value::Kind::string) return value->text() == audience;
  for (const std::string& one : claims.strings("aud", {.max = 10})) {
    if (one == audience) return true;
  }
  return false;
}

}  // namespace

std::string sign_jwt(const Claims& claims, const JwtKey& key) {
  json::Writer payload;
  payload.begin_object()
      .field("user_id", claims.user_id)
      .field("sid", claims.session_id)
      .field("iss", claims.issuer)
      .key("aud")
      .begin_array()
      .value(claims.audience)
      .end_array()
      .field("iat", seconds(claims.issued_at))
      .field("exp", seconds(claims.expires_at))
      .end_object();
  std::string token = base64url(bytes_of(R"({"alg":"HS256","typ":"JWT"})"));
  token += '.';
  token += base64url(bytes_of(payload.take()));
  const Digest signature = hmac_sha256(key.reveal(), token);
  token += '.';
  token += base64url(signature);
  return token;
}

Result<json::Value> verify_jws(std::string_view token, const JwtKey& key) {
  if (token.size() > kMaxJwtBytes || key.empty()) return refused();
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == std::string_view::npos || token.find('.', first + 1) != last || first == last) return refused();

  const auto signature = base64url_decode(token.substr(last + 1));
  const Digest expected = hmac_sha256(key.reveal(), token.substr(0, last));
  if (!signature || !equal_in_constant_time(*signature, text_of(expected))) return refused();

  const auto header_text = base64url_decode(token.substr(0, first));
  const auto payload_text = base64url_decode(token.substr(first + 1, last - first - 1));
  if (!header_text || !payload_text) return refused();
  const auto header = json::parse(*header_text);
  auto payload = json::parse(*payload_text);
  if (!header || !payload) return refused();
  json::Object fields(*header);
  if (fields.str("alg") != "HS256" || fields.has("crit") || !fields.finish()) return refused();
  return payload;
}

Result<Claims> verify_jwt(std::string_view token, const JwtKey& key, std::string_view issuer, std::string_view audience,
                          TimeMs now) {
  const auto payload = verify_jws(token, key);
  if (!payload) return std::unexpected(payload.error());
  json::Object r(*payload);
  Claims claims;
  claims.user_id = r.str("user_id", {.max = 64});
  claims.session_id = r.str("sid", {.max = 64});
  claims.issuer = r.str("iss");
  constexpr std::int64_t last_second = 253'402'300'799;  // 9999-12-31
  const auto issued = r.opt_int("iat", {.min = 0, .max = last_second, .required = true});
  const auto expires = r.opt_int("exp", {.min = 0, .max = last_second, .required = true});
  const bool meant_for_us = has_audience(r, audience) && claims.issuer == issuer;
  if (!r.finish() || !meant_for_us) return refused();
  claims.audience = audience;
  claims.issued_at = from_ms(*issued * 1'000);
  claims.expires_at = from_ms(*expires * 1'000);
  if (now >= claims.expires_at) return fail(Code::unauthenticated, "the session is over; sign in again");
  return claims;
}

}  // namespace hk::crypto

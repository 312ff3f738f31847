#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hk;
  static const crypto::JwtKey key(std::string(32, 'k'));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = crypto::base64url_decode(text)) {
    if (crypto::base64url(crypto::bytes_of(*bytes)) != text) std::abort();
  }
  // As it comes: a fuzzer cannot sign, so nothing may pass.
  if (crypto::verify_jws(text, key)) std::abort();
  // The same text as header.payload under a right signature: what lies behind the signature check.
  std::string token(text);
  token += '.' + crypto::base64url(crypto::hmac_sha256(key.reveal(), text));
  const auto claims = crypto::verify_jwt(token, key, "i", "a", from_ms(1'000));
  if (claims && (claims->issuer != "i" || claims->audience != "a" || claims->expires_at <= from_ms(1'000)))
    std::abort();
  return 0;
}

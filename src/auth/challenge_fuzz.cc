#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/second_factors.h"
#include "auth/tokens.h"
#include "base/text.h"
#include "crypto/cipher.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/totp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hk;
  static const ManualClock clock(from_ms(1'732'521'844'000));
  static auth::Settings settings;
  settings.jwt_secret = Secret(std::string(32, 'k'));
  static const auth::Tokens tokens(settings, clock);
  static const crypto::Cipher cipher(Secret(std::string(32, 'd')), "test");
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  // As it comes: a fuzzer has no key, so nothing may pass.
  if (tokens.read_challenge(text) || cipher.decrypt(text, "ada")) std::abort();
  // The same text under a right signature: what lies behind that check.
  const std::string key(32, 'k');
  const std::string signed_text =
      concat({text, ".", crypto::base64url(crypto::hmac_sha256(key, concat({"second-factor ", text})))});
  if (const auto step = tokens.read_challenge(signed_text)) {
    const auto again = tokens.read_challenge(tokens.challenge(*step));
    if (!again || again->session != step->session || again->user != step->user || again->remember != step->remember ||
        again->known_device != step->known_device || again->password != step->password)
      std::abort();
  }

  const std::string code = crypto::typed_code(text);
  if (crypto::typed_code(code) != code) std::abort();
  if (auth::factor_of(text) == auth::Factor::totp && code.size() != crypto::kTotpDigits) std::abort();
  const auto step = crypto::match_totp("12345678901234567890", code, clock.now(), 0);
  if (step && crypto::totp_code("12345678901234567890", *step) != code) std::abort();
  // A name stays in its place.
  const std::string uri = crypto::totp_uri("seed", text, text);
  if (uri.find('?') != uri.rfind('?') || uri.find_first_of(" #\n") != uri.npos) std::abort();
  return 0;
}

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/cookies.h"
#include "auth/tokens.h"
#include "base/text.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hk;
  static const ManualClock clock(from_ms(1'732'521'844'000));
  static auth::Settings settings;
  settings.jwt_secret = Secret(std::string(32, 'k'));
  static const auth::Tokens tokens(settings, clock);
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  // As the header that a browser sends; what is found is a part of it.
  http::Request request;
  request.headers.emplace_back("cookie", std::string(text));
  for (const auto cookie : {auth::Cookie::token, auth::Cookie::remember, auth::Cookie::device})
    for (const std::string_view value : auth::read_cookies(request, cookie, settings))
      if (!text.contains(value) || value.contains(';')) std::abort();

  // As the value of one: a fuzzer has no key, so nothing may pass.
  if (tokens.read(text) || tokens.read_remember(text) || tokens.read_device(text, "ada@example.com")) std::abort();
  // The same text under a right signature: what lies behind that check.
  const std::string key(32, 'k');
  const auto sealed = [&](std::string_view purpose, std::string_view bound) {
    return concat({text, ".", crypto::base64url(crypto::hmac_sha256(key, concat({purpose, " ", text, bound})))});
  };
  if (const auto one = tokens.read_remember(sealed("remember-me", ""))) {
    const auto again = tokens.read_remember(tokens.remember(*one));
    if (!again || again->session != one->session || again->issued_at != one->issued_at) std::abort();
  }
  if (const auto name = tokens.read_device(sealed("device", " ada@example.com"), "ada@example.com"))
    if (name->size() > text.size()) std::abort();
  return 0;
}

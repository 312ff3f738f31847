#include "auth/api_key.h"

#include "base/text.h"
#include "crypto/random.h"

namespace hk::auth {

Secret<std::string> make_key_token() {
  return Secret(std::string(kKeyPrefix) + crypto::random_hex(kKeyBytes));
}

std::optional<std::string_view> shown_key(const http::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view sent = trim(request.header("authorization"));
  if (sent.size() > kScheme.size() && ascii_lower(sent.substr(0, kScheme.size())) == kScheme)
    return trim(sent.substr(kScheme.size()));
  const std::string_view key = trim(request.header("x-api-key"));
  return key.empty() ? std::nullopt : std::optional(key);
}

}  // namespace hk::auth

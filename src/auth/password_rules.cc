#include "auth/password_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/password.h"

namespace hk::auth {
namespace {

constexpr auto kCommonest = std::to_array<std::uint32_t>({
#include "lists/common_passwords.inc"
});
static_assert(std::ranges::is_sorted(kCommonest));

bool is_common(std::string_view password) {
  const crypto::Digest digest = crypto::sha256(password);
  std::uint32_t head = 0;
  for (std::size_t i = 0; i < sizeof(head); ++i) head = head << 8 | digest[i];
  return std::ranges::binary_search(kCommonest, head);
}

/// Without the digits and signs at both ends.
std::string_view stem(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; };
  const auto first = std::ranges::find_if(text, is_letter);
  auto last = text.end();
  while (last != first && !is_letter(*(last - 1))) --last;
  return {first, last};
}

}  // namespace

Result<void> check_new_password(std::string_view password, std::string_view email, std::string_view host) {
  const auto refuse = [](std::string message) { return fail(Code::invalid, std::move(message), "password"); };
  if (auto fit = crypto::Passwords::check_length(password); !fit) return fit;
  if (utf8_length(password) < kMinPasswordCharacters)
    return refuse("password must have at least " + std::to_string(kMinPasswordCharacters) + " characters");

  const std::string typed = ascii_lower(password);
  const std::string_view core = stem(typed);
  if (is_common(typed) || is_common(core))
    return refuse("password is one of the commonest; several words that nobody else puts together are better");
  const std::string address = ascii_lower(email);
  const std::string_view whole = address;
  const auto at = whole.find('@');
  const std::string_view domain = at == std::string_view::npos ? std::string_view() : whole.substr(at + 1);
  const std::string own_host = ascii_lower(host);
  for (const std::string_view known :
       {whole, whole.substr(0, at), domain, domain.substr(0, domain.find('.')), std::string_view(own_host),
        std::string_view(own_host).substr(0, own_host.find('.')), std::string_view("hitkeep")})
    if (!known.empty() && (typed == known || (!core.empty() && core == stem(known))))
      return refuse("password must not be the address, a part of it or the name of this server");
  return {};
}

}  // namespace hk::auth

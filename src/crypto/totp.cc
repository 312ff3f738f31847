#include "crypto/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

#include "base/text.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace hk::crypto {
namespace {

constexpr std::uint32_t kTenToTheDigits = 1'000'000;

std::array<std::uint8_t, 20> hmac_sha1(std::string_view key, std::string_view data) {
  std::array<std::uint8_t, 20> out;
  const auto bytes = bytes_of(data);
  if (HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), out.data(), nullptr) ==
      nullptr)
    std::abort();
  return out;
}

/// RFC 3986: all but what is unreserved.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || std::string_view("-._~").contains(c)) {
      out += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace

Secret<std::string> make_totp_seed() {
  std::string seed(kTotpSeedBytes, '\0');
  random_bytes({reinterpret_cast<std::uint8_t*>(seed.data()), seed.size()});
  return Secret<std::string>(std::move(seed));
}

std::string totp_code(std::string_view seed, std::int64_t step) {
  std::string counter(8, '\0');
  for (int i = 0; i < 8; ++i) counter[7 - i] = static_cast<char>(static_cast<std::uint64_t>(step) >> (8 * i));
  const auto mac = hmac_sha1(seed, counter);
  const std::size_t at = mac.back() & 15;  // RFC 4226, 5.3
  const std::uint32_t word = static_cast<std::uint32_t>(mac[at] & 0x7F) << 24 |
                             static_cast<std::uint32_t>(mac[at + 1]) << 16 |
                             static_cast<std::uint32_t>(mac[at + 2]) << 8 | mac[at + 3];
  std::string digits = std::to_string(word % kTenToTheDigits);
  digits.insert(0, kTotpDigits - digits.size(), '0');
  return digits;
}

std::optional<std::int64_t> match_totp(std::string_view seed, std::string_view code, TimeMs now, std::int64_t used) {
  const std::int64_t present = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch() / kTotpStep;
  std::optional<std::int64_t> found;
  for (std::int64_t step = present - kTotpDrift; step <= present + kTotpDrift; ++step) {
    const bool right = equal_in_constant_time(totp_code(seed, step), code);
    if (right && step > used) found = step;
  }
  return found;
}

std::string totp_secret(std::string_view seed) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : bytes_of(seed)) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 5; held -= 5) out += kAlphabet[bits >> (held - 5) & 31];
  }
  if (held > 0) out += kAlphabet[bits << (5 - held) & 31];
  return out;
}

std::string totp_uri(std::string_view seed, std::string_view issuer, std::string_view account) {
  const std::string from = percent_encoded(issuer);
  return concat({"otpauth://totp/", from, ":", percent_encoded(account), "?secret=", totp_secret(seed),
                 "&issuer=", from, "&algorithm=SHA1&digits=", std::to_string(kTotpDigits),
                 "&period=", std::to_string(kTotpStep.count())});
}

std::string typed_code(std::string_view typed) {
  std::string out;
  for (const char c : typed)
    if (!std::string_view(" -\t\r\n").contains(c)) out += c;
  return out;
}

}  // namespace hk::crypto

#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <bit>
#include <cstdlib>
#include <cstring>

#include "crypto/encoding.h"

namespace hk::crypto {
namespace {

static_assert(std::endian::native == std::endian::little, "SipHash and the log format read little-endian words");

std::uint64_t word_at(const char* data) {
  std::uint64_t out;
  std::memcpy(&out, data, sizeof out);
  return out;
}

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void take(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

}  // namespace

Digest sha256(std::string_view data) {
  Digest out;
  // Fails only where OpenSSL is broken or out of memory; a digest that isn't one must not be used.
  if (EVP_Digest(data.data(), data.size(), out.data(), nullptr, EVP_sha256(), nullptr) != 1) std::abort();
  return out;
}

std::string sha256_hex(std::string_view data) {
  return hex(sha256(data));
}

Digest hmac_sha256(std::string_view key, std::string_view data) {
  Digest out;
  const auto bytes = bytes_of(data);
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), out.data(), nullptr) ==
      nullptr) {
    std::abort();
  }
  return out;
}

std::uint64_t siphash24(const SipKey& key, std::string_view data) {
  const auto* k = reinterpret_cast<const char*>(key.data());
  const std::uint64_t k0 = word_at(k);
  const std::uint64_t k1 = word_at(k + 8);
  SipState s{k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
  std::uint64_t last = static_cast<std::uint64_t>(data.size()) << 56;
  for (; data.size() >= 8; data.remove_prefix(8)) s.take(word_at(data.data()));
  for (std::size_t i = 0; i < data.size(); ++i) {
    last |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(data[i])) << (8 * i);
  }
  s.take(last);
  s.v2 ^= 0xFF;
  for (int i = 0; i < 4; ++i) s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace hk::crypto

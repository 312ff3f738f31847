#pragma once
// A passkey made of OpenSSL: it registers and signs as devices do, and lies where a test wants it to.

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "crypto/cose.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"

namespace hk::auth::testing {

// --- CBOR, as it is written ------------------------------------------------------------------------

inline std::string cbor_head(int kind, std::uint64_t value) {
  const auto first = [&](std::uint64_t low) {
    return std::string(1, static_cast<char>(kind << 5 | static_cast<int>(low)));
  };
  if (value < 24) return first(value);
  const int size = value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;
  std::string out = first(size == 1 ? 24 : size == 2 ? 25 : 26);
  for (int at = size - 1; at >= 0; --at) out += static_cast<char>(value >> (8 * at) & 0xff);
  return out;
}
inline std::string cbor(std::int64_t number) {
  return number >= 0 ? cbor_head(0, static_cast<std::uint64_t>(number))
                     : cbor_head(1, static_cast<std::uint64_t>(-1 - number));
}
inline std::string cbor_bytes(std::string_view bytes) {
  return cbor_head(2, bytes.size()) + std::string(bytes);
}
inline std::string cbor_text(std::string_view text) {
  return cbor_head(3, text.size()) + std::string(text);
}

inline std::string b64(std::string_view bytes) {
  return crypto::base64url(crypto::bytes_of(bytes));
}

class Authenticator {
 public:
  explicit Authenticator(crypto::CoseAlgorithm algorithm, std::string id = "an id of sixteen")
      : algorithm_(algorithm), id_(std::move(id)), key_(make(algorithm), EVP_PKEY_free) {}

  // What it says; a test changes it.
  std::string origin = "https://stats.example.com";
  std::string party = "stats.example.com";
  std::string type;        // of what it did; empty: what it was asked for
  std::string more;        // members of clientDataJSON
  std::string extensions;  // CBOR
  std::uint32_t count = 0;
  int flags = 0x05;  // somebody is there, and is known to be the one
  std::string handle;

  const std::string& id() const { return id_; }
  std::string credential_id() const { return b64(id_); }

  /// The public key as COSE.
  std::string cose() const {
    const auto number = static_cast<std::int64_t>(algorithm_);
    switch (algorithm_) {
      case crypto::CoseAlgorithm::es256: {
        std::string point = octets(OSSL_PKEY_PARAM_PUB_KEY);
        return cbor_head(5, 5) + cbor(1) + cbor(2) + cbor(3) + cbor(number) + cbor(-1) + cbor(1) + cbor(-2) +
               cbor_bytes(point.substr(1, 32)) + cbor(-3) + cbor_bytes(point.substr(33));
      }
      case crypto::CoseAlgorithm::eddsa: {
        std::string raw(32, '\0');
        std::size_t size = raw.size();
        EXPECT_EQ(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size), 1);
        return cbor_head(5, 4) + cbor(1) + cbor(1) + cbor(3) + cbor(number) + cbor(-1) + cbor(6) + cbor(-2) +
               cbor_bytes(raw);
      }
      case crypto::CoseAlgorithm::rs256:
        return cbor_head(5, 4) + cbor(1) + cbor(3) + cbor(3) + cbor(number) + cbor(-1) +
               cbor_bytes(big_number(OSSL_PKEY_PARAM_RSA_N)) + cbor(-2) + cbor_bytes(big_number(OSSL_PKEY_PARAM_RSA_E));
    }
    return "";
  }

  std::string sign(std::string_view data) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const EVP_MD* digest = algorithm_ == crypto::CoseAlgorithm::eddsa ? nullptr : EVP_sha256();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()), 1);
    std::string signature(1'024, '\0');
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                             crypto::bytes_of(data).data(), data.size()),
              1);
    signature.resize(size);
    return signature;
  }

  std::string client_data(std::string_view asked, std::string_view challenge) const {
    return concat({R"({"type":")", type.empty() ? asked : type, R"(","challenge":")", challenge, R"(","origin":")",
                   origin, "\"", more, "}"});
  }
  std::string data(bool attested) const {
    const crypto::Digest hash = crypto::sha256(party);
    std::string out(hash.begin(), hash.end());
    out += static_cast<char>(flags | (attested ? 0x40 : 0) | (extensions.empty() ? 0 : 0x80));
    for (int at = 3; at >= 0; --at) out += static_cast<char>(count >> (8 * at) & 0xff);
    if (attested) {
      out += std::string(16, '\0');
      out += static_cast<char>(id_.size() >> 8);
      out += static_cast<char>(id_.size() & 0xff);
      out += id_ + cose();
    }
    return out + extensions;
  }
  std::string attestation() const {
    return cbor_head(5, 3) + cbor_text("fmt") + cbor_text("none") + cbor_text("attStmt") + cbor_head(5, 0) +
           cbor_text("authData") + cbor_bytes(data(true));
  }

  /// What a browser sends of a new one, and of a signature: JSON.
  std::string registered(std::string_view challenge) const {
    return concat({R"({"id":")", credential_id(), R"(","rawId":")", credential_id(),
                   R"(","type":"public-key","response":{"clientDataJSON":")",
                   b64(client_data("webauthn.create", challenge)), R"(","attestationObject":")", b64(attestation()),
                   R"(","transports":["internal","hybrid"]},"clientExtensionResults":{}})"});
  }
  std::string asserted(std::string_view challenge) const {
    const std::string client = client_data("webauthn.get", challenge);
    const crypto::Digest hash = crypto::sha256(client);
    const std::string bytes = data(false);
    return concat({R"({"id":")", credential_id(), R"(","type":"public-key","response":{"clientDataJSON":")",
                   b64(client), R"(","authenticatorData":")", b64(bytes), R"(","signature":")",
                   b64(sign(bytes + std::string(hash.begin(), hash.end()))), R"(","userHandle":")", handle, "\"}}"});
  }

 private:
  static EVP_PKEY* make(crypto::CoseAlgorithm algorithm) {
    switch (algorithm) {
      case crypto::CoseAlgorithm::es256:
        return EVP_EC_gen("P-256");
      case crypto::CoseAlgorithm::eddsa:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      case crypto::CoseAlgorithm::rs256:
        return EVP_RSA_gen(2'048);
    }
    return nullptr;
  }
  std::string octets(const char* name) const {
    std::string out(256, '\0');
    std::size_t size = 0;
    EXPECT_EQ(EVP_PKEY_get_octet_string_param(key_.get(), name, reinterpret_cast<unsigned char*>(out.data()),
                                              out.size(), &size),
              1);
    out.resize(size);
    return out;
  }
  std::string big_number(const char* name) const {
    BIGNUM* number = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key_.get(), name, &number), 1);
    std::string out(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(out.data()));
    BN_free(number);
    return out;
  }

  crypto::CoseAlgorithm algorithm_;
  std::string id_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace hk::auth::testing

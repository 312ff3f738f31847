#include "crypto/x509.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "base/testing/result.h"
#include "crypto/encoding.h"
#include "crypto/testing/authority.h"
#include "json/reader.h"

namespace hk::crypto {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<X509, decltype(&X509_free)> certificate_in(std::string_view pem) {
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* const out = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return {out, X509_free};
}

TEST(X509Test, AKeySurvivesItsPem) {
  const EcKey key = EcKey::make();
  const auto again = EcKey::read(key.pem());
  ASSERT_OK(again);
  EXPECT_EQ(again->jwk(), key.jwk());
  EXPECT_NE(EcKey::make().jwk(), key.jwk());
}

TEST(X509Test, OnlyAKeyOfTheCurveIsAKey) {
  EXPECT_FALSE(EcKey::read(Secret<std::string>("nothing")));
  for (EVP_PKEY* other : {EVP_EC_gen("P-384"), EVP_RSA_gen(2048)}) {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, other, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    EXPECT_FALSE(EcKey::read(Secret<std::string>({data, static_cast<std::size_t>(size)})));
    BIO_free(bio);
    EVP_PKEY_free(other);
  }
}

/// Checked by OpenSSL with nothing but the numbers of the JWK.
TEST(X509Test, ASignatureIsTheKeysOwn) {
  const EcKey key = EcKey::make();
  const auto document = json::parse(key.jwk());
  ASSERT_OK(document);
  json::Object jwk(*document);
  EXPECT_EQ(jwk.str("crv"), "P-256");
  EXPECT_EQ(jwk.str("kty"), "EC");
  const std::string point = "\x04" + *base64url_decode(jwk.str("x")) + *base64url_decode(jwk.str("y"));
  std::string group = "P-256", numbers = point;
  const std::array params = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
                             OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, numbers.data(), numbers.size()),
                             OSSL_PARAM_construct_end()};
  EVP_PKEY_CTX* const making = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY* pub = nullptr;
  ASSERT_EQ(EVP_PKEY_fromdata_init(making), 1);
  ASSERT_EQ(EVP_PKEY_fromdata(making, &pub, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(params.data())), 1);
  EVP_PKEY_CTX_free(making);

  for (int i = 0; i < 50; ++i) {  // some numbers begin with zeros
    const std::string text = "what is signed " + std::to_string(i), signature = key.sign_es256(text);
    ASSERT_EQ(signature.size(), 64u);
    const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
    ECDSA_SIG* const pair = ECDSA_SIG_new();
    ECDSA_SIG_set0(pair, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair, &der);
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    ASSERT_EQ(EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, pub), 1);
    EXPECT_EQ(EVP_DigestVerify(context, der, static_cast<std::size_t>(size), bytes_of(text).data(), text.size()), 1);
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    ECDSA_SIG_free(pair);
  }
  EVP_PKEY_free(pub);
}

TEST(X509Test, ARequestNamesItsHosts) {
  const std::array<std::string, 2> names = {"a.example", "b.example"};
  const std::string der = certificate_request(EcKey::make(), names);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  X509_REQ* const request = d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size()));
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
  auto* const extensions = X509_REQ_get_extensions(request);
  auto* const found = static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr));
  ASSERT_EQ(sk_GENERAL_NAME_num(found), 2);
  EXPECT_STREQ(reinterpret_cast<const char*>(ASN1_STRING_get0_data(sk_GENERAL_NAME_value(found, 1)->d.dNSName)),
               "b.example");
  GENERAL_NAMES_free(found);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  X509_REQ_free(request);
}

TEST(X509Test, AChallengeCarriesItsDigest) {
  const Digest digest = sha256("what the CA said, and whose account it is");
  const EcKey key = EcKey::make();
  const auto made = certificate_in(challenge_certificate(key, "stats.example.org", digest));
  ASSERT_NE(made, nullptr);
  const int at = X509_get_ext_by_OBJ(made.get(), OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1), -1);
  ASSERT_GE(at, 0);
  X509_EXTENSION* const extension = X509_get_ext(made.get(), at);
  EXPECT_EQ(X509_EXTENSION_get_critical(extension), 1);
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
  const std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                          static_cast<std::size_t>(ASN1_STRING_length(value)));
  EXPECT_EQ(bytes, std::string("\x04\x20", 2) + std::string(reinterpret_cast<const char*>(digest.data()), 32));
  EXPECT_EQ(X509_check_host(made.get(), "stats.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(made.get(), "example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_verify(made.get(), X509_get0_pubkey(made.get())), 1);
}

TEST(X509Test, ACertificateSaysForWhomAndUntilWhen) {
  const auto now = SystemClock().now();
  const auto pair = testing::Authority().issue({.names = "DNS:a.example,IP:127.0.0.1,DNS:b.example", .ends = 90h});
  const auto facts = read_certificate(pair.certificate);
  ASSERT_OK(facts);
  EXPECT_EQ(facts->names, (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_NEAR(static_cast<double>(to_ms(facts->ends) - to_ms(now)), 90 * 3600e3, 60e3);
  EXPECT_NEAR(static_cast<double>(to_ms(now) - to_ms(facts->begins)), 3600e3, 60e3);
  EXPECT_FALSE(read_certificate(pair.key));
}

}  // namespace
}  // namespace hk::crypto

#include "crypto/x509.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

#include "base/ensure.h"
#include "base/text.h"
#include "crypto/encoding.h"
#include "crypto/owned.h"
#include "crypto/random.h"

namespace hk::crypto {
namespace {

constexpr std::size_t kCoordinateBytes = 32;
constexpr int kVersion3 = 2;  // as certificates count
/// A challenge takes minutes; a clock may be wrong by more.
constexpr long kChallengeSeconds = 7L * 24 * 3600;

using Bio = Owned<BIO, BIO_free_all>;
using Certificate = Owned<X509, X509_free>;
using Extension = Owned<X509_EXTENSION, X509_EXTENSION_free>;

EVP_PKEY* pkey(const EcKey& key) {
  return static_cast<EVP_PKEY*>(key.handle());
}

Bio bio_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO* bio) {
  const char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

/// "DNS:a.example,DNS:b.example". Names are checked by whoever configured them.
Extension alternative_names(std::span<const std::string> names) {
  std::string list;
  for (const auto& name : names) list += concat({list.empty() ? "" : ",", "DNS:", name});
  Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, list.c_str()));
  ensure(extension != nullptr, "a certificate names hosts");
  return extension;
}

TimeMs time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return from_ms(static_cast<std::int64_t>(::timegm(&parts)) * 1000);
}

/// id-pe-acmeIdentifier: the digest as an OCTET STRING, critical (RFC 8737, 3).
Extension acme_identifier(const Digest& authorization) {
  const int nid = [] {
    static const int created = OBJ_create("1.3.6.1.5.5.7.1.31", "acmeIdentifier", "ACME Identifier");
    return created;
  }();
  std::string der("\x04\x20", 2);
  der.append(reinterpret_cast<const char*>(authorization.data()), authorization.size());
  const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()));
  Extension extension(X509_EXTENSION_create_by_NID(nullptr, nid, 1, value.get()));
  ensure(extension != nullptr, "a challenge has its extension");
  return extension;
}

}  // namespace

EcKey EcKey::make() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  ensure(key != nullptr, "OpenSSL makes keys");
  return EcKey({key, [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); }});
}

Result<EcKey> EcKey::read(const Secret<std::string>& pem) {
  const Bio bio = bio_of(pem.reveal());
  const auto no_password = [](char*, int, int, void*) { return 0; };
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr);
  EcKey out({key, [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); }});
  std::array<char, 32> group{};
  if (key == nullptr || EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1 ||
      std::string_view(group.data()) != SN_X9_62_prime256v1)
    return fail(Code::invalid, "it holds no private key of the curve P-256");
  return out;
}

Secret<std::string> EcKey::pem() const {
  const Bio bio(BIO_new(BIO_s_secmem()));
  ensure(PEM_write_bio_PrivateKey(bio.get(), pkey(*this), nullptr, nullptr, 0, nullptr, nullptr) == 1,
         "a key has a PEM");
  return Secret(text_of(bio.get()));
}

std::string EcKey::jwk() const {
  std::array<std::uint8_t, 1 + 2 * kCoordinateBytes> point{};  // 04, X, Y
  std::size_t size = 0;
  ensure(
      EVP_PKEY_get_octet_string_param(pkey(*this), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) == 1 &&
          size == point.size(),
      "a key of P-256 is two numbers of 32 bytes");
  const auto coordinate = [&](std::size_t at) { return base64url(std::span(point).subspan(at, kCoordinateBytes)); };
  return concat(
      {R"({"crv":"P-256","kty":"EC","x":")", coordinate(1), R"(","y":")", coordinate(1 + kCoordinateBytes), R"("})"});
}

std::string EcKey::sign_es256(std::string_view data) const {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  std::array<unsigned char, 128> der{};
  std::size_t size = der.size();
  const auto bytes = bytes_of(data);
  ensure(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, pkey(*this)) == 1 &&
             EVP_DigestSign(context.get(), der.data(), &size, bytes.data(), bytes.size()) == 1,
         "OpenSSL signs");
  const unsigned char* at = der.data();
  const Owned<ECDSA_SIG, ECDSA_SIG_free> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  std::array<unsigned char, 2 * kCoordinateBytes> out{};
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), kCoordinateBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + kCoordinateBytes, kCoordinateBytes);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

std::string certificate_request(const EcKey& key, std::span<const std::string> names) {
  const Owned<X509_REQ, X509_REQ_free> request(X509_REQ_new());
  X509_REQ_set_version(request.get(), 0);
  X509_REQ_set_pubkey(request.get(), pkey(key));
  const Owned<STACK_OF(X509_EXTENSION),
              +[](STACK_OF(X509_EXTENSION) * list) { sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free); }>
      extensions(sk_X509_EXTENSION_new_null());
  sk_X509_EXTENSION_push(extensions.get(), alternative_names(names).release());
  X509_REQ_add_extensions(request.get(), extensions.get());
  ensure(X509_REQ_sign(request.get(), pkey(key), EVP_sha256()) > 0, "OpenSSL signs");
  const Bio bio(BIO_new(BIO_s_mem()));
  ensure(i2d_X509_REQ_bio(bio.get(), request.get()) == 1, "a request has a DER");
  return text_of(bio.get());
}

std::string challenge_certificate(const EcKey& key, const std::string& domain, const Digest& authorization) {
  const Certificate certificate(X509_new());
  X509* const c = certificate.get();
  X509_set_version(c, kVersion3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(c), random_u64() >> 1);
  X509_gmtime_adj(X509_getm_notBefore(c), -kChallengeSeconds);
  X509_gmtime_adj(X509_getm_notAfter(c), kChallengeSeconds);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("ACME challenge"), -1, -1, 0);
  X509_set_issuer_name(c, X509_get_subject_name(c));
  X509_set_pubkey(c, pkey(key));
  X509_add_ext(c, alternative_names(std::array{domain}).get(), -1);
  X509_add_ext(c, acme_identifier(authorization).get(), -1);
  ensure(X509_sign(c, pkey(key), EVP_sha256()) > 0, "OpenSSL signs");
  const Bio bio(BIO_new(BIO_s_mem()));
  ensure(PEM_write_bio_X509(bio.get(), c) == 1, "a certificate has a PEM");
  return text_of(bio.get());
}

Result<CertificateFacts> read_certificate(std::string_view pem) {
  const Bio bio = bio_of(pem);
  const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return fail(Code::invalid, "it holds no certificate in PEM");
  CertificateFacts facts{.begins = time_of(X509_get0_notBefore(certificate.get())),
                         .ends = time_of(X509_get0_notAfter(certificate.get())),
                         .names = {}};
  const Owned<GENERAL_NAMES, GENERAL_NAMES_free> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const ASN1_STRING* text = name->d.dNSName;
    facts.names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                             static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return facts;
}

}  // namespace hk::crypto

#pragma once
// An authority that makes certificates, right ones and wrong ones, for tests of whoever reads them.

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "crypto/random.h"
#include "crypto/x509.h"

namespace hk::crypto::testing {

struct Pair {
  std::string certificate;  // PEM
  std::string key;
};

class Authority {
 public:
  /// Of a certificate: for whom ("DNS:localhost", "IP:127.0.0.1") and for how long from now.
  struct Wanted {
    std::string names = "IP:127.0.0.1";
    std::chrono::seconds begins{-3600};
    std::chrono::seconds ends{3600};
  };

  Authority() : key_(EcKey::make()), own_(make(key_, {}, key_, nullptr), X509_free) {}

  /// Its own certificate, PEM: what must be trusted.
  std::string certificate() const { return pem_of(own_.get()); }
  Pair issue(const Wanted& wanted) const {
    const EcKey key = EcKey::make();
    const std::unique_ptr<X509, decltype(&X509_free)> made(make(key, wanted, key_, own_.get()), X509_free);
    return {pem_of(made.get()), key.pem().reveal()};
  }
  Pair issue() const { return issue({}); }

 private:
  static EVP_PKEY* pkey(const EcKey& key) { return static_cast<EVP_PKEY*>(key.handle()); }

  static X509* make(const EcKey& key, const Wanted& wanted, const EcKey& signer, X509* issuer) {
    X509* const c = X509_new();
    const std::string name = "of a test " + random_hex(8);  // two authorities are two
    X509_set_version(c, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(c), random_u64() >> 1);
    X509_gmtime_adj(X509_getm_notBefore(c), static_cast<long>(wanted.begins.count()));
    X509_gmtime_adj(X509_getm_notAfter(c), static_cast<long>(wanted.ends.count()));
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(c, issuer ? X509_get_subject_name(issuer) : X509_get_subject_name(c));
    X509_set_pubkey(c, pkey(key));
    extend(c, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (issuer) extend(c, NID_subject_alt_name, wanted.names);
    if (X509_sign(c, pkey(signer), EVP_sha256()) <= 0) throw std::runtime_error("no certificate");
    return c;
  }
  static void extend(X509* c, int nid, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    if (extension == nullptr) throw std::runtime_error("no such extension: " + value);
    X509_add_ext(c, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static std::string pem_of(X509* c) {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, c);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string out(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return out;
  }

  EcKey key_;
  std::unique_ptr<X509, decltype(&X509_free)> own_;
};

}  // namespace hk::crypto::testing

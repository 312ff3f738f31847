#pragma once
// Keys and certificates (RFC 5280) as TLS servers have them. All functions are thread-safe.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/hash.h"

namespace hk::crypto {

/// A private key on the curve P-256. Cheap to copy: copies are the same key.
class EcKey {
 public:
  static EcKey make();
  /// Code::invalid for what is no private key of P-256 in PEM.
  static Result<EcKey> read(const Secret<std::string>& pem);

  /// PKCS #8 in PEM.
  Secret<std::string> pem() const;
  /// The public half as a JSON Web Key, in the one form that has a thumbprint (RFC 7638).
  std::string jwk() const;
  /// ES256 (RFC 7518, 3.4): R and S, 32 bytes each.
  std::string sign_es256(std::string_view data) const;

  /// An EVP_PKEY.
  void* handle() const { return key_.get(); }

 private:
  explicit EcKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;
};

/// Asks an authority for a certificate for these names: PKCS #10 (RFC 2986), DER.
std::string certificate_request(const EcKey& key, std::span<const std::string> names);

/// The certificate that answers a challenge TLS-ALPN-01 (RFC 8737, 3), PEM; signed by its own key.
std::string challenge_certificate(const EcKey& key, const std::string& domain, const Digest& authorization);

struct CertificateFacts {
  TimeMs begins;
  TimeMs ends;
  std::vector<std::string> names;  // DNS names that it is for
};
/// Of the first certificate of a PEM text. Code::invalid where there is none.
Result<CertificateFacts> read_certificate(std::string_view pem);

}  // namespace hk::crypto

#pragma once
// What TLS connections of this server show, and what it answers to an authority that asks whether a name is ours.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace hk::http {

/// A certificate with those between it and the authority's own, and its key; both PEM.
struct CertificatePair {
  std::string chain;
  Secret<std::string> key;
};

/// Thread-safe. Without a pair no handshake succeeds but an authority's for a challenge.
class Certificates {
 public:
  Certificates();

  /// What new connections show from now on; those that are open go on. The keys of session tickets are new, too.
  /// Code::invalid, and the pair before stays, where it cannot be read or the key is another's.
  Result<void> use(const CertificatePair& pair);
  /// The same pair with new keys for session tickets: who steals them reads no more than what was said since.
  void renew_ticket_keys();
  /// When the one that is shown ends; nullopt where none is.
  std::optional<TimeMs> end() const;

  /// HTTP-01 (RFC 8555, 8.3): what is answered under that token, until it is taken back.
  void offer_token(const std::string& token, const std::string& answer);
  /// TLS-ALPN-01 (RFC 8737): what is shown to whoever asks for that name by that protocol, until it is taken back.
  Result<void> offer_name(const std::string& name, const CertificatePair& pair);
  void take_back();

  std::optional<std::string> answer(std::string_view token) const;

  /// For http/tls_session.cc: an SSL_CTX that lives as long as it is held, and one that holds a challenge's certificate
  /// (null: there is no such challenge).
  std::shared_ptr<void> context() const;
  std::shared_ptr<void> challenge(std::string_view name) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<void> context_;
  std::optional<CertificatePair> pair_;
  std::optional<TimeMs> end_;
  std::map<std::string, std::string, std::less<>> tokens_;
  std::map<std::string, std::shared_ptr<void>, std::less<>> names_;
};

}  // namespace hk::http

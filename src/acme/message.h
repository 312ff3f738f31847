#pragma once
// What an ACME server answers (RFC 8555, 7 and 8): only what is needed to get a certificate.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hk::acme {

/// Authorizations of an order, challenges of an authorization.
inline constexpr std::size_t kMaxParts = 100;

/// RFC 7807, and the types of RFC 8555, 6.7.
struct Problem {
  std::string type;    // without urn:ietf:params:acme:error:
  std::string detail;  // plain text of one line, 300 bytes at most
};

struct Directory {
  std::string new_nonce, new_account, new_order;
  bool needs_external_account = false;
};

struct CertificateOrder {
  std::string status;  // pending, ready, processing, valid, invalid
  std::vector<std::string> authorizations;
  std::string finalize;
  std::string certificate;  // once it is valid
  std::optional<Problem> error;
};

struct Challenge {
  std::string type, url, token;
  std::optional<Problem> error;
};

struct Authorization {
  std::string status;  // pending, valid, invalid …
  std::string name;
  std::vector<Challenge> challenges;

  /// nullptr where it is not offered.
  const Challenge* offered(std::string_view type) const;
};

/// Each is Code::invalid where the body is not what it should be.
Result<Directory> read_directory(std::string_view body);
Result<CertificateOrder> read_order(std::string_view body);
Result<Authorization> read_authorization(std::string_view body);
/// A body that is none is a problem without a type.
Problem read_problem(std::string_view body);

}  // namespace hk::acme

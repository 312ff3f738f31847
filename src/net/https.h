#pragma once
// The one way out over HTTPS (RFC 9110, 9112): for what the operator configured, and for nothing else.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace hk::net {

/// Name look-up, connection and handshake together.
inline constexpr std::chrono::seconds kHttpsConnect{10};
/// The whole exchange.
inline constexpr std::chrono::seconds kHttpsTotal{30};
/// Status line and headers of an answer, bytes.
inline constexpr std::size_t kHttpsHeadBytes = std::size_t{16} * 1024;
/// Body of an answer, bytes.
inline constexpr std::size_t kHttpsBodyBytes = std::size_t{1024} * 1024;
/// Of a body that is cut: what its length may be said to be, bytes.
inline constexpr std::size_t kHttpsCutBytes = std::size_t{8} * 1024 * 1024;
/// A URL, bytes.
inline constexpr std::size_t kHttpsUrlBytes = 2'048;

struct HttpsLimits {
  std::chrono::milliseconds connect = kHttpsConnect;
  std::chrono::milliseconds total = kHttpsTotal;
  std::size_t head_bytes = kHttpsHeadBytes;
  std::size_t body_bytes = kHttpsBodyBytes;
  /// A longer body is cut there, instead of being refused; one that says to be longer than kHttpsCutBytes still is.
  bool cut = false;
};

/// Where a URL leads.
struct HttpsUrl {
  std::string host;  // lower case, without brackets
  std::uint16_t port = 443;
  std::string target;  // path and query; "/" at least

  /// As the Host header has it: in brackets where it is an IPv6 address, the port where it is not 443.
  std::string authority() const;
  /// Code::invalid for what is no https URL of a host, holds a user, a fragment, blanks or control characters, or is
  /// longer than kHttpsUrlBytes.
  static Result<HttpsUrl> parse(std::string_view url);
};

using HttpsHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpsRequest {
  std::string method = "GET";
  std::string url;
  HttpsHeaders headers = {};  // beside Host, User-Agent, Content-Length and Connection
  std::string body = {};
};

struct HttpsResponse {
  int status = 0;
  HttpsHeaders headers;  // names in lower case
  std::string body;

  /// The first of that name (in lower case); empty if there is none.
  std::string_view header(std::string_view name) const;
};

struct HttpsOptions {
  std::string user_agent = "HitKeep";
  /// PEM file of authorities that count beside the system's (which SSL_CERT_FILE may replace); empty: none.
  std::filesystem::path authorities = {};
  /// Hosts that the operator wrote down himself: these may have an address that the internet does not reach.
  std::vector<std::string> named_hosts = {};
  HttpsLimits limits = {};
};

/// Asks servers over TLS 1.2 or 1.3 whose certificate an authority vouches for, for that host. Of a host that the
/// operator did not name no address is connected to that is not on the internet: what the resolver said is looked at,
/// and the connection goes to exactly that address. Redirects are answers like others; nobody follows them.
///
/// Thread-safe; one connection a request. Blocks: for workers, never for an I/O thread.
class HttpsClient {
 public:
  explicit HttpsClient(HttpsOptions options) : options_(std::move(options)) {}

  /// What another try may mend (network, time, a stop) is Code::unavailable; an answer over a limit Code::too_large;
  /// the rest (URL, address, certificate, no HTTP) Code::invalid. Any status is a success. A stop request ends it at
  /// once.
  Result<HttpsResponse> ask(const HttpsRequest& request, const std::stop_token& stop) const;

 private:
  const HttpsOptions options_;
};

}  // namespace hk::net

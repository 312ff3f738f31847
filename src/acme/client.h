#pragma once
// Asks an ACME server (RFC 8555) for a certificate.

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "acme/message.h"
#include "base/error.h"
#include "crypto/x509.h"
#include "net/https.h"

namespace hk::acme {

/// A request that met a nonce which the server does not know any more is made again, so often at most (RFC 8555, 6.5).
inline constexpr int kNonceTries = 20;
/// How long the server may take to look at a challenge, or to make a certificate.
inline constexpr std::chrono::seconds kPatience{120};
/// Between two looks, unless the server says another time.
inline constexpr std::chrono::milliseconds kBetweenLooks{1'000};
inline constexpr std::chrono::seconds kLongestBetweenLooks{30};

/// How one answers a challenge.
struct Doors {
  std::function<void(const std::string& token, const std::string& answer)> offer_token;  // HTTP-01
  std::function<Result<void>(const std::string& name, const std::string& chain, const Secret<std::string>& key)>
      offer_name;  // TLS-ALPN-01
  std::function<void()> take_back;
};

struct ClientOptions {
  std::string directory;
  std::string email;  // empty: none
  std::chrono::milliseconds between_looks = kBetweenLooks;
};

/// One account's way to one server. One thread.
class Client {
 public:
  using Ask = std::function<Result<net::HttpsResponse>(const net::HttpsRequest&)>;

  /// `stop` ends what waits.
  Client(Ask ask, ClientOptions options, crypto::EcKey account, std::stop_token stop)
      : ask_(std::move(ask)), options_(std::move(options)), account_(std::move(account)), stop_(std::move(stop)) {}

  struct Wanted {
    std::vector<std::string> names;
    crypto::EcKey key;  // the certificate's
    /// Of an order that was begun earlier with the same key; empty: none.
    std::string order = {};
    /// Called with the URL of each order that is begun, before anything is proven.
    std::function<void(const std::string& order)> begun = [](const std::string&) {};
  };
  /// The certificate with its chain, PEM. Proves the names by HTTP-01, and where that fails by TLS-ALPN-01. A failure
  /// is a sentence for the operator: Code::unavailable where the server could not be asked, else Code::invalid; with
  /// retry_after where the server said when to come again.
  Result<std::string> get(const Wanted& wanted, const Doors& doors);

 private:
  struct Placed {
    std::string url;
    CertificateOrder order;
  };

  Result<void> sign_in();
  Result<Placed> place(const Wanted& wanted, bool resume);
  Result<void> prove(const CertificateOrder& order, std::string_view kind, const Doors& doors);
  Result<void> prove_one(const std::string& url, std::string_view kind, const Doors& doors);
  Result<void> offer(const Authorization& authorization, const Challenge& challenge, const Doors& doors);
  Result<std::string> finish(const Wanted& wanted, const Placed& placed);
  /// Asks for the order until it is no more in one of these states.
  Result<CertificateOrder> order_after(const std::string& url, std::span<const std::string_view> states);

  /// A signed request; without a payload it is a question (POST-as-GET). `about` is the names that a sentence is about.
  Result<net::HttpsResponse> post(const std::string& url, const std::optional<std::string>& payload);
  Result<net::HttpsResponse> post_once(const std::string& url, const std::optional<std::string>& payload);
  Result<void> need_nonce();
  Result<void> pause(const net::HttpsResponse& answer);

  const Ask ask_;
  const ClientOptions options_;
  const crypto::EcKey account_;
  const std::stop_token stop_;
  Directory directory_;
  std::string account_url_;  // empty until signed in
  std::string nonce_;
  std::string about_;  // the names, for sentences
};

}  // namespace hk::acme

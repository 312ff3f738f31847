#pragma once
// Finds out that a proxy stands in front which the operator has not told of.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "http/client_ip.h"

namespace hk::http {

/// How often the log is told, and how long a finding stays one after the last request that shows it.
inline constexpr std::chrono::hours kProxyNewsEvery{1};

/// What came, from where, and what is missing. No visitor's address and no header's value is in it.
struct ProxyFinding {
  std::string proxy;    // its address, one that the internet does not reach
  std::string headers;  // "X-Forwarded-For, X-Real-Ip"
  bool named = false;   // HITKEEP_TRUSTED_PROXIES has it, but it doesn't send the header that names the client
  /// What to set: "HITKEEP_TRUSTED_PROXIES=127.0.0.1/32".
  std::string setting() const;
  /// For the log: what came, what follows from it, what to set.
  std::string sentence() const;
};

/// Thread-safe; next to nothing per request while there is nothing to tell.
///
/// A peer with an internal address that sends forwarding headers is a proxy. From anywhere else they may as well be a
/// visitor's own, and are only counted.
class ProxyWatch {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit ProxyWatch(metrics::Registry& metrics);
  /// A request with forwarding headers came, and the peer counts as the client. True: everybody behind that peer does.
  bool saw(const net::Ip& peer, const ForwardingHeaders& headers, bool named, Instant now);
  /// What is the case now.
  std::optional<ProxyFinding> finding(Instant now) const;

 private:
  metrics::Counter &internal_, &outside_;
  std::atomic<Instant> seen_{Instant::min()}, told_{Instant::min()};
  mutable std::mutex mutex_;
  ProxyFinding finding_;  // as of told_
};

}  // namespace hk::http

#include "http/proxy_watch.h"

#include <utility>

#include "base/logging.h"
#include "base/text.h"

namespace hk::http {
namespace {

metrics::Counter& counter(metrics::Registry& metrics, std::string_view peer) {
  return metrics.counter("hitkeep_http_unnamed_proxy_total",
                         "Requests with forwarding headers that are not believed, by where the peer is",
                         {{"peer", peer}});
}

}  // namespace

std::string ProxyFinding::setting() const {
  if (named) return "HITKEEP_CLIENT_IP_HEADER";
  return concat({"HITKEEP_TRUSTED_PROXIES=", proxy, proxy.contains(':') ? "/128" : "/32"});
}

std::string ProxyFinding::sentence() const {
  if (named)
    return concat({"the proxy at ", proxy, " sends ", headers,
                   ", but not the header that says who the client is, so all its visitors count as one: let it send "
                   "X-Forwarded-For, or name the header that it sets itself in ",
                   setting()});
  return concat({"requests come through a proxy at ", proxy, " (it sends ", headers,
                 "), but HITKEEP_TRUSTED_PROXIES does not name it, so all its visitors count as one: set ", setting()});
}

ProxyWatch::ProxyWatch(metrics::Registry& metrics)
    : internal_(counter(metrics, "internal")), outside_(counter(metrics, "outside")) {}

bool ProxyWatch::saw(const net::Ip& peer, const ForwardingHeaders& headers, bool named, Instant now) {
  if (!peer.internal()) {
    outside_.add();
    return false;
  }
  internal_.add();
  Instant told = told_.load();
  if ((told == Instant::min() || now - told >= kProxyNewsEvery) && told_.compare_exchange_strong(told, now)) {
    ProxyFinding found{.proxy = peer.str(), .headers = headers.names(), .named = named};
    logging::warn(found.sentence());
    const std::lock_guard lock(mutex_);
    finding_ = std::move(found);
  }
  seen_.store(now);
  return true;
}

std::optional<ProxyFinding> ProxyWatch::finding(Instant now) const {
  const Instant seen = seen_.load();
  if (seen == Instant::min() || now - seen >= kProxyNewsEvery) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return finding_.proxy.empty() ? std::nullopt : std::optional(finding_);  // its finder is about to write it down
}

}  // namespace hk::http

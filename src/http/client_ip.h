#pragma once
// Who is at the other end, behind whatever proxies the operator named (docs/proxies.md).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.h"
#include "http/message.h"
#include "net/ip.h"

namespace hk::http {

/// What the operator said about the proxies in front.
struct Proxies {
  net::IpSet trusted;          // peers whose word counts; empty: nobody's
  std::string address_header;  // in lower case; empty: X-Forwarded-For, or Forwarded where there is none
  std::string country_header;  // in lower case; empty: none

  /// The peer is one that the operator named, and not by `*`.
  bool named(const net::Ip& peer) const { return !trusted.everything() && trusted.contains(peer); }
};

/// The client's address.
///
/// A peer that isn't trusted is the client, whatever its headers say. What a trusted peer says stands in one header,
/// which is read from the right: each proxy wrote the address that it saw behind whatever came. Trusted hops and empty
/// parts are skipped; a hop that can't be read ("unknown", "_hidden") ends the chain, because what stands left of it is
/// hearsay. With `*` every hop is trusted, and only the last entry of X-Forwarded-For or Forwarded counts, which
/// the peer itself wrote.
net::Ip client_ip(const net::Ip& peer, const HeaderList& headers, const Proxies& proxies);

/// The header that client_ip() reads where the peer is trusted, in lower case.
std::string_view address_header(const HeaderList& headers, const Proxies& proxies);

/// Whether the header that client_ip() would read is there at all.
bool says_who(const HeaderList& headers, const Proxies& proxies);

/// https at the edge, as a trusted peer says: the first token of X-Forwarded-Proto, else the first proto of Forwarded.
bool forwarded_https(const HeaderList& headers);

/// The headers of a request by which proxies speak, as a set of known names. None: no proxy, or one that adds nothing.
class ForwardingHeaders {
 public:
  explicit ForwardingHeaders(const HeaderList& headers);
  bool any() const { return found_ != 0; }
  /// "X-Forwarded-For, X-Real-Ip"
  std::string names() const;

 private:
  std::uint32_t found_ = 0;
};

/// Whether a Host header (with or without a port) names the machine itself.
bool is_loopback_host(std::string_view host);

/// Keys caches and rate limiters in place of an address: a hash of the IPv4 address or the IPv6 /64 under a random
/// key of this process, so that it means nothing outside of it.
class ClientKeys {
 public:
  ClientKeys();
  std::uint64_t key(const net::Ip& ip) const;

 private:
  crypto::SipKey key_;
};

}  // namespace hk::http

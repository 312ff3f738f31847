#pragma once
// Who is at the other end, behind whatever proxies the operator named (reference ingest 11.2).

#include <cstdint>
#include <string>

#include "crypto/hash.h"
#include "http/message.h"
#include "net/ip.h"

namespace hk::http {

/// The client's address.
///
/// A peer that isn't trusted is the client, whatever its headers say. For a trusted peer the first that yields an
/// address counts: CF-Connecting-IP, Fastly-Client-IP, CloudFront-Viewer-Address, X-Real-IP (last token), then
/// X-Forwarded-For from the right, skipping trusted hops. A proxy must therefore set or remove these headers itself
/// (README.md). With `*` every hop is trusted, and only the rightmost X-Forwarded-For entry, which the
/// peer itself wrote, is believed: never one that a visitor can write.
net::Ip client_ip(const net::Ip& peer, const HeaderList& headers, const net::IpSet& trusted);

/// https at the edge, as a trusted peer says in X-Forwarded-Proto (first token).
bool forwarded_https(const HeaderList& headers);

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

#include "http/client_ip.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "crypto/random.h"

namespace hk::http {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";
constexpr std::string_view kForwarded = "forwarded";  // RFC 7239

/// What one household or server usually gets: its holder can choose any address in it.
constexpr unsigned kClientBitsV6 = 64;

/// What proxies and content networks add to tell of the client or of themselves.
constexpr auto kForwardingHeaders = std::to_array<std::string_view>({kForwardedFor,
                                                                     kForwarded,
                                                                     "x-forwarded-proto",
                                                                     "x-forwarded-host",
                                                                     "x-forwarded-port",
                                                                     "x-forwarded-server",
                                                                     "x-forwarded-scheme",
                                                                     "x-forwarded-prefix",
                                                                     "x-real-ip",
                                                                     "via",
                                                                     "x-client-ip",
                                                                     "client-ip",
                                                                     "true-client-ip",
                                                                     "cf-connecting-ip",
                                                                     "cf-connecting-ipv6",
                                                                     "fastly-client-ip",
                                                                     "fly-client-ip",
                                                                     "cloudfront-viewer-address",
                                                                     "x-cluster-client-ip",
                                                                     "x-original-forwarded-for",
                                                                     "x-envoy-external-address",
                                                                     "x-azure-clientip",
                                                                     "x-appengine-user-ip",
                                                                     "x-nf-client-connection-ip",
                                                                     "do-connecting-ip",
                                                                     "cdn-loop"});
static_assert(kForwardingHeaders.size() <= 32);

/// By first letter: the lengths that their names have, as bits. Most headers of a request are told apart by that.
constexpr auto kForwardingShapes = [] {
  std::array<std::uint32_t, 256> shapes{};
  for (const auto name : kForwardingHeaders) shapes[static_cast<unsigned char>(name[0])] |= 1u << name.size();
  return shapes;
}();

bool has(const HeaderList& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const auto& header) { return header.first == name; });
}

/// "1.2.3.4", "1.2.3.4:80", "[2001:db8::1]:443", "2001:db8::1", and CloudFront's "2001:db8::1:443" (which is read as
/// an address where it is one).
std::optional<net::Ip> parse_hop(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    return close == std::string_view::npos ? std::nullopt : net::Ip::parse(text.substr(1, close - 1));
  }
  if (auto ip = net::Ip::parse(text)) return ip;
  return net::Ip::parse(text.substr(0, text.rfind(':')));
}

/// The value of a parameter of one element of Forwarded, without its quotes; empty if it is not there.
std::string_view parameter(std::string_view element, std::string_view name) {
  while (!element.empty()) {
    std::size_t end = 0;
    for (bool quoted = false; end < element.size() && (quoted || element[end] != ';'); ++end) {
      if (element[end] == '"') quoted = !quoted;
      if (quoted && element[end] == '\\') ++end;
    }
    const std::string_view pair = element.substr(0, end);
    element.remove_prefix(std::min(end + 1, element.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || ascii_lower(trim(pair.substr(0, equals))) != name) continue;
    std::string_view value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

/// Takes what stands behind the last comma. Quotes (a Host in them is the visitor's word) are read from the right too,
/// so that one which a visitor left open swallows nothing that a proxy wrote behind it. nullopt: they don't match.
std::optional<std::string_view> take_last(std::string_view& rest, bool with_quotes) {
  bool quoted = false;
  std::size_t at = rest.size();
  for (; at > 0 && (quoted || rest[at - 1] != ','); --at) {
    if (!with_quotes || rest[at - 1] != '"') continue;
    const auto before = rest.substr(0, at - 1);
    const std::size_t escapes = before.size() - (before.find_last_not_of('\\') + 1);
    if (escapes % 2 == 0) quoted = !quoted;
  }
  const std::string_view part = trim(rest.substr(at));
  rest = rest.substr(0, at > 0 ? at - 1 : 0);
  return quoted ? std::nullopt : std::optional(part);
}

/// Calls `hop(part)` for each part of every header of that name that is not empty, last one first, until it returns
/// true. A part that can't be told from its neighbours is "?".
template <class F>
void from_the_right(const HeaderList& headers, std::string_view name, F&& hop) {
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (header->first != name) continue;
    for (std::string_view rest = header->second; !rest.empty();) {
      const auto part = take_last(rest, name == kForwarded).value_or("?");
      if (!part.empty() && hop(part)) return;
    }
  }
}

}  // namespace

/// Proxies write X-Forwarded-For by habit and pass a visitor's Forwarded on, so the second counts only where the first
/// is missing.
std::string_view address_header(const HeaderList& headers, const Proxies& proxies) {
  if (!proxies.address_header.empty() && !proxies.trusted.everything()) return proxies.address_header;
  return has(headers, kForwardedFor) ? kForwardedFor : kForwarded;
}

net::Ip client_ip(const net::Ip& peer, const HeaderList& headers, const Proxies& proxies) {
  net::Ip found = peer;
  if (!proxies.trusted.contains(peer)) return found;
  const std::string_view name = address_header(headers, proxies);
  from_the_right(headers, name, [&](std::string_view part) {
    const auto ip = parse_hop(name == kForwarded ? parameter(part, "for") : part);
    if (!ip) return true;
    found = *ip;
    return proxies.trusted.everything() || !proxies.trusted.contains(*ip);
  });
  return found;
}

bool says_who(const HeaderList& headers, const Proxies& proxies) {
  return has(headers, address_header(headers, proxies));
}

bool forwarded_https(const HeaderList& headers) {
  std::string_view forwarded;
  for (const auto& [name, value] : headers) {
    const std::string_view first = std::string_view(value).substr(0, value.find(','));
    if (name == "x-forwarded-proto") return ascii_lower(trim(first)) == "https";
    if (name == kForwarded && forwarded.empty()) forwarded = first;
  }
  return ascii_lower(parameter(forwarded, "proto")) == "https";
}

ForwardingHeaders::ForwardingHeaders(const HeaderList& headers) {
  for (const auto& [name, value] : headers) {
    if (name.size() >= 32 || (kForwardingShapes[static_cast<unsigned char>(name[0])] >> name.size() & 1) == 0) continue;
    for (std::size_t i = 0; i < kForwardingHeaders.size(); ++i)
      if (name == kForwardingHeaders[i]) found_ |= 1u << i;
  }
}

std::string ForwardingHeaders::names() const {
  std::string out;
  for (std::size_t i = 0; i < kForwardingHeaders.size(); ++i) {
    if ((found_ >> i & 1) == 0) continue;
    if (!out.empty()) out += ", ";
    bool first = true;
    for (const char c : kForwardingHeaders[i]) {
      out += first && c >= 'a' ? static_cast<char>(c & ~0x20) : c;
      first = c == '-';
    }
  }
  return out;
}

bool is_loopback_host(std::string_view host) {
  if (host.starts_with('[')) {
    const auto ip = net::Ip::parse(host.substr(1, host.find(']') - 1));
    return ip && ip->loopback();
  }
  const std::string name = ascii_lower(host.substr(0, host.find(':')));
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  const auto ip = net::Ip::parse(name);
  return ip && ip->loopback();
}

ClientKeys::ClientKeys() {
  crypto::random_bytes(key_);
}

std::uint64_t ClientKeys::key(const net::Ip& ip) const {
  const net::Ip client = ip.v4 ? ip : ip.network(kClientBitsV6);
  return crypto::siphash24(key_, {reinterpret_cast<const char*>(client.bytes.data()), client.bytes.size()});
}

}  // namespace hk::http

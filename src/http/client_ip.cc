#include "http/client_ip.h"

#include <array>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "crypto/random.h"

namespace hk::http {
namespace {

/// "1.2.3.4", "1.2.3.4:80", "[2001:db8::1]:443", "2001:db8::1", and CloudFront's "2001:db8::1:443" (which is read as
/// an address where it is one).
std::optional<net::Ip> parse_hop(std::string_view text) {
  text = trim(text);
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    return close == std::string_view::npos ? std::nullopt : net::Ip::parse(text.substr(1, close - 1));
  }
  if (auto ip = net::Ip::parse(text)) return ip;
  return net::Ip::parse(text.substr(0, text.rfind(':')));
}

/// Calls `hop(text)` for each comma-separated token of every header of that name, last one first, until it returns
/// true.
template <class F>
bool from_the_right(const HeaderList& headers, std::string_view name, F&& hop) {
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (header->first != name) continue;
    std::string_view rest = header->second;
    for (;;) {
      const auto comma = rest.rfind(',');
      if (hop(rest.substr(comma == std::string_view::npos ? 0 : comma + 1))) return true;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return false;
}

/// What one household or server usually gets: its holder can choose any address in it.
constexpr unsigned kClientBitsV6 = 64;

constexpr std::array<std::string_view, 4> kSingleValue = {"cf-connecting-ip", "fastly-client-ip",
                                                          "cloudfront-viewer-address", "x-real-ip"};

}  // namespace

net::Ip client_ip(const net::Ip& peer, const HeaderList& headers, const net::IpSet& trusted) {
  if (!trusted.contains(peer)) return peer;
  net::Ip found = peer;
  const auto take = [&](std::string_view text) {
    const auto ip = parse_hop(text);
    if (ip) found = *ip;
    return ip.has_value();
  };
  if (!trusted.everything())
    for (const auto name : kSingleValue)
      if (from_the_right(headers, name, take)) return found;
  from_the_right(headers, "x-forwarded-for", [&](std::string_view text) {
    const auto ip = parse_hop(text);
    // A hop that can't be read ends the chain: whatever stands left of it is hearsay.
    if (!ip) return true;
    found = *ip;
    return trusted.everything() || !trusted.contains(*ip);
  });
  return found;
}

bool forwarded_https(const HeaderList& headers) {
  for (const auto& [name, value] : headers)
    if (name == "x-forwarded-proto")
      return ascii_lower(trim(std::string_view(value).substr(0, value.find(',')))) == "https";
  return false;
}

ClientKeys::ClientKeys() {
  crypto::random_bytes(key_);
}

std::uint64_t ClientKeys::key(const net::Ip& ip) const {
  const net::Ip client = ip.v4 ? ip : ip.network(kClientBitsV6);
  return crypto::siphash24(key_, {reinterpret_cast<const char*>(client.bytes.data()), client.bytes.size()});
}

}  // namespace hk::http

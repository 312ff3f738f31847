#include "net/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace hk::net {

std::optional<Ip> Ip::parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  Ip ip;
  if (inet_pton(AF_INET, buffer, ip.bytes.data()) == 1) return ip;
  if (inet_pton(AF_INET6, buffer, ip.bytes.data()) != 1) return std::nullopt;
  static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(ip.bytes.data(), kMapped, sizeof kMapped) == 0) {
    Ip mapped;
    std::memcpy(mapped.bytes.data(), ip.bytes.data() + 12, 4);
    return mapped;
  }
  ip.v4 = false;
  return ip;
}

std::string Ip::str() const {
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

Ip Ip::network(unsigned bits) const {
  Ip out = *this;
  for (unsigned i = 0; i < out.bytes.size(); ++i) {
    const unsigned kept = std::clamp<unsigned>(bits, i * 8, i * 8 + 8) - i * 8;
    out.bytes[i] &= static_cast<std::uint8_t>(0xff00u >> kept);
  }
  return out;
}

Result<IpSet> IpSet::parse(std::string_view list) {
  IpSet set;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (item.empty()) continue;
    if (item == "*") {
      set.everything_ = true;
      continue;
    }
    const auto slash = item.find('/');
    const auto ip = Ip::parse(item.substr(0, slash));
    const unsigned width = ip && ip->v4 ? 32 : 128;
    unsigned bits = width;
    bool good = ip.has_value();
    if (good && slash != std::string_view::npos) {
      const auto digits = item.substr(slash + 1);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
      good = error == std::errc{} && end == digits.data() + digits.size() && bits <= width;
    }
    if (!good) return fail(Code::invalid, "\"" + std::string(item) + "\" is neither an address nor a network");
    set.networks_.push_back({ip->network(bits), bits});
  }
  return set;
}

bool IpSet::contains(const Ip& ip) const {
  return everything_ || std::ranges::any_of(networks_, [&](const Network& n) {
           return n.first.v4 == ip.v4 && ip.network(n.bits) == n.first;
         });
}

}  // namespace hk::net

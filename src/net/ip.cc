#include "net/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>

namespace hk::net {

std::optional<Ip> Ip::parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  std::array<std::uint8_t, 4> v4_bytes;
  if (inet_pton(AF_INET, buffer, v4_bytes.data()) == 1) return from_v4(v4_bytes);
  std::array<std::uint8_t, 16> v6_bytes;
  if (inet_pton(AF_INET6, buffer, v6_bytes.data()) == 1) return from_v6(v6_bytes);
  return std::nullopt;
}

Ip Ip::from_v4(const std::array<std::uint8_t, 4>& bytes) {
  Ip ip;
  std::ranges::copy(bytes, ip.bytes.begin());
  return ip;
}

Ip Ip::from_v6(const std::array<std::uint8_t, 16>& bytes) {
  static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::ranges::equal(std::span(bytes).first<12>(), kMapped))
    return from_v4({bytes[12], bytes[13], bytes[14], bytes[15]});
  return {.bytes = bytes, .v4 = false};
}

std::string Ip::str() const {
  if (v4) {  // every request needs one, and inet_ntop is a printf
    std::array<char, 16> text;
    char* at = text.data();
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0) *at++ = '.';
      at = std::to_chars(at, text.data() + text.size(), bytes[i]).ptr;
    }
    return {text.data(), at};
  }
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
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

bool Ip::loopback() const {
  static constexpr std::array<std::uint8_t, 16> kLoopbackV6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return v4 ? bytes[0] == 127 : bytes == kLoopbackV6;
}

bool Ip::internal() const {
  static const IpSet kInternal = IpSet::parse(
                                     "127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, "
                                     "100.64.0.0/10, ::1, fc00::/7, fe80::/10")
                                     .value();
  return kInternal.contains(*this);
}

bool Ip::on_the_internet() const {
  static const IpSet kOtherUses = IpSet::parse(
                                      "0.0.0.0/8, 192.0.0.0/24, 192.0.2.0/24, 192.88.99.0/24, 198.18.0.0/15, "
                                      "198.51.100.0/24, 203.0.113.0/24, 224.0.0.0/4, 240.0.0.0/4, "
                                      "2001::/23, 2001:db8::/32, 2002::/16, 3fff::/20")
                                      .value();
  static const IpSet kUnicast = IpSet::parse("2000::/3").value();
  static const IpSet kCarriesV4 = IpSet::parse("64:ff9b::/96").value();
  if (v4) return !internal() && !kOtherUses.contains(*this);
  if (kCarriesV4.contains(*this)) return from_v4({bytes[12], bytes[13], bytes[14], bytes[15]}).on_the_internet();
  return kUnicast.contains(*this) && !kOtherUses.contains(*this);
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
    if (bits == 0) {
      set.everything_ = true;
      continue;
    }
    set.networks_.push_back({ip->network(bits), bits});
  }
  return set;
}

bool IpSet::Network::contains(const Ip& ip) const {
  if (first.v4 != ip.v4 || std::memcmp(first.bytes.data(), ip.bytes.data(), bits / 8) != 0) return false;
  return bits % 8 == 0 || ((first.bytes[bits / 8] ^ ip.bytes[bits / 8]) >> (8 - bits % 8)) == 0;
}

bool IpSet::contains(const Ip& ip) const {
  return everything_ || std::ranges::any_of(networks_, [&](const Network& n) { return n.contains(ip); });
}

}  // namespace hk::net

#pragma once
// Client addresses as numbers. They live in memory for one request only and are never printed to a log.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hk::net {

/// An IPv4 or IPv6 address. IPv4-mapped IPv6 (::ffff:a.b.c.d) is IPv4.
struct Ip {
  std::array<std::uint8_t, 16> bytes{};  // IPv4: the first four
  bool v4 = true;

  auto operator<=>(const Ip&) const = default;
  /// A bare address: no port, no brackets, no zone.
  static std::optional<Ip> parse(std::string_view text);
  static Ip from_v4(const std::array<std::uint8_t, 4>& bytes);
  static Ip from_v6(const std::array<std::uint8_t, 16>& bytes);
  std::string str() const;
  /// The network of that many leading bits (the rest zeroed).
  Ip network(unsigned bits) const;
  /// This machine itself.
  bool loopback() const;
  /// Of a network that the internet does not reach: loopback, private, link-local, or shared by a provider (RFC 6598).
  bool internal() const;
  /// Of one machine on the internet: neither internal nor of the networks that IANA keeps for other uses (RFC 6890 and
  /// what followed), also where IPv6 carries an IPv4 address (RFC 6052).
  bool on_the_internet() const;
};

/// A set of networks that an operator wrote down.
class IpSet {
 public:
  IpSet() = default;
  /// Comma-separated CIDRs and bare addresses; `*` or a /0, alone or among them, means everything. Empty text is the
  /// empty set.
  static Result<IpSet> parse(std::string_view list);
  bool contains(const Ip& ip) const;
  bool everything() const { return everything_; }
  bool empty() const { return networks_.empty() && !everything_; }

 private:
  struct Network {
    Ip first;
    unsigned bits;
    bool contains(const Ip& ip) const;
  };
  std::vector<Network> networks_;
  bool everything_ = false;
};

}  // namespace hk::net

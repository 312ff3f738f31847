#pragma once
// From a host's name to its addresses.

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/ip.h"

namespace hk::net {

/// Where one may connect to, as the system's resolver gave it.
struct HostAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  Ip ip() const;
};

/// The addresses of a host in the resolver's order, with that port; of an address in text, itself. Blocks for at most
/// `patience`. None found, and a stop, are Code::unavailable: another try may have more luck.
Result<std::vector<HostAddress>> look_up(const std::string& host, std::uint16_t port,
                                         std::chrono::milliseconds patience, const std::stop_token& stop);

}  // namespace hk::net

#include "net/service_manager.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace hk::net {
namespace {

std::optional<long> number(const char* text) {
  if (text == nullptr) return std::nullopt;
  long value = 0;
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

int option(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// Of a listening TCP socket.
std::optional<int> port_of(int fd) {
  if (option(fd, SO_ACCEPTCONN) != 1 || option(fd, SO_TYPE) != SOCK_STREAM) return std::nullopt;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  switch (address.ss_family) {
    case AF_INET:
      return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    case AF_INET6:
      return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<std::vector<InheritedSocket>> inherited_sockets(const Handover& handover, int first) {
  const auto pid = number(handover.pid);
  if (!pid || *pid != ::getpid()) return {};
  const auto count = number(handover.count);
  if (!count || *count < 0 || *count > kMaxInherited)
    return fail(Code::invalid, concat({"the service manager's LISTEN_FDS is no number from 0 to ",
                                       std::to_string(kMaxInherited), ": look at the socket unit"}));
  std::string_view names = handover.names != nullptr ? handover.names : "";
  std::vector<InheritedSocket> sockets;
  for (int fd = first; fd < first + *count; ++fd) {
    const auto colon = names.find(':');
    const auto port = port_of(fd);
    if (!port)
      return fail(
          Code::invalid,
          concat({"descriptor ", std::to_string(fd),
                  " of the service manager is no listening TCP socket: the socket unit needs ListenStream= with "
                  "a port, and Accept=no"}));
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    sockets.push_back({.fd = fd, .name = std::string(names.substr(0, colon)), .port = *port});
    names = colon == names.npos ? "" : names.substr(colon + 1);
  }
  return sockets;
}

void tell_service_manager(const char* socket, std::string_view state) {
  if (socket == nullptr || *socket == '\0') return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const auto length = std::strlen(socket);
  if (length >= sizeof to.sun_path) return;
  std::memcpy(to.sun_path, socket, length);
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // the abstract namespace
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
  ::close(fd);
}

}  // namespace hk::net

#include "app/health.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>

namespace hk::app {
namespace {

bool ask(int fd, int port) {
  const timeval patience{.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return false;
  constexpr std::string_view request = "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return false;
  char answer[16] = {};
  return ::recv(fd, answer, 12, MSG_WAITALL) == 12 && std::string_view(answer).ends_with(" 200");
}

}  // namespace

bool healthy(std::string_view http_addr) {
  int port = 0;
  const auto digits = http_addr.substr(http_addr.rfind(':') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool ok = ask(fd, port);
  ::close(fd);
  return ok;
}

}  // namespace hk::app

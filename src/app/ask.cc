#include "app/ask.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "net/lookup.h"

namespace hk::app {
namespace {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> failed(const Where& where, std::string_view why) {
  return fail(Code::unavailable, concat({where.host, ":", std::to_string(where.port), " ", why}));
}

timeval time_of(std::chrono::milliseconds step) {
  return {.tv_sec = step.count() / 1000, .tv_usec = step.count() % 1000 * 1000};
}

/// Connects to the first of the addresses that takes it.
Result<Socket> connect_to(const Where& where, std::chrono::milliseconds step) {
  const auto addresses = net::look_up(where.host, where.port, step, {});
  if (!addresses) return std::unexpected(addresses.error());
  int why = ENOENT;
  for (const auto& address : *addresses) {
    Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience = time_of(step);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);  // connect(2) as well
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return socket;
    why = errno == EINPROGRESS ? ETIMEDOUT : errno;
  }
  return failed(where, concat({"takes no connection: ", std::strerror(why)}));
}

}  // namespace

Where asked_at(std::string_view http_addr) {
  const auto colon = http_addr.rfind(':');
  std::string_view host = colon == http_addr.npos ? "" : http_addr.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Where where{.host = host.empty() || host == "0.0.0.0" || host == "::" ? "127.0.0.1" : std::string(host)};
  const auto digits = http_addr.substr(colon + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), where.port);
  return where;
}

Result<void> reach(const Where& where, std::chrono::milliseconds step) {
  if (auto socket = connect_to(where, step); !socket) return std::unexpected(std::move(socket.error()));
  return {};
}

Result<Heard> ask(const Where& where, std::string_view host, std::string_view path, std::string_view headers,
                  std::chrono::milliseconds step) {
  auto socket = connect_to(where, step);
  if (!socket) return std::unexpected(std::move(socket.error()));
  const std::string request = concat({"GET ", path, " HTTP/1.1\r\nHost: ", host, "\r\n", headers,
                                      "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"});
  if (::send(socket->get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return failed(where, "does not take a request");
  std::string bytes;
  std::array<char, 16384> piece;
  for (ssize_t got = 0; bytes.size() < kAskBytes; bytes.append(piece.data(), static_cast<std::size_t>(got)))
    if (got = ::recv(socket->get(), piece.data(), piece.size(), 0); got <= 0) break;
  Heard answer;
  constexpr std::string_view kVersion = "HTTP/1.", kStart = "HTTP/1.1 ";
  const auto end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with(kVersion) || bytes.size() < kStart.size() || end == bytes.npos)
    return failed(where, "does not answer in HTTP");
  std::from_chars(bytes.data() + kStart.size(), bytes.data() + end, answer.status);
  answer.body = bytes.substr(end + 4);
  return answer;
}

}  // namespace hk::app

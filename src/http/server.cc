#include "http/server.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "base/text.h"
#include "http/connection.h"
#include "http/dispatch.h"

namespace hk::http {
namespace {

/// Connections that may wait to be accepted, per socket.
constexpr int kBacklog = 1024;
/// File descriptors that connections leave to the rest of the program: databases, log segments, temporary files.
constexpr std::size_t kReservedDescriptors = 256;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool v6 = false;

  void set_port(std::uint16_t port) {
    if (v6)
      reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port = htons(port);
    else
      reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
  }
  std::uint16_t port() const {
    return ntohs(v6 ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                    : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  }
};

std::unexpected<Error> cannot_listen(std::string_view address, std::string_view setting, std::string_view why) {
  return fail(Code::unavailable, concat({"Cannot listen on \"", address, "\" (", setting, "): ", why,
                                         "; set another, for example \"127.0.0.1:8090\""}));
}

Result<Address> resolve(const std::string& text, std::string_view setting) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return cannot_listen(text, setting, "it has no port");
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || stop != end) return cannot_listen(text, setting, "its port is not a number up to 65535");

  Address address;
  if (host.empty()) {
    const Fd probe(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    address.v6 = probe.get() >= 0;
    if (address.v6) {
      auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
      in.sin6_family = AF_INET6;
      in.sin6_addr = in6addr_any;
      address.size = sizeof in;
    } else {
      auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
      in.sin_family = AF_INET;
      in.sin_addr.s_addr = htonl(INADDR_ANY);
      address.size = sizeof in;
    }
  } else {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    if (const int failed = getaddrinfo(host.c_str(), nullptr, &hints, &found); failed != 0)
      return cannot_listen(text, setting, gai_strerror(failed));
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.size = found->ai_addrlen;
    address.v6 = found->ai_family == AF_INET6;
    freeaddrinfo(found);
  }
  address.set_port(port);
  return address;
}

/// Binds and listens; `shared`: others of this process will bind the same address. errno tells why not.
std::optional<Fd> listen_on(const Address& address, bool shared) {
  const int on = 1, off = 0;
  Fd fd(socket(address.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return std::nullopt;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (address.v6) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) return std::nullopt;
  if (listen(fd.get(), kBacklog) != 0) return std::nullopt;
  return fd;
}

Address bound_to(int fd) {
  Address address;
  address.size = sizeof address.storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  address.v6 = address.storage.ss_family == AF_INET6;
  return address;
}

std::string_view reason_of(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another program uses this port";
    case EACCES:
      return "this user may not use this port";
    case EADDRNOTAVAIL:
      return "this machine has no such address";
    default:
      return std::strerror(error);
  }
}

/// SO_REUSEPORT would let two programs of one user share the port, and each would get half of the traffic. A socket
/// without it can't be bound while anybody listens.
Result<Address> free_address(const std::string& text, std::string_view setting) {
  auto address = resolve(text, setting);
  if (address && address->port() != 0 && !listen_on(*address, false))
    return cannot_listen(text, setting, reason_of(errno));
  return address;
}

/// A listening socket on its way to its thread.
struct Opened {
  Fd fd;
  bool v6, kept;
  Door door;
};
/// Of each thread.
using AllOpened = std::vector<std::vector<Opened>>;

/// Binds one more socket for each thread. Returns the port.
Result<std::uint16_t> bind_door(AllOpened& threads, const std::string& text, std::string_view setting, Door door) {
  auto address = free_address(text, setting);
  if (!address) return std::unexpected(address.error());
  for (auto& thread : threads) {
    auto fd = listen_on(*address, true);
    if (!fd) return cannot_listen(text, setting, reason_of(errno));
    if (&thread == &threads.front()) address->set_port(bound_to(fd->get()).port());
    thread.push_back({.fd = std::move(*fd), .v6 = address->v6, .kept = false, .door = door});
  }
  return address->port();
}

/// Gives each thread a descriptor of its own for the same sockets: one queue, from which the next free one takes.
/// Returns the first one's port.
Result<std::uint16_t> take_over_door(AllOpened& threads, const std::vector<int>& inherited, Door door) {
  for (auto& thread : threads)
    for (const int fd : inherited) {
      Fd own(fcntl(fd, F_DUPFD_CLOEXEC, 0));
      if (own.get() < 0)
        return fail(Code::unavailable,
                    concat({"the service manager's sockets cannot be shared: ", std::strerror(errno)}));
      thread.push_back({.fd = std::move(own), .v6 = bound_to(fd).v6, .kept = true, .door = door});
    }
  return bound_to(inherited.front()).port();
}

/// As many connections as the process may have descriptors for. Running out of them would be worse than a 503: nobody
/// would be answered, and the databases could open nothing either.
std::size_t affordable_connections(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const auto needed = static_cast<rlim_t>(wanted + kReservedDescriptors);
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min(limit.rlim_max, needed);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return wanted;
  const auto affordable =
      std::max<std::size_t>(limit.rlim_cur, kReservedDescriptors + kReservedDescriptors / 4) - kReservedDescriptors;
  logging::warn("the limit on open files allows fewer connections than configured",
                {{"open_files", limit.rlim_cur}, {"connections", affordable}});
  return affordable;
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, const Router& router, AccessCheck check, const Pools& pools, metrics::Registry& metrics,
       const Clock& clock)
      : options_(std::move(options)),
        shared_(std::make_unique<Shared>(
            options_.limits, options_.proxies.trusted,
            std::make_shared<Dispatcher>(options_, router, std::move(check), pools, metrics),
            std::make_shared<ConnectionCount>(affordable_connections(options_.limits.connections),
                                              options_.limits.connections_per_client),
            std::make_unique<HeadBudget>(options_.limits.long_heads),
            options_.tls ? options_.tls->certificates : nullptr, clock)) {
    assert(options_.base_path.starts_with('/') && options_.base_path.ends_with('/'));
    metrics.gauge("hitkeep_http_connections", "Open connections",
                  [count = shared_->count] { return static_cast<double>(count->open()); });
  }

  ~Impl() { drain(std::chrono::milliseconds::zero()); }

  Result<void> start() {
    AllOpened opened(options_.threads != 0 ? options_.threads : std::max(std::thread::hardware_concurrency(), 1u));
    const auto open = [&](const std::vector<int>& inherited, const std::string& address, std::string_view setting,
                          Door door) {
      return inherited.empty() ? bind_door(opened, address, setting, door) : take_over_door(opened, inherited, door);
    };
    const auto& tls = options_.tls;
    const auto port = open(options_.inherited, options_.address, kHttpAddress, tls ? Door::beside_tls : Door::plain);
    if (!port) return std::unexpected(port.error());
    port_ = *port;
    if (tls) {
      const auto tls_port = open(tls->inherited, tls->address, kTlsAddress, Door::tls);
      if (!tls_port) return std::unexpected(tls_port.error());
      tls_port_ = *tls_port;
    }
    for (unsigned i = 0; i < opened.size(); ++i) {
      std::vector<Listener> listeners;
      listeners.reserve(opened[i].size());
      for (auto& [fd, v6, kept, door] : opened[i])
        listeners.push_back({.fd = fd.release(), .v6 = v6, .kept = kept, .door = door});
      threads_.push_back(std::make_unique<IoThread>(*shared_, listeners, i));
    }
    return {};
  }

  std::uint16_t tls_port() const { return tls_port_; }
  std::uint16_t port() const { return port_; }
  const Dispatcher& dispatcher() const { return *shared_->dispatcher; }

  void drain(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (auto& thread : threads_) thread->drain();
    for (auto& thread : threads_) {
      if (thread->wait_until(deadline)) continue;
      if (patience > patience.zero()) logging::warn("cut the connections that did not finish in time");
      for (auto& late : threads_) late->cut();
      break;
    }
    threads_.clear();
  }

 private:
  ServerOptions options_;
  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::atomic<std::uint16_t> port_{0}, tls_port_{0};
};

Server::Server(ServerOptions options, const Router& router, AccessCheck check, const Pools& pools,
               metrics::Registry& metrics, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), router, std::move(check), pools, metrics, clock)) {}
Server::~Server() = default;
Result<void> Server::can_listen(const std::string& address, std::string_view setting) {
  if (auto found = free_address(address, setting); !found) return std::unexpected(found.error());
  return {};
}
Result<void> Server::start() {
  return impl_->start();
}
std::optional<ProxyFinding> Server::proxy_finding() const {
  return impl_->dispatcher().watch().finding(std::chrono::steady_clock::now());
}
std::uint16_t Server::port() const {
  return impl_->port();
}
std::uint16_t Server::tls_port() const {
  return impl_->tls_port();
}
void Server::drain(std::chrono::milliseconds patience) {
  impl_->drain(patience);
}

}  // namespace hk::http

#include "net/lookup.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

namespace hk::net {
namespace {

std::vector<HostAddress> ask_system(const std::string& host, std::uint16_t port) {
  std::vector<HostAddress> found;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return found;
  for (const addrinfo* at = list; at; at = at->ai_next) {
    HostAddress address{.size = at->ai_addrlen};
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    if (at->ai_family == AF_INET6)
      reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port = htons(port);
    else if (at->ai_family == AF_INET)
      reinterpret_cast<sockaddr_in&>(address.storage).sin_port = htons(port);
    else
      continue;
    found.push_back(address);
  }
  freeaddrinfo(list);
  return found;
}

}  // namespace

Ip HostAddress::ip() const {
  if (storage.ss_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(storage).sin_addr, bytes.size());
    return Ip::from_v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr, bytes.size());
  return Ip::from_v6(bytes);
}

// getaddrinfo can neither be given a time nor be called off, so it gets a thread that nobody waits for.
Result<std::vector<HostAddress>> look_up(const std::string& host, std::uint16_t port,
                                         std::chrono::milliseconds patience, const std::stop_token& stop) {
  struct State {
    std::mutex mutex;
    std::condition_variable_any came;
    bool ended = false;
    std::vector<HostAddress> found;
  };
  const auto state = std::make_shared<State>();
  std::thread([state, host, port] {
    auto found = ask_system(host, port);
    const std::lock_guard lock(state->mutex);
    state->found = std::move(found);
    state->ended = true;
    state->came.notify_all();
  }).detach();

  std::unique_lock lock(state->mutex);
  state->came.wait_for(lock, stop, patience, [&] { return state->ended; });
  if (stop.stop_requested()) return fail(Code::unavailable, "the program is stopping");
  if (state->found.empty()) return fail(Code::unavailable, "the name " + host + " was not found");
  return std::move(state->found);
}

}  // namespace hk::net

#pragma once
// I/O threads and their connections. Internal to http/: the Asio part is in connection.cc.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "http/dispatch.h"
#include "http/head_budget.h"
#include "http/limits.h"
#include "net/ip.h"

namespace hk::http {

/// Counts open connections, all together and by client. Thread-safe.
class ConnectionCount {
 public:
  enum class Verdict : std::uint8_t { welcome, too_many, too_many_of_client };

  ConnectionCount(std::size_t total, std::size_t per_client) : max_total_(total), max_per_client_(per_client) {}
  /// `limited`: the client's own bound holds (trusted proxies carry many clients).
  Verdict enter(std::uint64_t client, bool limited);
  void leave(std::uint64_t client);
  std::size_t open() const { return open_.load(std::memory_order_relaxed); }
  /// So many are open that idle ones should make room.
  bool crowded() const { return open() > max_total_ - max_total_ / 8; }

 private:
  const std::size_t max_total_, max_per_client_;
  std::atomic<std::size_t> open_{0};
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::size_t> clients_;
};

/// What the I/O threads share.
struct Shared {
  Limits limits;
  net::IpSet trusted_proxies;
  std::shared_ptr<Dispatcher> dispatcher;
  std::shared_ptr<ConnectionCount> count;  // also read by a metric, which may outlive the server
  std::unique_ptr<HeadBudget> long_heads;
  std::shared_ptr<const Certificates> certificates;  // null: there is no TLS door
  const Clock& clock;
};

/// A listening socket of one I/O thread. `kept`: its queue is somebody else's, too, and goes on when this thread ends.
struct Listener {
  int fd = -1;
  bool v6 = false;
  bool kept = false;
  Door door = Door::plain;
};

/// One I/O thread: an io_context, acceptors and the connections that it accepted. Everything inside happens on
/// its thread; the public functions may be called from another.
class IoThread {
 public:
  /// Takes over listening sockets, one at least. `shared` outlives it.
  IoThread(Shared& shared, const std::vector<Listener>& listeners, unsigned number);
  /// Cuts what is left and joins.
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  /// Stops accepting, ends streams, closes idle connections; the thread ends after its last connection.
  void drain();
  /// Cuts every connection, whatever it is doing.
  void cut();
  /// Whether the thread has ended by then.
  bool wait_until(std::chrono::steady_clock::time_point when);

  class Loop;  // connection.cc

 private:
  std::unique_ptr<Loop> loop_;
};

}  // namespace hk::http

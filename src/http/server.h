#pragma once
// The HTTP/1.1 server: sockets, limits, dispatch, drain. Asio and Beast stay inside http/*.cc.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "http/assets.h"
#include "http/certificates.h"
#include "http/client_ip.h"
#include "http/limits.h"
#include "http/proxy_watch.h"
#include "http/rate_limit.h"
#include "http/router.h"
#include "net/ip.h"
#include "net/worker_pool.h"

namespace hk::http {

/// A door that speaks TLS; the other one then only sends there, answers an authority's challenges and says how the
/// program is.
struct TlsDoor {
  std::string address = ":443";  // as ServerOptions::address
  std::vector<int> inherited = {};
  std::shared_ptr<const Certificates> certificates;
  /// The port that browsers find it at.
  std::uint16_t public_port = 443;
};

struct ServerOptions {
  /// "host:port", ":port" (every interface, IPv4 and IPv6) or "[v6]:port". Port 0 lets the system choose.
  std::string address = ":8080";
  /// Listening TCP sockets that somebody else opened and keeps open (net/service_manager.h): served instead of
  /// `address`. What waits in their queues at the end is left to whoever serves them next.
  std::vector<int> inherited;
  /// I/O threads; 0 = one per CPU.
  unsigned threads = 0;
  /// Everything is served under this path, except /healthz and /readyz, which answer at the root too.
  std::string base_path = "/";
  /// The public URL is https: Request.secure is always true. HSTS goes with Request.secure.
  bool https = false;
  std::optional<TlsDoor> tls = {};
  /// Whose forwarding headers are believed, and which.
  Proxies proxies;
  Limits limits;
  Rates rates;
  /// Usually embedded_assets().
  std::span<const Asset> assets;
};

/// Which settings say where to listen.
inline constexpr std::string_view kHttpAddress = "HITKEEP_HTTP_ADDR";
inline constexpr std::string_view kTlsAddress = "HITKEEP_TLS_ADDR";

/// The workers behind each Run but inline_io. Each is a bound of its own: who fills one leaves the others free.
struct Pools {
  net::WorkerPool& query;
  net::WorkerPool& slow;
  net::WorkerPool& sign_in;
  net::WorkerPool& metrics;
};

/// Owns its I/O threads: one io_context each, with a SO_REUSEPORT acceptor of its own, or with inherited sockets that
/// all threads accept from; a connection lives on one thread. What it is given by reference must outlive it.
///
/// Handlers run on the thread that their Route names; an exception of a handler becomes a 500 whose error id is in
/// the log. start() and drain() are called from one thread, port() from any.
class Server {
 public:
  /// `check` is called on I/O threads before every handler.
  Server(ServerOptions options, const Router& router, AccessCheck check, const Pools& pools, metrics::Registry& metrics,
         const Clock& clock);
  /// Drains without patience if drain() was not called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Whether start() could bind this address now: asked before anything else is begun. `setting` is who said it.
  static Result<void> can_listen(const std::string& address, std::string_view setting = kHttpAddress);
  /// Binds, or takes over what is inherited, then serves until drain(). A failure is a sentence that names the address
  /// and its setting.
  Result<void> start();
  /// A proxy in front that the operator has to be told of. Any thread.
  std::optional<ProxyFinding> proxy_finding() const;
  /// The port that start() bound, or the first inherited socket's.
  std::uint16_t port() const;
  /// The same of the TLS door; 0 where there is none.
  std::uint16_t tls_port() const;

  /// Stops accepting, ends event streams, closes idle connections, lets requests in flight finish, and those come that
  /// a new connection was opened for; what is left after `patience` is cut. Returns when no connection and no I/O
  /// thread is left. Gates must still be able to fire meanwhile: call it before closing the log.
  void drain(std::chrono::milliseconds patience);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hk::http

#pragma once
// From a request to its answer, without sockets: paths, routes, access, rates, threads, errors, compression.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "http/assets.h"
#include "http/client_ip.h"
#include "http/exchange.h"
#include "http/rate_limit.h"
#include "http/server.h"

namespace hk::http {

/// Why the server itself turned something away; the label of hitkeep_http_refused_total.
enum class Refusal : std::uint8_t {
  bad_request,
  head_too_large,
  long_heads,  // no memory for one more long head
  body_too_large,
  too_slow,            // a request that didn't arrive, or an answer that wasn't taken, in time
  rate,                // 429
  queue_full,          // no worker
  owner_queue,         // 429: too much of the same person's is waiting
  no_answer,           // a handler or its gate took too long
  connections,         // too many altogether
  client_connections,  // too many of one client
  handshake,           // TLS that did not come about
  stream_too_slow,     // an event stream's client that doesn't read
  kCount,
};
std::string_view name_of(Refusal refusal);

/// What the connection knows of a request beside what it wrote into it.
struct Arrival {
  std::string_view target;  // as sent
  net::Ip peer;
  Door door = Door::plain;
  bool http11 = true;
};

/// Thread-safe; shared by all I/O threads and by the jobs that they hand to workers.
class Dispatcher : public std::enable_shared_from_this<Dispatcher> {
 public:
  Dispatcher(const ServerOptions& options, const Router& router, AccessCheck check, const Pools& pools,
             metrics::Registry& metrics);

  /// Decides what the head alone decides. True: read the body (at most exchange.body_limit bytes), then run(). False:
  /// exchange.response is the answer.
  bool admit(Exchange& exchange, const Arrival& arrival);

  /// Runs the handler, here or on a worker. True: exchange->response is the answer. False: the exchange will arrive
  /// through its mailbox, then settle() it.
  bool run(const std::shared_ptr<Exchange>& exchange);
  /// After arrival: replaces the answer where the gate failed.
  void settle(Exchange& exchange);

  /// Makes a refusal of the server itself the answer, and counts it.
  void refuse(Exchange& exchange, Refusal why, int status, std::string_view code, std::string_view message);
  /// The same when the answer does not come in time; whoever works on it may still finish.
  void give_up(Exchange& exchange);
  void count(Refusal why) { refused_[static_cast<std::size_t>(why)]->add(); }
  /// Counts an answer that is on its way out.
  void count(const Exchange& exchange, std::chrono::steady_clock::time_point now);

  const ClientKeys& keys() const { return keys_; }
  const ProxyWatch& watch() const { return watch_; }

 private:
  bool decide(Exchange& exchange, const Arrival& arrival);
  /// What is said beside the TLS door; nullopt: the request is answered as any other.
  std::optional<Response> beside_tls(const Request& request, std::string_view target) const;
  /// Whether the path is one of ours; then it is the request's.
  bool take_target(Exchange& exchange, std::string_view target);
  /// Who asks, and over what. Returns the client's address.
  net::Ip look_behind(Exchange& exchange, const Arrival& arrival);
  bool without_route(Exchange& exchange, const std::vector<Method>& allowed);
  /// The header lines that all answers of that form have.
  const std::string& common_headers(const Exchange& exchange, ProblemForm form) const;
  bool reject(Exchange& exchange, Response response);
  static void allow_any_origin(Exchange& exchange);
  bool preflight(Exchange& exchange, const std::vector<Method>& allowed);
  bool method_not_allowed(Exchange& exchange, const std::vector<Method>& allowed);
  RateLimiter* limiter_of(const Exchange& exchange);
  bool over_rate(Exchange& exchange, const net::Ip& ip);
  net::WorkerPool& pool_of(Run run);
  void call(const std::shared_ptr<Exchange>& exchange);
  void open(std::move_only_function<void(GateDone)> gate, const std::shared_ptr<Exchange>& exchange);
  void finish(Exchange& exchange);

  const Router& router_;
  AccessCheck check_;
  const Pools pools_;
  const std::shared_ptr<const Certificates> certificates_;  // null: there is no TLS door
  const std::uint16_t https_port_;
  std::string base_path_;  // with a slash at both ends
  bool https_;
  const Proxies proxies_;
  ProxyWatch watch_;
  AssetTable assets_;
  bool dashboard_;
  ClientKeys keys_;
  RateLimiter ingest_, ingest_of_unnamed_proxy_, api_, auth_, metrics_;
  std::array<std::string, 2> api_headers_, file_headers_;  // [1]: over https

  static constexpr std::size_t kClasses = 5;                       // 1xx … 5xx
  std::vector<std::array<metrics::Counter*, kClasses>> requests_;  // by label: each route, then files, then nothing
  std::vector<metrics::Histogram*> seconds_;                       // by Run, then files and refusals
  std::array<metrics::Counter*, static_cast<std::size_t>(Refusal::kCount)> refused_;
};

}  // namespace hk::http

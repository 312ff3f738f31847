#pragma once
// A server with routes that show what the server does, on a port that the system chose.

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/metrics.h"
#include "http/router.h"
#include "http/server.h"
#include "net/worker_pool.h"

namespace hk::http::testing {

/// What the routes of tests declare where it does not matter.
inline constexpr Access kOpen{"anyone", 0};

/// Lets everybody in as nobody.
inline AccessCheck open_door() {
  return [](const Request&, Access, const auto&) -> Result<Caller> { return Caller{}; };
}

inline ServerOptions local_options() {
  ServerOptions options;
  options.address = "127.0.0.1:0";
  options.threads = 2;
  options.rates.ingest = options.rates.api = options.rates.auth = options.rates.metrics = {.per_second = 0};
  return options;
}

/// Add routes, then start().
struct TestServer {
  explicit TestServer(ServerOptions o = local_options(), AccessCheck check = open_door())
      : options(std::move(o)), access(std::move(check)) {}

  void route(Method method, std::string_view path, Handler handler, Run run = Run::inline_io) {
    router.add({.method = method,
                .path = path,
                .access = kOpen,
                .run = run,
                .rate = Rate::none,
                .summary = "test",
                .handler = std::move(handler)});
  }
  void start() {
    server = std::make_unique<Server>(options, router, access, pools, metrics, clock);
    if (const auto started = server->start(); !started) throw std::runtime_error(started.error().message);
    port = server->port();
  }
  std::string metric(std::string_view line_start) const {
    const std::string all = metrics.render();
    const auto at = all.find("\n" + std::string(line_start) + " ");
    if (at == std::string::npos) return "";
    const auto begin = at + line_start.size() + 2;
    return all.substr(begin, all.find('\n', begin) - begin);
  }

  ServerOptions options;
  AccessCheck access;
  metrics::Registry metrics;
  SystemClock clock;
  Router router;
  net::WorkerPool queries{"queries", 2};
  net::WorkerPool slow{"slow", 1};
  net::WorkerPool sign_ins{"sign-in", 1};
  net::WorkerPool scrapes{"metrics", 1};
  Pools pools{.query = queries, .slow = slow, .sign_in = sign_ins, .metrics = scrapes};
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
};

}  // namespace hk::http::testing

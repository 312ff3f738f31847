// Nothing but the HTTP server, to see what it costs: POST /ingest answers 202 at once, POST /gated when a thread that
// plays the log's group commit says so.
//
//   http_server PORT THREADS COMMIT_MICROSECONDS
//
// Loopback only; ends on SIGTERM.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "http/server.h"

int main(int argc, char** argv) {
  using namespace hk;
  if (argc != 4) return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::mutex mutex;
  std::vector<http::GateDone> waiting;
  std::jthread log([&, pause = std::chrono::microseconds(std::atoi(argv[3]))](std::stop_token stop) {
    std::vector<http::GateDone> batch;
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(pause);  // the disk
      {
        std::lock_guard lock(mutex);
        batch.swap(waiting);
      }
      for (auto& done : batch) done({});
      batch.clear();
    }
  });

  http::ServerOptions options;
  options.address = std::string("127.0.0.1:") + argv[1];
  options.threads = static_cast<unsigned>(std::atoi(argv[2]));
  options.trusted_proxies = *net::IpSet::parse("127.0.0.1/32");
  metrics::Registry metrics;
  SystemClock clock;
  net::WorkerPool queries("queries", 1), slow("slow", 1);
  http::Router router;
  const auto add = [&](std::string_view path, http::Handler handler) {
    router.add({.method = http::Method::post,
                .path = path,
                .access = http::Access::anyone,
                .run = http::Run::inline_io,
                .rate = http::Rate::ingest,
                .summary = "bench",
                .handler = std::move(handler),
                .cors = http::Cors::any_origin});
  };
  add("/ingest", [](http::Context&) { return http::empty(202); });
  add("/gated", [&](http::Context&) {
    http::Response response = http::empty(202);
    response.gate = [&](http::GateDone done) {
      std::lock_guard lock(mutex);
      waiting.push_back(std::move(done));
    };
    return response;
  });
  http::Server server(
      options, router, [](const http::Request&, http::Access, const auto&) { return Result<http::Caller>({}); },
      queries, slow, metrics, clock);
  if (const auto started = server.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().message.c_str());
    return 1;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  server.drain(std::chrono::seconds(4));
  return 0;
}

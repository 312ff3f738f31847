// Nothing but the HTTP server and the log, to see what they cost: POST /ingest answers 202 at once, POST /gated when
// the body is durable in a log under DIRECTORY.
//
//   http_server PORT THREADS DIRECTORY
//
// Loopback only; ends on SIGTERM.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/clock.h"
#include "base/metrics.h"
#include "http/server.h"
#include "log/log.h"

int main(int argc, char** argv) {
  using namespace hk;
  if (argc != 4) return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  http::ServerOptions options;
  options.address = std::string("127.0.0.1:") + argv[1];
  options.threads = static_cast<unsigned>(std::atoi(argv[2]));
  options.proxies.trusted = *net::IpSet::parse("127.0.0.1/32");
  metrics::Registry metrics;
  SystemClock clock;
  log::Recovery recovery;
  auto log = log::Log::open({.directory = argv[3]}, clock, metrics, recovery);
  if (!log) {
    std::fprintf(stderr, "%s\n", log.error().message.c_str());
    return 1;
  }
  net::WorkerPool queries("queries", 1), slow("slow", 1), sign_ins("sign-in", 1), scrapes("metrics", 1);
  http::Router router;
  const auto add = [&](std::string_view path, http::Handler handler) {
    router.add({.method = http::Method::post,
                .path = path,
                .access = http::Access("anyone", 0),
                .run = http::Run::inline_io,
                .rate = http::Rate::ingest,
                .summary = "bench",
                .handler = std::move(handler),
                .cors = http::Cors::any_origin});
  };
  add("/ingest", [](http::Context&) { return http::empty(202); });
  add("/gated", [&](http::Context& context) {
    http::Response response = http::empty(202);
    response.gate = [&log, body = std::move(context.request.body)](http::GateDone done) mutable {
      (*log)->append({.lane = 1, .kind = 1, .version = 1, .payload = body},
                     [done = std::move(done)](Result<log::Offset> offset) mutable {
                       done(offset ? Result<void>{} : std::unexpected(offset.error()));
                     });
    };
    return response;
  });
  http::Server server(
      options, router, [](const http::Request&, http::Access, const auto&) { return Result<http::Caller>({}); },
      {.query = queries, .slow = slow, .sign_in = sign_ins, .metrics = scrapes}, metrics, clock);
  if (const auto started = server.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().message.c_str());
    return 1;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  server.drain(std::chrono::seconds(4));
  (*log)->close();
  return 0;
}

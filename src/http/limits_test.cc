// Crosses every limit of http/limits.h over real sockets, and drains. Times are short where the test waits for them to
// pass, and long where they must not.

#include "http/limits.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <latch>
#include <stop_token>
#include <thread>
#include <vector>

#include "http/testing/client.h"
#include "http/testing/fixture.h"

namespace hk::http {
namespace {

using testing::Client;
using testing::get;
using testing::local_options;
using testing::post;
using testing::TestServer;

constexpr auto kShort = 150ms;

Response echo(Context& context) {
  return text(200, std::to_string(context.request.body.size()));
}
Response nothing(Context&) {
  return empty(204);
}
std::string refused(const TestServer& s, std::string_view reason) {
  return s.metric("hitkeep_http_refused_total{reason=\"" + std::string(reason) + "\"}");
}
/// Waits until something becomes true on another thread; a test that fails here hangs until its runner's timeout.
template <class F>
void eventually(F&& condition) {
  while (!condition()) std::this_thread::yield();
}

TEST(LimitsTest, HeadBytes) {
  TestServer s;
  s.route(Method::get, "/x", nothing);
  s.start();
  Client client(s.port);
  const auto answer = client.ask(get("/x", "X: " + std::string(kMaxHeadBytes, 'x') + "\r\n"));
  EXPECT_EQ(answer->status, 431);
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(refused(s, "head_too_large"), "1");
}

TEST(LimitsTest, LongHeads) {
  ServerOptions options = local_options();
  options.limits.long_heads = kLongHeadBytes;
  TestServer s(options);
  s.route(Method::get, "/x", nothing);
  s.route(Method::post, "/api/x", echo);
  GateDone let_go;
  std::atomic<bool> held = false;
  s.route(Method::get, "/held", [&](Context&) {
    Response response = empty(204);
    response.gate = [&](GateDone done) {
      let_go = std::move(done);
      held = true;
    };
    return response;
  });
  s.start();
  const std::string cookies = "Cookie: a=" + std::string(12'000, 'x') + "\r\n";
  Client first(s.port);
  EXPECT_EQ(first.ask(get("/x", cookies))->status, 204);
  EXPECT_EQ(first.ask(post("/api/x", std::string(50'000, 'b'), cookies))->body, "50000");
  // While one is being answered there is no memory for another; short ones need none.
  first.send(get("/held", cookies));
  eventually([&] { return held.load(); });
  const auto refusal = Client(s.port).ask(get("/x", cookies));
  EXPECT_EQ(refusal->status, 503);
  EXPECT_EQ(refusal->header("retry-after"), "2");
  EXPECT_EQ(refusal->header("connection"), "close");
  EXPECT_EQ(Client(s.port).ask(get("/x"))->status, 204);
  EXPECT_EQ(refused(s, "long_heads"), "1");
  let_go({});
  EXPECT_EQ(first.answer()->status, 204);
  EXPECT_EQ(first.ask(get("/x"))->status, 204);
  EXPECT_EQ(Client(s.port).ask(get("/x", cookies))->status, 204) << "given back";
}

TEST(LimitsTest, HeaderFields) {
  TestServer s;
  s.start();
  std::string fields;
  for (std::size_t i = 0; i < kMaxHeaderFields; ++i) fields += "a: b\r\n";
  EXPECT_EQ(Client(s.port).ask(get("/x", fields))->status, 431);
}

TEST(LimitsTest, BodyBytes) {
  TestServer s;
  s.route(Method::post, "/api/x", echo);
  s.router.add({.method = Method::post,
                .path = "/api/large",
                .access = testing::kOpen,
                .run = Run::inline_io,
                .rate = Rate::none,
                .summary = "test",
                .handler = echo,
                .body_limit = 1 << 20});
  s.start();
  EXPECT_EQ(Client(s.port).ask(post("/api/x", std::string(kMaxBodyBytes, 'x')))->body, "65536");
  EXPECT_EQ(Client(s.port).ask(post("/api/large", std::string(1 << 20, 'x')))->body, "1048576");

  // Announced: refused without waiting for a byte of it.
  Client announced(s.port);
  const auto answer = announced.ask("POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n");
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->body,
            "{\"status\":413,\"code\":\"too_large\",\"message\":\"The body of the request is too large\"}\n");
  EXPECT_TRUE(announced.closed());
  // Sent: the client reads its answer even though it went on sending.
  EXPECT_EQ(Client(s.port).ask(post("/api/x", std::string(200'000, 'x')))->status, 413);
  // Not announced.
  std::string chunks = "POST /api/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 17; ++i) chunks += "1000\r\n" + std::string(4096, 'x') + "\r\n";
  EXPECT_EQ(Client(s.port).ask(chunks)->status, 413);
  EXPECT_EQ(refused(s, "body_too_large"), "3");
}

TEST(LimitsTest, DiscardedBytes) {
  TestServer s;
  s.start();
  Client small(s.port);
  EXPECT_EQ(small.ask(post("/api/missing", std::string(kMaxDiscardBytes, 'x')))->header("connection"), "");
  Client large(s.port);
  EXPECT_EQ(large.ask(post("/api/missing", std::string(kMaxDiscardBytes + 1, 'x')))->header("connection"), "close");
}

TEST(LimitsTest, HeadTime) {
  ServerOptions options = local_options();
  options.limits.head_time = kShort;
  TestServer s(options);
  s.route(Method::get, "/x", nothing);
  s.start();
  Client silent(s.port);
  EXPECT_TRUE(silent.closed()) << "nothing was asked, nothing is answered";
  Client slow(s.port);
  slow.send("GET /x HTTP/1.1\r\nHost");
  EXPECT_EQ(slow.answer()->status, 408);
  EXPECT_TRUE(slow.closed());
  Client second(s.port);
  EXPECT_EQ(second.ask(get("/x") + "GE")->status, 204);
  EXPECT_EQ(second.answer()->status, 408) << "the next request has the same time";
  EXPECT_EQ(refused(s, "too_slow"), "2");
}

TEST(LimitsTest, ADripOfBytesBuysNoTime) {
  ServerOptions options = local_options();
  options.limits.head_time = options.limits.linger_time = kShort;
  TestServer s(options);
  s.start();
  Client client(s.port);
  client.send("GET /x HTTP/1.1\r\nHost: x\r\nX: ");
  while (client.send("y")) std::this_thread::sleep_for(5ms);  // paces the client, waits for nothing
  EXPECT_EQ(refused(s, "too_slow"), "1");
}

TEST(LimitsTest, IdleTime) {
  ServerOptions options = local_options();
  options.limits.idle_time = kShort;
  TestServer s(options);
  s.route(Method::get, "/x", nothing);
  s.start();
  Client client(s.port);
  EXPECT_EQ(client.ask(get("/x"))->status, 204);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(refused(s, "too_slow"), "0");
}

TEST(LimitsTest, CrowdedIdleTime) {
  ServerOptions options = local_options();
  options.limits.connections = 8;
  options.limits.crowded_idle_time = kShort;
  TestServer s(options);
  s.route(Method::get, "/x", nothing);
  s.start();
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) EXPECT_EQ(clients.emplace_back(s.port).ask(get("/x"))->status, 204);
  // Idle ones are closed until there is room; the last seven may stay.
  eventually([&] { return s.metric("hitkeep_http_connections") != "8"; });
  EXPECT_EQ(Client(s.port).ask(get("/x"))->status, 204);
}

TEST(LimitsTest, BodyTime) {
  ServerOptions options = local_options();
  options.limits.body_time = kShort;
  TestServer s(options);
  s.route(Method::post, "/api/x", echo);
  s.start();
  Client client(s.port);
  client.send("POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  const auto answer = client.answer();
  EXPECT_EQ(answer->status, 408);
  EXPECT_EQ(answer->header("content-type"), "application/json");
  EXPECT_TRUE(client.closed());
}

TEST(LimitsTest, ADripOfABodyBuysNoTime) {
  ServerOptions options = local_options();
  options.limits.body_time = options.limits.linger_time = kShort;
  TestServer s(options);
  s.route(Method::post, "/api/x", echo);
  s.start();
  Client client(s.port);
  client.send("POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
  const auto enough = std::chrono::steady_clock::now() + 20 * kShort;
  bool open = true;
  while (open && std::chrono::steady_clock::now() < enough) {
    open = client.send("y");
    std::this_thread::sleep_for(5ms);  // paces the client, waits for nothing
  }
  EXPECT_FALSE(open) << "one byte after the other holds the connection";
  EXPECT_EQ(refused(s, "too_slow"), "1");
}

TEST(LimitsTest, ALargeBodyHasTheTimeThatItsSizeNeeds) {
  ServerOptions options = local_options();
  options.limits.body_time = kShort;
  options.limits.min_bytes_per_second = 10'000;
  TestServer s(options);
  s.route(Method::post, "/api/x", echo);
  s.start();
  Client client(s.port);
  client.send("POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n" + std::string(10'000, 'x'));
  std::this_thread::sleep_for(2 * kShort);  // longer than body_time, shorter than 10,000 bytes may take
  EXPECT_EQ(client.ask(std::string(10'000, 'x'))->body, "20000");
}

TEST(LimitsTest, WriteTime) {
  ServerOptions options = local_options();
  options.limits.write_time = kShort;
  options.limits.min_bytes_per_second = 1'000'000'000;
  TestServer s(options);
  s.route(Method::get, "/large", [](Context&) { return text(200, std::string(32 << 20, 'x')); });
  s.start();
  Client client(s.port, 4096);
  client.send(get("/large"));
  eventually([&] { return refused(s, "too_slow") == "1"; });
  eventually([&] { return s.metric("hitkeep_http_connections") == "0"; });
}

TEST(LimitsTest, ALargeAnswerArrivesWhole) {
  TestServer s;
  s.route(Method::get, "/large", [](Context&) { return text(200, std::string(8 << 20, 'x')); });
  s.start();
  Client client(s.port, 4096);
  const auto answer = client.ask(get("/large"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body.size(), 8u << 20);
}

TEST(LimitsTest, AnswerTime) {
  ServerOptions options = local_options();
  options.limits.answer_time = kShort;
  std::latch go(1);
  std::vector<GateDone> gates;
  TestServer s(options);
  s.route(
      Method::get, "/api/slow",
      [&](Context& context) {
        const std::stop_callback on_gone(context.gone, [&] { go.count_down(); });
        go.wait();
        return empty(204);
      },
      Run::slow);
  s.route(Method::post, "/ingest", [&](Context&) {
    Response response = empty(202);
    response.gate = [&](GateDone done) { gates.push_back(std::move(done)); };
    return response;
  });
  s.start();
  Client client(s.port), gated(s.port);
  const auto answer = client.ask(get("/api/slow"));
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->header("content-type"), "application/json");
  EXPECT_EQ(answer->header("retry-after"), "2");
  EXPECT_NE(answer->body.find("try again"), std::string::npos);
  const auto change = gated.ask(post("/ingest", "x"));
  EXPECT_EQ(change->status, 503);
  EXPECT_NE(change->body.find("may still be done"), std::string::npos) << change->body;
  EXPECT_EQ(refused(s, "no_answer"), "2");
  go.wait();     // the handler was told, and finishes with nobody waiting
  gates[0]({});  // and so does the gate
  EXPECT_EQ(Client(s.port).ask(get("/api/nothing"))->status, 404);
}

TEST(LimitsTest, LingerTime) {
  ServerOptions options = local_options();
  options.limits.linger_time = kShort;
  TestServer s(options);
  s.start();
  Client client(s.port);
  EXPECT_EQ(client.ask("nonsense\r\n\r\n")->status, 400);
  // The client never closes; the server's side ends all the same.
  eventually([&] { return s.metric("hitkeep_http_connections") == "0"; });
}

TEST(LimitsTest, Connections) {
  ServerOptions options = local_options();
  options.limits.connections = 4;
  TestServer s(options);
  s.route(Method::get, "/x", nothing);
  s.start();
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(s.port);
    EXPECT_EQ(clients.back().ask(get("/x"))->status, 204);
  }
  Client over(s.port);
  const auto answer = over.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->header("retry-after"), "2");
  EXPECT_TRUE(over.closed());
  EXPECT_EQ(refused(s, "connections"), "1");
  clients.clear();
  eventually([&] { return s.metric("hitkeep_http_connections") == "0"; });
  EXPECT_EQ(Client(s.port).ask(get("/x"))->status, 204);
}

TEST(LimitsDeathTest, OpenFiles) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto until_full = [] {
    const rlimit few{.rlim_cur = 400, .rlim_max = 400};
    setrlimit(RLIMIT_NOFILE, &few);
    TestServer s;
    s.route(Method::get, "/x", nothing);
    s.start();
    std::vector<Client> clients;
    for (int i = 0; i < 200; ++i) {
      const auto answer = clients.emplace_back(s.port).ask(get("/x"));
      if (!answer) _exit(1);
      if (answer->status == 503) _exit(i == 400 - 256 ? 0 : 2);
    }
    _exit(3);
  };
  EXPECT_EXIT(until_full(), ::testing::ExitedWithCode(0), "allows fewer connections");
}

TEST(LimitsTest, ConnectionsOfOneClient) {
  ServerOptions options = local_options();
  options.limits.connections_per_client = 3;
  const auto fourth = [&] {
    TestServer s(options);
    s.route(Method::get, "/x", nothing);
    s.start();
    std::vector<Client> clients;
    for (int i = 0; i < 3; ++i) {
      clients.emplace_back(s.port);
      EXPECT_EQ(clients.back().ask(get("/x"))->status, 204);
    }
    clients.emplace_back(s.port);
    clients.back().send(get("/x"));
    return clients.back().answer()->status;
  };
  EXPECT_EQ(fourth(), 503);
  options.proxies.trusted = *net::IpSet::parse("127.0.0.1");
  EXPECT_EQ(fourth(), 204) << "a proxy carries many clients";
}

TEST(LimitsTest, Rates) {
  ServerOptions options = local_options();
  options.rates.ingest = {.per_second = 0.001, .burst = 3};
  options.rates.auth = {.per_second = 0.001, .burst = 2};
  options.proxies.trusted = *net::IpSet::parse("127.0.0.1");
  TestServer s(options);
  const auto limited = [&](std::string_view path, Rate rate) {
    s.router.add({.method = Method::post,
                  .path = path,
                  .access = testing::kOpen,
                  .run = Run::inline_io,
                  .rate = rate,
                  .summary = "test",
                  .handler = nothing});
  };
  limited("/ingest", Rate::ingest);
  limited("/ingest/event", Rate::ingest);
  limited("/api/login", Rate::auth);
  limited("/api/free", Rate::none);
  s.start();
  Client client(s.port);
  const auto as = [&](std::string_view ip, std::string_view path) {
    return *client.ask(post(path, "x", "X-Forwarded-For: " + std::string(ip) + "\r\n"));
  };
  EXPECT_EQ(as("198.51.100.1", "/ingest").status, 204);
  EXPECT_EQ(as("198.51.100.1", "/ingest/event").status, 204) << "one bucket for all routes of a class";
  EXPECT_EQ(as("198.51.100.1", "/ingest").status, 204);
  const auto over = as("198.51.100.1", "/ingest");
  EXPECT_EQ(over.status, 429);
  EXPECT_EQ(over.body, "Too Many Requests\n");
  EXPECT_GE(std::stoi(over.header("retry-after")), 900);
  EXPECT_EQ(as("198.51.100.2", "/ingest").status, 204);
  EXPECT_EQ(as("198.51.100.1", "/api/free").status, 204);
  for (int i = 1; i <= 2; ++i) EXPECT_EQ(as("2001:db8:0:1::" + std::to_string(i), "/api/login").status, 204);
  const auto api = as("2001:db8:0:1:ffff::1", "/api/login");
  EXPECT_EQ(api.status, 429) << "one /64, one client";
  EXPECT_EQ(api.body, "{\"status\":429,\"code\":\"too_many_requests\",\"message\":\"Too Many Requests\"}\n");
  EXPECT_EQ(as("2001:db8:0:2::1", "/api/login").status, 204);
  EXPECT_EQ(refused(s, "rate"), "2");
}

TEST(LimitsTest, RateOfAProxyThatNobodyNamed) {
  ServerOptions options = local_options();
  options.rates.ingest = {.per_second = 0.001, .burst = 1};
  options.rates.auth = {.per_second = 0.001, .burst = 1};
  TestServer s(options);
  for (const auto& [path, rate] : {std::pair{"/ingest", Rate::ingest}, {"/api/login", Rate::auth}})
    s.router.add({.method = Method::post,
                  .path = path,
                  .access = testing::kOpen,
                  .run = Run::inline_io,
                  .rate = rate,
                  .summary = "test",
                  .handler = [](Context& c) { return text(200, c.request.client_ip); }});
  s.start();
  Client client(s.port);
  ::testing::internal::CaptureStderr();
  const auto visitor = [&](int i, std::string_view path) {
    return *client.ask(post(path, "x", "X-Forwarded-For: 203.0.113." + std::to_string(i) + "\r\nVia: 1.1 x\r\n"));
  };
  for (int i = 1; i <= static_cast<int>(kClientsOfUnnamedProxy); ++i) {
    const auto answer = visitor(i, "/ingest");
    EXPECT_EQ(answer.status, 200) << i;
    EXPECT_EQ(answer.body, "127.0.0.1") << "what it says is not believed";
  }
  const auto over = visitor(99, "/ingest");
  EXPECT_EQ(over.status, 429);
  EXPECT_NE(over.body.find("HITKEEP_TRUSTED_PROXIES"), std::string::npos) << over.body;
  EXPECT_EQ(visitor(1, "/api/login").status, 200);
  EXPECT_EQ(visitor(2, "/api/login").status, 429) << "guessing gets no more room";
  EXPECT_EQ(client.ask(post("/ingest", "x"))->status, 200) << "without forwarding headers it is one client";
  EXPECT_EQ(client.ask(post("/ingest", "x"))->body, "Too Many Requests\n");
  const std::string log = ::testing::internal::GetCapturedStderr();
  const auto found = s.server->proxy_finding();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->proxy, "127.0.0.1");
  EXPECT_EQ(found->headers, "X-Forwarded-For, Via");
  const auto advice = log.find("set HITKEEP_TRUSTED_PROXIES=127.0.0.1/32");
  EXPECT_NE(advice, std::string::npos) << log;
  EXPECT_EQ(log.find("HITKEEP_TRUSTED_PROXIES=", advice + 10), std::string::npos) << "once an hour";
  EXPECT_EQ(log.find("203.0.113"), std::string::npos) << "a visitor's address";
  EXPECT_EQ(s.metric("hitkeep_http_unnamed_proxy_total{peer=\"internal\"}"), "35");
}

// --- event streams -----------------------------------------------------------------------------------------------

/// A source of events that a test drives.
struct Source {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::shared_ptr<EventSink>> sinks;

  Response subscribe() {
    Response response;
    response.header("Content-Type", "text/event-stream");
    response.stream = [this](std::shared_ptr<EventSink> sink) {
      std::lock_guard lock(mutex);
      sinks.push_back(std::move(sink));
      changed.notify_all();
    };
    return response;
  }
  std::shared_ptr<EventSink> sink(std::size_t index) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return sinks.size() > index; });
    return sinks[index];
  }
};

TEST(StreamTest, SendsFramesAsTheyCome) {
  Source source;
  TestServer s;
  s.route(Method::get, "/api/live", [&](Context&) { return source.subscribe(); });
  s.start();
  Client client(s.port);
  client.send(get("/api/live"));
  const auto head = client.answer();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->header("transfer-encoding"), "chunked");
  EXPECT_EQ(head->header("content-type"), "text/event-stream");
  const auto sink = source.sink(0);
  EXPECT_TRUE(sink->send("data: 1\n\n"));
  EXPECT_EQ(client.read_until("data: 1\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) EXPECT_TRUE(sink->send("data: x\n\n"));
    });
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(client.read_until("data: x\n\n"));
  threads.clear();
  sink->close();
  EXPECT_TRUE(client.read_until("\r\n0\r\n\r\n"));
  EXPECT_TRUE(client.closed());
  EXPECT_FALSE(sink->send("data: 2\n\n"));
}

TEST(StreamTest, AnOldClientGetsTheFramesBare) {
  Source source;
  TestServer s;
  s.route(Method::get, "/api/live", [&](Context&) { return source.subscribe(); });
  s.start();
  Client client(s.port);
  client.send("GET /api/live HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.answer()->header("transfer-encoding"), "");
  source.sink(0)->send("data: 1\n\n");
  EXPECT_EQ(client.read_until("\n\n"), "data: 1\n\n");
  source.sink(0)->close();
  EXPECT_TRUE(client.closed());
}

TEST(StreamTest, NoticesThatTheClientHasGone) {
  Source source;
  TestServer s;
  s.route(Method::get, "/api/live", [&](Context&) { return source.subscribe(); });
  s.start();
  for (std::size_t i = 0; i < 2; ++i) {
    Client client(s.port);
    client.send(get("/api/live"));
    ASSERT_TRUE(client.answer());
    const auto sink = source.sink(i);
    EXPECT_TRUE(sink->send(": hello\n\n"));
    if (i == 0)
      client.close();
    else
      client.reset();
    eventually([&] { return s.metric("hitkeep_http_connections") == "0"; });
    EXPECT_FALSE(sink->send(": anybody?\n\n"));
  }
}

TEST(StreamTest, DropsAClientThatDoesNotRead) {
  Source source;
  TestServer s;
  s.route(Method::get, "/api/live", [&](Context&) { return source.subscribe(); });
  s.start();
  Client client(s.port, 4096);
  client.send(get("/api/live"));
  ASSERT_TRUE(client.answer());
  const auto sink = source.sink(0);
  const std::string frame = "data: " + std::string(8000, 'x') + "\n\n";
  // The kernel takes some megabytes before the bound of kMaxStreamBytes is reached.
  eventually([&] { return !sink->send(frame); });
  eventually([&] { return refused(s, "stream_too_slow") == "1"; });
  eventually([&] { return s.metric("hitkeep_http_connections") == "0"; });
}

TEST(StreamTest, OneFrameTooLargeEndsTheStream) {
  Source source;
  TestServer s;
  s.route(Method::get, "/api/live", [&](Context&) { return source.subscribe(); });
  s.start();
  Client client(s.port);
  client.send(get("/api/live"));
  ASSERT_TRUE(client.answer());
  EXPECT_FALSE(source.sink(0)->send(std::string(kMaxStreamBytes + 1, 'x')));
  eventually([&] { return s.metric("hitkeep_http_connections") == "0"; });
}

TEST(StreamTest, HeadStartsNoStream) {
  Source source;
  TestServer s;
  s.route(Method::get, "/api/live", [&](Context&) { return source.subscribe(); });
  s.start();
  Client client(s.port);
  client.send("HEAD /api/live HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.answer(true)->status, 200);
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(source.sinks.empty());
}

// --- drain -------------------------------------------------------------------------------------------------------

TEST(DrainTest, FinishesWhatIsInFlightAndClosesTheRest) {
  Source source;
  std::latch inside(1), go(1);
  std::latch gated(1);
  GateDone gate;
  ServerOptions options = local_options();
  options.threads = 1;  // so that one closed connection tells that all have heard of the drain
  TestServer s(options);
  s.route(
      Method::get, "/api/slow",
      [&](Context&) {
        inside.count_down();
        go.wait();
        return text(200, "done");
      },
      Run::slow);
  s.route(Method::post, "/ingest", [&](Context&) {
    Response response = empty(202);
    response.gate = [&](GateDone done) {
      gate = std::move(done);
      gated.count_down();
    };
    return response;
  });
  s.route(Method::get, "/x", nothing);
  s.route(Method::get, "/api/live", [&](Context&) { return source.subscribe(); });
  s.start();
  Client slow(s.port), waiting(s.port), idle(s.port), fresh(s.port), live(s.port), half(s.port);
  slow.send(get("/api/slow"));
  inside.wait();
  waiting.send(post("/ingest", "x"));
  gated.wait();
  EXPECT_EQ(idle.ask(get("/x"))->status, 204);
  live.send(get("/api/live"));
  ASSERT_TRUE(live.answer());
  source.sink(0);
  half.send("GET /x HTTP/1.1\r\n");
  eventually([&] { return s.metric("hitkeep_http_connections") == "6"; });

  std::jthread drain([&] { s.server->drain(20s); });
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(fresh.closed());
  EXPECT_EQ(live.read_until("0\r\n\r\n"), "0\r\n\r\n");
  EXPECT_TRUE(live.closed());
  half.send("Host: x\r\n\r\n");
  EXPECT_EQ(half.answer()->header("connection"), "close") << "a request that had begun is finished";
  go.count_down();
  const auto answer = slow.answer();
  EXPECT_EQ(answer->body, "done");
  EXPECT_EQ(answer->header("connection"), "close");
  gate({});
  EXPECT_EQ(waiting.answer()->status, 202);
  slow.close();
  waiting.close();
  half.close();
  drain.join();
  EXPECT_THROW(Client(s.port), std::runtime_error);
}

TEST(DrainTest, CutsWhatDoesNotFinish) {
  std::latch inside(1), go(1);
  GateDone never;
  std::latch gated(1);
  TestServer s;
  s.route(
      Method::get, "/api/slow",
      [&](Context& context) {
        const std::stop_callback on_gone(context.gone, [&] { go.count_down(); });
        inside.count_down();
        go.wait();
        return text(200, "done");
      },
      Run::slow);
  s.route(Method::get, "/large", [](Context&) { return text(200, std::string(32 << 20, 'x')); });
  s.route(Method::post, "/ingest", [&](Context&) {
    Response response = empty(202);
    response.gate = [&](GateDone done) {
      never = std::move(done);
      gated.count_down();
    };
    return response;
  });
  s.start();
  Client slow(s.port), unread(s.port, 4096), waiting(s.port), body(s.port);
  slow.send(get("/api/slow"));
  inside.wait();
  unread.send(get("/large"));
  waiting.send(post("/ingest", "x"));
  gated.wait();
  body.send("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
  s.server->drain(50ms);
  EXPECT_EQ(s.metric("hitkeep_http_connections"), "0");
  EXPECT_TRUE(waiting.closed());
  go.wait();  // the handler was told
  never({});  // into the void
}

TEST(DrainTest, UnderLoadEveryAnswerThatWasPromisedArrives) {
  std::atomic<int> handled = 0;
  std::atomic<int> answered = 0;
  TestServer s;
  s.route(Method::post, "/ingest", [&](Context&) {
    Response response = empty(202);
    response.gate = [&](GateDone done) {
      ++handled;
      done({});
    };
    return response;
  });
  s.start();
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      try {
        for (;;) {
          Client client(s.port);
          while (client.send(post("/ingest", "x"))) {
            if (!client.answer()) break;
            ++answered;
          }
        }
      } catch (const std::runtime_error& closed) {
        EXPECT_STRNE(closed.what(), "") << "no longer listening";
      }
    });
  eventually([&] { return answered > 200; });
  s.server->drain(20s);
  clients.clear();
  EXPECT_EQ(answered, handled);
}

TEST(DrainTest, WhoHasJustConnectedMayStillAsk) {
  ServerOptions options = local_options();
  options.threads = 1;
  TestServer s(options);
  s.route(Method::get, "/x", nothing);
  s.start();
  Client idle(s.port), fresh(s.port);
  EXPECT_EQ(idle.ask(get("/x"))->status, 204);
  eventually([&] { return s.metric("hitkeep_http_connections") == "2"; });
  std::jthread drain([&] { s.server->drain(20s); });
  EXPECT_TRUE(idle.closed());
  const auto answer = fresh.ask(get("/x"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(answer->header("connection"), "close");
  fresh.close();
}

TEST(DrainTest, LeavesTheQueueOfAnInheritedSocketToTheNext) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(listen(fd, 16), 0);  // at a port that the system chooses
  ServerOptions options = local_options();
  options.inherited = {fd};
  TestServer first(options);
  first.route(Method::get, "/x", [](Context&) { return text(200, "first"); });
  first.start();
  Client before(first.port);
  EXPECT_EQ(before.ask(get("/x"))->body, "first");
  before.close();
  first.server->drain(20s);
  Client meanwhile(first.port);  // is not refused, and waits
  meanwhile.send(get("/x"));
  TestServer second(options);
  second.route(Method::get, "/x", [](Context&) { return text(200, "second"); });
  second.start();
  EXPECT_EQ(second.port, first.port);
  EXPECT_EQ(meanwhile.answer()->body, "second");
  ::close(fd);
}

TEST(DrainTest, IsIdempotentAndNeedsNoStart) {
  TestServer s;
  s.start();
  s.server->drain(1s);
  s.server->drain(1s);
  TestServer never;
  never.server =
      std::make_unique<Server>(never.options, never.router, never.access, never.pools, never.metrics, never.clock);
  never.server->drain(1s);
}

}  // namespace
}  // namespace hk::http

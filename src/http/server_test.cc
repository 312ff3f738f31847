// The server over real sockets: dispatch, errors, threads, gates.

#include "http/server.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <latch>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include "http/encoding.h"
#include "http/testing/client.h"
#include "http/testing/fixture.h"

namespace hk::http {
namespace {

using testing::Client;
using testing::get;
using testing::local_options;
using testing::post;
using testing::TestServer;

Response echo(Context& context) {
  return text(200, context.request.body);
}
Response nothing(Context&) {
  return empty(204);
}

constexpr std::array<Asset, 2> kFiles = {{
    {.path = "/index.html",
     .mime = "text/html; charset=utf-8",
     .etag = "page",
     .identity = "<html><head><base href=\"/\"></head></html>"},
    {.path = "/hk.js", .mime = "text/javascript; charset=utf-8", .etag = "tracker", .identity = "hk"},
}};

ServerOptions with_files() {
  ServerOptions options = local_options();
  options.assets = kFiles;
  return options;
}

TEST(ServerTest, AnswersOneRequestAfterTheOther) {
  TestServer s;
  s.route(Method::get, "/api/hello/{name}", [](Context& c) { return json(200, "\"" + c.path.at("name") + "\""); });
  s.route(Method::post, "/api/echo", echo);
  s.start();
  Client client(s.port);
  const auto hello = client.ask(get("/api/hello/w%C3%B6rld?x=1"));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->status, 200);
  EXPECT_EQ(hello->body, "\"wörld\"");
  EXPECT_EQ(hello->header("content-type"), "application/json");
  EXPECT_EQ(hello->header("connection"), "");
  EXPECT_EQ(hello->header("date").size(), std::string_view("Wed, 25 Nov 2026 08:00:00 GMT").size());
  const auto back = client.ask(post("/api/echo", "ping"));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->body, "ping");
}

TEST(ServerTest, ARequestSeesNothingOfTheOneBefore) {
  TestServer s;
  const auto all = [](Context& c) {
    Response response = text(c.path.empty() ? 200 : 201, c.request.body + c.request.query);
    for (const auto& [name, value] : c.request.headers) response.body += name + ' ';
    for (const auto& [name, value] : c.path) response.body += name + '=' + value;
    if (c.path.empty()) return response;
    response.header("X-First", "yes");
    response.gate = [](GateDone done) { done({}); };
    return response;
  };
  s.route(Method::post, "/api/first/{id}", all);
  s.route(Method::get, "/api/second", all);
  s.start();
  Client client(s.port);
  for (int i = 0; i < 3; ++i) {
    const auto first = client.ask(post("/api/first/7?a=b", "body", "Cookie: c\r\n"));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->status, 201);
    EXPECT_TRUE(first->body.contains("cookie"));
    const auto second = client.ask(get("/api/second"));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->status, 200);
    EXPECT_EQ(second->body, "host ");
    EXPECT_EQ(second->header("x-first"), "");
  }
}

TEST(ServerTest, KeepsAConnectionAsLongAsTheClientWants) {
  TestServer s;
  s.route(Method::get, "/x", nothing);
  s.start();
  Client last(s.port);
  EXPECT_EQ(last.ask(get("/x", "Connection: close\r\n"))->header("connection"), "close");
  EXPECT_TRUE(last.closed());
  Client old(s.port);
  EXPECT_EQ(old.ask("GET /x HTTP/1.0\r\n\r\n")->header("connection"), "close");
  EXPECT_TRUE(old.closed());
  Client kept(s.port);
  EXPECT_EQ(kept.ask("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->header("connection"), "keep-alive");
  EXPECT_EQ(kept.ask("GET /x HTTP/1.0\r\n\r\n")->status, 204);
}

TEST(ServerTest, AnswersPipelinedRequestsInOrder) {
  TestServer s;
  s.route(Method::post, "/slow", echo, Run::query);
  s.route(Method::post, "/quick", echo);
  s.start();
  Client client(s.port);
  std::string all;
  for (int i = 0; i < 200; ++i) all += post(i % 3 == 0 ? "/slow" : "/quick", std::to_string(i));
  client.send(all);
  for (int i = 0; i < 200; ++i) {
    const auto answer = client.answer();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->body, std::to_string(i));
  }
}

TEST(ServerTest, HeadIsGetWithoutTheBody) {
  TestServer s(with_files());
  s.route(Method::get, "/api/x", [](Context&) { return json(200, "{\"a\":1}"); });
  s.start();
  Client client(s.port);
  client.send("HEAD /api/x HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = client.answer(true);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->header("content-length"), "7");
  client.send("HEAD /hk.js HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.answer(true)->header("content-length"), "2");
  EXPECT_EQ(client.ask(get("/api/x"))->body, "{\"a\":1}") << "no stray body in between";
}

TEST(ServerTest, TellsUnknownPathsFromWrongMethods) {
  TestServer s(with_files());
  s.route(Method::get, "/api/x", nothing);
  s.route(Method::put, "/api/x", nothing);
  s.start();
  Client client(s.port);
  const auto unknown = client.ask(get("/api/y"));
  EXPECT_EQ(unknown->status, 404);
  EXPECT_EQ(unknown->body, "{\"status\":404,\"code\":\"not_found\",\"message\":\"There is no such endpoint\"}\n");
  EXPECT_EQ(client.ask(post("/api/y", ""))->status, 404);
  EXPECT_EQ(client.ask(get("/api"))->header("content-type"), "application/json");
  const auto wrong = client.ask(post("/api/x", "body"));
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->header("allow"), "GET, HEAD, PUT");
  EXPECT_EQ(client.ask(post("/hk.js", ""))->header("allow"), "GET, HEAD");
  EXPECT_EQ(client.ask(post("/sites", ""))->status, 404);
  EXPECT_EQ(client.ask(get("/sites"))->status, 200) << "a page of the dashboard";
  EXPECT_EQ(client.ask(get("/sites.php"))->status, 404);
  EXPECT_EQ(client.ask(get("/ingest/foo"))->body, "Not found\n");
  EXPECT_EQ(client.ask(get("/a/../b"))->status, 400);
  EXPECT_EQ(client.ask(get("/api/%78"))->status, 204) << "decoded before it is matched";
  EXPECT_EQ(client.ask(get("//api/./x"))->status, 204);
  EXPECT_EQ(client.ask(get("/api/x?filter=path:%C3%B8"))->status, 204);
  const auto no_text = client.ask(get("/api/x?a=1&filter=path:%FF"));
  EXPECT_EQ(no_text->status, 400);
  EXPECT_NE(no_text->body.find(R"("field":"filter")"), std::string::npos) << no_text->body;
  EXPECT_EQ(client.ask(get("/api/x?a=%00"))->status, 400);
  EXPECT_EQ(client.ask(get("/api/%FF"))->status, 400);
  EXPECT_EQ(client.ask("GET http://other.example/api/x HTTP/1.1\r\nHost: x\r\n\r\n")->status, 204);
  EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")->status, 400);
}

TEST(ServerTest, SaysInTheBrowserThatThereIsNoDashboard) {
  TestServer s;
  s.start();
  const auto answer = Client(s.port).ask(get("/"));
  EXPECT_EQ(answer->status, 200);
  EXPECT_NE(answer->body.find("no dashboard"), std::string::npos);
  EXPECT_EQ(Client(s.port).ask(get("/sites"))->status, 404);
}

TEST(ServerTest, ServesEverythingUnderItsBasePath) {
  ServerOptions options = with_files();
  options.base_path = "/hk/";
  TestServer s(options);
  s.route(Method::get, "/api/x", nothing);
  s.route(Method::get, "/healthz", [](Context&) { return text(200, "ok"); });
  s.route(Method::get, "/readyz", [](Context&) { return text(200, "ok"); });
  s.start();
  Client client(s.port);
  EXPECT_EQ(client.ask(get("/hk/api/x"))->status, 204);
  for (const char* page : {"/hk", "/hk/", "/hk/sites"})
    EXPECT_NE(client.ask(get(page))->body.find("<base href=\"/hk/\">"), std::string::npos) << page;
  for (const char* outside : {"/api/x", "/", "/hkx", "/hkx/api/x", "/hk.js"})
    EXPECT_EQ(client.ask(get(outside))->status, 404) << outside;
  for (const char* probe : {"/healthz", "/readyz", "/hk/healthz"}) EXPECT_EQ(client.ask(get(probe))->status, 200);
}

TEST(ServerTest, AsksWhoMayBeforeItReadsTheBody) {
  std::atomic<int> calls = 0;
  TestServer s(local_options(), [](const Request& request, Access access, const auto& path) -> Result<Caller> {
    if (access == testing::kOpen) return Caller{};
    if (path.at("id") == "1") return Caller{.turn = std::string(request.header("x-user"))};
    return fail(Code::forbidden, "Not yours");
  });
  s.router.add({.method = Method::post,
                .path = "/api/sites/{id}",
                .access = Access("closed", 1),
                .run = Run::inline_io,
                .rate = Rate::none,
                .summary = "test",
                .handler = [&](Context& c) {
                  ++calls;
                  return text(200, c.caller.turn);
                }});
  s.start();
  Client client(s.port);
  EXPECT_EQ(client.ask(post("/api/sites/1", "x", "X-User: ada\r\n"))->body, "ada");
  const auto refused = client.ask(post("/api/sites/2", "x"));
  EXPECT_EQ(refused->status, 403);
  EXPECT_EQ(refused->body, "{\"status\":403,\"code\":\"forbidden\",\"message\":\"Not yours\"}\n");
  EXPECT_EQ(client.ask(post("/api/sites/1", ""))->status, 200) << "the refused body was read away";
  // A body that nobody will read is not even asked for.
  const auto before =
      client.ask("POST /api/sites/2 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  EXPECT_EQ(before->status, 403);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(calls, 2);
}

TEST(ServerTest, AsksForABodyThatWaits) {
  TestServer s;
  s.route(Method::post, "/echo", echo);
  s.start();
  Client client(s.port);
  EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")->status,
            100);
  EXPECT_EQ(client.ask("ping")->body, "ping");
}

TEST(ServerTest, AnExceptionIsAnAnswerWithAnIdInTheLog) {
  TestServer s;
  s.route(Method::get, "/api/throw", [](Context&) -> Response { throw std::runtime_error("secret detail"); });
  s.route(Method::get, "/api/throw/late", [](Context&) -> Response { throw 42; }, Run::query);
  s.route(Method::get, "/gate", [](Context&) {
    Response response = empty(202);
    response.gate = [](GateDone) { throw std::runtime_error("no"); };
    return response;
  });
  s.start();
  Client client(s.port);
  ::testing::internal::CaptureStderr();
  const auto answer = client.ask(get("/api/throw"));
  const auto late = client.ask(get("/api/throw/late"));
  const auto gate = client.ask(get("/gate"));
  const std::string log = ::testing::internal::GetCapturedStderr();
  ASSERT_TRUE(answer && late && gate);
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body.find("secret"), std::string::npos);
  const auto id = answer->body.substr(answer->body.find("error ") + 6, 12);
  EXPECT_EQ(answer->header("x-error-id"), id);
  EXPECT_NE(log.find(std::string(gate->header("x-error-id"))), std::string::npos) << log;
  EXPECT_NE(log.find(id), std::string::npos) << log;
  EXPECT_NE(log.find("secret detail"), std::string::npos);
  EXPECT_EQ(late->status, 500);
  EXPECT_EQ(gate->status, 500) << "a gate that is never answered is a failure";
}

TEST(ServerTest, AnExceptionOfTheAccessCheckIsAnAnswerToo) {
  TestServer s(local_options(),
               [](const Request&, Access, const auto&) -> Result<Caller> { throw std::runtime_error("no"); });
  s.route(Method::get, "/api/x", nothing);
  s.start();
  ::testing::internal::CaptureStderr();
  Client client(s.port);
  EXPECT_EQ(client.ask(get("/api/x"))->status, 500);
  EXPECT_EQ(client.ask(get("/api/x"))->status, 500);
  ::testing::internal::GetCapturedStderr();
}

TEST(ServerTest, WorkersKeepTheIoThreadsFree) {
  ServerOptions options = local_options();
  options.threads = 1;
  std::latch inside(2), go(1);
  TestServer s(options);
  const auto wait = [&](Context&) {
    inside.count_down();
    go.wait();
    return empty(204);
  };
  s.route(Method::get, "/query", wait, Run::query);
  s.route(Method::get, "/quick", nothing);
  s.start();
  Client a(s.port), b(s.port), c(s.port);
  a.send(get("/query"));
  b.send(get("/query"));
  inside.wait();
  EXPECT_EQ(c.ask(get("/quick"))->status, 204);
  go.count_down();
  EXPECT_EQ(a.answer()->status, 204);
  EXPECT_EQ(b.answer()->status, 204);
}

/// A handler that works until its client goes, on the pool's only thread for it.
struct Endless {
  std::counting_semaphore<> inside{0}, stopped{0};

  Response operator()(const Context& context) {
    std::binary_semaphore gone{0};
    const std::stop_callback on_gone(context.gone, [&] { gone.release(); });
    inside.release();
    if (gone.try_acquire_for(Client::kPatience)) stopped.release();
    return empty(204);
  }
};

TEST(ServerTest, TellsAHandlerThatItsClientHasGone) {
  Endless endless;
  TestServer s;
  s.route(Method::get, "/endless", std::ref(endless), Run::slow);
  s.route(
      Method::get, "/quick", [](Context& context) { return empty(context.gone.stop_requested() ? 500 : 204); },
      Run::slow);
  s.start();
  Client stays(s.port);
  EXPECT_EQ(stays.ask(get("/quick"))->status, 204);
  for (int i = 0; i < 3; ++i) {
    Client leaves(s.port);
    leaves.send(get("/endless"));
    endless.inside.acquire();
    leaves.close();
    ASSERT_TRUE(endless.stopped.try_acquire_for(Client::kPatience));
    EXPECT_EQ(stays.ask(get("/quick"))->status, 204) << "the only worker is free again";
  }
}

TEST(ServerTest, ANextRequestIsNoFarewell) {
  std::latch inside(1), go(1);
  std::atomic<bool> gone = false;
  TestServer s;
  s.route(
      Method::get, "/slow",
      [&](Context& context) {
        inside.count_down();
        go.wait();
        gone = context.gone.stop_requested();
        return text(200, "slow");
      },
      Run::slow);
  s.route(Method::get, "/quick", nothing);
  s.start();
  Client client(s.port);
  client.send(get("/slow"));
  inside.wait();
  client.send(get("/quick"));
  EXPECT_EQ(Client(s.port).ask(get("/quick"))->status, 204);
  go.count_down();
  EXPECT_EQ(client.answer()->body, "slow");
  EXPECT_EQ(client.answer()->status, 204);
  EXPECT_FALSE(gone);
}

TEST(ServerTest, AFloodOfSignInsKeepsNobodyElseWaiting) {
  std::latch go(1);
  TestServer s;
  s.route(
      Method::post, "/api/login",
      [&](Context&) {
        go.wait();
        return empty(204);
      },
      Run::sign_in);
  s.route(Method::get, "/api/query", nothing, Run::query);
  s.route(Method::get, "/api/slow", nothing, Run::slow);
  s.start();
  std::vector<Client> flood;
  for (int i = 0; i < 40; ++i)
    flood.emplace_back(s.port).send("POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  Client client(s.port);
  for (const auto* path : {"/api/query", "/api/slow"}) {
    const auto answer = client.ask(get(path));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 204) << path;
  }
  go.count_down();
  for (auto& one : flood) EXPECT_EQ(one.answer()->status, 204);
}

TEST(ServerTest, AFullQueueSaysSo) {
  std::latch inside(1), go(1);
  std::atomic<bool> first = true;
  TestServer s;
  s.route(
      Method::get, "/api/slow",
      [&](Context&) {
        if (first.exchange(false)) inside.count_down();
        go.wait();
        return empty(204);
      },
      Run::slow);
  s.start();
  std::vector<Client> clients;
  clients.emplace_back(s.port).send(get("/api/slow"));
  inside.wait();
  // One runs; kWorkerQueue wait; one is too many.
  for (std::size_t i = 0; i <= net::kWorkerQueue; ++i) clients.emplace_back(s.port).send(get("/api/slow"));
  std::jthread finder([&] {
    // Whichever came last over the two I/O threads is refused; the others wait until `go`.
    while (s.metric("hitkeep_http_refused_total{reason=\"queue_full\"}") != "1") std::this_thread::yield();
    go.count_down();
  });
  int busy = 0, fine = 0;
  for (auto& client : clients) {
    const auto answer = client.answer();
    ASSERT_TRUE(answer);
    if (answer->status == 503) {
      ++busy;
      EXPECT_EQ(answer->header("retry-after"), "2");
    } else {
      ++fine;
    }
  }
  EXPECT_EQ(busy, 1);
  EXPECT_EQ(fine, static_cast<int>(net::kWorkerQueue) + 1);
}

TEST(ServerTest, OnePersonsQuestionsFillHisShareOfTheQueueAlone) {
  std::latch inside(1), go(1);
  std::atomic<bool> first = true;
  TestServer s(local_options(), [](const Request& request, Access, const auto&) -> Result<Caller> {
    return Caller{.turn = std::string(request.header("x-who"))};
  });
  s.route(
      Method::get, "/api/ask",
      [&](Context&) {
        if (first.exchange(false)) inside.count_down();
        go.wait();
        return empty(204);
      },
      Run::query);
  s.start();
  const auto ask = [](const std::string& who) { return get("/api/ask", "X-Who: " + who + "\r\n"); };
  std::vector<Client> clients;
  clients.emplace_back(s.port).send(ask("anna"));
  inside.wait();
  for (std::size_t i = 0; i <= net::kOwnerQueue; ++i) clients.emplace_back(s.port).send(ask("anna"));
  while (s.metric("hitkeep_http_refused_total{reason=\"owner_queue\"}") != "1") std::this_thread::yield();
  clients.emplace_back(s.port).send(ask("bert"));
  go.count_down();
  EXPECT_EQ(clients.back().answer()->status, 204);
  clients.pop_back();
  int limited = 0;
  for (auto& client : clients) limited += client.answer()->status == 429 ? 1 : 0;
  EXPECT_EQ(limited, 1);
}

/// Gates that fire when a test says so, from its own thread.
class Gates {
 public:
  Response hold(Result<void> outcome = {}) {
    Response response = text(202, "durable");
    response.gate = [this, outcome](GateDone done) {
      std::lock_guard lock(mutex_);
      waiting_.emplace_back(std::move(done), outcome);
      count_.notify_all();
    };
    return response;
  }
  void fire(std::size_t expected) {
    std::unique_lock lock(mutex_);
    count_.wait(lock, [&] { return waiting_.size() >= expected; });
    auto all = std::move(waiting_);
    waiting_.clear();
    lock.unlock();
    for (auto& [done, outcome] : all) done(outcome);
  }

 private:
  std::mutex mutex_;
  std::condition_variable count_;
  std::vector<std::pair<GateDone, Result<void>>> waiting_;
};

TEST(ServerTest, AGateHoldsTheAnswerBack) {
  Gates gates;
  TestServer s;
  s.route(Method::post, "/ingest", [&](Context&) { return gates.hold(); });
  s.route(Method::post, "/api/inline", [&](Context&) { return gates.hold(fail(Code::unavailable, "disk full")); });
  s.route(Method::post, "/api/query", [&](Context&) { return gates.hold(); }, Run::query);
  s.route(Method::post, "/api/at-once", [](Context&) {
    Response response = empty(202);
    response.gate = [](GateDone done) { done(fail(Code::busy, "too many")); };
    return response;
  });
  s.start();
  constexpr std::size_t kClients = 60;
  std::vector<Client> clients;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < kClients; ++i) {
      if (round == 0) clients.emplace_back(s.port);
      clients[i].send(post(i % 3 == 0 ? "/api/inline" : i % 3 == 1 ? "/ingest" : "/api/query", "x"));
    }
    gates.fire(kClients);
    for (std::size_t i = 0; i < kClients; ++i) {
      const auto answer = clients[i].answer();
      ASSERT_TRUE(answer);
      if (i % 3 == 0) {
        EXPECT_EQ(answer->status, 503);
        EXPECT_NE(answer->body.find("disk full"), std::string::npos);
      } else {
        EXPECT_EQ(answer->status, 202);
        EXPECT_EQ(answer->body, "durable");
      }
    }
  }
  EXPECT_EQ(Client(s.port).ask(post("/api/at-once", ""))->status, 503);
}

TEST(ServerTest, CompressesAndTagsWhatPays) {
  TestServer s;
  const std::string big = "[" + std::string(5000, '1') + "]";
  s.route(Method::get, "/api/big", [&](Context&) { return json(200, big); });
  s.route(Method::get, "/api/small", [&](Context&) { return json(200, "[]"); });
  s.route(Method::get, "/api/tagged", [&](Context&) {
    Response response = json(200, big);
    response.etag = true;
    return response;
  });
  s.start();
  Client client(s.port);
  const auto plain = client.ask(get("/api/big"));
  EXPECT_EQ(plain->body, big);
  EXPECT_EQ(plain->header("vary"), "Accept-Encoding");
  EXPECT_EQ(plain->header("cache-control"), "no-store");
  const auto br = client.ask(get("/api/big", "Accept-Encoding: gzip, br\r\n"));
  EXPECT_EQ(br->header("content-encoding"), "br");
  EXPECT_LT(br->body.size(), 200u);
  EXPECT_EQ(client.ask(get("/api/big", "Accept-Encoding: gzip\r\n"))->header("content-encoding"), "gzip");
  EXPECT_EQ(client.ask(get("/api/small", "Accept-Encoding: br\r\n"))->header("content-encoding"), "");

  const auto tagged = client.ask(get("/api/tagged"));
  const std::string tag = tagged->header("etag");
  EXPECT_EQ(tag, "\"" + etag_of(big) + "\"");
  EXPECT_EQ(tagged->header("cache-control"), "private, no-cache");
  const auto same = client.ask(get("/api/tagged", "If-None-Match: " + tag + "\r\n"));
  EXPECT_EQ(same->status, 304);
  EXPECT_EQ(same->header("etag"), tag);
  EXPECT_EQ(client.ask(get("/api/tagged", "If-None-Match: " + tag + "\r\nAccept-Encoding: br\r\n"))->status, 200);
}

TEST(ServerTest, SendsSecurityHeaders) {
  ServerOptions options = with_files();
  TestServer s(options);
  s.route(Method::get, "/api/x", [](Context&) { return json(200, "1"); });
  s.start();
  Client client(s.port);
  for (const char* path : {"/", "/api/x", "/api/missing", "/missing.js"}) {
    const auto answer = client.ask(get(path));
    EXPECT_EQ(answer->header("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(answer->header("referrer-policy"), "same-origin") << path;
    EXPECT_EQ(answer->header("strict-transport-security"), "") << path;
  }
  EXPECT_NE(client.ask(get("/"))->header("content-security-policy").find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_NE(client.ask(get("/"))->header("permissions-policy").find("camera=()"), std::string::npos);
  EXPECT_EQ(client.ask(get("/api/x"))->header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");

  options.https = true;
  TestServer https(options);
  https.start();
  EXPECT_NE(Client(https.port).ask(get("/"))->header("strict-transport-security").find("max-age=31536000"),
            std::string::npos);
}

TEST(ServerTest, LeavesOutAHeaderThatWouldSplitTheAnswer) {
  TestServer s;
  s.route(Method::get, "/x", [](Context&) { return empty(204).header("X-A", "b\r\nX-Evil: 1").header("X-C", "d"); });
  s.start();
  ::testing::internal::CaptureStderr();
  const auto answer = Client(s.port).ask(get("/x"));
  ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(answer->header("x-evil"), "");
  EXPECT_EQ(answer->header("x-a"), "");
  EXPECT_EQ(answer->header("x-c"), "d");
}

TEST(ServerTest, OpensTheTrackersEndpointsToEveryOrigin) {
  TestServer s;
  s.router.add({.method = Method::post,
                .path = "/ingest",
                .access = testing::kOpen,
                .run = Run::inline_io,
                .rate = Rate::none,
                .summary = "test",
                .handler = [](Context&) { return empty(202); },
                .cors = Cors::any_origin});
  s.route(Method::post, "/api/x", nothing);
  s.start();
  Client client(s.port);
  const auto options = [&](std::string_view path, const std::string& lines) {
    return *client.ask("OPTIONS " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n");
  };
  const std::string origin = "Origin: https://shop.example\r\n";

  const auto preflight = options("/ingest", origin +
                                                "Access-Control-Request-Method: POST\r\n"
                                                "Access-Control-Request-Headers: Content-Type\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("access-control-allow-origin"), "https://shop.example");
  EXPECT_EQ(preflight.header("access-control-allow-credentials"), "true");
  EXPECT_EQ(preflight.header("access-control-allow-methods"), "POST");
  EXPECT_EQ(preflight.header("access-control-allow-headers"), "Content-Type");
  EXPECT_EQ(preflight.header("access-control-max-age"), "86400");
  EXPECT_EQ(preflight.header("vary"), "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

  for (const std::string& lines : {origin + "Access-Control-Request-Method: POST\r\n"
                                            "Access-Control-Request-Headers: content-type, x-other\r\n",
                                   origin + "Access-Control-Request-Method: PUT\r\n",
                                   std::string("Origin:  \r\nAccess-Control-Request-Method: POST\r\n")}) {
    const auto refused = options("/ingest", lines);
    EXPECT_EQ(refused.status, 204);
    EXPECT_EQ(refused.header("access-control-allow-origin"), "") << lines;
  }

  const auto bare = options("/ingest", origin);
  EXPECT_EQ(bare.status, 405);
  EXPECT_EQ(bare.header("allow"), "POST");
  EXPECT_EQ(bare.body, "Method Not Allowed\n");
  EXPECT_EQ(bare.header("access-control-allow-origin"), "https://shop.example");
  EXPECT_EQ(client.ask(get("/ingest", origin))->status, 405);

  const auto sent = client.ask(post("/ingest", "{}", origin));
  EXPECT_EQ(sent->status, 202);
  EXPECT_EQ(sent->header("content-length"), "0");
  EXPECT_EQ(sent->header("vary"), "Origin");
  EXPECT_EQ(sent->header("access-control-allow-origin"), "https://shop.example");
  EXPECT_EQ(sent->header("access-control-allow-credentials"), "true");
  EXPECT_EQ(client.ask(post("/ingest", "{}"))->header("access-control-allow-origin"), "");
  const auto too_large =
      client.ask("POST /ingest HTTP/1.1\r\nHost: x\r\n" + origin + "Content-Length: 99999999\r\n\r\n");
  EXPECT_EQ(too_large->status, 413);
  EXPECT_EQ(too_large->header("access-control-allow-origin"), "https://shop.example");

  Client other(s.port);
  EXPECT_EQ(other.ask(post("/api/x", "", origin))->header("access-control-allow-origin"), "");
  EXPECT_EQ(
      other.ask("OPTIONS /api/x HTTP/1.1\r\nHost: x\r\n" + origin + "Access-Control-Request-Method: POST\r\n\r\n")
          ->status,
      405);
}

TEST(ServerTest, KnowsTheClientBehindAProxy) {
  ServerOptions options = local_options();
  TestServer direct(options);
  const auto who = [](Context& c) { return text(200, c.request.client_ip + (c.request.secure ? " https" : " http")); };
  direct.route(Method::get, "/who", who);
  direct.start();
  const std::string headers = "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\nX-Forwarded-Proto: https\r\n";
  EXPECT_EQ(Client(direct.port).ask(get("/who", headers))->body, "127.0.0.1 http");
  EXPECT_EQ(Client(direct.port).ask(get("/who", headers))->header("strict-transport-security"), "");
  options.proxies.trusted = *net::IpSet::parse("127.0.0.0/8");
  TestServer proxied(options);
  proxied.route(Method::get, "/who", who);
  proxied.start();
  Client client(proxied.port);
  const auto secure = client.ask(get("/who", headers));
  EXPECT_EQ(secure->body, "198.51.100.1 https");
  EXPECT_EQ(secure->header("strict-transport-security"), "max-age=31536000");
  EXPECT_EQ(client.ask(get("/who", "Forwarded: for=198.51.100.1;proto=https\r\n"))->body, "198.51.100.1 https");
  const auto plain = client.ask(get("/who", "X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: http\r\n"));
  EXPECT_EQ(plain->body, "198.51.100.1 http");
  EXPECT_EQ(plain->header("strict-transport-security"), "");
}

TEST(ServerTest, BelievesAVendorsHeadersOnlyWhereTheyAreNamed) {
  const auto who = [](Context& c) { return text(200, c.request.client_ip + " " + c.request.edge_country); };
  const std::string sent =
      "CF-Connecting-IP: 203.0.113.66\r\nTrue-Client-IP: 203.0.113.66\r\nX-Real-IP: 203.0.113.66\r\n"
      "CF-IPCountry: AQ\r\nX-Country-Code: AQ\r\nForwarded: for=203.0.113.66\r\nX-Forwarded-For: 198.51.100.1\r\n";
  const auto ask = [&](std::string_view trusted, std::string_view address, std::string_view country) {
    ServerOptions options = local_options();
    options.proxies = {.trusted = *net::IpSet::parse(trusted),
                       .address_header = std::string(address),
                       .country_header = std::string(country)};
    TestServer s(options);
    s.route(Method::get, "/who", who);
    s.start();
    return Client(s.port).ask(get("/who", sent))->body;
  };
  EXPECT_EQ(ask("127.0.0.1", "", ""), "198.51.100.1 ");
  EXPECT_EQ(ask("127.0.0.1", "cf-connecting-ip", "cf-ipcountry"), "203.0.113.66 AQ");
  EXPECT_EQ(ask("127.0.0.1", "fastly-client-ip", "x-geo-country"), "127.0.0.1 ") << "no other takes its place";
  for (const std::string_view everybody : {"*", "0.0.0.0/0", "127.0.0.1, *"})
    EXPECT_EQ(ask(everybody, "cf-connecting-ip", "cf-ipcountry"), "198.51.100.1 ") << "anybody could write them";
  for (const std::string_view others : {"", "10.0.0.0/8"}) {
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(ask(others, "cf-connecting-ip", "cf-ipcountry"), "127.0.0.1 ") << others;
    ::testing::internal::GetCapturedStderr();
  }
}

TEST(ServerTest, TellsAProgramOfThisMachineFromAProxy) {
  const auto ask = [&](std::string_view trusted, const std::string& request) {
    ServerOptions options = local_options();
    options.proxies.trusted = *net::IpSet::parse(trusted);
    TestServer s(options);
    s.route(Method::get, "/who", [](Context& c) { return text(200, c.request.local ? "local" : "not local"); });
    s.start();
    return Client(s.port).ask(request)->body;
  };
  ::testing::internal::CaptureStderr();
  for (const std::string_view trusted : {"", "127.0.0.1", "*"}) {
    for (const std::string host : {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "hk.localhost"})
      EXPECT_EQ(ask(trusted, "GET /who HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), "local") << host;
    for (const std::string host :
         {"stats.example.com", "", "127.0.0.1.example.com", "localhost.example.com", "10.0.0.1"})
      EXPECT_EQ(ask(trusted, "GET /who HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), "not local") << host;
    for (const std::string header : {"X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https", "Via: 1.1 cache",
                                     "Forwarded: for=127.0.0.1", "CF-Connecting-IP: 127.0.0.1", "X-Real-IP: ::1"})
      EXPECT_EQ(ask(trusted, get("/who", header + "\r\n")), "not local") << header;
    EXPECT_EQ(ask(trusted, "GET /who HTTP/1.0\r\nHost: 127.0.0.1:8080\r\n\r\n"), "not local") << "as nginx asks";
  }
  ::testing::internal::GetCapturedStderr();
}

TEST(ServerTest, AScraperHasAWorkerOfItsOwn) {
  std::latch inside(1), go(1);
  TestServer s;
  s.route(Method::get, "/query", [](Context&) { return text(200, "query"); }, Run::query);
  s.route(
      Method::get, "/metrics",
      [&](Context&) {
        inside.count_down();
        go.wait();
        return text(200, "metrics");
      },
      Run::metrics);
  s.start();
  Client scraper(s.port), other(s.port);
  scraper.send(get("/metrics"));
  inside.wait();
  EXPECT_EQ(other.ask(get("/query"))->body, "query");
  go.count_down();
  EXPECT_EQ(scraper.answer()->body, "metrics");
  EXPECT_EQ(s.metric("hitkeep_http_request_seconds_count{run=\"metrics\"}"), "1");
}

TEST(ServerTest, SaysThatAProxyDoesNotNameItsClients) {
  ServerOptions options = local_options();
  options.proxies.trusted = *net::IpSet::parse("127.0.0.1");
  TestServer s(options);
  s.route(Method::get, "/x", nothing);
  s.start();
  Client client(s.port);
  ::testing::internal::CaptureStderr();
  client.ask(get("/x", "X-Forwarded-For: 198.51.100.1\r\nX-Real-IP: 198.51.100.1\r\n"));
  client.ask(get("/x"));
  EXPECT_FALSE(s.server->proxy_finding());
  client.ask(get("/x", "X-Real-IP: 198.51.100.1\r\n"));
  ::testing::internal::GetCapturedStderr();
  const auto found = s.server->proxy_finding();
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->named);
  EXPECT_NE(found->sentence().find("HITKEEP_CLIENT_IP_HEADER"), std::string::npos);
  EXPECT_EQ(found->headers, "X-Real-Ip");
}

TEST(ServerTest, CountsWhatItAnswers) {
  TestServer s;
  s.route(Method::get, "/api/sites/{id}", nothing);
  s.start();
  Client client(s.port);
  for (int i = 0; i < 3; ++i) client.ask(get("/api/sites/" + std::to_string(i)));
  client.ask(get("/api/missing"));
  client.ask(get("/%"));
  EXPECT_EQ(s.metric("hitkeep_http_requests_total{route=\"GET /api/sites/{id}\",status=\"2xx\"}"), "3");
  EXPECT_EQ(s.metric("hitkeep_http_requests_total{route=\"none\",status=\"4xx\"}"), "2");
  EXPECT_EQ(s.metric("hitkeep_http_refused_total{reason=\"bad_request\"}"), "1");
  EXPECT_EQ(s.metric("hitkeep_http_request_seconds_count{run=\"inline\"}"), "3");
  EXPECT_EQ(s.metric("hitkeep_http_connections"), "1");
}

TEST(ServerTest, SaysWhyItCannotListen) {
  TestServer first;
  first.start();
  const auto fails = [](std::string address) {
    ServerOptions options = local_options();
    options.address = std::move(address);
    TestServer s(options);
    try {
      s.start();
    } catch (const std::runtime_error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  const std::string taken = "127.0.0.1:" + std::to_string(first.port);
  EXPECT_EQ(fails(taken), "Cannot listen on \"" + taken +
                              "\" (HITKEEP_HTTP_ADDR): another program uses this port; set another, for example "
                              "\"127.0.0.1:8090\"");
  EXPECT_NE(fails(":" + std::to_string(first.port)).find("another program"), std::string::npos);
  for (const char* bad : {"8080", ":", ":x", ":99999", "192.0.2.1:0", ":80 "})
    EXPECT_NE(fails(bad).find("HITKEEP_HTTP_ADDR"), std::string::npos) << bad;
}

TEST(ServerTest, ListensOnEveryInterface) {
  ServerOptions options = local_options();
  options.address = ":0";
  TestServer s(options);
  s.route(Method::get, "/ip", [](Context& c) { return text(200, c.request.client_ip); });
  s.start();
  EXPECT_EQ(Client(s.port).ask(get("/ip"))->body, "127.0.0.1") << "not ::ffff:127.0.0.1";
}

}  // namespace
}  // namespace hk::http

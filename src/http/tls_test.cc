#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <future>
#include <semaphore>
#include <thread>

#include "base/testing/result.h"
#include "crypto/testing/authority.h"
#include "http/certificates.h"
#include "http/testing/client.h"
#include "http/testing/fixture.h"

namespace hk::http {
namespace {

using crypto::testing::Authority;
using crypto::testing::Pair;
using testing::Client;
using testing::get;
using ::testing::HasSubstr;
using testing::post;
using testing::TestServer;
using namespace std::chrono_literals;

constexpr std::string_view kHello = "hello";

CertificatePair given(const Pair& pair) {
  return {.chain = pair.certificate, .key = Secret(pair.key)};
}

template <class F>
void eventually(F&& condition) {
  while (!condition()) std::this_thread::yield();
}

/// A server with both doors and one route, /x.
struct TlsServer : TestServer {
  explicit TlsServer(Limits limits = {}, bool with_certificate = true) : TestServer(options_with(limits)) {
    if (with_certificate) use(given(authority.issue({.names = "DNS:a.example"})));
    options.tls->certificates = certificates;
    route(Method::get, "/x", [](Context& context) {
      return text(200, std::string(kHello)).header("Secure", context.request.secure ? "yes" : "no");
    });
    route(Method::post, "/x", [](Context& context) { return text(200, std::to_string(context.request.body.size())); });
    route(Method::get, "/healthz", [](Context&) { return text(200, "ok"); });
    route(Method::get, "/metrics", [](Context&) { return text(200, "figures"); });
  }
  static ServerOptions options_with(const Limits& limits) {
    ServerOptions out = testing::local_options();
    out.limits = limits;
    out.tls = TlsDoor{.address = "127.0.0.1:0"};
    return out;
  }
  void use(const CertificatePair& pair) {
    if (const auto used = certificates->use(pair); !used) throw std::runtime_error(used.error().message);
  }
  Client connect(const Client::Tls& tls = {}) {
    Client client(server->tls_port());
    EXPECT_TRUE(client.encrypt(tls));
    return client;
  }
  std::string refused(std::string_view reason) const {
    return metric("hitkeep_http_refused_total{reason=\"" + std::string(reason) + "\"}");
  }

  Authority authority;
  std::shared_ptr<Certificates> certificates = std::make_shared<Certificates>();
};

/// DNS names of what the server showed.
std::string shown(const Client& client) {
  X509* const certificate = SSL_get1_peer_certificate(client.ssl());
  if (certificate == nullptr) return "";
  auto* const names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const ASN1_STRING* name = sk_GENERAL_NAME_value(names, 0)->d.dNSName;
  std::string out(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)), ASN1_STRING_length(name));
  GENERAL_NAMES_free(names);
  X509_free(certificate);
  return out;
}

TEST(TlsTest, Answers) {
  TlsServer s;
  s.start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client = s.connect({.lowest = version, .highest = version});
    EXPECT_EQ(SSL_version(client.ssl()), version);
    EXPECT_EQ(client.protocol(), "http/1.1");
    EXPECT_EQ(shown(client), "a.example");
    for (int i = 0; i < 3; ++i) {
      const auto answer = client.ask(get("/x"));
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->body, kHello);
      EXPECT_EQ(answer->header("secure"), "yes");
      EXPECT_EQ(answer->header("strict-transport-security"), "max-age=31536000");
    }
  }
}

TEST(TlsTest, SpeaksNothingOld) {
  TlsServer s;
  s.start();
  Client old(s.server->tls_port());
  EXPECT_FALSE(old.encrypt({.lowest = TLS1_VERSION, .highest = TLS1_1_VERSION}));
  Client two(s.server->tls_port());
  EXPECT_FALSE(two.encrypt({.protocols = std::string("\x02h2")})) << "no protocol in common";
  Client plain(s.server->tls_port());
  plain.send(get("/x"));
  EXPECT_EQ(plain.answer(), std::nullopt);
  eventually([&] { return s.refused("handshake") == "3"; });
  Client weak(s.server->tls_port());
  EXPECT_TRUE(weak.encrypt({.highest = TLS1_2_VERSION}));
  EXPECT_THAT(SSL_get_cipher(weak.ssl()), HasSubstr("ECDHE-"));
}

TEST(TlsTest, CarriesLongBodiesBothWays) {
  TlsServer s;
  const std::string long_body(std::size_t{3} << 20, 'x');
  s.router.add({.method = Method::post,
                .path = "/big",
                .access = testing::kOpen,
                .run = Run::inline_io,
                .rate = Rate::none,
                .summary = "test",
                .handler = [](Context& context) { return text(200, std::move(context.request.body)); },
                .body_limit = long_body.size()});
  s.start();
  Client client = s.connect();
  std::jthread sender([&] { client.send(post("/big", long_body)); });
  sender.join();
  const auto answer = client.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, long_body);
  EXPECT_EQ(client.ask(post("/x", "four"))->body, "4");
}

TEST(TlsTest, PipelinedRequestsAreAllAnswered) {
  TlsServer s;
  s.start();
  Client client = s.connect();
  std::string many;
  for (int i = 0; i < 50; ++i) many += get("/x");
  client.send(many);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.answer()->body, kHello);
}

TEST(TlsTest, ANewCertificateIsForNewConnections) {
  TlsServer s;
  s.start();
  Client before = s.connect();
  EXPECT_EQ(before.ask(get("/x"))->status, 200);
  s.use(given(s.authority.issue({.names = "DNS:b.example"})));
  EXPECT_EQ(before.ask(get("/x"))->status, 200) << "goes on";
  EXPECT_EQ(shown(s.connect()), "b.example");

  const Pair one = s.authority.issue({.names = "DNS:c.example"}), other = s.authority.issue();
  for (const auto& [pair, why] :
       {std::pair{CertificatePair{one.certificate, Secret(other.key)}, "not that of the certificate"},
        {CertificatePair{"nothing", Secret(one.key)}, "no certificate"},
        {CertificatePair{one.certificate, Secret<std::string>("nothing")}, "no private key"}}) {
    const auto used = s.certificates->use(pair);
    ASSERT_FALSE(used);
    EXPECT_THAT(used.error().message, HasSubstr(why));
  }
  EXPECT_EQ(shown(s.connect()), "b.example");
}

TEST(TlsTest, SaysWhenTheCertificateEnds) {
  TlsServer s({}, false);
  EXPECT_EQ(s.certificates->end(), std::nullopt);
  s.use(given(s.authority.issue({.ends = 48h})));
  EXPECT_NEAR(static_cast<double>(to_ms(*s.certificates->end()) - to_ms(s.clock.now())), 48 * 3600e3, 60e3);
}

TEST(TlsTest, AClientComesBackWithItsTicket) {
  TlsServer s;
  s.start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client first = s.connect({.lowest = version, .highest = version});
    EXPECT_EQ(first.ask(get("/x"))->status, 200);
    const std::string ticket = first.ticket();
    Client again = s.connect({.lowest = version, .highest = version, .ticket = ticket});
    EXPECT_EQ(SSL_session_reused(again.ssl()), 1) << version;
    EXPECT_EQ(again.ask(get("/x"))->status, 200);
    s.use(given(s.authority.issue({.names = "DNS:b.example"})));
    Client late = s.connect({.lowest = version, .highest = version, .ticket = ticket});
    EXPECT_EQ(SSL_session_reused(late.ssl()), 0) << "keys of tickets go with the certificate";
    EXPECT_EQ(late.ask(get("/x"))->status, 200);
  }
}

TEST(TlsTest, KeysOfTicketsDoNotLiveLong) {
  TlsServer s;
  s.start();
  Client first = s.connect();
  EXPECT_EQ(first.ask(get("/x"))->status, 200);
  const std::string ticket = first.ticket();
  s.certificates->renew_ticket_keys();
  Client late = s.connect({.ticket = ticket});
  EXPECT_EQ(SSL_session_reused(late.ssl()), 0);
  EXPECT_EQ(shown(late), "a.example");
}

TEST(TlsTest, WhoSaysNothingIsCutOff) {
  TlsServer s({.handshake_time = 150ms});
  s.start();
  Client silent(s.server->tls_port());
  EXPECT_TRUE(silent.closed());
  Client half(s.server->tls_port());
  half.send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));
  EXPECT_TRUE(half.closed());
  eventually([&] { return s.refused("handshake") == "2"; });
  eventually([&] { return s.metric("hitkeep_http_connections") == "0"; });
}

TEST(TlsTest, WhoSaysNothingBehindTheHandshakeIsCutOff) {
  TlsServer s({.head_time = 150ms});
  s.start();
  Client silent = s.connect();
  EXPECT_TRUE(silent.closed());
}

TEST(TlsTest, ThePlainDoorSendsToTheOther) {
  TlsServer s;
  s.options.tls->public_port = 8443;
  s.options.https = true;
  s.start();
  const auto at = [&s](std::string_view target, std::string_view host, std::string_view method = "GET") {
    return *Client(s.port).ask(std::string(method) + " " + std::string(target) +
                               " HTTP/1.1\r\nHost: " + std::string(host) + "\r\nContent-Length: 0\r\n\r\n");
  };
  const auto moved = at("/x?a=%20b", "stats.example.org:8080");
  EXPECT_EQ(moved.status, 308);
  EXPECT_EQ(moved.header("location"), "https://stats.example.org:8443/x?a=%20b");
  EXPECT_EQ(moved.header("strict-transport-security"), "");
  EXPECT_EQ(at("/ingest", "stats.example.org", "POST").status, 308);
  EXPECT_EQ(at("/x", "[::1]:80").header("location"), "https://[::1]:8443/x");
  EXPECT_EQ(at("http://other.example/x", "a.example").header("location"), "https://a.example:8443/");
  EXPECT_EQ(at("/x", "a.example/@evil").status, 400);
  EXPECT_EQ(at("/healthz", "a.example").body, "ok");
  EXPECT_EQ(at("/healthz", "a.example").header("strict-transport-security"), "");
  EXPECT_EQ(at("/metrics", "localhost").body, "figures") << "on this machine";
  EXPECT_EQ(at("/metrics", "a.example").status, 308);
}

TEST(TlsTest, ThePlainDoorLeavesTheUsualPortOut) {
  TlsServer s;
  s.start();
  EXPECT_EQ(Client(s.port).ask(get("/x", ""))->header("location"), "https://localhost/x");
}

TEST(TlsTest, AnAuthorityFindsItsToken) {
  TlsServer s({}, false);
  s.options.base_path = "/stats/";
  s.start();
  const auto ask = [&s](std::string_view token) {
    return Client(s.port).ask(get("/.well-known/acme-challenge/" + std::string(token)));
  };
  EXPECT_EQ(ask("abc")->status, 404);
  s.certificates->offer_token("abc", "abc.print");
  EXPECT_EQ(ask("abc")->status, 200);
  EXPECT_EQ(ask("abc")->body, "abc.print");
  EXPECT_EQ(ask("abcd")->status, 404);
  EXPECT_EQ(ask("")->status, 404);
  s.certificates->take_back();
  EXPECT_EQ(ask("abc")->status, 404);
}

TEST(TlsTest, AnAuthorityFindsItsNameByTheProtocolAlone) {
  const Client::Tls acme{.name = "A.example",
                         .protocols = std::string("\x0a"
                                                  "acme-tls/1")};
  for (const bool with_certificate : {true, false}) {
    TlsServer s({}, with_certificate);
    s.start();
    EXPECT_FALSE(Client(s.server->tls_port()).encrypt(acme)) << "nothing is offered";
    const crypto::EcKey key = crypto::EcKey::make();
    ASSERT_OK(s.certificates->offer_name(
        "a.example", {crypto::challenge_certificate(key, "a.example", crypto::sha256("x")), key.pem()}));
    Client authority = s.connect(acme);
    EXPECT_EQ(authority.protocol(), "acme-tls/1");
    X509* const certificate = SSL_get1_peer_certificate(authority.ssl());
    EXPECT_GE(X509_get_ext_by_OBJ(certificate, OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1), -1), 0);
    X509_free(certificate);
    EXPECT_TRUE(authority.closed());

    Client::Tls other = acme;
    other.name = "b.example";
    EXPECT_FALSE(Client(s.server->tls_port()).encrypt(other));
    other = acme;
    other.protocols = std::string(
        "\x0a"
        "acme-tls/1"
        "\x08http/1.1");
    Client both(s.server->tls_port());
    EXPECT_EQ(both.encrypt(other), with_certificate) << "the challenge is for who asks for nothing else";
    if (with_certificate) EXPECT_EQ(both.ask(get("/x"))->status, 200);
  }
}

TEST(TlsTest, ADrainFinishesWhatWasAsked) {
  TlsServer s;
  s.options.threads = 1;
  std::binary_semaphore held{0}, go_on{0};
  s.route(
      Method::get, "/held",
      [&](Context&) {
        held.release();
        go_on.acquire();
        return text(200, "finished");
      },
      Run::query);
  s.start();
  Client idle = s.connect(), busy = s.connect();
  EXPECT_EQ(idle.ask(get("/x"))->status, 200);
  busy.send(get("/held"));
  held.acquire();
  std::jthread drain([&] { s.server->drain(20s); });
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(SSL_get_shutdown(idle.ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN) << "said goodbye";
  go_on.release();
  const auto answer = busy.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "finished");
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_TRUE(busy.closed());
  EXPECT_EQ(SSL_get_shutdown(busy.ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN) << "said goodbye";
  busy.close();
}

TEST(TlsTest, AnEventStreamArrives) {
  TlsServer s;
  std::promise<std::shared_ptr<EventSink>> opened;
  s.route(Method::get, "/events", [&](Context&) {
    Response out{.status = 200};
    out.stream = [&](std::shared_ptr<EventSink> sink) { opened.set_value(std::move(sink)); };
    return out;
  });
  s.start();
  Client client = s.connect();
  client.send(get("/events"));
  const auto sink = opened.get_future().get();
  EXPECT_TRUE(sink->send("data: one\n\n"));
  EXPECT_TRUE(client.read_until("data: one\n\n"));
  EXPECT_TRUE(sink->send("data: two\n\n"));
  EXPECT_TRUE(client.read_until("data: two\n\n"));
  client.close();
  eventually([&] { return !sink->send("data: three\n\n"); });
}

TEST(TlsTest, AHandlerHearsThatItsClientHasGone) {
  TlsServer s;
  std::binary_semaphore working{0};
  std::atomic<bool> stopped = false;
  s.route(
      Method::get, "/long",
      [&](Context& context) {
        std::binary_semaphore gone{0};
        const std::stop_callback on_gone(context.gone, [&] { gone.release(); });
        working.release();
        stopped = gone.try_acquire_for(Client::kPatience);
        return empty(204);
      },
      Run::query);
  s.start();
  Client client = s.connect();
  client.send(get("/long"));
  working.acquire();
  SSL_shutdown(client.ssl());
  client.close();
  eventually([&] { return stopped.load(); });
}

TEST(TlsTest, TooManyConnectionsAreClosedWithoutAWord) {
  TlsServer s({.connections = 1});
  s.start();
  Client one = s.connect();
  Client two(s.server->tls_port());
  EXPECT_FALSE(two.encrypt());
  EXPECT_EQ(one.ask(get("/x"))->status, 200);
}

}  // namespace
}  // namespace hk::http

#include "net/https.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "base/testing/result.h"
#include "base/testing/temp_dir.h"
#include "crypto/testing/authority.h"

namespace hk::net {
namespace {

using crypto::testing::Authority;
using crypto::testing::Pair;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// A TLS server on 127.0.0.1 that answers whatever comes in the way it is told. Ends with the object.
class Peer {
 public:
  using Send = std::function<bool(std::string_view)>;  // false once the client has gone
  using Talk = std::function<void(std::string_view request, const Send& send)>;

  Peer(const Pair& pair, Talk talk, int version = 0)
      : talk_(std::move(talk)), context_(SSL_CTX_new(TLS_server_method())) {
    BIO* certificate = BIO_new_mem_buf(pair.certificate.data(), static_cast<int>(pair.certificate.size()));
    BIO* key = BIO_new_mem_buf(pair.key.data(), static_cast<int>(pair.key.size()));
    X509* x509 = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
    EVP_PKEY* pkey = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context_, x509);
    SSL_CTX_use_PrivateKey(context_, pkey);
    X509_free(x509);
    EVP_PKEY_free(pkey);
    BIO_free(certificate);
    BIO_free(key);
    if (version != 0) {
      SSL_CTX_set_security_level(context_, 0);
      SSL_CTX_set_min_proto_version(context_, version);
      SSL_CTX_set_max_proto_version(context_, version);
    }
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~Peer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  std::string url(std::string_view path = "/", std::string_view host = "127.0.0.1") const {
    return "https://" + std::string(host) + ":" + std::to_string(port_) + std::string(path);
  }
  int connections() const { return connections_; }

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      ++connections_;
      SSL* const ssl = SSL_new(context_);
      SSL_set_fd(ssl, connection);
      if (SSL_accept(ssl) == 1) {
        std::string request;
        std::array<char, 4096> chunk;
        while (!request.contains("\r\n\r\n")) {
          const int size = SSL_read(ssl, chunk.data(), chunk.size());
          if (size <= 0) break;
          request.append(chunk.data(), static_cast<std::size_t>(size));
        }
        talk_(request,
              [ssl](std::string_view text) { return SSL_write(ssl, text.data(), static_cast<int>(text.size())) > 0; });
        SSL_shutdown(ssl);
      }
      SSL_free(ssl);
      ::close(connection);
    }
  }

  Talk talk_;
  SSL_CTX* context_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::jthread thread_;
};

Peer::Talk says(std::string answer) {
  return [answer = std::move(answer)](std::string_view, const Peer::Send& send) { send(answer); };
}
Peer::Talk friendly() {
  return says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nReplay-Nonce: abc\r\n\r\nhello");
}

class Https : public ::testing::Test {
 protected:
  Https() { std::ofstream(file_) << authority_.certificate(); }

  HttpsOptions options() const {
    return {.authorities = file_, .named_hosts = {"127.0.0.1", "localhost"}, .limits = {.connect = 5s, .total = 5s}};
  }
  static Result<HttpsResponse> ask(const HttpsOptions& options, const std::string& url) {
    return HttpsClient(options).ask({.url = url}, {});
  }

  hk::testing::TempDir directory_;
  Authority authority_;
  std::filesystem::path file_ = directory_.path() / "authorities.pem";
};

TEST_F(Https, AsksAndGetsAnAnswer) {
  std::string heard;
  Peer peer(authority_.issue(), [&heard](std::string_view request, const Peer::Send& send) {
    heard = request;
    send("HTTP/1.1 201 Created\r\nLocation: /there\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  });
  const auto answer = HttpsClient(options()).ask(
      {.method = "POST", .url = peer.url("/here?x=1"), .headers = {{"Content-Type", "a/b"}}, .body = "x"}, {});
  ASSERT_OK(answer);
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->header("location"), "/there");
  EXPECT_EQ(answer->body, "abc");
  EXPECT_THAT(heard, HasSubstr("POST /here?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(heard, HasSubstr("Content-Type: a/b\r\n"));
  EXPECT_THAT(heard, HasSubstr("Content-Length: 1\r\n"));
}

TEST_F(Https, ARedirectIsAnAnswerThatNobodyFollows) {
  Peer peer(authority_.issue(), says("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"));
  const auto answer = ask(options(), peer.url());
  ASSERT_OK(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(Https, RefusesACertificateThatIsNotRight) {
  const auto refused = [this](const Pair& pair, std::string_view host, std::string_view why) {
    Peer peer(pair, friendly());
    const auto answer = ask(options(), peer.url("/", host));
    ASSERT_FALSE(answer) << why;
    EXPECT_EQ(answer.error().code, Code::invalid);
    EXPECT_THAT(answer.error().message, HasSubstr(std::string(why)));
  };
  refused(Authority().issue(), "127.0.0.1", "unable to get local issuer certificate");
  refused(authority_.issue({.ends = -60s}), "127.0.0.1", "certificate has expired");
  refused(authority_.issue({.begins = 60s}), "127.0.0.1", "not yet valid");
  refused(authority_.issue({.names = "IP:127.0.0.2"}), "127.0.0.1", "IP address mismatch");
  refused(authority_.issue({.names = "DNS:other.example"}), "localhost", "ostname mismatch");
}

TEST_F(Https, TheSystemsAuthoritiesDoNotKnowAStranger) {
  Peer peer(authority_.issue(), friendly());
  HttpsOptions alone = options();
  alone.authorities.clear();
  EXPECT_FALSE(ask(alone, peer.url()));
  alone.authorities = "/nowhere/authorities.pem";
  EXPECT_THAT(ask(alone, peer.url()).error().message, HasSubstr("cannot be read"));
}

TEST_F(Https, SpeaksNoOldTls) {
  for (const auto& [version, fine] :
       {std::pair{TLS1_3_VERSION, true}, {TLS1_2_VERSION, true}, {TLS1_1_VERSION, false}}) {
    Peer peer(authority_.issue(), friendly(), version);
    EXPECT_EQ(ask(options(), peer.url()).has_value(), fine) << version;
  }
}

TEST_F(Https, OnlyANamedHostMayBeInside) {
  Peer peer(authority_.issue({.names = "DNS:localhost,IP:127.0.0.1"}), friendly());
  HttpsOptions nobody = options();
  nobody.named_hosts.clear();
  for (const auto* host : {"localhost", "127.0.0.1"}) {
    const auto refused = ask(nobody, peer.url("/", host));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid);
    EXPECT_THAT(refused.error().message, HasSubstr("no address on the internet"));
  }
  EXPECT_EQ(peer.connections(), 0);
  ASSERT_OK(ask(options(), peer.url("/", "localhost")));
}

TEST_F(Https, ALimitIsALimit) {
  const auto padded = [](std::size_t head, std::size_t body) {
    return says("HTTP/1.1 200 OK\r\nX: " + std::string(head, 'x') + "\r\nContent-Length: " + std::to_string(body) +
                "\r\n\r\n" + std::string(body, 'y'));
  };
  HttpsOptions small = options();
  small.limits.head_bytes = 1000;
  small.limits.body_bytes = 1000;
  for (const auto& [head, body, fine] : {std::tuple{10, 1000, true}, {10, 1001, false}, {1000, 10, false}}) {
    Peer peer(authority_.issue(), padded(head, body));
    const auto answer = ask(small, peer.url());
    ASSERT_EQ(answer.has_value(), fine) << head << ' ' << body;
    if (!fine) EXPECT_EQ(answer.error().code, Code::too_large);
  }
}

TEST_F(Https, AnEndlessBodyEndsAtItsLimit) {
  Peer peer(authority_.issue(), [](std::string_view, const Peer::Send& send) {
    bool there = send("HTTP/1.1 200 OK\r\n\r\n");
    while (there) there = send(std::string(4096, 'x'));
  });
  const auto answer = ask(options(), peer.url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::too_large);
}

TEST_F(Https, ALongBodyIsCutWhereOneWantsItsBeginning) {
  HttpsOptions start = options();
  start.limits.body_bytes = 1000;
  start.limits.cut = true;
  {
    Peer peer(authority_.issue(), [](std::string_view, const Peer::Send& send) {
      bool there = send("HTTP/1.1 200 OK\r\n\r\n");
      while (there) there = send(std::string(4096, 'x'));
    });
    const auto answer = ask(start, peer.url());
    ASSERT_OK(answer);
    EXPECT_EQ(answer->body, std::string(1000, 'x'));
  }
  for (const std::size_t body : {0U, 999U, 1000U, 1001U}) {
    Peer peer(authority_.issue(),
              says("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body) + "\r\n\r\n" + std::string(body, 'y')));
    const auto answer = ask(start, peer.url());
    ASSERT_OK(answer);
    EXPECT_EQ(answer->body, std::string(std::min<std::size_t>(body, 1000), 'y'));
  }
  Peer peer(authority_.issue(),
            says("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kHttpsCutBytes + 1) + "\r\n\r\ny"));
  const auto answer = ask(start, peer.url());
  ASSERT_FALSE(answer) << "no memory is set aside for what a server claims";
  EXPECT_EQ(answer.error().code, Code::too_large);
}

TEST_F(Https, ASlowAnswerEndsInTime) {
  Peer peer(authority_.issue(), [](std::string_view, const Peer::Send& send) {
    for (int i = 0; i < 400 && send("x"); ++i) std::this_thread::sleep_for(10ms);
  });
  HttpsOptions hasty = options();
  hasty.limits.total = 2s;
  const auto answer = ask(hasty, peer.url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("took too long to answer"));
}

TEST_F(Https, AServerThatShakesNoHandsEndsInTime) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  HttpsOptions hasty = options();
  hasty.limits.connect = 2s;
  const auto answer = ask(hasty, "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
  ::close(listener);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("took too long to shake hands"));
}

TEST_F(Https, AStopEndsIt) {
  std::stop_source stop;
  Peer peer(authority_.issue(), [&stop](std::string_view, const Peer::Send& send) {
    stop.request_stop();
    while (send("x")) std::this_thread::sleep_for(1ms);
  });
  HttpsOptions patient = options();
  patient.limits.total = 1h;
  const auto answer = HttpsClient(patient).ask({.url = peer.url()}, stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the program is stopping");
}

TEST_F(Https, WhatIsNoHttpIsRefused) {
  Peer peer(authority_.issue(), says("220 mail.example.com ESMTP\r\n\r\n"));
  const auto answer = ask(options(), peer.url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::invalid);
  Peer torn(authority_.issue(), says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"));
  EXPECT_EQ(ask(options(), torn.url()).error().code, Code::unavailable);
}

TEST_F(Https, NoHeaderWritesAnother) {
  Peer peer(authority_.issue(), friendly());
  for (const auto& [name, value] : {std::pair{"A", "b\r\nC: d"}, {"A: b", "c"}, {"A b", "c"}, {"", "c"}})
    EXPECT_EQ(HttpsClient(options()).ask({.url = peer.url(), .headers = {{name, value}}}, {}).error().code,
              Code::invalid);
  EXPECT_EQ(HttpsClient(options()).ask({.method = "GET / X", .url = peer.url()}, {}).error().code, Code::invalid);
  EXPECT_EQ(peer.connections(), 0);
}

TEST(HttpsUrlTest, SaysWhereItLeads) {
  const auto parsed = [](std::string_view url) {
    const auto out = HttpsUrl::parse(url);
    return out ? out->authority() + " " + std::to_string(out->port) + " " + out->target : "refused";
  };
  EXPECT_EQ(parsed("https://Example.com"), "example.com 443 /");
  EXPECT_EQ(parsed("HTTPS://example.com:443/a?b=c"), "example.com 443 /a?b=c");
  EXPECT_EQ(parsed("https://example.com?b"), "example.com 443 /?b");
  EXPECT_EQ(parsed("https://[::1]:14000/dir"), "[::1]:14000 14000 /dir");
  for (const auto* wrong :
       {"http://example.com/", "https:///x", "https://", "https://a@b/", "https://a:b@c/", "https://a:0/",
        "https://a:65536/", "https://a:/", "https://a/#b", "https://a/ b", "https://a\r\nb/", "https://[::1",
        "https://[a]/", "https://::1/", "https://ex%41mple.com/", "https://a\\b/"})
    EXPECT_EQ(parsed(wrong), "refused") << wrong;
  EXPECT_EQ(parsed("https://a/" + std::string(kHttpsUrlBytes, 'x')), "refused");
}

}  // namespace
}  // namespace hk::net

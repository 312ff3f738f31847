#pragma once
// A client that speaks bytes, so that tests can say what no well-behaved library would.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace hk::http::testing {

/// One answer as it came, names in lower case; repeated headers joined by ", ".
struct Answer {
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;

  std::string header(std::string_view name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? "" : it->second;
  }
};

/// A blocking connection. Every wait ends after kPatience at the latest, which a test only sees when it fails.
class Client {
 public:
  static constexpr std::chrono::seconds kPatience{20};

  explicit Client(std::uint16_t port, int receive_buffer = 0) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
  }
  Client(Client&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        context_(std::exchange(other.context_, nullptr)),
        ssl_(std::exchange(other.ssl_, nullptr)),
        buffer_(std::move(other.buffer_)) {}
  ~Client() { close(); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    SSL_free(std::exchange(ssl_, nullptr));
    SSL_CTX_free(std::exchange(context_, nullptr));
  }

  struct Tls {
    std::string name = {};                   // SNI
    std::string protocols = "\x08http/1.1";  // ALPN, as it is written there
    int lowest = TLS1_2_VERSION, highest = TLS1_3_VERSION;
    std::string ticket = {};  // of an earlier session
  };
  /// Goes on over TLS, whatever certificate comes (certificate()). False where the server does not.
  bool encrypt(const Tls& tls) {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, tls.lowest);
    SSL_CTX_set_max_proto_version(context_, tls.highest);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    if (!tls.name.empty()) SSL_set_tlsext_host_name(ssl_, tls.name.c_str());
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(tls.protocols.data()),
                        static_cast<unsigned>(tls.protocols.size()));
    if (!tls.ticket.empty()) {
      const auto* at = reinterpret_cast<const unsigned char*>(tls.ticket.data());
      SSL_SESSION* const session = d2i_SSL_SESSION(nullptr, &at, static_cast<long>(tls.ticket.size()));
      SSL_set_session(ssl_, session);
      SSL_SESSION_free(session);
    }
    return SSL_connect(ssl_) == 1;
  }
  bool encrypt() { return encrypt({}); }
  SSL* ssl() const { return ssl_; }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  /// After an answer, which a server sends behind its tickets.
  std::string ticket() const {
    unsigned char* der = nullptr;
    const int size = i2d_SSL_SESSION(SSL_get_session(ssl_), &der);
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
  }

  /// False when the server has closed meanwhile.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ssl_ ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Reads more bytes; false at the end of the stream, a reset, or when patience is over.
  bool more() {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    const bool waits = !ssl_ || SSL_has_pending(ssl_) == 0;
    if (waits && poll(&wait, 1, std::chrono::milliseconds(kPatience).count()) != 1) return false;
    char bytes[16384];
    const ssize_t got = ssl_ ? SSL_read(ssl_, bytes, sizeof bytes) : recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  /// Reads until `text` has come; everything up to its end is taken. nullopt when it never comes.
  std::optional<std::string> read_until(std::string_view text) {
    for (;;) {
      if (const auto at = buffer_.find(text); at != std::string::npos) return take(at + text.size());
      if (!more()) return std::nullopt;
    }
  }

  /// One answer; nullopt when the connection ends first. `head_only`: the answer to a HEAD.
  std::optional<Answer> answer(bool head_only = false) {
    auto head = read_until("\r\n\r\n");
    if (!head) return std::nullopt;
    Answer out;
    if (!head->starts_with("HTTP/1.1 ")) return std::nullopt;
    out.status = std::atoi(head->c_str() + 9);
    for (std::size_t at = head->find("\r\n") + 2; at + 2 < head->size();) {
      const auto end = head->find("\r\n", at);
      const std::string line = head->substr(at, end - at);
      at = end + 2;
      const auto colon = line.find(": ");
      std::string name = line.substr(0, colon);
      std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
      auto& value = out.headers[name];
      value += (value.empty() ? "" : ", ") + line.substr(colon + 2);
    }
    if (head_only || out.status == 204 || out.status == 304 || out.status == 100) return out;
    if (const auto length = out.header("content-length"); !length.empty()) {
      const std::size_t bytes = std::strtoull(length.c_str(), nullptr, 10);
      while (buffer_.size() < bytes)
        if (!more()) return std::nullopt;
      out.body = take(bytes);
    }
    return out;
  }

  std::optional<Answer> ask(std::string_view bytes) {
    send(bytes);
    return answer();
  }

  /// Whether the server closes, having sent nothing more.
  bool closed() { return buffer_.empty() && !more() && buffer_.empty(); }

  void shutdown_send() { shutdown(fd_, SHUT_WR); }
  /// Closes with a reset instead of a farewell.
  void reset() {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }

 private:
  std::string take(std::size_t bytes) {
    std::string out = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return out;
  }

  int fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::string buffer_;
};

/// "GET /path HTTP/1.1" with a Host and whatever lines are given, each ending with CR LF.
inline std::string get(std::string_view path, std::string_view lines = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(lines) + "\r\n";
}
inline std::string post(std::string_view path, std::string_view body, std::string_view lines = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(lines) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace hk::http::testing

#pragma once
// The server's side of one TLS connection. Internal to http/.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "http/certificates.h"

namespace hk::http {

/// Over a non-blocking socket, which it neither owns nor waits for: what it needs to go on is in the outcome. One
/// thread.
class TlsSession {
 public:
  enum class Outcome : std::uint8_t {
    done,
    wants_read,   // again once the socket has something to read
    wants_write,  // again once the socket takes something
    closed,       // the client has said that it is done, or just went
    failed,       // it does not speak TLS as we do
  };

  /// Prepares an SSL_CTX for sessions.
  static void equip(void* context);

  /// `certificates` outlives it.
  TlsSession(const Certificates& certificates, int socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Until it is done; before everything else.
  Outcome handshake();
  /// After the handshake: an authority looked at a challenge's certificate, and there is nothing to be said.
  bool challenge() const { return challenge_; }

  /// Some bytes, one at least when it is done.
  Outcome read(std::span<char> room, std::size_t& bytes);
  /// Whether read() would be done.
  Outcome peek();
  /// Takes some of `text`, which is not empty; until it is done the same text is offered again.
  Outcome write(std::string_view text, std::size_t& bytes);
  /// Tells the client that nothing follows, if the socket takes that now.
  void say_goodbye();

 private:
  struct Callbacks;
  Outcome outcome(int result);

  const Certificates& certificates_;
  std::shared_ptr<void> context_;  // of session_
  void* session_;                  // an SSL
  bool asked_for_challenge_ = false;
  bool challenge_ = false;
};

}  // namespace hk::http

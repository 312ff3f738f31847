#include "http/tls_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>

namespace hk::http {
namespace {

// Both as ALPN writes them: a length, then the name.
constexpr std::string_view kHttp11 = "\x08http/1.1";
constexpr std::string_view kAcmeTls =
    "\x0a"
    "acme-tls/1";
/// A hello that offers the challenge's protocol and no other (RFC 8737, 3): the list behind its length.
constexpr std::string_view kOnlyAcmeTls = std::string_view(
    "\x00\x0b\x0a"
    "acme-tls/1",
    13);

SSL* ssl(void* session) {
  return static_cast<SSL*>(session);
}

}  // namespace

/// What OpenSSL asks during a handshake.
struct TlsSession::Callbacks {
  static TlsSession& of(SSL* session) { return *static_cast<TlsSession*>(SSL_get_app_data(session)); }

  static int hello(SSL* session, int* /*alert*/, void* /*none*/) {
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(session, TLSEXT_TYPE_application_layer_protocol_negotiation, &data, &size) == 1)
      of(session).asked_for_challenge_ = std::string_view(reinterpret_cast<const char*>(data), size) == kOnlyAcmeTls;
    return SSL_CLIENT_HELLO_SUCCESS;
  }

  /// The name is known, the certificate not yet chosen.
  static int certificate(SSL* session, void* /*none*/) {
    TlsSession& self = of(session);
    if (!self.asked_for_challenge_) return 1;
    const char* const name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    const auto challenge = name ? self.certificates_.challenge(name) : nullptr;
    if (!challenge) return 0;
    auto* const context = static_cast<SSL_CTX*>(challenge.get());
    SSL_certs_clear(session);  // of every kind of key
    self.challenge_ = SSL_use_certificate(session, SSL_CTX_get0_certificate(context)) == 1 &&
                      SSL_use_PrivateKey(session, SSL_CTX_get0_privatekey(context)) == 1;
    return self.challenge_ ? 1 : 0;
  }

  static int protocol(SSL* session, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                      unsigned in_size, void* /*none*/) {
    const std::string_view ours = of(session).asked_for_challenge_ ? kAcmeTls : kHttp11;
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), in, in_size) != OPENSSL_NPN_NEGOTIATED)
      return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301, 3.2
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
  }
};

void TlsSession::equip(void* context) {
  auto* const c = static_cast<SSL_CTX*>(context);
  SSL_CTX_set_client_hello_cb(c, Callbacks::hello, nullptr);
  SSL_CTX_set_cert_cb(c, Callbacks::certificate, nullptr);
  SSL_CTX_set_alpn_select_cb(c, Callbacks::protocol, nullptr);
}

TlsSession::TlsSession(const Certificates& certificates, int socket)
    : certificates_(certificates), context_(certificates.context()) {
  SSL* const session = SSL_new(static_cast<SSL_CTX*>(context_.get()));
  session_ = session;
  SSL_set_fd(session, socket);
  SSL_set_app_data(session, this);
  SSL_set_accept_state(session);
}

TlsSession::~TlsSession() {
  SSL_free(ssl(session_));
}

/// Of the call just made.
TlsSession::Outcome TlsSession::outcome(int result) {
  if (result > 0) return Outcome::done;
  const int error = SSL_get_error(ssl(session_), result);
  switch (error) {
    case SSL_ERROR_WANT_READ:
      return Outcome::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::wants_write;
    case SSL_ERROR_ZERO_RETURN:
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      return Outcome::closed;
    default:
      // A client that just goes is gone, whatever it left unsaid: HTTP says where a message ends.
      const bool went = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
      ERR_clear_error();
      return went ? Outcome::closed : Outcome::failed;
  }
}

TlsSession::Outcome TlsSession::handshake() {
  return outcome(SSL_do_handshake(ssl(session_)));
}

TlsSession::Outcome TlsSession::read(std::span<char> room, std::size_t& bytes) {
  return outcome(SSL_read_ex(ssl(session_), room.data(), room.size(), &bytes));
}

TlsSession::Outcome TlsSession::peek() {
  char byte = 0;
  std::size_t bytes = 0;
  return outcome(SSL_peek_ex(ssl(session_), &byte, 1, &bytes));
}

TlsSession::Outcome TlsSession::write(std::string_view text, std::size_t& bytes) {
  return outcome(SSL_write_ex(ssl(session_), text.data(), text.size(), &bytes));
}

void TlsSession::say_goodbye() {
  if (SSL_in_init(ssl(session_)) == 0) (void)SSL_shutdown(ssl(session_));
  ERR_clear_error();
}

}  // namespace hk::http

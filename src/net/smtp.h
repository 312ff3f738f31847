#pragma once
// Hands one message to a mail server (RFC 5321), as a client that submits (RFC 6409).

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace hk::net {

/// Each step (name look-up, connect to one address, handshake, one command with its answer) must end within this time.
inline constexpr std::chrono::seconds kSmtpStep{30};
/// The answer to the message itself: a server that looks into it takes long, and giving up early sends it twice
/// (RFC 5321 4.5.3.2.6).
inline constexpr std::chrono::minutes kSmtpTaken{10};

enum class SmtpEncryption : std::uint8_t {
  starttls,  // begins in the clear, must switch (RFC 3207)
  implicit,  // TLS from the first byte (RFC 8314)
  none,
};

struct SmtpServer {
  std::string host;
  std::uint16_t port = 587;
  SmtpEncryption encryption = SmtpEncryption::starttls;
  bool check_certificate = true;  // against the system's authorities and `host`
  std::string username;           // empty: no AUTH
  Secret<std::string> password;
  /// How this machine presents itself: a qualified host name or an address. Anything else (see says_who) is replaced by
  /// the address that the connection has here (RFC 5321, 4.1.1.1).
  std::string hello;
  std::chrono::milliseconds step = kSmtpStep;
  std::chrono::milliseconds taken = kSmtpTaken;
};

/// Whether EHLO may present a machine so: a host name of at least two labels that is not of "localhost", or an address.
bool says_who(std::string_view hello);

/// Blocks; one connection a call. `message` has CRLF line ends (mail/message.h). Thread-safe. Failures that another try
/// may mend (network, time, 4xx) are Code::unavailable, all others (5xx, configuration) Code::invalid. No failure's
/// sentence holds a recipient or a password: of the steps that carry one it gives the server's numbers only. A stop
/// request ends it with Code::unavailable at once. Throws where the system has no descriptor or thread left.
Result<void> send_mail(const SmtpServer& server, std::string_view from, std::string_view to, std::string_view message,
                       const std::stop_token& stop);

}  // namespace hk::net

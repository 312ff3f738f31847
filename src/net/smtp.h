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

/// Each step (name look-up, connect, handshake, one command and its answer) must end within this time.
inline constexpr std::chrono::seconds kSmtpStep{30};

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
  std::string hello = "localhost";  // how this machine presents itself: a host name
};

/// Blocks; one connection a call. `message` has CRLF line ends (mail/message.h). Thread-safe. Failures that another try
/// may mend (network, time, 4xx) are Code::unavailable, all others (5xx, configuration) Code::invalid. No failure's
/// sentence holds a recipient: from RCPT on it gives the server's numbers only. A stop request ends it with
/// Code::unavailable at once.
Result<void> send_mail(const SmtpServer& server, std::string_view from, std::string_view to, std::string_view message,
                       const std::stop_token& stop);

}  // namespace hk::net

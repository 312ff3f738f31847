#pragma once
// Session tokens and their cookies (reference api 3.1).

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"
#include "base/secret.h"
#include "http/message.h"

namespace hk::auth {

/// What the operator decides about sessions.
struct Settings {
  std::string public_url;       // issuer and audience of tokens; https makes cookies Secure
  std::string public_host;      // of public_url, without port: how mails name this instance
  std::string base_path = "/";  // Path of cookies
  Secret<std::string> jwt_secret;
  Secret<std::string> setup_code;
  bool sends_mail = false;
  std::chrono::minutes session{15};
  std::chrono::seconds warning{120};
  std::chrono::days remember{30};
  std::string version;
};

/// A token and its times, whole seconds.
struct Token {
  std::string text;
  TimeMs issued_at{};
  TimeMs expires_at{};
};

/// What a valid token says. Whether the session still exists is the directory's matter.
struct TokenClaims {
  UserId user;
  SessionId session;
  TimeMs issued_at{};
  TimeMs expires_at{};
};

/// Thread-safe; memory only.
class Tokens {
 public:
  Tokens(const Settings& settings, const Clock& clock) : settings_(settings), clock_(clock) {}

  Token issue(const UserId& user, const SessionId& session) const;
  /// nullopt unless signed by us, for us, and not over.
  std::optional<TokenClaims> read(std::string_view token) const;

  void set_token(http::Response& response, const Token& token) const;
  void set_remember(http::Response& response, std::string_view remember) const;
  /// Takes both cookies away.
  void clear(http::Response& response) const;

 private:
  void set_cookie(http::Response& response, std::string_view name, std::string_view value,
                  std::chrono::seconds lifetime) const;

  const Settings& settings_;
  const Clock& clock_;
};

}  // namespace hk::auth

#include "auth/tokens.h"

#include "auth/origin.h"
#include "crypto/jwt.h"

namespace hk::auth {

Token Tokens::issue(const UserId& user, const SessionId& session) const {
  const TimeMs now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  const TimeMs end = now + settings_.session;
  return {.text = crypto::sign_jwt({.issuer = settings_.public_url,
                                    .audience = settings_.public_url,
                                    .user_id = user.str(),
                                    .session_id = session.str(),
                                    .issued_at = now,
                                    .expires_at = end},
                                   settings_.jwt_secret),
          .issued_at = now,
          .expires_at = end};
}

std::optional<TokenClaims> Tokens::read(std::string_view token) const {
  if (token.empty()) return std::nullopt;
  const auto claims =
      crypto::verify_jwt(token, settings_.jwt_secret, settings_.public_url, settings_.public_url, clock_.now());
  if (!claims) return std::nullopt;
  const auto user = UserId::parse(claims->user_id);
  const auto session = SessionId::parse(claims->session_id);
  if (!user || !session) return std::nullopt;
  return TokenClaims{
      .user = *user, .session = *session, .issued_at = claims->issued_at, .expires_at = claims->expires_at};
}

void Tokens::set_cookie(http::Response& response, std::string_view name, std::string_view value,
                        std::chrono::seconds lifetime) const {
  std::string cookie(name);
  cookie += '=';
  cookie += value;
  cookie +=
      "; Path=" + settings_.base_path + "; Max-Age=" + std::to_string(lifetime.count()) + "; HttpOnly; SameSite=Lax";
  if (settings_.public_url.starts_with("https://")) cookie += "; Secure";
  response.header("Set-Cookie", std::move(cookie));
}

void Tokens::set_token(http::Response& response, const Token& token) const {
  set_cookie(response, kTokenCookie, token.text, settings_.session);
}

void Tokens::set_remember(http::Response& response, std::string_view remember) const {
  set_cookie(response, kRememberCookie, remember, settings_.remember);
}

void Tokens::clear(http::Response& response) const {
  set_cookie(response, kTokenCookie, "", std::chrono::seconds(0));
  set_cookie(response, kRememberCookie, "", std::chrono::seconds(0));
}

}  // namespace hk::auth

#include "auth/tokens.h"

#include <charconv>
#include <utility>

#include "base/text.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/jwt.h"
#include "crypto/random.h"

namespace hk::auth {
namespace {

constexpr std::size_t kDeviceBytes = 16;
constexpr std::size_t kIdCharacters = 36;
constexpr std::size_t kDigestCharacters = 16;

/// "<name>.<milliseconds>".
std::string stamped(std::string_view name, TimeMs at) {
  return concat({name, ".", std::to_string(to_ms(at))});
}

std::optional<Stamp> read_stamp(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(dot + 1);
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ms);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return Stamp{.name = text.substr(0, dot), .at = from_ms(ms)};
}

/// What was signed, and the signature behind the last dot.
std::pair<std::string_view, std::string_view> split_signature(std::string_view cookie) {
  const auto dot = cookie.rfind('.');
  if (dot == std::string_view::npos) return {cookie, {}};
  return {cookie.substr(0, dot), cookie.substr(dot + 1)};
}

constexpr std::string_view kChallengeField = "challenge_token";

std::unexpected<Error> no_challenge() {
  return fail(Code::conflict, "This sign-in is not known here; begin again", std::string(kChallengeField));
}

constexpr std::string_view purpose_of(PasskeyUse use) {
  return use == PasskeyUse::sign_in ? "passkey-sign-in" : "passkey-proof";
}

}  // namespace

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

/// The blank keeps purposes apart from each other and from JWTs, which have none.
std::string Tokens::sign(std::string_view purpose, std::string_view text) const {
  return crypto::base64url(crypto::hmac_sha256(settings_.jwt_secret.reveal(), concat({purpose, " ", text})));
}

std::string Tokens::remember(const Remembered& remembered) const {
  const std::string text = stamped(remembered.session.str(), remembered.issued_at);
  return concat({text, ".", sign("remember-me", text)});
}

std::optional<Remembered> Tokens::read_remember(std::string_view cookie) const {
  const auto [text, signature] = split_signature(cookie);
  const auto stamp = read_stamp(text);
  if (!stamp || !crypto::equal_in_constant_time(signature, sign("remember-me", text))) return std::nullopt;
  const auto session = SessionId::parse(stamp->name);
  if (!session) return std::nullopt;
  return Remembered{.session = *session, .issued_at = stamp->at};
}

std::string digest_of(std::string_view password_hash) {
  return crypto::sha256_hex(password_hash).substr(0, kDigestCharacters);
}

std::string Tokens::seal(std::string_view purpose, std::string_view name) const {
  const std::string text = stamped(name, clock_.now());
  return concat({text, ".", sign(purpose, text)});
}

Result<Stamp> Tokens::open(std::string_view purpose, std::string_view token) const {
  const auto [text, signature] = split_signature(token);
  const auto stamp = read_stamp(text);
  if (!stamp || !crypto::equal_in_constant_time(signature, sign(purpose, text))) return no_challenge();
  if (clock_.now() - stamp->at >= kChallengeLifetime)
    return fail(Code::conflict, "This sign-in took too long; begin again", std::string(kChallengeField));
  return *stamp;
}

/// Session, user, digest and two flags, each of one length.
std::string Tokens::challenge(const FirstStep& step) const {
  return seal("second-factor", concat({step.session.str(), step.user.str(), step.password, step.remember ? "1" : "0",
                                       step.known_device ? "1" : "0"}));
}

Result<FirstStep> Tokens::read_challenge(std::string_view token) const {
  const auto stamp = open("second-factor", token);
  if (!stamp) return std::unexpected(stamp.error());
  if (stamp->name.size() != 2 * kIdCharacters + kDigestCharacters + 2) return no_challenge();
  const auto session = SessionId::parse(stamp->name.substr(0, kIdCharacters));
  const auto user = UserId::parse(stamp->name.substr(kIdCharacters, kIdCharacters));
  if (!session || !user) return no_challenge();
  const std::string_view flags = stamp->name.substr(2 * kIdCharacters + kDigestCharacters);
  return FirstStep{.session = *session,
                   .user = *user,
                   .remember = flags[0] == '1',
                   .known_device = flags[1] == '1',
                   .password = std::string(stamp->name.substr(2 * kIdCharacters, kDigestCharacters)),
                   .issued_at = stamp->at};
}

std::string Tokens::challenge(PasskeyUse use, const SessionId& session) const {
  return seal(purpose_of(use), session.str());
}

Result<PasskeyChallenge> Tokens::read_challenge(PasskeyUse use, std::string_view token) const {
  const auto stamp = open(purpose_of(use), token);
  if (!stamp) return std::unexpected(stamp.error());
  const auto session = SessionId::parse(stamp->name);
  if (!session) return no_challenge();
  return PasskeyChallenge{.session = *session, .issued_at = stamp->at};
}

std::string Tokens::to_sign(std::string_view token) const {
  return sign("passkey", token);
}

std::string Tokens::device(std::string_view account) const {
  const std::string text = stamped(crypto::random_hex(kDeviceBytes), clock_.now());
  return concat({text, ".", sign("device", concat({text, " ", account}))});
}

std::optional<std::string> Tokens::read_device(std::string_view cookie, std::string_view account) const {
  const auto [text, signature] = split_signature(cookie);
  const auto stamp = read_stamp(text);
  if (!stamp || !crypto::equal_in_constant_time(signature, sign("device", concat({text, " ", account}))))
    return std::nullopt;
  if (clock_.now() - stamp->at >= kDeviceLifetime) return std::nullopt;
  return std::string(stamp->name);
}

}  // namespace hk::auth

#pragma once
// What this instance signs, so that it knows it again: session tokens, remember-me cookies, devices. All of it ends
// with the key.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/settings.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"

namespace hk::auth {

/// A browser counts as one that signed in before for this long.
inline constexpr std::chrono::days kDeviceLifetime{365};

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

/// What a remember-me cookie of ours says: its secret is the signature. Sessions keep the time of issue of the secrets
/// that are good (directory.h), so that the database holds nothing that signs anybody in.
struct Remembered {
  SessionId session;
  TimeMs issued_at{};
};

/// The second step of a sign-in has to come within this time.
inline constexpr std::chrono::minutes kChallengeLifetime{5};

/// A sign-in whose password was right, and that waits for a code. It is no session yet, but says which it will be, so
/// that it becomes one only once.
struct FirstStep {
  SessionId session;
  UserId user;
  bool remember = false;
  bool known_device = false;
  std::string password;  // digest_of() its hash: another password ends it
  TimeMs issued_at{};
};
/// Of a password's hash, 16 hex digits.
std::string digest_of(std::string_view password_hash);

/// For what a passkey is asked outside of a second step: to sign in with nothing else, or to prove who is signed in.
enum class PasskeyUse : std::uint8_t { sign_in, proof };
struct PasskeyChallenge {
  SessionId session;  // that it becomes, or whose holder proves
  TimeMs issued_at{};
};

/// What our own cookies and challenges sign: something, and when.
struct Stamp {
  std::string_view name;
  TimeMs at{};
};

/// Thread-safe; memory only.
class Tokens {
 public:
  Tokens(const Settings& settings, const Clock& clock) : settings_(settings), clock_(clock) {}

  Token issue(const UserId& user, const SessionId& session) const;
  /// nullopt unless signed by us, for us, and not over.
  std::optional<TokenClaims> read(std::string_view token) const;

  std::string remember(const Remembered& remembered) const;
  /// nullopt unless signed by us.
  std::optional<Remembered> read_remember(std::string_view cookie) const;

  /// Signed now, whatever `issued_at` says.
  std::string challenge(const FirstStep& step) const;
  /// Code::conflict with field "challenge_token" unless signed by us and not over.
  Result<FirstStep> read_challenge(std::string_view token) const;

  std::string challenge(PasskeyUse use, const SessionId& session) const;
  /// The same.
  Result<PasskeyChallenge> read_challenge(PasskeyUse use, std::string_view token) const;

  /// What a passkey signs for one of these challenges: 32 bytes, base64url.
  std::string to_sign(std::string_view token) const;

  /// Says that somebody signed in to `account` (an address in lower case) in this browser, and nothing else.
  std::string device(std::string_view account) const;
  /// A name for the device, for throttles; nullopt unless signed by us for this account and not over.
  std::optional<std::string> read_device(std::string_view cookie, std::string_view account) const;

 private:
  std::string sign(std::string_view purpose, std::string_view text) const;
  std::string seal(std::string_view purpose, std::string_view name) const;
  Result<Stamp> open(std::string_view purpose, std::string_view token) const;

  const Settings& settings_;
  const Clock& clock_;
};

}  // namespace hk::auth

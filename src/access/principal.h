#pragma once
// Who asks for something.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/id.h"

namespace hk::access {

/// Nothing that the request carries says who it is from.
struct Nobody {
  bool operator==(const Nobody&) const = default;
};

/// A person, by one of his sessions.
struct SignedIn {
  /// Of the session token; both 0 when the caller came with a remember-me cookie only.
  struct TokenTimes {
    TimeMs issued_at{};
    TimeMs expires_at{};
    bool operator==(const TokenTimes&) const = default;
  };
  UserId user;
  SessionId session;
  TokenTimes token;
  std::string country = {};  // from which he asks: ISO 3166-1 alpha-2, empty where nobody knows
  bool operator==(const SignedIn&) const = default;
};

/// The program itself, at a task that no request asked for; may do everything.
struct System {
  std::string_view task;  // "demo"; lives as long as the program
  bool operator==(const System&) const = default;
};

/// A program, by an API key.
struct ApiKey {
  ApiKeyId key;
  /// Whose key it is, and whose account its work is done for; none: a team's.
  std::optional<UserId> holder;
  std::string country = {};  // as of a person
  bool operator==(const ApiKey&) const = default;
};

/// A new kind of caller (a link) is one alternative here, a resolver of auth/'s gate, and what the compiler then
/// asks for in auth/policy.cc.
using Principal = std::variant<Nobody, SignedIn, ApiKey, System>;

/// Whose account it is.
inline std::optional<UserId> user_of(const Principal& who) {
  if (const auto* person = std::get_if<SignedIn>(&who)) return person->user;
  const auto* program = std::get_if<ApiKey>(&who);
  return program ? program->holder : std::nullopt;
}

/// Whose work a request is: who waits for workers takes turns with the others. Empty: nobody's in particular.
inline std::string turn_of(const Principal& who) {
  if (const auto user = user_of(who)) return user->str();
  const auto* program = std::get_if<ApiKey>(&who);
  return program ? program->key.str() : std::string();
}

}  // namespace hk::access

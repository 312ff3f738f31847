#pragma once
// Becoming the owner, signing in and out, staying signed in.

#include <optional>
#include <string>
#include <string_view>

#include "auth/attempts.h"
#include "auth/directory.h"
#include "auth/tokens.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "control/control.h"
#include "crypto/hash.h"
#include "crypto/password.h"
#include "http/granted.h"

namespace hk::auth {

inline constexpr std::size_t kMinPasswordCharacters = 8;
inline constexpr std::size_t kMaxEmailCharacters = 320;
inline constexpr std::size_t kMaxNameCharacters = 120;
/// Live sessions of one user; the oldest end when there are more.
inline constexpr std::int64_t kMaxSessionsPerUser = 50;

/// A code that an operator can type: 16 letters and digits in groups of four, 80 random bits.
std::string make_setup_code();

/// Trimmed; Code::invalid with field "email" unless it looks like an address.
Result<std::string> check_email(std::string_view typed);

struct NewOwner {
  std::string email;
  Secret<std::string> password;
  std::string given_name;
  std::string last_name;
  std::string language;  // locale.h
};

struct SignedInNow {
  Token token;
  Secret<std::string> remember;  // empty: none
};

/// Every change hands its `done` to Control::write: what a call returns may be sent to the client once that reports
/// success. Thread-safe. Calls block (databases, argon2id): workers only. `client` is the client's address, which is
/// hashed with a key of this process and forgotten.
class Accounts {
 public:
  Accounts(const Settings& settings, control::Control& control, const Directory& directory, const Tokens& tokens,
           crypto::Passwords& passwords, metrics::Registry& metrics, const Clock& clock);

  bool needs_setup() const { return !directory_.now()->set_up; }

  /// Code::forbidden once the instance is set up, or when the code is wrong; Code::limited after some wrong codes.
  Result<void> check_setup_code(std::string_view code, std::string_view client);

  /// Creates the owner, the first team and a session in one change. Of two calls that race, one gets Code::forbidden.
  Result<SignedInNow> set_up(const NewOwner& owner, control::Control::Done done);

  /// Code::unauthenticated for a wrong password and an unknown account alike, after the same work; Code::limited after
  /// some failures of one account.
  Result<SignedInNow> sign_in(std::string_view email, const Secret<std::string>& password, bool remember,
                              std::string_view client, control::Control::Done done);

  Result<void> sign_out(const SessionId& session, control::Control::Done done);

  /// A new token; the remember-me token, if it is the session's present one, is replaced. Code::unauthenticated when
  /// the session is gone.
  Result<SignedInNow> renew(const http::SignedIn& who, std::string_view remember, control::Control::Done done);

  /// Ends a session whose cookie has two holders; failures are logged.
  void end_stolen(const SessionId& session);

 private:
  Result<void> insert_session(db::Sqlite& sql, const UserId& user, const SessionId& session, const SignedInNow& now);
  SignedInNow make_session(const UserId& user, const SessionId& session, bool remember) const;
  std::uint64_t key_of(std::string_view a, std::string_view b) const;

  const Settings& settings_;
  control::Control& control_;
  const Directory& directory_;
  const Tokens& tokens_;
  crypto::Passwords& passwords_;
  const Clock& clock_;
  crypto::SipKey key_{};
  Attempts codes_by_client_;
  Attempts codes_;
  Attempts sign_ins_by_client_;
  Attempts sign_ins_;
  metrics::Counter& signed_in_;
  metrics::Counter& wrong_;
  metrics::Counter& limited_;
  metrics::Counter& stolen_;
};

}  // namespace hk::auth

#pragma once
// Becoming the owner, signing in and out, staying signed in.

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/principal.h"
#include "auth/attempts.h"
#include "auth/called_from.h"
#include "auth/directory.h"
#include "auth/passkeys.h"
#include "auth/second_factors.h"
#include "auth/settings.h"
#include "auth/tokens.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "control/control.h"
#include "crypto/hash.h"
#include "crypto/password.h"

namespace hk::auth {

inline constexpr std::size_t kMaxEmailCharacters = 320;
inline constexpr std::size_t kMaxNameCharacters = 120;
/// Live sessions of one user; the oldest end when there are more.
inline constexpr std::int64_t kMaxSessionsPerUser = 50;
/// How long a remember-me secret that was handed out may be on its way: within this time no other is, so that of two
/// tabs that come together one gets it for both; later the answer counts as lost, and another takes its place.
inline constexpr std::chrono::seconds kRememberOnItsWay{60};

/// A code that an operator can type: 16 letters and digits in groups of four, 80 random bits.
std::string make_setup_code();

/// Trimmed; Code::invalid with field "email", whose name its message continues, unless it looks like an address.
Result<std::string> check_email(std::string_view typed);

/// Whether who asks has proved within kProofLasts that he is who he is; a Code::forbidden with field "proof" otherwise.
/// The program itself need not.
Result<void> require_proof(const Identities& identities, const access::Principal& who, TimeMs now);

/// Within a change: sets the hash of a password, ends every session of the account and its link for a forgotten one.
Result<void> set_password(db::Sqlite& sql, const UserId& user, const std::string& hash, TimeMs now);

/// Within a change: ends every session of an account; how many those were.
Result<std::int64_t> end_sessions_of(db::Sqlite& sql, const UserId& user);

struct NewOwner {
  std::string email;
  Secret<std::string> password;
  std::string given_name;
  std::string last_name;
  std::string language;  // locale.h
  std::string setup_code = {};
  CalledFrom from = {};
};

/// Somebody who was invited.
struct NewAccount {
  std::string email;
  Secret<std::string> password;
  std::string given_name;
  std::string last_name;
  std::string language;
  CalledFrom from = {};
  std::stop_token gone = {};
};

/// A try to sign in.
struct SignIn {
  std::string email;
  Secret<std::string> password;
  bool remember = false;
  std::string client;  // its address
  CalledFrom from = {};
  std::vector<std::string_view> devices = {};  // device cookies that it sent
  std::stop_token gone = {};                   // nobody waits for the answer any more
};

/// A right password of an account that has a second factor: not signed in yet.
struct PendingSignIn {
  std::string challenge;
  std::vector<Factor> factors;            // that it can be gone on with
  std::optional<PasskeyRequest> passkey;  // where it has one
};

/// The code that a pending sign-in waits for.
struct SecondStep {
  std::string challenge;
  std::string code;
  Factor factor = Factor::totp;
  CalledFrom from = {};
};

/// A passkey instead of a password, or as the second step behind one.
struct PasskeySignIn {
  std::string challenge;
  AssertedCredential credential;
  bool remember = false;  // of a second step the first one has said it
  CalledFrom from = {};
};

/// What a session's holder gives once more: his password, a code or a passkey.
struct Confirmation {
  Secret<std::string> password;
  std::string code;
  std::string challenge;
  std::optional<AssertedCredential> credential;
  std::stop_token gone = {};
};

/// What he can give besides his password.
struct ProofWays {
  std::vector<Factor> factors;
  std::string challenge;  // for a passkey
  std::optional<PasskeyRequest> passkey;
};

struct PasswordChange {
  Secret<std::string> present;
  Secret<std::string> next;
  std::stop_token gone = {};
};

/// What a browser gets; empty texts: it keeps what it has.
struct SignedInNow {
  Token token;
  Secret<std::string> remember;
  std::optional<TimeMs> remember_expires_at;
  std::string device;
};

/// Every change hands its `done` to Control::write: what a call returns may be sent to the client once that reports
/// success. Thread-safe. Calls block (databases, argon2id): workers only. A client's address is hashed with a key of
/// this process and forgotten.
///
/// Two rules keep accounts from being told apart: what can be refused is refused before an account is looked for, and
/// afterwards the same steps are taken whether there is one or not.
class Accounts {
 public:
  Accounts(const Settings& settings, control::Control& control, const Directory& directory, const Tokens& tokens,
           crypto::Passwords& passwords, const SecondFactors& factors, const Passkeys& passkeys,
           metrics::Registry& metrics, const Clock& clock);

  bool needs_setup() const { return !directory_.now()->set_up; }

  /// Code::forbidden once the instance is set up, or when the code is wrong; Code::limited after some wrong codes of
  /// one client. Clients are not slowed down together: that would keep the owner out, and no number of them guesses a
  /// code.
  Result<void> check_setup_code(std::string_view code, std::string_view client);

  /// Creates the owner, the first team and a session in one change. Of two calls that race, one gets Code::forbidden.
  Result<SignedInNow> set_up(const NewOwner& owner, control::Control::Done done);

  /// Makes an account and signs its person in, in one change with what `joins` does: what he becomes a member of, and
  /// why he may. Code::invalid with field "password"; Code::conflict where the address has an account.
  using Joins = std::function<Result<void>(control::Change&, const access::SignedIn&)>;
  Result<SignedInNow> join(const NewAccount& account, const Joins& joins, control::Control::Done done);

  /// Code::unauthenticated for a wrong password and an unknown account alike, after the same work; Code::limited after
  /// some failures of one account. A device that signed in to the account before has a count of its own, so that no
  /// stranger's guesses keep its owner out. Where the account has a second factor, a right password is only the first
  /// of two steps.
  using SignInOutcome = std::variant<SignedInNow, PendingSignIn>;
  Result<SignInOutcome> sign_in(const SignIn& typed, control::Control::Done done);
  /// The second step. Code::conflict with field "challenge_token" where the first is over, used or none of ours;
  /// Code::unauthenticated with field "code" for a wrong one, Code::limited after some.
  Result<SignedInNow> finish_sign_in(const SecondStep& typed, control::Control::Done done);
  /// A challenge that any passkey may sign, and what a browser is asked for it. Code::unavailable. Memory only.
  Result<PendingSignIn> ask_for_passkey() const;
  /// Signs in by a passkey alone, or by one as the second step: as its challenge says. The same failures, and
  /// Code::invalid and Code::unauthenticated with field "credential".
  Result<SignedInNow> sign_in_by_passkey(const PasskeySignIn& shown, control::Control::Done done);

  Result<void> sign_out(const SessionId& session, control::Control::Done done);

  /// A new token, and where one of these remember-me cookies is the session's, the secret that takes its place.
  /// Code::unauthenticated when the session is gone; a cookie whose secret has ended ends it.
  Result<SignedInNow> renew(const access::SignedIn& who, std::span<const std::string_view> cookies,
                            control::Control::Done done);

  /// Sets another password and ends every session of the account; the caller gets a fresh one. Code::forbidden with
  /// field "current_password", Code::invalid with field "new_password", Code::limited after some wrong tries.
  Result<SignedInNow> change_password(const access::SignedIn& who, const PasswordChange& change,
                                      control::Control::Done done);

  /// By what the holder of a session can prove who he is.
  Result<ProofWays> proof_ways(const access::SignedIn& who) const;
  /// The holder of a session gives his password, a code or a passkey once more, for what needs a fresh proof.
  /// Code::forbidden with field "password", "code" or "credential", Code::limited after some wrong tries,
  /// Code::conflict for a code of whoever has no second factor; of challenges as above.
  Result<void> prove(const access::SignedIn& who, const Confirmation& typed, control::Control::Done done);

  /// Ends one session of the caller's account. Code::not_found.
  Result<void> end_session(const access::SignedIn& who, const SessionId& session, control::Control::Done done);

  /// Ends every session of the account, also copies of the caller's own cookies; the caller gets a fresh one.
  Result<SignedInNow> end_sessions(const access::SignedIn& who, control::Control::Done done);

  /// Ends a session whose cookie has two holders; failures are logged.
  void end_stolen(const SessionId& session);
  /// The remember-me secret that was handed out last came back: the one before it ends. Failures are logged.
  void confirm_remember(const Remembered& remembered);

 private:
  struct NewSession {
    UserId user;
    SessionId id;
    TimeMs created_at;
    std::optional<TimeMs> remember_at;  // none: not remembered
    std::optional<How> how;
    TimeMs proved_at;
    CalledFrom from;
    std::optional<Factor> factor = {};
    SignedInNow now;
  };
  struct NewSecret {
    TimeMs issued_at;
    TimeMs expires_at;
  };
  /// Which counts a try to sign in is on.
  struct Tries {
    std::uint64_t own;                 // of the device, or of the client
    std::optional<std::uint64_t> all;  // of the account; none for a known device
  };
  /// Whom a password is right for, and the hash that it was held against.
  struct Known {
    std::optional<UserId> user;
    std::string hash;
    std::vector<Factor> factors = {};  // that it has; none: the password is all
  };
  std::optional<std::uint64_t> known_device(const SignIn& typed, std::string_view account) const;
  Result<Tries> begin_sign_in(const SignIn& typed, std::string_view account);
  Result<Known> check_password(const SignIn& typed, std::string_view account);
  /// Of a sign-in now.
  NewSession begin_session(const UserId& user, const SessionId& id, How how, bool remember, std::string_view account,
                           const CalledFrom& from) const;
  NewSession make_session(const UserId& user, const SessionId& id, TimeMs created_at, bool remember,
                          std::string_view account) const;
  SessionId new_id() const;
  Result<void> prove_password(const access::SignedIn& who, const Confirmation& typed, control::Control::Done done);
  Result<void> prove_code(const access::SignedIn& who, const Confirmation& typed, control::Control::Done done);
  Result<void> prove_passkey(const access::SignedIn& who, const Confirmation& typed, control::Control::Done done);
  /// What a right password of an account with second factors leads to.
  Result<PendingSignIn> pending(const SignIn& typed, const Known& known, bool known_device) const;
  /// Begins the session of a first step where `right` says yes; none where it says no, which it has counted.
  Result<std::optional<NewSession>> second_step(const FirstStep& first, Factor factor, const CalledFrom& from,
                                                const std::function<Result<bool>(db::Sqlite&)>& right,
                                                control::Control::Done done);
  Result<SignedInNow> sign_in_without_password(const PasskeyChallenge& challenge, const PasskeySignIn& shown,
                                               control::Control::Done done);
  Result<void> insert_session(db::Sqlite& sql, const NewSession& session) const;
  /// A session that goes on where the one of `who` ends, for his browser alone.
  Result<NewSession> session_instead_of(const access::SignedIn& who) const;
  /// Notes the secret that takes the place of what was shown; none while another is on its way.
  Result<std::optional<NewSecret>> next_remember(db::Sqlite& sql, const SessionId& session,
                                                 std::span<const Remembered> shown, bool& stolen) const;
  TimeMs remember_until(TimeMs created_at) const;
  std::uint64_t key_of(std::string_view a, std::string_view b) const;

  const Settings& settings_;
  control::Control& control_;
  const Directory& directory_;
  const Tokens& tokens_;
  crypto::Passwords& passwords_;
  const SecondFactors& factors_;
  const Passkeys& passkeys_;
  const Clock& clock_;
  crypto::SipKey key_{};
  Attempts codes_;               // by client
  Attempts sign_ins_by_client_;  // by account and client, or device
  Attempts sign_ins_;            // by account
  Attempts changes_;             // by session
  metrics::Counter& signed_in_;
  metrics::Counter& wrong_;
  metrics::Counter& limited_;
  metrics::Counter& stolen_;
};

}  // namespace hk::auth

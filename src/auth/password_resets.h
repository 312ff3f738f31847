#pragma once
// A forgotten password: a link by mail, and with it a new password.

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "auth/attempts.h"
#include "auth/settings.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "control/control.h"
#include "crypto/hash.h"
#include "crypto/password.h"
#include "mail/message.h"
#include "mail/templates.h"

namespace hk::auth {

inline constexpr std::chrono::minutes kResetLifetime{60};
/// Characters of a token that are looked at; ours have 64.
inline constexpr std::size_t kMaxResetToken = 200;

/// How mails leave. Without `send` this instance sends none.
struct Post {
  mail::Templates templates;
  std::function<bool(mail::Mail)> send;  // false: the queue is full. Outlives the Control, whose thread calls it
};

/// Thread-safe.
class PasswordResets {
 public:
  /// Runs a job on a worker later; false when none is free.
  using Later = std::function<bool(std::move_only_function<void()>)>;

  PasswordResets(const Settings& settings, control::Control& control, crypto::Passwords& passwords, Post post,
                 Later later, const Clock& clock);

  /// Does not block, so it may run on an I/O thread. Mails a link to the account of this address, if there is one.
  /// Whether there is does not show: the account is looked up after the answer, and one that there is not takes the
  /// same steps, a link that is kept but leads nowhere among them. Code::unavailable when this instance sends no mail,
  /// Code::limited after some requests for one address, Code::busy when there is no room now.
  Result<void> request(std::string_view email);

  struct Reset {
    Secret<std::string> token;
    Secret<std::string> password;
    std::string country = {};   // from which it is asked for
    std::stop_token gone = {};  // nobody waits for the answer any more
  };
  /// Blocks (database, argon2id): workers only. Sets the password and ends every session of the account; the link is
  /// used up. Gives the account's address in lower case. Code::invalid with field "token" when the link is unknown,
  /// used or over, with field "password" when that breaks a rule. `done` as in Accounts.
  Result<std::string> reset(const Reset& wanted, control::Control::Done done);

 private:
  void send_link(const std::string& account);

  const Settings& settings_;
  control::Control& control_;
  crypto::Passwords& passwords_;
  const Post post_;
  const Later later_;
  const Clock& clock_;
  crypto::SipKey key_{};
  Attempts requests_;
};

}  // namespace hk::auth

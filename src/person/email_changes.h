#pragma once
// Another address for an account: a link to it confirms that it is read by the account's holder.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "access/principal.h"
#include "auth/attempts.h"
#include "auth/directory.h"
#include "auth/password_resets.h"
#include "auth/settings.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "control/control.h"
#include "crypto/hash.h"

namespace hk::person {

inline constexpr std::chrono::minutes kEmailChangeLifetime{60};
inline constexpr std::size_t kMaxEmailToken = 200;  // characters

/// Thread-safe. Calls block: workers only. `done` as in Control::write.
class EmailChanges {
 public:
  EmailChanges(const auth::Settings& settings, control::Control& control, auth::Post post, const Clock& clock);

  /// Keeps a link for an address and mails it there; the one before ends. The value is the link where no mail is sent.
  /// Whether the address has an account shows only to who reads its mail. Code::limited after some tries of an account.
  Result<std::string> ask(const auth::User& user, const access::SignedIn& who, const std::string& email,
                          control::Control::Done done);

  /// Code::invalid with field "token" for a link that is unknown, used or over; Code::conflict where another account
  /// has the address by now.
  Result<void> confirm(const Secret<std::string>& token, const std::string& country, control::Control::Done done);

 private:
  const auth::Settings& settings_;
  control::Control& control_;
  const std::shared_ptr<const auth::Post> post_;
  const Clock& clock_;
  crypto::SipKey key_{};
  auth::Attempts requests_;  // by account
};

}  // namespace hk::person

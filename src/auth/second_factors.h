#pragma once
// What somebody proves besides his password: codes of an authenticator app, and codes for when that is out of reach.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "auth/directory.h"
#include "auth/passkeys.h"
#include "auth/settings.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "control/control.h"
#include "crypto/cipher.h"

namespace hk::auth {

inline constexpr std::size_t kRecoveryCodes = 8;
/// A key that is shown has to be confirmed by a code within this time.
inline constexpr std::chrono::minutes kTotpSetup{10};
/// Characters of a code as typed that are looked at.
inline constexpr std::size_t kMaxTypedCode = 64;

/// Through which door a code comes: each has a count of its own, so that who guesses at one keeps nobody out of the
/// others.
enum class FactorDoor : std::uint8_t { stranger, device, session };
constexpr std::array<std::string_view, 3> names(json::Of<FactorDoor>) {
  return {"stranger", "device", "session"};
}

/// What somebody has set up.
struct FactorState {
  bool on = false;       // the app
  bool pending = false;  // its key was shown and waits to be confirmed
  std::vector<Passkey> passkeys;
  std::int64_t codes = 0;
  std::int64_t codes_left = 0;

  /// Whether a sign-in by password has a second step.
  bool any() const { return on || !passkeys.empty(); }
};

struct TotpSetup {
  Secret<std::string> secret;  // as it is typed into an app
  std::string uri;             // as it is scanned
  TimeMs until{};
};

/// Thread-safe. Calls block (database): workers only; `done` as in Control::write. A wrong code is counted durably
/// before the next one is looked at: five are free, then each further one waits 1, 2, 4 … seconds, at most 15 minutes
/// (Code::limited).
class SecondFactors {
 public:
  SecondFactors(const Settings& settings, control::Control& control, const Clock& clock);

  Result<FactorState> state(const UserId& user) const;

  /// Shows a new key for an app. Code::conflict while an app is on.
  Result<TotpSetup> set_up(const access::SignedIn& who, std::string_view email, control::Control::Done done);
  /// Takes the key into use that was shown. Code::invalid with field "code"; Code::conflict where none waits, or no
  /// longer.
  Result<FactorState> confirm(const access::SignedIn& who, std::string_view code, control::Control::Done done);
  /// Removes the app, for a code of it or a recovery code; these go with the last second factor. Code::invalid with
  /// field "code", Code::not_found.
  Result<FactorState> switch_off(const access::SignedIn& who, std::string_view code, control::Control::Done done);
  /// New codes, which end the ones before. Code::conflict without app and passkey.
  Result<std::vector<std::string>> renew_codes(const access::SignedIn& who, control::Control::Done done);

  struct Typed {
    std::string_view code;
    Factor factor;
    FactorDoor door;
  };
  /// Within a change: whether a code is right, which uses it up; a wrong one is counted, so that the change has to go
  /// on.
  Result<bool> take(db::Sqlite& sql, const UserId& user, const Typed& typed) const;

 private:
  struct Totp {
    Secret<std::string> seed;
    std::optional<TimeMs> setup_until;  // none: it is on
    std::int64_t last_step = 0;
  };
  Result<std::optional<Totp>> totp_of(db::Sqlite& sql, const UserId& user) const;
  Result<bool> check(db::Sqlite& sql, const UserId& user, const Typed& typed) const;

  const Settings& settings_;
  control::Control& control_;
  const Clock& clock_;
  const crypto::Cipher cipher_;
};

/// Which of both a code is, by its form.
Factor factor_of(std::string_view code);

/// Within a read or a change.
Result<FactorState> factors_of(db::Sqlite& sql, const UserId& user, TimeMs now);
/// Within a change: nothing is left but the password.
Result<void> remove_factors(db::Sqlite& sql, const UserId& user);

}  // namespace hk::auth

#pragma once
// Passkeys of people: made, renamed, removed, and asked for where somebody signs in or proves who he is.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "auth/directory.h"
#include "auth/settings.h"
#include "auth/tokens.h"
#include "auth/webauthn.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "control/control.h"

namespace hk::auth {

using PasskeyId = Id<struct PasskeyTag>;

/// Of one account.
inline constexpr std::size_t kMaxPasskeys = 20;
inline constexpr std::size_t kMaxPasskeyName = 60;  // characters
/// A passkey has to be made, or used, within this time of being asked for.
inline constexpr std::chrono::minutes kPasskeyTime{5};

/// One that somebody has.
struct Passkey {
  PasskeyId id;
  std::string name;
  bool backup_eligible = false;  // other devices can have it, too
  bool backed_up = false;        // they have
  TimeMs created_at{};
  TimeMs updated_at{};
  std::optional<TimeMs> last_used_at;
};

/// How a browser names a passkey.
struct CredentialName {
  std::string_view type = "public-key";
  std::string id;
  std::vector<std::string> transports;
};

/// What a browser is asked for a new passkey (PublicKeyCredentialCreationOptions, 5.4).
struct PasskeyCreation {
  struct Party {
    std::string id;
    std::string name;
  };
  struct Holder {
    std::string id;  // base64url
    std::string name;
    std::string display_name;
  };
  struct Algorithm {
    std::string_view type = "public-key";
    std::int64_t number = 0;
  };
  struct Selection {
    std::string_view resident_key = "required";
    bool require_resident_key = true;
    std::string_view user_verification = "required";
  };
  Party party;
  Holder holder;
  std::string challenge;
  std::vector<Algorithm> algorithms;
  std::int64_t timeout = std::chrono::milliseconds(kPasskeyTime).count();
  std::vector<CredentialName> exclude = {};
  Selection selection = {};
  std::string_view attestation = "none";
};

/// What it is asked for one that is there (PublicKeyCredentialRequestOptions, 5.5).
struct PasskeyRequest {
  std::string challenge;
  std::int64_t timeout = std::chrono::milliseconds(kPasskeyTime).count();
  std::string party_id;
  std::vector<CredentialName> allow = {};  // none: any that it has for the party
  std::string_view user_verification = "required";
};

struct FactorState;  // second_factors.h

/// Thread-safe. Calls block (database): workers only; `done` as in Control::write. Code::unavailable where passkeys
/// cannot be used at this server's address (relying_party()).
class Passkeys {
 public:
  Passkeys(const Settings& settings, control::Control& control, const Tokens& tokens, const Clock& clock);

  /// Whether they can be used here; memory only.
  Result<void> usable() const;

  /// Begins a new one. Code::conflict where there are kMaxPasskeys.
  Result<PasskeyCreation> begin(const access::SignedIn& who, const User& user, std::string_view name,
                                control::Control::Done done);
  /// What the browser has made; tells what there is then. Code::conflict where none was begun, it is there already,
  /// or that was too long ago; Code::forbidden where another session began it, Code::invalid.
  Result<FactorState> finish(const access::SignedIn& who, const AttestedCredential& made, control::Control::Done done);
  /// Code::not_found.
  Result<void> rename(const access::SignedIn& who, const PasskeyId& id, const std::string& name,
                      control::Control::Done done);
  /// With the last second factor the recovery codes go. Code::not_found.
  Result<void> remove(const access::SignedIn& who, const PasskeyId& id, control::Control::Done done);

  /// What signs the challenge of such a token; `of`: one of his passkeys, else of whomever.
  Result<PasskeyRequest> request(std::string_view token, Verification verification,
                                 const std::optional<UserId>& of) const;

  struct Shown {
    std::string_view token;  // whose challenge was to be signed
    TimeMs issued_at{};
    const AssertedCredential& credential;
    Verification verification = Verification::required;
    std::optional<UserId> of = {};  // whose it has to be
  };
  /// Within a change: whose passkey has signed. Code::unauthenticated where none of ours has; Code::conflict where it
  /// has signed this challenge, or a younger one, before.
  Result<UserId> take(db::Sqlite& sql, const Shown& shown) const;

 private:
  const Settings& settings_;
  control::Control& control_;
  const Tokens& tokens_;
  const Clock& clock_;
};

/// Within a read or a change: in the order in which they were made.
Result<std::vector<Passkey>> passkeys_of(db::Sqlite& sql, const UserId& user);

}  // namespace hk::auth

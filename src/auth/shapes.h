#pragma once
// What goes over the wire about accounts and sessions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/permission.h"
#include "auth/accounts.h"
#include "auth/directory.h"
#include "auth/passkeys.h"
#include "auth/password_resets.h"
#include "auth/password_rules.h"
#include "auth/webauthn.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "json/shape.h"
#include "site/shapes.h"

namespace hk::auth {

// --- what a field may be ---------------------------------------------------------------------------

inline Result<void> email_of_account(std::string& typed) {
  auto email = check_email(typed);
  if (!email) return std::unexpected(email.error());
  typed = std::move(*email);
  return {};
}

/// A name as people read it: nothing that cannot be seen, breaks the line or turns the text around it.
inline Result<void> plain_name(std::string& typed) {
  if (text_is_plain(typed)) return {};
  return fail(Code::invalid, "must be plain text without control characters");
}

/// Characters and bytes are limited before anything is done with it.
inline Result<void> short_enough(std::string& password) {
  if (crypto::Passwords::check_length(password)) return {};
  return fail(Code::invalid, "must have at most " + std::to_string(crypto::kMaxPasswordBytes) + " bytes");
}

inline constexpr json::TextRule kEmail{.check = email_of_account, .needed = true};
inline constexpr json::TextRule kName{.length = {.max = kMaxNameCharacters, .trim = true}, .check = plain_name};
inline constexpr json::TextRule kPassword{.length = {.max = crypto::kMaxPasswordBytes, .required = true},
                                          .check = short_enough};
inline constexpr json::TextRule kNewPassword{
    .length = {.max = crypto::kMaxPasswordBytes, .min = kMinPasswordCharacters, .required = true},
    .check = short_enough};
inline constexpr json::StrRule kSetupCode{.max = 200};

// --- requests --------------------------------------------------------------------------------------

/// The part of a NewOwner that is looked at first.
struct SetupCode {
  std::string code;
};
constexpr auto shape(json::Of<SetupCode>) {
  return json::shape("SetupCode", json::field("setup_code", &SetupCode::code, kSetupCode));
}

constexpr auto shape(json::Of<NewOwner>) {
  return json::shape("NewOwner", json::field("email", &NewOwner::email, kEmail),
                     json::field("password", &NewOwner::password, kNewPassword),
                     json::field("given_name", &NewOwner::given_name, kName),
                     json::field("last_name", &NewOwner::last_name, kName),
                     json::field("setup_code", &NewOwner::setup_code, kSetupCode));
}

constexpr auto shape(json::Of<SignIn>) {
  return json::shape(
      "SignIn",
      json::field("email", &SignIn::email, json::StrRule{.max = kMaxEmailCharacters, .required = true, .trim = true}),
      json::field("password", &SignIn::password, kPassword), json::field("remember_me", &SignIn::remember));
}

struct ForgottenPassword {
  std::string email;
};
constexpr auto shape(json::Of<ForgottenPassword>) {
  return json::shape("ForgottenPassword", json::field("email", &ForgottenPassword::email, kEmail));
}

constexpr auto shape(json::Of<PasswordResets::Reset>) {
  using Reset = PasswordResets::Reset;
  return json::shape(
      "PasswordReset",
      json::field("token", &Reset::token, json::StrRule{.max = kMaxResetToken, .required = true, .trim = true}),
      json::field("password", &Reset::password, kNewPassword));
}

constexpr auto shape(json::Of<PasswordChange>) {
  return json::shape("PasswordChange", json::field("current_password", &PasswordChange::present, kPassword),
                     json::field("new_password", &PasswordChange::next, kNewPassword));
}

// Parts of what browsers send of passkeys have the names that Web Authentication gives them.
inline constexpr json::StrRule kCredentialPart{.max = kMaxCredentialPart, .required = true};
constexpr auto shape(json::Of<AttestedCredential::Response>) {
  using R = AttestedCredential::Response;
  return json::shape("AttestationResponse", json::field("clientDataJSON", &R::client_data, kCredentialPart),
                     json::field("attestationObject", &R::attestation, kCredentialPart),
                     json::field("transports", &R::transports, json::ArrayRule{.max = kMaxTransports}));
}
constexpr auto shape(json::Of<AttestedCredential>) {
  using C = AttestedCredential;
  return json::shape("AttestedCredential", json::field("id", &C::id, kCredentialPart),
                     json::field("type", &C::type, kCredentialPart),
                     json::field("response", &C::response, json::Required{}));
}
constexpr auto shape(json::Of<AssertedCredential::Response>) {
  using R = AssertedCredential::Response;
  return json::shape("AssertionResponse", json::field("clientDataJSON", &R::client_data, kCredentialPart),
                     json::field("authenticatorData", &R::authenticator_data, kCredentialPart),
                     json::field("signature", &R::signature, kCredentialPart),
                     json::field("userHandle", &R::user_handle, json::StrRule{.max = kMaxCredentialPart}));
}
constexpr auto shape(json::Of<AssertedCredential>) {
  using C = AssertedCredential;
  return json::shape("AssertedCredential", json::field("id", &C::id, kCredentialPart),
                     json::field("type", &C::type, kCredentialPart),
                     json::field("response", &C::response, json::Required{}));
}

/// Characters of a challenge that are looked at; ours have fewer.
inline constexpr std::size_t kMaxChallenge = 300;
inline constexpr json::StrRule kAnyChallenge{.max = kMaxChallenge, .trim = true};
inline constexpr json::StrRule kChallenge{.max = kMaxChallenge, .required = true, .trim = true};
constexpr auto shape(json::Of<PasskeySignIn>) {
  using P = PasskeySignIn;
  return json::shape("PasskeySignIn", json::field("challenge_token", &P::challenge, kChallenge),
                     json::field("credential", &P::credential, json::Required{}),
                     json::field("remember_me", &P::remember));
}

struct PasskeyName {
  std::string name;
};
inline constexpr json::TextRule kPasskeyName{.length = {.max = kMaxPasskeyName, .trim = true}, .check = plain_name};
constexpr auto shape(json::Of<PasskeyName>) {
  return json::shape("PasskeyName", json::field("name", &PasskeyName::name, kPasskeyName));
}

inline constexpr json::StrRule kCode{.max = kMaxTypedCode, .required = true, .trim = true};

constexpr auto shape(json::Of<Confirmation>) {
  return json::shape("Confirmation",
                     json::field("password", &Confirmation::password,
                                 json::TextRule{.length = {.max = crypto::kMaxPasswordBytes}, .check = short_enough}),
                     json::field("code", &Confirmation::code, json::StrRule{.max = kMaxTypedCode, .trim = true}),
                     json::field("challenge_token", &Confirmation::challenge, kAnyChallenge),
                     json::field("credential", &Confirmation::credential));
}

constexpr auto shape(json::Of<SecondStep>) {
  return json::shape("SecondStep", json::field("challenge_token", &SecondStep::challenge, kChallenge),
                     json::field("code", &SecondStep::code, kCode));
}

struct TypedCode {
  std::string code;
};
constexpr auto shape(json::Of<TypedCode>) {
  return json::shape("TypedCode", json::field("code", &TypedCode::code, kCode));
}

// --- answers ---------------------------------------------------------------------------------------

struct Ok {
  std::string_view status = "ok";
  std::string_view message = {};
};
constexpr auto shape(json::Of<Ok>) {
  return json::shape("Ok", json::field("status", &Ok::status, json::one_of("ok")),
                     json::field("message", &Ok::message, json::LeftOut{}));
}

/// Of a sign-in: done, or what is needed besides the password.
enum class SignInStatus : std::uint8_t { ok, mfa_required };
constexpr std::array<std::string_view, 2> names(json::Of<SignInStatus>) {
  return {"ok", "mfa_required"};
}
struct SignInAnswer {
  SignInStatus status = SignInStatus::ok;
  std::string challenge_token = {};
  std::vector<Factor> factors = {};
  std::optional<PasskeyRequest> passkey = {};
};
constexpr auto shape(json::Of<SignInAnswer>) {
  using S = SignInAnswer;
  return json::shape("SignInAnswer", json::field("status", &S::status),
                     json::field("challenge_token", &S::challenge_token, json::LeftOut{}),
                     json::field("factors", &S::factors, json::LeftOut{}),
                     json::field("passkey", &S::passkey, json::LeftOut{}));
}

constexpr auto shape(json::Of<CredentialName>) {
  using C = CredentialName;
  return json::shape("CredentialName", json::field("type", &C::type), json::field("id", &C::id),
                     json::field("transports", &C::transports));
}
constexpr auto shape(json::Of<PasskeyRequest>) {
  using P = PasskeyRequest;
  return json::shape("PasskeyRequest", json::field("challenge", &P::challenge), json::field("timeout", &P::timeout),
                     json::field("rpId", &P::party_id), json::field("allowCredentials", &P::allow, json::LeftOut{}),
                     json::field("userVerification", &P::user_verification));
}
constexpr auto shape(json::Of<PasskeyCreation::Party>) {
  using P = PasskeyCreation::Party;
  return json::shape("PasskeyParty", json::field("id", &P::id), json::field("name", &P::name));
}
constexpr auto shape(json::Of<PasskeyCreation::Holder>) {
  using H = PasskeyCreation::Holder;
  return json::shape("PasskeyHolder", json::field("id", &H::id), json::field("name", &H::name),
                     json::field("displayName", &H::display_name));
}
constexpr auto shape(json::Of<PasskeyCreation::Algorithm>) {
  using A = PasskeyCreation::Algorithm;
  return json::shape("PasskeyAlgorithm", json::field("type", &A::type), json::field("alg", &A::number));
}
constexpr auto shape(json::Of<PasskeyCreation::Selection>) {
  using S = PasskeyCreation::Selection;
  return json::shape("PasskeySelection", json::field("residentKey", &S::resident_key),
                     json::field("requireResidentKey", &S::require_resident_key),
                     json::field("userVerification", &S::user_verification));
}
constexpr auto shape(json::Of<PasskeyCreation>) {
  using P = PasskeyCreation;
  return json::shape("PasskeyCreation", json::field("rp", &P::party), json::field("user", &P::holder),
                     json::field("challenge", &P::challenge), json::field("pubKeyCredParams", &P::algorithms),
                     json::field("timeout", &P::timeout), json::field("excludeCredentials", &P::exclude),
                     json::field("authenticatorSelection", &P::selection), json::field("attestation", &P::attestation));
}

/// What a browser needs to sign in with a passkey.
struct PasskeySignInStart {
  std::string challenge_token;
  PasskeyRequest options;
};
constexpr auto shape(json::Of<PasskeySignInStart>) {
  using P = PasskeySignInStart;
  return json::shape("PasskeySignInStart", json::field("challenge_token", &P::challenge_token),
                     json::field("publicKey", &P::options));
}
struct PasskeySetup {
  PasskeyCreation options;
};
constexpr auto shape(json::Of<PasskeySetup>) {
  return json::shape("PasskeySetup", json::field("publicKey", &PasskeySetup::options));
}

constexpr auto shape(json::Of<ProofWays>) {
  using P = ProofWays;
  return json::shape("ProofWays", json::field("factors", &P::factors),
                     json::field("challenge_token", &P::challenge, json::LeftOut{}),
                     json::field("passkey", &P::passkey, json::LeftOut{}));
}

constexpr auto shape(json::Of<Passkey>) {
  using P = Passkey;
  return json::shape("Passkey", json::field("id", &P::id), json::field("name", &P::name),
                     json::field("backup_eligible", &P::backup_eligible), json::field("backed_up", &P::backed_up),
                     json::field("created_at", &P::created_at), json::field("updated_at", &P::updated_at),
                     json::field("last_used_at", &P::last_used_at, json::LeftOut{}));
}

/// What somebody has set up besides his password.
struct Security {
  bool totp_enabled = false;
  bool totp_pending = false;
  std::vector<Passkey> passkeys = {};
  std::string passkeys_unusable = {};  // why, and what would help
  bool recovery_codes_generated = false;
  std::int64_t recovery_codes_total = 0;
  std::int64_t recovery_codes_remaining = 0;
};
constexpr auto shape(json::Of<Security>) {
  using S = Security;
  return json::shape("Security", json::field("totp_enabled", &S::totp_enabled),
                     json::field("totp_pending", &S::totp_pending), json::field("passkeys", &S::passkeys),
                     json::field("passkeys_unusable", &S::passkeys_unusable, json::LeftOut{}),
                     json::field("recovery_codes_generated", &S::recovery_codes_generated),
                     json::field("recovery_codes_total", &S::recovery_codes_total),
                     json::field("recovery_codes_remaining", &S::recovery_codes_remaining));
}

/// Shown once.
struct ShownTotp {
  std::string secret;
  std::string otpauth_url;
  TimeMs expires_at;
};
constexpr auto shape(json::Of<ShownTotp>) {
  using S = ShownTotp;
  return json::shape("TotpSetup", json::field("secret", &S::secret), json::field("otpauth_url", &S::otpauth_url),
                     json::field("expires_at", &S::expires_at));
}

/// Shown once.
struct ShownCodes {
  std::vector<std::string> codes;
  std::int64_t remaining = 0;
};
constexpr auto shape(json::Of<ShownCodes>) {
  return json::shape("RecoveryCodes", json::field("codes", &ShownCodes::codes),
                     json::field("remaining", &ShownCodes::remaining));
}

struct Status {
  bool needs_setup;
  std::string version;
  bool mail;      // whether a link for a new password can be asked for
  bool passkeys;  // whether they can be used at this address
  std::string public_url;
};
constexpr auto shape(json::Of<Status>) {
  return json::shape("Status", json::field("needs_setup", &Status::needs_setup),
                     json::field("version", &Status::version), json::field("mail", &Status::mail),
                     json::field("passkeys", &Status::passkeys), json::field("public_url", &Status::public_url));
}

/// When the session ends and what can be done about it.
struct SessionInfo {
  TimeMs expires_at{};
  TimeMs issued_at{};
  std::int64_t duration_seconds = 0;
  std::int64_t warning_seconds = 0;
  bool extendable = true;
  bool timing_adjustable = true;
  bool remembered = false;
  std::optional<TimeMs> remember_expires_at = {};
  std::int64_t remember_me_duration_days = 0;
};
constexpr auto shape(json::Of<SessionInfo>) {
  using S = SessionInfo;
  return json::shape("Session", json::field("expires_at", &S::expires_at), json::field("issued_at", &S::issued_at),
                     json::field("duration_seconds", &S::duration_seconds),
                     json::field("warning_seconds", &S::warning_seconds), json::field("extendable", &S::extendable),
                     json::field("timing_adjustable", &S::timing_adjustable), json::field("remembered", &S::remembered),
                     json::field("remember_expires_at", &S::remember_expires_at, json::LeftOut{}),
                     json::field("remember_me_duration_days", &S::remember_me_duration_days));
}

struct Profile {
  UserId id;
  std::string email;
  std::string given_name;
  std::string last_name;
  std::string display_name;  // "Ada Lovelace", or what stands before the @ of her address
};
constexpr auto shape(json::Of<Profile>) {
  return json::shape("Profile", json::field("id", &Profile::id), json::field("email", &Profile::email),
                     json::field("given_name", &Profile::given_name, json::LeftOut{}),
                     json::field("last_name", &Profile::last_name, json::LeftOut{}),
                     json::field("display_name", &Profile::display_name));
}

struct Preferences {
  std::string default_locale;
  NumberFormat number_format = NumberFormat::language;
  ClockFormat clock = ClockFormat::language;
  Theme theme = Theme::system;
  std::string default_period = {};  // "": the dashboard's own
};
constexpr auto shape(json::Of<Preferences>) {
  using P = Preferences;
  return json::shape("Preferences", json::field("default_locale", &P::default_locale),
                     json::field("number_format", &P::number_format), json::field("clock", &P::clock),
                     json::field("theme", &P::theme), json::field("default_period", &P::default_period));
}

/// A session as its holder sees it: nothing tells his machine's address.
struct SessionEntry {
  SessionId id;
  bool current = false;
  TimeMs created_at{};
  TimeMs expires_at{};
  bool remembered = false;
  std::optional<How> how;
  std::optional<Factor> factor;  // besides
  std::string country;
  std::string browser;
  std::string os;
};
constexpr auto shape(json::Of<SessionEntry>) {
  using S = SessionEntry;
  return json::shape("SessionEntry", json::field("id", &S::id), json::field("current", &S::current),
                     json::field("created_at", &S::created_at), json::field("expires_at", &S::expires_at),
                     json::field("remembered", &S::remembered), json::field("how", &S::how, json::LeftOut{}),
                     json::field("factor", &S::factor, json::LeftOut{}),
                     json::field("country", &S::country, json::LeftOut{}),
                     json::field("browser", &S::browser, json::LeftOut{}), json::field("os", &S::os, json::LeftOut{}));
}

struct TeamEntry {
  TeamId id;
  std::string name;
  std::string logo_url = {};
  access::TeamRole role;
  TimeMs created_at;
  bool paused = false;
};
constexpr auto shape(json::Of<TeamEntry>) {
  using T = TeamEntry;
  return json::shape("Team", json::field("id", &T::id), json::field("name", &T::name),
                     json::field("logo_url", &T::logo_url), json::field("role", &T::role),
                     json::field("created_at", &T::created_at), json::field("paused", &T::paused, json::LeftOut{}));
}

struct Teams {
  std::string active_team_id;  // "": the user is in none
  std::vector<std::string> recent_team_ids = {};
  std::vector<TeamEntry> teams = {};
};
constexpr auto shape(json::Of<Teams>) {
  return json::shape("Teams", json::field("active_team_id", &Teams::active_team_id),
                     json::field("recent_team_ids", &Teams::recent_team_ids), json::field("teams", &Teams::teams));
}

/// Roles and permissions of a user everywhere.
struct Permissions {
  using List = std::vector<access::Permission>;
  access::InstanceRole instance_role;
  json::Entries<access::SiteRole> permissions = {};  // by site
  List instance_permissions = {};
  List instance_capabilities = {};
  json::Entries<List> site_capabilities = {};
  std::optional<TeamId> active_team_id = {};
  std::optional<access::TeamRole> active_team_role = {};
  List active_team_capabilities = {};
};
constexpr auto shape(json::Of<Permissions>) {
  using P = Permissions;
  return json::shape("Permissions", json::field("instance_role", &P::instance_role),
                     json::field("permissions", &P::permissions),
                     json::field("instance_permissions", &P::instance_permissions),
                     json::field("instance_capabilities", &P::instance_capabilities),
                     json::field("site_capabilities", &P::site_capabilities),
                     json::field("active_team_id", &P::active_team_id, json::LeftOut{}),
                     json::field("active_team_role", &P::active_team_role, json::LeftOut{}),
                     json::field("active_team_capabilities", &P::active_team_capabilities));
}

/// What the dashboard asks for when it starts.
struct Bootstrap {
  SessionInfo session;
  Profile profile;
  Preferences preferences;
  Teams teams;
  Permissions permissions;
  std::vector<site::Listing> sites;
  Status status;
};
constexpr auto shape(json::Of<Bootstrap>) {
  using B = Bootstrap;
  return json::shape("Bootstrap", json::field("session", &B::session), json::field("profile", &B::profile),
                     json::field("preferences", &B::preferences), json::field("teams", &B::teams),
                     json::field("permissions", &B::permissions), json::field("sites", &B::sites),
                     json::field("status", &B::status));
}

}  // namespace hk::auth

#pragma once
// What goes over the wire about somebody's own account, and about all accounts for owners of the instance.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "audit/shapes.h"
#include "auth/shapes.h"
#include "json/shape.h"
#include "person/accounts.h"
#include "person/email_changes.h"

namespace hk::person {

// --- requests --------------------------------------------------------------------------------------

struct TypedProfile {
  std::string email;  // only as it is: another one is confirmed first
  std::string given_name;
  std::string last_name;
};
constexpr auto shape(json::Of<TypedProfile>) {
  using T = TypedProfile;
  return json::shape(
      "ProfileChange", json::field("email", &T::email, json::StrRule{.max = auth::kMaxEmailCharacters, .trim = true}),
      json::field("given_name", &T::given_name, auth::kName), json::field("last_name", &T::last_name, auth::kName));
}

/// The name of a period of the dashboard: "30d", "this_month".
inline Result<void> period_name(std::string& typed) {
  const bool fine = std::ranges::all_of(
      typed, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
  if (fine) return {};
  return fail(Code::invalid, "must be the name of a period, like 30d");
}

/// What is absent stays.
struct TypedPreferences {
  std::optional<std::string> locale;
  std::optional<auth::NumberFormat> number_format;
  std::optional<auth::ClockFormat> clock;
  std::optional<auth::Theme> theme;
  std::optional<std::string> default_period;
};
constexpr auto shape(json::Of<TypedPreferences>) {
  using T = TypedPreferences;
  return json::shape(
      "PreferencesChange", json::field("default_locale", &T::locale, json::StrRule{.max = 35}),
      json::field("number_format", &T::number_format, json::Choice{}), json::field("clock", &T::clock, json::Choice{}),
      json::field("theme", &T::theme, json::Choice{}),
      json::field("default_period", &T::default_period, json::TextRule{.length = {.max = 20}, .check = period_name}));
}

struct NewAddress {
  std::string email;
};
constexpr auto shape(json::Of<NewAddress>) {
  return json::shape("NewAddress", json::field("email", &NewAddress::email, auth::kEmail));
}

struct AddressToken {
  Secret<std::string> token;
};
constexpr auto shape(json::Of<AddressToken>) {
  return json::shape("AddressToken", json::field("token", &AddressToken::token,
                                                 json::StrRule{.max = kMaxEmailToken, .required = true, .trim = true}));
}

/// The account's address, typed, so that nobody deletes another by mistake.
struct TypedDeletion {
  std::string email;
};
constexpr auto shape(json::Of<TypedDeletion>) {
  return json::shape("AccountToDelete",
                     json::field("email", &TypedDeletion::email,
                                 json::StrRule{.max = auth::kMaxEmailCharacters, .required = true, .trim = true}));
}

struct TypedRole {
  access::InstanceRole role = access::InstanceRole::user;
};
constexpr auto shape(json::Of<TypedRole>) {
  return json::shape("InstanceRoleChange", json::field("role", &TypedRole::role, json::Choice{.required = true}));
}

/// To whom a test goes; to the caller where it is empty.
struct TestMail {
  std::string email;
};
inline Result<void> email_or_nothing(std::string& typed) {
  return typed.empty() ? Result<void>() : auth::email_of_account(typed);
}
constexpr auto shape(json::Of<TestMail>) {
  return json::shape("TestMail", json::field("email", &TestMail::email, json::TextRule{.check = email_or_nothing}));
}

// --- answers ---------------------------------------------------------------------------------------

struct AddressAsked {
  std::string_view status = "ok";
  std::string link = {};  // to be opened; empty where a mail carries it
};
constexpr auto shape(json::Of<AddressAsked>) {
  return json::shape("AddressAsked", json::field("status", &AddressAsked::status, json::one_of("ok")),
                     json::field("link", &AddressAsked::link, json::LeftOut{}));
}

constexpr auto shape(json::Of<Account>) {
  using A = Account;
  return json::shape("Account", json::field("id", &A::id), json::field("email", &A::email),
                     json::field("given_name", &A::given_name, json::LeftOut{}),
                     json::field("last_name", &A::last_name, json::LeftOut{}), json::field("instance_role", &A::role),
                     json::field("created_at", &A::created_at));
}

struct FactorsRemoved {
  std::string_view status = "ok";
  bool totp_disabled = false;
  std::int64_t passkeys_deleted = 0;
  std::int64_t sessions_invalidated = 0;
};
constexpr auto shape(json::Of<FactorsRemoved>) {
  using F = FactorsRemoved;
  return json::shape("FactorsRemoved", json::field("status", &F::status, json::one_of("ok")),
                     json::field("totp_disabled", &F::totp_disabled),
                     json::field("passkeys_deleted", &F::passkeys_deleted),
                     json::field("sessions_invalidated", &F::sessions_invalidated));
}

constexpr auto shape(json::Of<TeamOverview>) {
  using T = TeamOverview;
  return json::shape("TeamOverview", json::field("id", &T::id), json::field("name", &T::name),
                     json::field("is_default", &T::is_default), json::field("member_count", &T::members),
                     json::field("site_count", &T::sites), json::field("created_at", &T::created_at));
}

/// Everything that is kept of a person.
struct Takeout {
  auth::Profile profile;
  auth::Preferences preferences;
  auth::Teams teams;
  json::Entries<access::SiteRole> sites = {};  // roles, by domain
  std::vector<auth::SessionEntry> sessions;
  std::vector<audit::Listed> done = {};  // by him, of the last two years
};
constexpr auto shape(json::Of<Takeout>) {
  using T = Takeout;
  return json::shape("Takeout", json::field("profile", &T::profile), json::field("preferences", &T::preferences),
                     json::field("teams", &T::teams), json::field("sites", &T::sites),
                     json::field("sessions", &T::sessions), json::field("audit", &T::done));
}

}  // namespace hk::person

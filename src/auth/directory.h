#pragma once
// Who exists and who is signed in, in memory: an immutable snapshot, swapped after each applied change, so that the
// access check needs no database.

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/permission.h"
#include "auth/called_from.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/sqlite.h"
#include "json/of.h"

namespace hk::auth {

/// How somebody wants to see things.
enum class NumberFormat : std::uint8_t {
  language,
  comma,
  point,
  space,
  apostrophe
};  // 1,234.5 1.234,5 1 234,5 1'234.5
enum class ClockFormat : std::uint8_t { language, twelve, twenty_four };
enum class Theme : std::uint8_t { system, light, dark };
constexpr std::array<std::string_view, 5> names(json::Of<NumberFormat>) {
  return {"language", "comma", "point", "space", "apostrophe"};
}
constexpr std::array<std::string_view, 3> names(json::Of<ClockFormat>) {
  return {"language", "12", "24"};
}
constexpr std::array<std::string_view, 3> names(json::Of<Theme>) {
  return {"system", "light", "dark"};
}
struct Choices {
  NumberFormat number_format = NumberFormat::language;
  ClockFormat clock = ClockFormat::language;
  Theme theme = Theme::system;
  std::string default_period = {};  // empty: the dashboard's own
  bool operator==(const Choices&) const = default;
};

struct User {
  UserId id;
  std::string email;  // as typed
  std::string given_name;
  std::string last_name;
  std::string locale;
  access::InstanceRole role = access::InstanceRole::user;
  std::optional<TeamId> active_team = {};  // that he chose to work in
  Choices choices = {};
};

struct Team {
  TeamId id;
  std::string name;
  bool is_default = false;
  TimeMs created_at{};
  bool paused = false;  // its sites count nothing now
};

struct Membership {
  TeamId team;
  access::TeamRole role = access::TeamRole::member;
};

/// A role on a single site, beside those of a team.
struct SiteMembership {
  SiteKey site{};
  access::SiteRole role = access::SiteRole::viewer;
};

/// By what somebody proved who he is when a session began.
enum class How : std::uint8_t { set_up, password, invitation, passkey };
constexpr std::array<std::string_view, 4> names(json::Of<How>) {
  return {"set_up", "password", "invitation", "passkey"};
}

/// What he gave besides.
enum class Factor : std::uint8_t { totp, recovery_code, passkey };
constexpr std::array<std::string_view, 3> names(json::Of<Factor>) {
  return {"totp", "recovery_code", "passkey"};
}

/// One sign-in. The tokens of it are valid only while it is here.
struct Session {
  SessionId id;
  UserId user;
  TimeMs created_at{};
  TimeMs expires_at{};  // of its latest token
  // Of a remembered browser: the time of issue of the secret in use, and of the one that takes its place when it is
  // used for the first time (tokens.h: Remembered).
  std::optional<TimeMs> remember_at;
  std::optional<TimeMs> remember_next;
  std::optional<TimeMs> remember_expires_at;
  // Of its sign-in; empty in sessions of earlier builds.
  std::optional<How> how = {};
  TimeMs proved_at{};  // when its holder last gave his password, or a code
  std::optional<Factor> factor = {};
  CalledFrom from = {};
};

/// How long what needs a fresh proof goes without another (access::Access::with_proof).
inline constexpr std::chrono::minutes kProofLasts{10};
/// What a program shows instead of a session (docs/access.md, 2). Of its secrets only hashes are kept.
struct KnownKey {
  ApiKeyId id;
  // Whose it is: exactly one of both.
  std::optional<UserId> user;
  std::optional<TeamId> team;
  unsigned scopes = 0;                                              // access::bits(KeyScope…)
  access::InstanceRole instance_role = access::InstanceRole::user;  // its holder's role counts up to this
  bool every_site = false;                                          // all of its holder's or team's sites, else these
  std::unordered_map<SiteKey, access::SiteRole> sites;              // with the role that it has there at most
  std::optional<TimeMs> expires_at;
  std::optional<TimeMs> revoked_at;  // switched off
  std::string secret_hash;           // SHA-256, hex
  std::string old_secret_hash;       // of the secret before a rotation, good until then; empty: there is none
  TimeMs old_until{};

  bool has(access::KeyScope scope) const { return (scopes & access::bits(scope)) != 0; }
};

/// Everything the access check looks at.
struct Identities {
  bool set_up = false;  // an owner exists
  std::unordered_map<UserId, User> users;
  std::vector<Team> teams;                                          // the default one first, then by age
  std::unordered_map<UserId, std::vector<Membership>> memberships;  // in the order of `teams`
  std::unordered_map<UserId, std::vector<SiteMembership>> site_roles;
  std::unordered_map<SessionId, Session> sessions;
  std::unordered_map<ApiKeyId, KnownKey> keys;
  std::unordered_multimap<std::string, ApiKeyId> keys_by_secret;  // by the start of each secret's hash

  const User* user(const UserId& id) const;
  const Team* team(const TeamId& id) const;
  const Session* session(const SessionId& id) const;
  const KnownKey* key(const ApiKeyId& id) const;
  /// The key whose secret has this hash, or had it before its rotation while that is still good. Takes the same time
  /// however much of a wrong hash is right.
  const KnownKey* key_of(std::string_view secret_hash, TimeMs now) const;
  std::span<const Membership> teams_of(const UserId& user) const;
  std::optional<access::TeamRole> team_role(const UserId& user, const TeamId& team) const;
  std::optional<access::SiteRole> site_role(const UserId& user, SiteKey site) const;
};

Result<Identities> load_identities(db::Sqlite& sql);

/// The current snapshot; readers keep theirs as long as they like. Thread-safe.
class Directory {
 public:
  std::shared_ptr<const Identities> now() const { return current_.load(); }
  void swap(std::shared_ptr<const Identities> next) { current_.store(std::move(next)); }

 private:
  std::atomic<std::shared_ptr<const Identities>> current_{std::make_shared<const Identities>()};
};

/// What refresh() reads (a test compares).
inline constexpr std::array<std::string_view, 8> kTables{"instance",     "users",    "teams",    "team_members",
                                                         "site_members", "sessions", "api_keys", "api_key_sites"};

/// Puts what control.db holds into the directory; for Control::on_applied and for the start. A failure leaves the
/// directory as it is.
Result<void> refresh(Directory& directory, db::Sqlite& sql);

}  // namespace hk::auth

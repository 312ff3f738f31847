#pragma once
// API keys in control.db: made, shown, changed, rotated and deleted. What they open is decided in auth/
// (docs/access.md).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "access/granted.h"
#include "access/principal.h"
#include "audit/audit.h"
#include "auth/directory.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "control/control.h"
#include "key/uses.h"
#include "site/directory.h"
#include "site/granted.h"

namespace hk::key {

/// Keys of one person, or of one team. One more: Code::forbidden.
inline constexpr std::int64_t kMaxKeys = 100;
/// Sites that one key names. More: Code::invalid.
inline constexpr std::size_t kMaxSites = 100;
inline constexpr std::size_t kMaxNameCharacters = 120;
inline constexpr std::size_t kMaxDescriptionCharacters = 500;
/// How long the secret before a rotation may still be good.
inline constexpr std::chrono::hours kMaxOverlap{168};

using ManagesTeamKeys = access::Granted<access::Permission::team_manage_api_clients>;

/// Whose keys somebody works on: his own, or those of a team that he manages.
class KeyOwner {
 public:
  explicit KeyOwner(const access::SignedIn& who) : user(who.user), by(who) {}
  explicit KeyOwner(const ManagesTeamKeys& grant) : team(grant->team), by(grant.principal()) {}
  // Exactly one of both.
  std::optional<UserId> user;
  std::optional<TeamId> team;
  access::Principal by;
};

/// A site that a key is for, and what it is there at most.
struct SiteGrant {
  SiteId site;
  std::optional<access::SiteRole> role;  // none typed: what its maker is there
};

/// How a new key is wanted.
struct KeyWish {
  std::string name;
  std::string description;
  std::optional<std::vector<access::KeyScope>> scopes;  // none: all of them, as HitKeep 2.8 knows no other keys
  std::optional<access::InstanceRole> instance_role;    // none: user
  std::optional<bool> all_sites;                        // none: false
  std::optional<std::vector<SiteGrant>> site_roles;     // none: no site
  std::optional<TimeMs> expires_at;                     // none: never
};

/// How a key is wanted from now on. What is not set stays, but for the end: none set is none.
struct KeyChange : KeyWish {
  std::optional<bool> revoked;
};

/// A key as the API shows it.
struct ListedKey {
  ApiKeyId id;
  std::optional<UserId> user;
  std::optional<TeamId> team;
  std::string_view owner_type;
  std::string name;
  std::string description;
  std::string prefix;
  std::vector<access::KeyScope> scopes;
  access::InstanceRole instance_role = access::InstanceRole::user;
  bool all_sites = false;
  std::vector<SiteGrant> site_roles;
  std::optional<UserId> created_by;
  TimeMs created_at{};
  TimeMs updated_at{};
  std::optional<TimeMs> expires_at;
  std::optional<TimeMs> revoked_at;
  std::optional<TimeMs> last_used_at;
  std::optional<TimeMs> old_secret_until;
};

/// A key and its secret, which is shown this once.
struct Made {
  ListedKey client;
  Secret<std::string> token;
};

/// Thread-safe; calls block (database): workers only. A change hands its `done` to Control::write. Who gives a key
/// gives no more than he has: Code::forbidden. A key of somebody else is Code::not_found.
class ApiKeys {
 public:
  ApiKeys(control::Control& control, const auth::Directory& identities, const site::Directory& sites, Uses& uses,
          const Clock& clock)
      : control_(control), identities_(identities), sites_(sites), uses_(uses), clock_(clock) {}

  Result<std::vector<ListedKey>> list(const KeyOwner& owner) const;
  /// The keys that reach a site now, whoever holds them.
  Result<std::vector<ListedKey>> near(const site::Manage& grant) const;
  Result<Made> make(const KeyOwner& owner, const KeyWish& wish, control::Control::Done done);
  Result<ListedKey> change(const KeyOwner& owner, const ApiKeyId& id, const KeyChange& wish,
                           control::Control::Done done);
  /// Another secret; the one before stays good for `overlap`. Code::conflict where the key is off or over.
  Result<Made> rotate(const KeyOwner& owner, const ApiKeyId& id, std::chrono::hours overlap,
                      control::Control::Done done);
  Result<void> remove(const KeyOwner& owner, const ApiKeyId& id, control::Control::Done done);

 private:
  Result<std::vector<ListedKey>> read(db::Sqlite& sql, const KeyOwner& owner, const std::optional<ApiKeyId>& id) const;
  Result<ListedKey> read_one(db::Sqlite& sql, const KeyOwner& owner, const ApiKeyId& id) const;
  /// The sites with the role that is kept. Code::forbidden where it is more than the giver's own.
  Result<std::vector<std::pair<SiteKey, access::SiteRole>>> checked(const KeyOwner& owner,
                                                                    const std::vector<SiteGrant>& sites) const;
  Result<void> check_rules(const KeyOwner& owner, const KeyWish& wish) const;
  Result<void> note(db::Sqlite& sql, const KeyOwner& owner, audit::Action action, const ListedKey& before,
                    const ListedKey& after) const;

  control::Control& control_;
  const auth::Directory& identities_;
  const site::Directory& sites_;
  Uses& uses_;
  const Clock& clock_;
};

}  // namespace hk::key

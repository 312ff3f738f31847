#include "auth/policy.h"

#include <algorithm>
#include <variant>

namespace hk::auth {
namespace {

/// What each kind of principal may do. `of_user` decides for people, `of_key` for keys whose scope it is.
template <class OfUser, class OfKey>
class Decision {
 public:
  Decision(const Identities& identities, access::Permission permission, OfUser of_user, OfKey of_key)
      : identities_(identities), permission_(permission), of_user_(of_user), of_key_(of_key) {}
  bool operator()(const access::Nobody&) const { return false; }
  bool operator()(const access::System&) const { return true; }
  bool operator()(const access::SignedIn& who) const {
    const User* user = identities_.user(who.user);
    return user && of_user_(*user);
  }
  bool operator()(const access::ApiKey& who) const {
    const KnownKey* key = identities_.key(who.key);
    const access::PermissionRow* row = access::row_of(permission_);
    return key && !key->revoked_at && row && row->key && key->has(*row->key) && of_key_(*key);
  }

 private:
  const Identities& identities_;
  access::Permission permission_;
  OfUser of_user_;
  OfKey of_key_;
};

const User* holder_of(const Identities& identities, const KnownKey& key) {
  return key.user ? identities.user(*key.user) : nullptr;
}

/// Roles stand in the order of their power.
template <class Role>
Role weaker(Role a, Role b) {
  return std::max(a, b);
}

}  // namespace

std::optional<access::SiteRole> site_role(const Identities& identities, const User& user, const site::Site& site) {
  const auto in_team = identities.team_role(user.id, site.team);
  const auto stronger = [](std::optional<access::SiteRole> a, std::optional<access::SiteRole> b) {
    return a && b ? std::min(*a, *b) : a ? a : b;
  };
  const auto made = site.created_by == user.id ? std::optional(access::SiteRole::owner) : std::nullopt;
  return stronger(
      stronger(access::on_every_site(user.role), made),
      stronger(identities.site_role(user.id, site.key), in_team ? access::on_sites_of_team(*in_team) : std::nullopt));
}

const Membership* active_team(const Identities& identities, const UserId& id) {
  const auto teams = identities.teams_of(id);
  const User* user = identities.user(id);
  if (user && user->active_team) {
    const auto chosen = std::ranges::find(teams, *user->active_team, &Membership::team);
    if (chosen != teams.end()) return &*chosen;
  }
  return teams.empty() ? nullptr : &teams.front();
}

std::optional<access::SiteRole> site_role(const Identities& identities, const KnownKey& key, const site::Site& site) {
  auto most = access::SiteRole::owner;
  if (!key.every_site) {
    const auto listed = key.sites.find(site.key);
    if (listed == key.sites.end()) return std::nullopt;
    most = listed->second;
  }
  std::optional<access::SiteRole> role;
  if (const User* holder = holder_of(identities, key)) role = site_role(identities, *holder, site);
  if (key.team == site.team) role = access::on_sites_of_team(access::TeamRole::admin);
  return role ? std::optional(weaker(*role, most)) : std::nullopt;
}

bool may(const Identities& identities, const access::Principal& who, access::Permission permission) {
  const auto of_user = [&](const User& user) { return access::has(user.role, permission); };
  const auto of_key = [&](const KnownKey& key) {
    const User* holder = holder_of(identities, key);
    return holder && access::has(weaker(holder->role, key.instance_role), permission);
  };
  return std::visit(Decision(identities, permission, of_user, of_key), who);
}

bool may(const Identities& identities, const access::Principal& who, access::Permission permission,
         const TeamId& team) {
  const auto of_user = [&](const User& user) {
    const auto role = identities.team_role(user.id, team);
    return role && access::has(*role, permission);
  };
  const auto of_key = [&](const KnownKey& key) {
    const User* holder = holder_of(identities, key);
    return holder ? of_user(*holder) : key.team == team && access::has(access::TeamRole::admin, permission);
  };
  return std::visit(Decision(identities, permission, of_user, of_key), who);
}

bool may(const Identities& identities, const access::Principal& who, access::Permission permission,
         const site::Site& site) {
  const auto of_user = [&](const User& user) {
    const auto role = site_role(identities, user, site);
    return role && access::has(*role, permission);
  };
  const auto of_key = [&](const KnownKey& key) {
    const auto role = site_role(identities, key, site);
    return role && access::has(*role, permission);
  };
  return std::visit(Decision(identities, permission, of_user, of_key), who);
}

}  // namespace hk::auth

#include "auth/policy.h"

#include <algorithm>
#include <variant>

namespace hk::auth {
namespace {

/// What each kind of principal may do. `of_user` decides for people.
template <class OfUser>
class Decision {
 public:
  Decision(const Identities& identities, OfUser of_user) : identities_(identities), of_user_(of_user) {}
  bool operator()(const access::Nobody&) const { return false; }
  bool operator()(const access::System&) const { return true; }
  bool operator()(const access::SignedIn& who) const {
    const User* user = identities_.user(who.user);
    return user && of_user_(*user);
  }

 private:
  const Identities& identities_;
  OfUser of_user_;
};

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

bool may(const Identities& identities, const access::Principal& who, access::Permission permission) {
  return std::visit(Decision(identities, [&](const User& user) { return access::has(user.role, permission); }), who);
}

bool may(const Identities& identities, const access::Principal& who, access::Permission permission,
         const TeamId& team) {
  return std::visit(Decision(identities,
                             [&](const User& user) {
                               const auto role = identities.team_role(user.id, team);
                               return role && access::has(*role, permission);
                             }),
                    who);
}

bool may(const Identities& identities, const access::Principal& who, access::Permission permission,
         const site::Site& site) {
  return std::visit(Decision(identities,
                             [&](const User& user) {
                               const auto role = site_role(identities, user, site);
                               return role && access::has(*role, permission);
                             }),
                    who);
}

}  // namespace hk::auth

#pragma once
// What a principal may do: the one place that decides, by the table of access/permission.h. Memory only.

#include <optional>

#include "access/permission.h"
#include "access/principal.h"
#include "auth/directory.h"
#include "base/id.h"
#include "site/directory.h"

namespace hk::auth {

/// The strongest of: what his roles in the instance and in the site's team are worth, his own role on the site, and
/// owner of what he made. (The original takes the weakest, and only in the active team.)
std::optional<access::SiteRole> site_role(const Identities& identities, const User& user, const site::Site& site);

/// What a key is on the site: nothing where it is not among its sites; else what its holder is there now, or an admin
/// where it is the site's team's, and at most what the key says.
std::optional<access::SiteRole> site_role(const Identities& identities, const KnownKey& key, const site::Site& site);

/// The team that a user works in: the one that he chose, else the default one, or the oldest of his. Null: he is in
/// none, as guests are.
const Membership* active_team(const Identities& identities, const UserId& user);

/// Each answers for permissions of its scope; others nobody has but the program itself.
bool may(const Identities& identities, const access::Principal& who, access::Permission permission);
bool may(const Identities& identities, const access::Principal& who, access::Permission permission, const TeamId& team);
bool may(const Identities& identities, const access::Principal& who, access::Permission permission,
         const site::Site& site);

}  // namespace hk::auth

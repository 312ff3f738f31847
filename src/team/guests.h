#pragma once
// Roles on single sites: of members of the site's team, and of guests, who see nothing else.

#include <string>
#include <vector>

#include "access/granted.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "control/control.h"
#include "site/granted.h"

namespace hk::team {

using ManagesSite = access::Granted<access::Permission::site_manage_team>;

struct SiteMember {
  UserId id;  // of the account, as `user_id`
  UserId user;
  std::string email;
  std::string given_name;
  std::string last_name;
  access::SiteRole role;
  TimeMs added_at{};
  bool guest = false;  // in no way a member of the site's team
};

/// A guest of one site of a team; who is one of several is there for each.
struct TeamGuest {
  SiteMember member;
  SiteId site;
  std::string domain;
};

/// By address, then by domain. Workers only, as all of these.
Result<std::vector<TeamGuest>> guests_of(control::Control& control, const TeamId& team);
/// The oldest first.
Result<std::vector<SiteMember>> site_members_of(control::Control& control, SiteKey site);

/// Within a change: the account of that address, if it belongs to the site or its team and so need not be asked.
Result<std::optional<UserId>> known_to_site(db::Sqlite& sql, const site::Site& site, std::string_view email);

/// Within a change. `owners_too`: the caller may make owners and change them; else Code::forbidden.
Result<void> set_site_role(db::Sqlite& sql, const ManagesSite& grant, bool owners_too, const UserId& user,
                           access::SiteRole role, TimeMs now);

/// Code::not_found, or Code::forbidden as above; `done` as in Control::write.
Result<void> remove_site_member(control::Control& control, const ManagesSite& grant, bool owners_too,
                                const UserId& user, TimeMs now, control::Control::Done done);

}  // namespace hk::team

#pragma once
// Who is in a team: roles, removal, leaving, the next owner.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/granted.h"
#include "access/principal.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "control/control.h"

namespace hk::team {

struct Member {
  UserId id;  // of the account, as `user_id`
  UserId user;
  std::string email;
  std::string given_name;
  std::string last_name;
  access::TeamRole role;
  TimeMs added_at{};
};

using ManagesMembers = access::Granted<access::Permission::team_manage_members>;
using TransfersTeam = access::Granted<access::Permission::team_transfer_ownership>;

/// The oldest first. Workers only, as all of these; `done` as in Control::write.
Result<std::vector<Member>> members_of(control::Control& control, const TeamId& team);

/// Within a change: who of the team has this address.
Result<std::optional<UserId>> member_by_email(db::Sqlite& sql, const TeamId& team, std::string_view email);

/// Within a change: gives a member another role. Code::conflict for the caller himself; Code::forbidden for an owner,
/// who stays one until he transfers the team; Code::not_found.
Result<void> set_role(db::Sqlite& sql, const ManagesMembers& grant, const UserId& user, access::TeamRole role,
                      TimeMs now);

/// `owners_too`: the caller may remove owners, of which one has to stay (Code::invalid). What the member made goes to
/// the oldest owner, and his roles on single sites of the team end with it.
Result<void> remove_member(control::Control& control, const ManagesMembers& grant, bool owners_too, const UserId& user,
                           TimeMs now, control::Control::Done done);

/// Code::forbidden for who is not in the team, Code::invalid for its last owner.
Result<void> leave(control::Control& control, const access::SignedIn& who, const TeamId& team, TimeMs now,
                   control::Control::Done done);

/// Another member becomes the owner, the caller an admin. Code::invalid with field "target_user_id" where he is no
/// member, Code::conflict where he is the caller or an owner already.
Result<void> transfer(control::Control& control, const TransfersTeam& grant, const UserId& target, TimeMs now,
                      control::Control::Done done);

}  // namespace hk::team

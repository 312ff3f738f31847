#pragma once
// Teams: made, renamed, chosen, deleted.

#include <string>
#include <string_view>

#include "access/granted.h"
#include "access/principal.h"
#include "auth/directory.h"
#include "auth/shapes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "control/control.h"

namespace hk::team {

inline constexpr std::size_t kMaxTeamName = 120;  // characters
/// Teams that one person may own.
inline constexpr std::int64_t kMaxTeamsOfOwner = 20;

/// Whoever is in a team may make another; guests, who see single sites only, make nothing.
bool may_create(const auth::Identities& identities, const UserId& user);

/// A team of his own, in which he works from now on. Its database file is made with its first site. Code::forbidden
/// for a guest, and for who owns kMaxTeamsOfOwner. Workers only, as all of these; `done` as in Control::write.
Result<auth::TeamEntry> create(control::Control& control, const auth::Identities& identities,
                               const access::SignedIn& who, std::string_view name, TimeMs now,
                               control::Control::Done done);

Result<void> rename(control::Control& control, const access::Granted<access::Permission::team_manage_settings>& grant,
                    std::string_view name, TimeMs now, control::Control::Done done);

/// All of its sites count nothing until it goes on; `paused` of a site is a choice of its own.
Result<void> pause(control::Control& control, const access::Granted<access::Permission::team_manage_settings>& grant,
                   bool paused, TimeMs now, control::Control::Done done);

/// The team that somebody works in. Code::forbidden unless he is a member of it.
Result<void> choose(control::Control& control, const auth::Identities& identities, const access::SignedIn& who,
                    const TeamId& team, control::Control::Done done);

/// With all of its sites. `typed`: the team's name, so that nobody deletes another by mistake; Code::invalid with field
/// "name" otherwise. Code::conflict for the first team.
Result<void> remove(control::Control& control, const access::Granted<access::Permission::team_delete>& grant,
                    std::string_view typed, TimeMs now, control::Control::Done done);

/// What a team is called, for entries of the audit log; within a change. Code::not_found when it is gone.
struct Named {
  std::string name;
  bool is_default = false;
  std::int64_t sites = 0;
  bool paused = false;
};
Result<Named> named(db::Sqlite& sql, const TeamId& team);

}  // namespace hk::team

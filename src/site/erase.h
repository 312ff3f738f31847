#pragma once
// The end of sites, and of teams with theirs (docs/storage.md, Deleting).

#include <string_view>

#include "access/granted.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "control/control.h"
#include "site/granted.h"

namespace hk::site {

using Erase = access::Granted<access::Permission::site_delete>;

/// Everything that was counted goes; the site and its settings stay. `typed` is its domain, else Code::invalid with
/// field "domain". Figures are gone a moment after `done`. Call from a worker, as all of these.
Result<void> reset_site(control::Control& control, const Erase& grant, std::string_view typed, TimeMs now,
                        control::Control::Done done);

/// The site goes, too. What was on its way to it is dropped.
Result<void> delete_site(control::Control& control, const Erase& grant, std::string_view typed, TimeMs now,
                         control::Control::Done done);

/// Within a change: a team with all of its sites, and the file of their figures with its copies.
Result<void> erase_team(control::Change& change, const TeamId& team);

}  // namespace hk::site

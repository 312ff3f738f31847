#pragma once
// What the dashboard asks for when it starts, and its parts.

#include <optional>
#include <vector>

#include "auth/directory.h"
#include "auth/settings.h"
#include "auth/shapes.h"
#include "base/clock.h"
#include "site/directory.h"

namespace hk::auth {

/// Of one session.
struct SessionTimes {
  TimeMs issued_at{};
  TimeMs expires_at{};
  std::optional<TimeMs> remember_expires_at;
};
SessionInfo session_info(const SessionTimes& times, const Settings& settings);

Status status_of(bool needs_setup, const Settings& settings);

/// The sessions of the caller's account, the newest first.
std::vector<SessionEntry> sessions_of(const Identities& identities, const access::SignedIn& who);

Profile profile_of(const User& user);
Preferences preferences_of(const User& user);

/// The teams of a user, the one that he works in first told.
Teams teams_of(const Identities& identities, const User& user);

/// `visible`: the sites that the user may see.
Bootstrap bootstrap_of(const Identities& identities, const User& user, const site::Sites& sites,
                       std::vector<site::Listing> visible, const SessionTimes& times, const Settings& settings);

}  // namespace hk::auth

#pragma once
// What the dashboard asks for when it starts, and its parts (reference api 2.2, 2.3, 2.5).

#include <vector>

#include "auth/directory.h"
#include "auth/tokens.h"
#include "base/clock.h"
#include "json/writer.h"
#include "site/directory.h"
#include "site/sites.h"

namespace hk::auth {

/// AuthSession: when the session ends and what can be done about it.
struct SessionTimes {
  TimeMs issued_at{};
  TimeMs expires_at{};
  std::optional<TimeMs> remember_expires_at;
};
void write_session(json::Writer& out, const SessionTimes& times, const Settings& settings);

/// SystemStatus: {needs_setup, version, mail}; `mail`: whether a link for a new password can be asked for.
void write_status(json::Writer& out, bool needs_setup, const Settings& settings);

/// UserTeamsResponse: {active_team_id, recent_team_ids, teams}
void write_teams(json::Writer& out, const Identities& identities, const User& user);

/// PermissionContext: roles and permissions of a user everywhere.
void write_permissions(json::Writer& out, const Identities& identities, const User& user, const site::Sites& sites);

/// UserBootstrap: all of it in one answer.
void write_bootstrap(json::Writer& out, const Identities& identities, const User& user, const site::Sites& sites,
                     const std::vector<site::Listing>& visible, const SessionTimes& times, const Settings& settings);

}  // namespace hk::auth

#pragma once

#include "auth/called_from.h"
#include "auth/directory.h"
#include "auth/settings.h"
#include "base/clock.h"
#include "control/control.h"
#include "http/router.h"
#include "site/granted.h"
#include "team/invitations.h"

namespace hk::team {

/// What the routes work with; all of it outlives the router.
struct RouteDeps {
  const auth::Settings& settings;
  control::Control& control;
  const auth::Directory& directory;
  const site::Authority& authority;
  Invitations& invitations;
  const Clock& clock;
  auth::Describe describe;
};

/// /api/user/teams and what is below it but the audit log, /api/sites/{id}/members and /invites,
/// POST /api/auth/accept-invite.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::team

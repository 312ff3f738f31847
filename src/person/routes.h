#pragma once

#include "auth/called_from.h"
#include "auth/directory.h"
#include "auth/settings.h"
#include "base/clock.h"
#include "control/control.h"
#include "http/router.h"
#include "person/email_changes.h"
#include "site/directory.h"

namespace hk::person {

/// What the routes work with; all of it outlives the router.
struct RouteDeps {
  const auth::Settings& settings;
  control::Control& control;
  const auth::Directory& directory;
  const site::Directory& sites;
  EmailChanges& emails;
  const Clock& clock;
  auth::Describe describe;
};

/// /api/user, its /profile, /preferences, /email and /takeout, POST /api/auth/confirm-email, /api/admin/users and
/// /api/admin/teams.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::person

#pragma once

#include "auth/accounts.h"
#include "auth/directory.h"
#include "auth/gate.h"
#include "auth/passkeys.h"
#include "auth/password_resets.h"
#include "auth/tokens.h"
#include "control/control.h"
#include "http/router.h"
#include "site/directory.h"
#include "site/granted.h"

namespace hk::auth {

/// What the routes work with; all of it outlives the router.
struct RouteDeps {
  const Settings& settings;
  control::Control& control;
  const Directory& directory;
  const site::Directory& sites;
  const site::Authority& authority;
  const Tokens& tokens;
  Accounts& accounts;
  SecondFactors& factors;
  Passkeys& passkeys;
  PasswordResets& resets;
  Describe describe;
};

/// GET /api/status, POST /api/initial-user, POST /api/login, POST /api/logout, POST /api/auth/forgot-password,
/// POST /api/auth/reset-password, GET /api/auth/session, POST /api/auth/session/extend, POST /api/user/password,
/// DELETE /api/user/sessions, GET /api/user/bootstrap, /api/auth/mfa, /api/user/security.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::auth

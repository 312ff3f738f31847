#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

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
  /// Mails an address in a language that mail works, now; empty: this instance sends none.
  std::function<Result<void>(const std::string& to, std::string_view language, const std::stop_token& stop)> send_test =
      {};
};

/// /api/user, its /profile, /preferences, /email and /takeout, POST /api/auth/confirm-email, /api/admin/users and
/// /api/admin/teams, POST /api/admin/system/mail/test.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::person

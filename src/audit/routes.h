#pragma once

#include "base/clock.h"
#include "control/control.h"
#include "http/router.h"

namespace hk::audit {

/// What the routes work with; all of it outlives the router.
struct RouteDeps {
  control::Control& control;
  const Clock& clock;
};

/// GET /api/admin/system/audit, GET /api/user/teams/{id}/audit, and /export of both.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::audit

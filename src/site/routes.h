#pragma once

#include <cstdint>

#include "base/clock.h"
#include "control/control.h"
#include "db/zones.h"
#include "http/router.h"
#include "site/directory.h"
#include "site/granted.h"

namespace hk::site {

/// What the routes work with; all of it outlives the router.
struct RouteDeps {
  control::Control& control;
  const Directory& sites;
  const Authority& authority;
  db::Zones& zones;
  const Clock& clock;
  std::int64_t retention_days = 0;  // of new sites; 0 keeps for ever
};

/// POST and GET /api/sites, GET and PATCH /api/sites/{id}, PUT its /retention and /owner, GET its /audit and
/// /audit/export.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::site

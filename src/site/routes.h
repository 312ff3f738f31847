#pragma once

#include <cstdint>

#include "base/clock.h"
#include "control/control.h"
#include "db/zones.h"
#include "http/router.h"
#include "store/store.h"

namespace hk::site {

/// What the routes work with; all of it outlives the router.
struct RouteDeps {
  control::Control& control;
  store::Store& store;
  db::Zones& zones;
  const Clock& clock;
  std::int64_t retention_days = 0;  // of new sites; 0 keeps for ever
};

/// POST and GET /api/sites, GET and PATCH /api/sites/{id}, PUT /api/sites/{id}/retention and /owner, GET
/// /api/sites/{id}/tracking/status.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::site

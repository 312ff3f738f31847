#pragma once
// The analytics routes of a site: POST query, GET stats, live, events/properties, tracking/status.

#include "base/clock.h"
#include "http/router.h"
#include "query/engine.h"

namespace hk::query {

/// All of it outlives the router's server.
struct RouteDeps {
  Engine& engine;
  const Clock& clock;
};

void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::query

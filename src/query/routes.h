#pragma once
// The analytics routes of a site: POST query, GET stats, GET live.

#include "base/clock.h"
#include "http/router.h"
#include "query/engine.h"
#include "store/store.h"

namespace hk::query {

/// All of it outlives the router's server.
struct RouteDeps {
  Engine& engine;
  store::Store& store;
  const Clock& clock;
};

void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::query

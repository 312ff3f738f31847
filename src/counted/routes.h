#pragma once

#include "base/clock.h"
#include "http/client_ip.h"
#include "http/router.h"
#include "ingest/pipeline.h"
#include "query/engine.h"
#include "site/directory.h"
#include "site/granted.h"

namespace hk::counted {

/// What the routes work with; all of it outlives the router.
struct RouteDeps {
  query::Engine& engine;
  ingest::Pipeline& pipeline;
  const site::Directory& sites;
  const site::Authority& authority;
  const Clock& clock;
  http::Proxies proxies;
};

/// GET /api/sites/{id}/counted, /api/admin/counted and /api/request.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::counted

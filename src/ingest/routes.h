#pragma once

#include "http/router.h"
#include "ingest/pipeline.h"
#include "ingest/server.h"

namespace hk::ingest {

/// POST /ingest, /ingest/event and /ingest/web-vitals, GET /ingest/pixel.gif, GET /api/sites/{id}/ingest-status. The
/// pipeline outlives the router.
void add_routes(http::Router& router, Pipeline& pipeline);

/// POST /api/ingest/server/pageview, /event and /batch, /api/sites/{id}/ingest/ai-fetch. The doors outlive the router.
void add_server_routes(http::Router& router, ServerDoors& doors);

}  // namespace hk::ingest

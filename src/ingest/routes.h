#pragma once

#include "http/router.h"
#include "ingest/pipeline.h"

namespace hk::ingest {

/// POST /ingest, /ingest/event and /ingest/web-vitals, GET /ingest/pixel.gif, GET /api/sites/{id}/ingest-status. The
/// pipeline outlives the router.
void add_routes(http::Router& router, Pipeline& pipeline);

}  // namespace hk::ingest

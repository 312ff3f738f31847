#pragma once

#include "http/router.h"
#include "ingest/pipeline.h"

namespace hk::ingest {

/// POST /ingest, POST /ingest/event, GET /api/sites/{id}/ingest-status. The pipeline outlives the router.
void add_routes(http::Router& router, Pipeline& pipeline);

}  // namespace hk::ingest

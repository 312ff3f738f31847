#pragma once

#include "http/router.h"
#include "key/keys.h"

namespace hk::key {

/// GET and POST /api/user/api-clients, PUT and DELETE /api/user/api-clients/{id}, POST …/{id}/rotate, the same below
/// /api/user/teams/{id} for a team's keys, and GET /api/sites/{id}/api-clients. `keys` outlives the router.
void add_routes(http::Router& router, ApiKeys& keys);

}  // namespace hk::key

#pragma once

#include "http/router.h"
#include "notice/board.h"
#include "site/directory.h"
#include "site/granted.h"

namespace hk::notice {

/// What the route works with; all of it outlives the router.
struct RouteDeps {
  const Board& board;
  const site::Directory& sites;
  const site::Authority& authority;
};

/// GET /api/notices.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::notice

#pragma once

#include <functional>

#include "base/id.h"
#include "http/router.h"
#include "notice/board.h"
#include "site/directory.h"

namespace hk::notice {

/// What the route works with; all of it outlives the router.
struct RouteDeps {
  const Board& board;
  const site::Directory& sites;
  /// Whether a user may change a site; memory only.
  std::function<bool(const UserId&, const site::Site&)> may_change;
};

/// GET /api/notices.
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::notice

#pragma once
// GET /api/sites/{id}/realtime: the event stream of one site.

#include "http/router.h"
#include "live/broker.h"

namespace hk::live {

/// The broker must outlive the router's server. Access is checked when a stream opens, like in the original.
void add_routes(http::Router& router, Broker& broker);

}  // namespace hk::live

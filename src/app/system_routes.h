#pragma once
// What operators and their tools ask: health, readiness, metrics, the API's description.

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "http/router.h"
#include "site/granted.h"

namespace hk::app {

struct SystemDeps {
  metrics::Registry& metrics;
  const site::Authority& authority;
  /// Says why the server cannot do its job now, or nothing. Memory only.
  std::function<Result<void>()> ready;
  /// Opens /metrics to whoever presents it; empty: signed-in owners and this machine only.
  Secret<std::string> metrics_token;
  std::string_view version;
};

/// /healthz, /readyz, /metrics, /api/docs/v1/openapi.json. Add these last: the description lists the routes of
/// `router`.
void add_system_routes(http::Router& router, SystemDeps deps);

}  // namespace hk::app

#include "app/system_routes.h"

#include <memory>

#include "access/route.h"
#include "app/openapi.h"
#include "crypto/hash.h"

namespace hk::app {
namespace {

bool has_token(const http::Request& request, const Secret<std::string>& token) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto sent = request.header("authorization");
  return !token.empty() && sent.starts_with(kBearer) &&
         crypto::equal_in_constant_time(sent.substr(kBearer.size()), token.reveal());
}

using Deps = std::shared_ptr<const SystemDeps>;

http::Response show_health(const Deps&) {
  return http::text(200, "ok\n");
}

http::Response show_readiness(const Deps& deps) {
  const auto ready = deps->ready();
  return ready ? http::text(200, "ok\n") : http::text(503, ready.error().message + "\n");
}

http::Response show_metrics(const Deps& deps, const access::Principal& who, const http::Context& context) {
  const bool allowed =
      deps->metrics_token.empty()
          ? context.request.local || deps->authority.may(who, access::Permission::instance_manage_system)
          : has_token(context.request, deps->metrics_token);
  if (!allowed)
    return http::text(
        403, "Metrics are for this machine, for signed-in owners, or for whoever presents HITKEEP_METRICS_TOKEN.\n");
  auto response = http::text(200, deps->metrics.render());
  response.headers.clear();
  response.header("content-type", "text/plain; version=0.0.4; charset=utf-8").header("cache-control", "no-store");
  return response;
}

using Description = std::shared_ptr<std::string>;

http::Response show_description(const Description& description) {
  return http::json(200, *description);
}

}  // namespace

void add_system_routes(http::Router& router, SystemDeps deps) {
  using access::Access, http::Method, http::Rate, http::Run;
  const Deps shared = std::make_shared<const SystemDeps>(std::move(deps));
  const auto description = std::make_shared<std::string>();
  const access::Routes routes(router, shared);
  const access::RouteOptions text{.gives = access::kText};
  routes.add<Access::anyone>(Method::get, "/healthz", Run::inline_io, Rate::none, "The process is alive", show_health,
                             text);
  routes.add<Access::anyone>(Method::get, "/readyz", Run::inline_io, Rate::none,
                             "Hits are accepted and applied; 503 says why not", show_readiness,
                             {.gives = access::kText, .refusals = {503}});
  routes.add<Access::anyone>(Method::get, "/metrics", Run::metrics, Rate::metrics, "Prometheus metrics", show_metrics,
                             {.gives = access::kText, .refusals = {403}});
  access::Routes(router, Description(description))
      .add<Access::anyone>(Method::get, "/api/docs/v1/openapi.json", Run::inline_io, Rate::api, "This description",
                           show_description, {.gives = {.type = "application/json"}});
  *description = openapi(router, shared->version);
}

}  // namespace hk::app

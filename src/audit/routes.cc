#include "audit/routes.h"

#include "access/route.h"
#include "audit/list.h"
#include "audit/shapes.h"

namespace hk::audit {
namespace {

using access::Permission;
using OfInstance = access::Granted<Permission::instance_view_audit>;
using OfTeam = access::Granted<Permission::team_view_audit>;

http::Reply<Page> of_instance(const RouteDeps& deps, const OfInstance&, const http::Context& context) {
  return page(deps.control, context.request, {}, deps.clock.now());
}
http::Response file_of_instance(const RouteDeps& deps, const OfInstance&, const http::Context& context) {
  return file(deps.control, context.request, {}, deps.clock.now());
}
http::Reply<Page> of_team(const RouteDeps& deps, const OfTeam& grant, const http::Context& context) {
  return page(deps.control, context.request, {.team = grant->team}, deps.clock.now());
}
http::Response file_of_team(const RouteDeps& deps, const OfTeam& grant, const http::Context& context) {
  return file(deps.control, context.request, {.team = grant->team}, deps.clock.now());
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  using access::Access, http::Rate, http::Run;
  using enum http::Method;
  constexpr Access kInstance = Access::instance(Permission::instance_view_audit);
  constexpr Access kTeam = Access::team(Permission::team_view_audit);
  const access::Routes routes(router, deps);
  const access::RouteOptions as_page{.parameters = page_parameters()};
  const access::RouteOptions as_file{.gives = access::gives<std::vector<Listed>>(), .parameters = file_parameters()};
  routes.add<kInstance>(get, "/api/admin/system/audit", Run::query, Rate::api,
                        "Who changed what in the whole instance, the newest first", of_instance, as_page);
  routes.add<kInstance>(get, "/api/admin/system/audit/export", Run::slow, Rate::api,
                        "The audit log of the instance as a file", file_of_instance, as_file);
  routes.add<kTeam>(get, "/api/user/teams/{id}/audit", Run::query, Rate::api,
                    "Who changed what in a team and its sites, the newest first", of_team, as_page);
  routes.add<kTeam>(get, "/api/user/teams/{id}/audit/export", Run::slow, Rate::api, "The audit log of a team as a file",
                    file_of_team, as_file);
}

}  // namespace hk::audit

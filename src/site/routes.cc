#include "site/routes.h"

#include <algorithm>
#include <utility>

#include "access/route.h"
#include "audit/list.h"
#include "audit/shapes.h"
#include "http/reply.h"
#include "site/domain.h"
#include "site/granted.h"
#include "site/shapes.h"

namespace hk::site {

using access::Permission;
using http::Reply;
using http::when_done;

namespace {

using Creates = access::Granted<Permission::team_create_sites>;
using Audits = access::Granted<Permission::site_view_audit>;
using ManagesAll = access::Granted<Permission::instance_manage_sites>;

/// The site as it will be made, or what is wrong with what was typed.
Result<NewSite> checked(const RouteDeps& deps, const TypedSite& typed, const access::Principal& who) {
  const auto owner = access::user_of(who);
  if (!owner) return fail(Code::forbidden, "A site is somebody's: make it with a personal API key, not with a team's");
  auto domain = check_domain(typed.domain);
  if (!domain) return std::unexpected(domain.error());
  auto zone = deps.zones.find(typed.zone && !typed.zone->empty() ? *typed.zone : "UTC");
  if (!zone) {
    if (zone.error().code == Code::invalid) zone.error().field = "zone";
    return std::unexpected(zone.error());
  }
  return NewSite{.domain = std::move(*domain),
                 .zone = std::move(*zone),
                 .retention_days = deps.retention_days,
                 .owner = *owner,
                 .unlimited = deps.authority.may(who, Permission::instance_manage_sites)};
}

Reply<Listing> create(const RouteDeps& deps, const Creates& grant, const TypedSite& typed) {
  const auto site = checked(deps, typed, grant.principal());
  if (!site) return std::unexpected(site.error());
  return when_done(
      [&](auto done) { return create_site(deps.control, grant, *site, deps.clock.now(), std::move(done)); });
}

Reply<std::vector<Listing>> list(const RouteDeps& deps, const access::Principal& who) {
  return visible_sites(*deps.sites.now(), deps.authority, who);
}

Reply<Listing> show(const RouteDeps&, const View& grant) {
  return listing_of(*grant->site);
}

/// What is absent stays.
Reply<Listing> change(const RouteDeps& deps, const Manage& grant, SiteChange wanted) {
  if (wanted.domain) {
    auto checked = check_domain(*wanted.domain);
    if (!checked) return std::unexpected(checked.error());
    wanted.domain = std::move(*checked);
  }
  if (wanted.former_domains) {
    for (std::string& host : *wanted.former_domains) {
      auto checked = check_domain(host);
      if (!checked) return fail(Code::invalid, checked.error().message, "former_domains");
      host = std::move(*checked);
    }
    std::ranges::sort(*wanted.former_domains);
    const auto same = std::ranges::unique(*wanted.former_domains);
    wanted.former_domains->erase(same.begin(), same.end());
  }
  if (wanted.excluded_hosts) {
    for (std::string& host : *wanted.excluded_hosts) {
      auto checked = check_host_below(grant->site->domain, host);
      if (!checked) return std::unexpected(checked.error());
      host = std::move(*checked);
    }
    std::ranges::sort(*wanted.excluded_hosts);
    const auto same = std::ranges::unique(*wanted.excluded_hosts);
    wanted.excluded_hosts->erase(same.begin(), same.end());
  }
  return when_done(
      [&](auto done) { return change_site(deps.control, grant, wanted, deps.clock.now(), std::move(done)); });
}

Reply<void> set_retention(const RouteDeps& deps, const Manage& grant, const Retention& typed) {
  return when_done(
      [&](auto done) {
        return change_site(deps.control, grant, {.retention_days = typed.days}, deps.clock.now(), std::move(done));
      },
      [](const Listing&) { return Reply<void>(); });
}

Reply<Listing> hand_over(const RouteDeps& deps, const ManagesAll& grant, const NextOwner& typed,
                         const http::Context& context) {
  const auto site = SiteId::parse(context.path.find("id")->second);
  if (!site) return fail(Code::invalid, "invalid site ID: it must be a UUID", "id");
  return when_done([&](auto done) {
    return hand_over_site(deps.control, grant, *site, typed.email, deps.clock.now(), std::move(done));
  });
}

Reply<audit::Page> audit_log(const RouteDeps& deps, const Audits& grant, const http::Context& context) {
  return audit::page(deps.control, context.request, {.site = grant->site->id}, deps.clock.now());
}

http::Response audit_file(const RouteDeps& deps, const Audits& grant, const http::Context& context) {
  return audit::file(deps.control, context.request, {.site = grant->site->id}, deps.clock.now());
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  using access::Access, http::Rate, http::Run;
  using enum http::Method;
  constexpr Access kView = Access::site(Permission::site_view);
  constexpr Access kManage = Access::site(Permission::site_manage_data);
  constexpr Access kAudit = Access::site(Permission::site_view_audit);
  const access::Routes routes(router, deps);
  routes.add<Access::team(Permission::team_create_sites)>(
      post, "/api/sites", Run::query, Rate::api, "Create a site in the caller's team", create, {.refusals = {409}});
  routes.add<Access::known>(get, "/api/sites", Run::query, Rate::api, "The sites that the caller may see, newest first",
                            list);
  routes.add<kView>(get, "/api/sites/{id}", Run::inline_io, Rate::api, "One site", show);
  routes.add<kManage>(patch, "/api/sites/{id}", Run::query, Rate::api,
                      "Rename, pause or change a site; what is absent stays", change, {.refusals = {409}});
  routes.add<kManage>(put, "/api/sites/{id}/retention", Run::query, Rate::api,
                      "Change how many days a site's data stay; 0 keeps them for ever", set_retention);
  routes.add<Access::instance(Permission::instance_manage_sites).with_proof()>(
      put, "/api/sites/{id}/owner", Run::query, Rate::api, "Hand a site over to another user", hand_over);
  routes.add<kAudit>(get, "/api/sites/{id}/audit", Run::query, Rate::api,
                     "Who changed what of a site, the newest first", audit_log,
                     {.parameters = audit::page_parameters()});
  routes.add<kAudit>(get, "/api/sites/{id}/audit/export", Run::slow, Rate::api, "The audit log of a site as a file",
                     audit_file,
                     {.gives = access::gives<std::vector<audit::Listed>>(), .parameters = audit::file_parameters()});
}

}  // namespace hk::site

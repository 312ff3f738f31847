#include "site/routes.h"

#include <algorithm>
#include <utility>

#include "access/route.h"
#include "audit/list.h"
#include "audit/shapes.h"
#include "base/text.h"
#include "http/reply.h"
#include "site/domain.h"
#include "site/erase.h"
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

Result<std::shared_ptr<const db::Zone>> zone_named(const RouteDeps& deps, const std::string& name) {
  auto zone = deps.zones.find(name);
  if (!zone && zone.error().code == Code::invalid) zone.error().field = "zone";
  return zone;
}

/// The site as it will be made, or what is wrong with what was typed.
Result<NewSite> checked(const RouteDeps& deps, const TypedSite& typed, const access::Principal& who) {
  const auto owner = access::user_of(who);
  if (!owner) return fail(Code::forbidden, "A site is somebody's: make it with a personal API key, not with a team's");
  auto domain = check_domain(typed.domain);
  if (!domain) return std::unexpected(domain.error());
  auto zone = zone_named(deps, typed.zone && !typed.zone->empty() ? *typed.zone : "UTC");
  if (!zone) return std::unexpected(zone.error());
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

Result<void> check_labels(std::vector<std::string>& labels) {
  for (std::string& label : labels) {
    label = std::string(trim(label));
    if (label.empty() || utf8_length(label) > kMaxLabel)
      return fail(Code::invalid, "each must have 1 to " + std::to_string(kMaxLabel) + " characters", "labels");
    if (std::ranges::any_of(label, [](char c) { return c == ',' || static_cast<unsigned char>(c) < ' '; }))
      return fail(Code::invalid, "must have no commas and no control characters", "labels");
  }
  std::ranges::sort(labels);
  const auto same = std::ranges::unique(labels);
  labels.erase(same.begin(), same.end());
  return {};
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
  std::shared_ptr<const db::Zone> zone;
  if (wanted.zone) {
    auto known = zone_named(deps, *wanted.zone);
    if (!known) return std::unexpected(known.error());
    zone = std::move(*known);
  }
  if (wanted.labels)
    if (auto fine = check_labels(*wanted.labels); !fine) return std::unexpected(fine.error());
  return when_done([&](auto done) {
    return change_site(deps.control, grant, wanted, deps.clock.now(), std::move(done), zone.get());
  });
}

/// Of a person, or the person of a key.
template <bool kPinned>
Reply<void> pin(const RouteDeps& deps, const View& grant) {
  const auto user = access::user_of(grant.principal());
  if (!user) return fail(Code::forbidden, "Pins are a person's: use a session or a personal API key");
  return when_done([&](auto done) { return pin_site(deps.control, grant, *user, kPinned, std::move(done)); },
                   [] { return Reply<void>(); });
}

Reply<EraseAnswer> reset(const RouteDeps& deps, const Erase& grant, const TypedDomain& typed) {
  return when_done(
      [&](auto done) { return reset_site(deps.control, grant, typed.domain, deps.clock.now(), std::move(done)); },
      [] { return Reply<EraseAnswer>(EraseAnswer{}); });
}

Reply<EraseAnswer> remove(const RouteDeps& deps, const Erase& grant, const TypedDomain& typed) {
  return when_done(
      [&](auto done) { return delete_site(deps.control, grant, typed.domain, deps.clock.now(), std::move(done)); },
      [] { return Reply<EraseAnswer>(EraseAnswer{}); });
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
  constexpr Access kErase = Access::site(Permission::site_delete).with_proof();
  routes.add<kView>(put, "/api/sites/{id}/pin", Run::query, Rate::api,
                    "Put a site in front of the others, for who asks", pin<true>);
  routes.add<kView>(del, "/api/sites/{id}/pin", Run::query, Rate::api, "Take a site's pin away", pin<false>);
  routes.add<kErase>(post, "/api/sites/{id}/reset", Run::query, Rate::api,
                     "Delete everything that was counted for a site; the domain is typed", reset, {.refusals = {409}});
  routes.add<kErase>(del, "/api/sites/{id}", Run::query, Rate::api,
                     "Delete a site with everything that was counted for it; the domain is typed", remove,
                     {.refusals = {409}});
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

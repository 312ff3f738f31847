#include "site/routes.h"

#include "http/pending.h"
#include "json/reader.h"
#include "json/writer.h"
#include "site/domain.h"
#include "site/granted.h"
#include "site/sites.h"
#include "site/tracking.h"

namespace hk::site {
namespace {

http::Response create(const RouteDeps& deps, const http::Context& context) {
  const auto body = json::parse(context.request.body);
  if (!body) return http::problem(body.error());
  json::Object r(*body);
  const std::string domain = r.str("domain");
  const auto zone_name = r.opt_str("zone", {.max = 64, .trim = true});
  if (auto ok = r.finish(); !ok) return http::problem(ok.error());

  NewSite site{.domain = {}, .zone = nullptr, .retention_days = deps.retention_days};
  auto checked = check_domain(domain);
  if (!checked) return http::problem(checked.error());
  site.domain = std::move(*checked);
  auto zone = deps.zones.find(zone_name && !zone_name->empty() ? *zone_name : "UTC");
  if (!zone) {
    if (zone.error().code == Code::invalid) zone.error().field = "zone";
    return http::problem(zone.error());
  }
  site.zone = std::move(*zone);

  http::Pending pending;
  const auto created =
      create_site(deps.control, context.granted<http::SignedIn>(), site, deps.clock.now(), pending.done());
  if (!created) return http::problem(created.error());
  json::Writer out;
  write_json(out, *created);
  http::Response response = http::json(200, out.take());
  response.gate = pending.gate();
  return response;
}

http::Response list(const RouteDeps& deps, const http::Context& context) {
  json::Writer out;
  const auto read = deps.control.read([&](db::Sqlite& db) -> Result<void> {
    const auto sites = list_sites(db, context.granted<http::SignedIn>()->user);
    if (!sites) return std::unexpected(sites.error());
    out.begin_array();
    for (const Listing& site : *sites) write_json(out, site);
    out.end_array();
    return {};
  });
  if (!read) return http::problem(read.error());
  return http::json(200, out.take());
}

http::Response show(const http::Context& context) {
  const Site& site = *context.granted<View>()->site;
  json::Writer out;
  write_json(out, Listing{.id = site.id,
                          .created_by = site.created_by.uuid.is_nil() ? std::nullopt : std::optional(site.created_by),
                          .domain = site.domain,
                          .zone = site.zone->name(),
                          .retention_days = site.retention_days,
                          .created_at = site.created_at,
                          .owner_email = {}});
  return http::json(200, out.take());
}

http::Response tracking(const RouteDeps& deps, const http::Context& context) {
  const Site& site = *context.granted<View>()->site;
  const auto tracking = read_tracking(deps.store, site);
  if (!tracking) return http::problem(tracking.error());
  json::Writer out;
  write_json(out, site, *tracking, deps.clock.now());
  return http::json(200, out.take());
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  router.add({.method = http::Method::post,
              .path = "/api/sites",
              .access = http::Access::signed_in,
              .run = http::Run::query,
              .rate = http::Rate::api,
              .summary = "Create a site in the caller's team",
              .handler = [deps](http::Context& context) { return create(deps, context); }});
  router.add({.method = http::Method::get,
              .path = "/api/sites",
              .access = http::Access::signed_in,
              .run = http::Run::query,
              .rate = http::Rate::api,
              .summary = "The sites that the caller may see, newest first",
              .handler = [deps](http::Context& context) { return list(deps, context); }});
  router.add({.method = http::Method::get,
              .path = "/api/sites/{id}",
              .access = http::Access::site_view,
              .run = http::Run::inline_io,
              .rate = http::Rate::api,
              .summary = "One site",
              .handler = [](http::Context& context) { return show(context); }});
  router.add({.method = http::Method::get,
              .path = "/api/sites/{id}/tracking/status",
              .access = http::Access::site_view,
              .run = http::Run::query,
              .rate = http::Rate::api,
              .summary = "Whether the site's snippet works: waiting, live or dormant",
              .handler = [deps](http::Context& context) { return tracking(deps, context); }});
}

}  // namespace hk::site

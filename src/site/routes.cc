#include "site/routes.h"

#include <algorithm>

#include "http/pending.h"
#include "json/reader.h"
#include "json/writer.h"
#include "site/domain.h"
#include "site/granted.h"
#include "site/sites.h"
#include "site/tracking.h"

namespace hk::site {
namespace {

/// Sends what `write` changed once it is durable and applied.
template <class Write>
http::Response changed(Write write) {
  http::Pending pending;
  const Result<Listing> site = write(pending.done());
  if (!site) return http::problem(site.error());
  json::Writer out;
  write_json(out, *site);
  http::Response response = http::json(200, out.take());
  response.gate = pending.gate();
  return response;
}

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

  return changed([&](auto done) {
    return create_site(deps.control, context.granted<http::SignedIn>(), site, deps.clock.now(), std::move(done));
  });
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
  write_json(out, listing_of(site));
  return http::json(200, out.take());
}

/// {subdomains?, excluded_hosts?, data_retention_days?}; what is absent stays.
http::Response change(const RouteDeps& deps, const http::Context& context) {
  const auto body = json::parse(context.request.body);
  if (!body) return http::problem(body.error());
  json::Object r(*body);
  SiteChange wanted;
  wanted.subdomains = r.opt_bool("subdomains");
  wanted.retention_days = r.opt_int("data_retention_days", {.min = 0, .max = kMaxRetentionDays});
  const bool names_hosts = r.has("excluded_hosts");
  const auto typed = r.strings("excluded_hosts", {.max = kMaxExcludedHosts});
  r.refuse_unknown_fields();
  if (auto ok = r.finish(); !ok) return http::problem(ok.error());
  const auto& caller = context.granted<Edit>();
  if (names_hosts) {
    auto& hosts = wanted.excluded_hosts.emplace();
    for (const std::string& host : typed) {
      auto checked = check_host_below(caller->site->domain, host);
      if (!checked) return http::problem(checked.error());
      hosts.push_back(std::move(*checked));
    }
    std::ranges::sort(hosts);
    hosts.erase(std::ranges::unique(hosts).begin(), hosts.end());
  }
  return changed([&](auto done) { return change_site(deps.control, caller, wanted, std::move(done)); });
}

/// {days}: as HitKeep 2.8 spells it; answers without a body.
http::Response set_retention(const RouteDeps& deps, const http::Context& context) {
  const auto body = json::parse(context.request.body);
  if (!body) return http::problem(body.error());
  json::Object r(*body);
  SiteChange wanted;
  wanted.retention_days = r.integer("days", {.min = 0, .max = kMaxRetentionDays, .required = true});
  if (auto ok = r.finish(); !ok) return http::problem(ok.error());
  http::Response response =
      changed([&](auto done) { return change_site(deps.control, context.granted<Edit>(), wanted, std::move(done)); });
  if (response.status == 200) response.body.clear();
  return response;
}

/// {owner_email}: whose site it is from now on.
http::Response hand_over(const RouteDeps& deps, const http::Context& context) {
  const auto site = SiteId::parse(context.path.find("id")->second);
  if (!site)
    return http::problem({.code = Code::invalid, .message = "invalid site ID: it must be a UUID", .field = "id"});
  const auto body = json::parse(context.request.body);
  if (!body) return http::problem(body.error());
  json::Object r(*body);
  const std::string email = r.str("owner_email", {.max = 320, .required = true, .trim = true});
  if (auto ok = r.finish(); !ok) return http::problem(ok.error());
  return changed([&](auto done) {
    return hand_over_site(deps.control, context.granted<http::InstanceOwner>(), *site, email, std::move(done));
  });
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
  router.add({.method = http::Method::patch,
              .path = "/api/sites/{id}",
              .access = http::Access::site_edit,
              .run = http::Run::query,
              .rate = http::Rate::api,
              .summary = "Change which hosts count for a site, and how long its data stay",
              .handler = [deps](http::Context& context) { return change(deps, context); }});
  router.add({.method = http::Method::put,
              .path = "/api/sites/{id}/retention",
              .access = http::Access::site_edit,
              .run = http::Run::query,
              .rate = http::Rate::api,
              .summary = "Change how many days a site's data stay; 0 keeps them for ever",
              .handler = [deps](http::Context& context) { return set_retention(deps, context); }});
  router.add({.method = http::Method::put,
              .path = "/api/sites/{id}/owner",
              .access = http::Access::owner,
              .run = http::Run::query,
              .rate = http::Rate::api,
              .summary = "Hand a site over to another user",
              .handler = [deps](http::Context& context) { return hand_over(deps, context); }});
  router.add({.method = http::Method::get,
              .path = "/api/sites/{id}/tracking/status",
              .access = http::Access::site_view,
              .run = http::Run::query,
              .rate = http::Rate::api,
              .summary = "Whether the site's snippet works: waiting, live or dormant",
              .handler = [deps](http::Context& context) { return tracking(deps, context); }});
}

}  // namespace hk::site

#include "check/routes.h"

#include <optional>
#include <utility>

#include "access/route.h"
#include "base/text.h"
#include "http/reply.h"

namespace hk::check {

constexpr auto shape(json::Of<FoundOnPage>) {
  using F = FoundOnPage;
  return json::shape("FoundOnPage", json::field("what", &F::what), json::field("detail", &F::detail, json::LeftOut{}));
}
constexpr auto shape(json::Of<SiteLook>) {
  using L = SiteLook;
  return json::shape("SiteLook", json::field("page", &L::page), json::field("script", &L::script, json::LeftOut{}),
                     json::field("found", &L::found));
}

constexpr auto shape(json::Of<TabReport>) {
  using R = TabReport;
  constexpr json::StrRule kCode{.max = 64, .required = true};
  constexpr json::StrRule kHost{.max = kMaxTabHost, .required = true};
  return json::shape("TabReport", json::field("code", &R::code, kCode), json::field("host", &R::host, kHost),
                     json::field("do_not_track", &R::do_not_track), json::field("privacy_control", &R::privacy_control),
                     json::field("opted_out", &R::opted_out), json::field("waits", &R::waits),
                     json::field("manual", &R::manual), json::field("insecure", &R::insecure));
}

/// A code for a tab, and what came of it.
struct TabCheck {
  std::string code;
  std::string address;  // where the site is opened with it
  std::optional<TabReport> report = {};
};
constexpr auto shape(json::Of<TabCheck>) {
  using C = TabCheck;
  return json::shape("TabCheck", json::field("code", &C::code), json::field("address", &C::address),
                     json::field("report", &C::report, json::LeftOut{}));
}

namespace {

using http::Reply;

TabCheck shown(const site::Site& site, std::string code, std::optional<TabReport> report = {}) {
  const std::string scheme = site.domain == "localhost" ? "http://" : "https://";
  std::string address = concat({scheme, site.domain, "/#hk-check=", code});
  return {.code = std::move(code), .address = std::move(address), .report = std::move(report)};
}

Reply<SiteLook> look(const RouteDeps& deps, const site::Manage& grant, const http::Context& context) {
  if (!deps.ask)
    return fail(Code::forbidden, "Looks at sites are switched off on this server (HITKEEP_SITE_CHECKS=false)");
  return look_at_site(grant->site->domain, deps.server, deps.ask, context.gone);
}

Reply<TabCheck> open_tab(const RouteDeps& deps, const site::Manage& grant) {
  return shown(*grant->site, deps.tabs.open(grant->site->id, deps.clock.now()));
}

Reply<TabCheck> tab(const RouteDeps& deps, const site::Manage& grant, const http::Context& context) {
  const std::string& code = context.path.find("code")->second;
  auto told = deps.tabs.told(grant->site->id, code, deps.clock.now());
  if (!told.known) return fail(Code::not_found, "There is no such check, or it is more than 15 minutes old");
  return shown(*grant->site, code, std::move(told.report));
}

/// From the page of a site: whoever has the code was given it.
Reply<void> take_report(const RouteDeps& deps, const access::Principal&, const TabReport& report) {
  if (!deps.tabs.take(report, deps.clock.now()))
    return fail(Code::not_found, "There is no such check, or it is more than 15 minutes old", "code");
  return Reply<void>();
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  using access::Access, access::Permission, http::Method, http::Rate, http::Run;
  constexpr Access kManage = Access::site(Permission::site_manage_data);
  const access::Routes routes(router, deps);
  routes.add<kManage>(Method::post, "/api/sites/{id}/check", Run::slow, Rate::auth,
                      "Look at the site's first page once, from the server: why no hits come", look);
  routes.add<kManage>(Method::post, "/api/sites/{id}/checks", Run::inline_io, Rate::api,
                      "A code with which the site is opened in a tab, so that its script tells what it finds there",
                      open_tab);
  routes.add<kManage>(Method::get, "/api/sites/{id}/checks/{code}", Run::inline_io, Rate::api,
                      "What the script told by that code", tab, {.refusals = {404}});
  routes.add<Access::anyone>(Method::post, "/ingest/check", Run::inline_io, Rate::ingest,
                             "What a site's script finds where it runs, by the code that it was opened with",
                             take_report, {.cors = http::Cors::any_origin, .refusals = {404}});
}

}  // namespace hk::check

#include "notice/routes.h"

#include <optional>
#include <string>
#include <vector>

#include "access/route.h"

namespace hk::notice {

using access::Permission;

/// A notice as it is shown.
struct Shown {
  std::string kind;
  Level level;
  std::optional<SiteId> site;
  std::string domain;
  json::Entries<std::string> facts;
};
constexpr auto shape(json::Of<Shown>) {
  return json::shape("Notice", json::field("kind", &Shown::kind), json::field("level", &Shown::level),
                     json::field("site_id", &Shown::site, json::LeftOut{}),
                     json::field("domain", &Shown::domain, json::LeftOut{}), json::field("facts", &Shown::facts));
}

namespace {

/// What concerns the caller, the heaviest first.
http::Reply<std::vector<Shown>> list(const RouteDeps& deps, const access::SignedIn& who) {
  const auto sites = deps.sites.now();
  std::vector<Shown> out;
  for (const Notice& notice : deps.board.all()) {
    const site::Site* site = notice.site ? sites->by_key(*notice.site) : nullptr;
    const bool concerns = notice.site ? site && deps.authority.may(who, Permission::site_manage_data, *site)
                                      : deps.authority.may(who, Permission::instance_manage_system);
    if (!concerns) continue;
    out.push_back({.kind = notice.kind, .level = notice.level, .site = {}, .domain = {}, .facts = notice.facts});
    if (site) out.back().site = site->id, out.back().domain = site->domain;
  }
  return out;
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  access::Routes(router, deps)
      .add<access::Access::signed_in>(
          http::Method::get, "/api/notices", http::Run::inline_io, http::Rate::api,
          "What the caller should know now: about the instance its owner, about a site who may change it", list);
}

}  // namespace hk::notice

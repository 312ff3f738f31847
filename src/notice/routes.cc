#include "notice/routes.h"

#include "json/writer.h"

namespace hk::notice {
namespace {

/// [{kind, level, site_id?, domain?, facts: {name: text}}]: what concerns the caller, the heaviest first.
http::Response list(const RouteDeps& deps, const http::Context& context) {
  const UserId user = context.granted<http::SignedIn>()->user;
  const auto sites = deps.sites.now();
  json::Writer out;
  out.begin_array();
  for (const Notice& notice : deps.board.all()) {
    const site::Site* site = notice.site ? sites->by_key(*notice.site) : nullptr;
    const bool concerns = notice.site ? site && deps.may_change(user, *site) : context.caller.owner;
    if (!concerns) continue;
    out.begin_object().field("kind", notice.kind).field("level", name_of(notice.level));
    if (site) out.field("site_id", site->id).field("domain", site->domain);
    out.key("facts").begin_object();
    for (const auto& [name, text] : notice.facts) out.field(name, text);
    out.end_object().end_object();
  }
  out.end_array();
  return http::json(200, out.take());
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  router.add(
      {.method = http::Method::get,
       .path = "/api/notices",
       .access = http::Access::signed_in,
       .run = http::Run::inline_io,
       .rate = http::Rate::api,
       .summary = "What the caller should know now: about the instance its owner, about a site who may change it",
       .handler = [deps](http::Context& context) { return list(deps, context); }});
}

}  // namespace hk::notice

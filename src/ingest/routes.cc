#include "ingest/routes.h"

#include "json/writer.h"
#include "site/granted.h"

namespace hk::ingest {
namespace {

/// {site_id, since, dropped: {reason: n}, bots: {class: n}, hosts: [{host, hits, standing}]}: what did not count since
/// the process started, and hosts that perhaps should or should not.
http::Response status(const Pipeline& pipeline, const http::Context& context) {
  const site::View& view = *context.granted<site::View>();
  const site::Site& site = *view.site;
  const SiteDrops drops = pipeline.drops().of(site.key);
  json::Writer out;
  out.begin_object().field("site_id", site.id).field("since", pipeline.drops().since());
  out.key("dropped").begin_object();
  for (std::size_t i = 0; i < drops.reasons.size(); ++i)
    if (drops.reasons[i] > 0) out.field(name_of(static_cast<Reason>(i)), drops.reasons[i]);
  out.end_object();
  out.key("bots").begin_object();
  for (std::size_t i = 0; i < drops.bots.size(); ++i)
    if (drops.bots[i] > 0) out.field(name_of(static_cast<Bot>(i)), drops.bots[i]);
  out.end_object();
  out.key("hosts").begin_array();
  for (const Hosts::Seen& seen : pipeline.hosts().of(site.key)) {
    out.begin_object().field("host", seen.host).field("hits", seen.hits);
    out.field("standing", site::name_of(view.snapshot->place_of(seen.host).standing)).end_object();
  }
  out.end_array().end_object();
  return http::json(200, out.take());
}

}  // namespace

void add_routes(http::Router& router, Pipeline& pipeline) {
  router.add(
      {.method = http::Method::post,
       .path = "/ingest",
       .access = http::Access::anyone,
       .run = http::Run::inline_io,
       .rate = http::Rate::ingest,
       .summary = "Count a page view of the site that the Origin header names, or the body where it is withheld",
       .handler =
           [&pipeline](http::Context& context) { return pipeline.take(context.request, store::HitKind::pageview); },
       .cors = http::Cors::any_origin});
  router.add(
      {.method = http::Method::post,
       .path = "/ingest/event",
       .access = http::Access::anyone,
       .run = http::Run::inline_io,
       .rate = http::Rate::ingest,
       .summary = "Count an event of the site that the Origin header names, or the body where it is withheld",
       .handler = [&pipeline](http::Context& context) { return pipeline.take(context.request, store::HitKind::event); },
       .cors = http::Cors::any_origin});
  router.add({.method = http::Method::get,
              .path = "/api/sites/{id}/ingest-status",
              .access = http::Access::site_view,
              .run = http::Run::inline_io,
              .rate = http::Rate::api,
              .summary = "What did not count for this site since the start, by reason",
              .handler = [&pipeline](http::Context& context) { return status(pipeline, context); }});
}

}  // namespace hk::ingest

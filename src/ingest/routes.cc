#include "ingest/routes.h"

#include <string>
#include <vector>

#include "access/route.h"
#include "ingest/body.h"
#include "site/granted.h"

namespace hk::ingest {

struct SeenHost {
  std::string host;
  std::uint64_t hits;
  site::Standing standing;
};
constexpr auto shape(json::Of<SeenHost>) {
  return json::shape("SeenHost", json::field("host", &SeenHost::host), json::field("hits", &SeenHost::hits),
                     json::field("standing", &SeenHost::standing));
}

/// What did not count since the process started, and hosts that perhaps should or should not.
struct IngestStatus {
  SiteId site;
  TimeMs since;
  json::Entries<std::uint64_t> dropped;  // by reason
  json::Entries<std::uint64_t> bots;     // by class
  std::vector<SeenHost> hosts;
};
constexpr auto shape(json::Of<IngestStatus>) {
  using S = IngestStatus;
  return json::shape("IngestStatus", json::field("site_id", &S::site), json::field("since", &S::since),
                     json::field("dropped", &S::dropped), json::field("bots", &S::bots),
                     json::field("hosts", &S::hosts));
}

/// As HitKeep 2.8 spells it; what it tells besides is skipped.
struct AiFetchBody {
  std::string path, user_agent;
  std::int64_t status = 0;
};
constexpr auto shape(json::Of<AiFetchBody>) {
  using A = AiFetchBody;
  return json::shape(
      "AiFetch", json::field("path", &A::path, json::StrRule{.max = kMaxUrlCharacters, .required = true, .trim = true}),
      json::field("user_agent", &A::user_agent, json::StrRule{.max = 1'000, .required = true, .trim = true}),
      json::field("status_code", &A::status, json::IntRule{.min = 100, .max = 599, .required = true}));
}

namespace {

/// The counts that are not 0, by the names of the enum.
template <class Enum, std::size_t N>
json::Entries<std::uint64_t> named(const std::array<std::uint64_t, N>& counts) {
  json::Entries<std::uint64_t> out;
  for (std::size_t i = 0; i < N; ++i)
    if (counts[i] > 0) out.emplace_back(name_of(static_cast<Enum>(i)), counts[i]);
  return out;
}

http::Reply<IngestStatus> status(Pipeline* const& pipeline, const site::View& grant) {
  const SiteDrops drops = pipeline->counters().of(grant->site->key);
  IngestStatus out{.site = grant->site->id,
                   .since = pipeline->counters().since(),
                   .dropped = named<Reason>(drops.reasons),
                   .bots = named<Bot>(drops.bots),
                   .hosts = {}};
  for (const Hosts::Seen& seen : pipeline->hosts().of(grant->site->key))
    out.hosts.push_back(
        {.host = seen.host, .hits = seen.hits, .standing = grant->snapshot->place_of(seen.host).standing});
  return out;
}

http::Response take_page_view(Pipeline* const& pipeline, const http::Context& context) {
  return pipeline->take(context.request, store::HitKind::pageview);
}

http::Response take_event(Pipeline* const& pipeline, const http::Context& context) {
  return pipeline->take(context.request, store::HitKind::event);
}

http::Response take_vital(Pipeline* const& pipeline, const http::Context& context) {
  return pipeline->take(context.request, store::HitKind::vital);
}

http::Response take_pixel(Pipeline* const& pipeline, const http::Context& context) {
  return pipeline->take_pixel(context.request);
}

http::Response take_ai_fetch(ServerDoors* const& doors, const access::Granted<access::Permission::site_ingest>& grant,
                             const AiFetchBody& body) {
  return doors->take_fetch(*grant->site, body.path, body.user_agent, static_cast<std::uint16_t>(body.status));
}

http::Response take_server_view(ServerDoors* const& doors, const access::ApiKey& who, const http::Context& context) {
  return doors->take(who, context.request, store::HitKind::pageview);
}

http::Response take_server_event(ServerDoors* const& doors, const access::ApiKey& who, const http::Context& context) {
  return doors->take(who, context.request, store::HitKind::event);
}

http::Reply<BatchAnswer> take_batch(ServerDoors* const& doors, const access::ApiKey& who,
                                    const http::Context& context) {
  return doors->take_batch(who, context.request);
}

}  // namespace

void add_server_routes(http::Router& router, ServerDoors& doors) {
  using access::Access, http::Method, http::Rate, http::Run;
  const access::Routes routes(router, &doors);
  const auto takes = [](json::Schema body) {
    return access::RouteOptions{
        .takes = {.type = "application/json", .schema = body}, .status = 202, .refusals = {400, 404}};
  };
  routes.add<Access::program>(Method::post, "/api/ingest/server/pageview", Run::inline_io, Rate::ingest,
                              "Count a page view that a server tells, of the site that its url names", take_server_view,
                              takes(server_page_view_schema));
  routes.add<Access::program>(Method::post, "/api/ingest/server/event", Run::inline_io, Rate::ingest,
                              "Count an event that a server tells, of the site that its url names", take_server_event,
                              takes(server_event_schema));
  routes.add<Access::site(access::Permission::site_ingest)>(
      Method::post, "/api/sites/{id}/ingest/ai-fetch", Run::inline_io, Rate::api,
      "Keep the fetch of a page by a machine of an AI, as a server's log tells it", take_ai_fetch, {.status = 202});
  auto batch = takes(server_batch_schema);
  batch.body_limit = kMaxBatchBytes;
  routes.add<Access::program>(Method::post, "/api/ingest/server/batch", Run::slow, Rate::ingest,
                              "Count up to 1,000 page views and events, with a result for each", take_batch, batch);
}

void add_routes(http::Router& router, Pipeline& pipeline) {
  using access::Access, http::Method, http::Rate, http::Run;
  const access::Routes routes(router, &pipeline);
  const auto from_pages = [](json::Schema body) {
    return access::RouteOptions{
        .cors = http::Cors::any_origin, .takes = {.type = "application/json", .schema = body}, .status = 202};
  };
  routes.add<Access::anyone>(
      Method::post, "/ingest", Run::inline_io, Rate::ingest,
      "Count a page view of the site that the Origin header names, or the body where it is withheld", take_page_view,
      from_pages(page_view_schema));
  routes.add<Access::anyone>(
      Method::post, "/ingest/event", Run::inline_io, Rate::ingest,
      "Count an event of the site that the Origin header names, or the body where it is withheld; without a name: how "
      "long its page was looked at",
      take_event, from_pages(event_schema));
  routes.add<Access::anyone>(Method::post, "/ingest/web-vitals", Run::inline_io, Rate::ingest,
                             "Keep one web vital of a page that was viewed", take_vital, from_pages(web_vital_schema));
  routes.add<Access::anyone>(
      Method::get, "/ingest/pixel.gif", Run::inline_io, Rate::ingest,
      "Count a page view of ?site= and ?path= where no script runs: an image", take_pixel,
      access::RouteOptions{
          .gives = {.type = "image/gif"},
          .parameters = {{"site", "domain of the site"}, {"path", "of the page; without it that of the Referer"}}});
  routes.add<Access::site(access::Permission::site_view)>(
      Method::get, "/api/sites/{id}/ingest-status", Run::inline_io, Rate::api,
      "What did not count for this site since the start, by reason", status);
}

}  // namespace hk::ingest

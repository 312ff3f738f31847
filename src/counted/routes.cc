#include "counted/routes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "access/route.h"
#include "base/instant.h"
#include "base/text.h"
#include "counted/counted.h"
#include "counted/shapes.h"
#include "ingest/enrich/geo/geo_tables.h"
#include "net/ip.h"
#include "query/dates.h"
#include "query/respond.h"
#include "site/granted.h"

namespace hk::counted {
namespace {

using access::Permission;
using http::Context;
using http::Reply;
using System = access::Granted<Permission::instance_manage_system>;

/// Where nothing else is asked for.
constexpr Day kUsualDays = 28;

Result<Day> day_of(const http::Request& request, const char* name, Day otherwise) {
  const auto text = request.param(name);
  if (!text) return otherwise;
  const auto day = parse_date(*text);
  if (!day || *day < query::kFirstDay || *day > query::kLastDay)
    return fail(Code::invalid, "must be a date, for example 2026-11-25", name);
  return *day;
}

Result<CountedDays> days_of(const http::Request& request, Day today) {
  const auto to = day_of(request, "to", today);
  if (!to) return std::unexpected(to.error());
  const auto from = day_of(request, "from", *to - kUsualDays + 1);
  if (!from) return std::unexpected(from.error());
  if (*from > *to) return fail(Code::invalid, "must not be after to", "from");
  return CountedDays{*from, *to + 1};
}

CountedAnswer shown(Became became, const CountedDays& days, TimeMs now) {
  CountedAnswer out{.site = {}, .from = query::date_text(days.from), .to = query::date_text(days.until - 1)};
  if (became.first_day) out.first_day = query::date_text(*became.first_day);
  out.now = now;
  out.counted = became.pageviews + became.events;
  out.received = out.counted + became.kept_apart + became.dropped;
  out.pageviews = became.pageviews;
  out.events = became.events;
  out.reports = became.reports;
  out.fetches = became.fetches;
  out.kept_apart = became.kept_apart;
  out.dropped = became.dropped;
  out.not_kept = became.not_kept;
  out.last_pageview = became.last_pageview;
  out.last_event = became.last_event;
  out.last_server_hit = became.last_server_hit;
  out.drops = std::move(became.drops);
  out.machines = std::move(became.machines);
  return out;
}

/// `site`: of a key without one, as far as reading a file needs it.
Reply<CountedAnswer> answer(const RouteDeps& deps, const site::Site& site, const Context& context, Day today) {
  const auto days = days_of(context.request, today);
  if (!days) return std::unexpected(days.error());
  // Asked first: what becomes a row meanwhile is missing rather than there twice.
  const auto gathered = deps.pipeline.counters().gathered(site.key);
  const query::Asker asker{.who = context.caller.turn, .gone = context.gone};
  auto known = deps.engine.read(site, asker, [&](query::Snapshot& snapshot) { return read_known(snapshot, *days); });
  if (!known) return Reply<CountedAnswer>(query::unanswered(known.error(), context.request.path));
  add_gathered(*known, gathered, *days);
  const TimeMs now = deps.clock.now();
  CountedAnswer out = shown(tell(*known), *days, now);
  if (!site.id.uuid.is_nil()) out.site = site.id;
  const auto minutes = deps.pipeline.counters().per_minute(site.key, now);
  out.per_minute.assign(minutes.begin(), minutes.end());
  return out;
}

Reply<CountedAnswer> of_site(const RouteDeps& deps, const site::View& grant, const Context& context) {
  return answer(deps, *grant->site, context, grant->site->zone->day_of(deps.clock.now()));
}

/// What is of no site stands in the first file, on UTC days.
Reply<CountedAnswer> of_nobody(const RouteDeps& deps, const System&, const Context& context) {
  site::Site nobody;
  nobody.lane = LaneKey::first_team;
  const auto today = std::chrono::floor<std::chrono::days>(deps.clock.now()).time_since_epoch().count();
  return answer(deps, nobody, context, static_cast<Day>(today));
}

/// The header by which a proxy that is believed told the address; empty: that is who connected.
std::string told_by(const http::Request& request, const http::Proxies& proxies) {
  if (proxies.trusted.empty()) return {};
  const std::string_view name = http::address_header(request.headers, proxies);
  const bool tells = std::ranges::any_of(request.headers, [&](const auto& header) {
    return header.first == name && header.second.contains(request.client_ip);
  });
  return tells ? std::string(name) : std::string();
}

/// `?site=`: of whose rules it is judged; without it those of all sites.
Reply<OwnRequest> own_request(const RouteDeps& deps, const access::SignedIn& who, const Context& context) {
  const http::Request& request = context.request;
  const auto sites = deps.sites.now();
  const site::Site none;
  const site::Site* site = &none;
  if (const auto named = request.param("site")) {
    const auto id = SiteId::parse(*named);
    site = id ? sites->by_id(*id) : nullptr;
    if (!site || !deps.authority.may(who, Permission::site_view, *site))
      return fail(Code::not_found, "Site not found", "site");
  }
  const ingest::SeenSender sender = deps.pipeline.look_at(request, *site);
  const store::Hit& seen = sender.seen;
  const bool machine = sender.kind != ingest::Bot::none;
  const auto ip = net::Ip::parse(request.client_ip);
  const std::string header = told_by(request, deps.proxies);
  OwnRequest out{.address = request.client_ip,
                 .address_header = header,
                 .internal = ip && ip->internal(),
                 .unnamed_proxy = header.empty() && http::ForwardingHeaders(request.headers).any(),
                 .scheme = request.secure ? "https" : "http",
                 .host = std::string(request.header("host")),
                 .counts = !sender.dropped && !machine,
                 .rule = sender.rule,
                 .country = seen.country,
                 .city = seen.city,
                 .network = ingest::GeoTables::built_in().provider_of(seen.asn),
                 .browser = seen.browser,
                 .os = machine ? "" : seen.os,
                 .language = seen.language,
                 .asn = seen.asn,
                 .device = store::name_of(seen.device),
                 .do_not_track = trim(request.header("dnt")) == "1",
                 .privacy_control = trim(request.header("sec-gpc")) == "1",
                 .now = deps.clock.now()};
  if (machine) out.reason = "kept_apart", out.machine = ingest::name_of(sender.kind);
  if (sender.dropped) out.reason = ingest::name_of(*sender.dropped);
  return out;
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  using access::Access, http::Method, http::Rate, http::Run;
  const access::Routes routes(router, deps);
  const access::RouteOptions period{.parameters = {{"from", "first day, 28 days up to the last one without it"},
                                                   {"to", "last day, today without it"}},
                                    .refusals = {400}};
  routes.add<Access::site(Permission::site_view)>(
      Method::get, "/api/sites/{id}/counted", Run::query, Rate::api,
      "What became of the hits of a site: counted, kept apart, dropped for which reason and what helps", of_site,
      period);
  routes.add<Access::instance(Permission::instance_manage_system)>(
      Method::get, "/api/admin/counted", Run::query, Rate::api, "The same of hits that are of no site that is known",
      of_nobody, period);
  routes.add<Access::signed_in>(
      Method::get, "/api/request", Run::inline_io, Rate::api,
      "The caller's own request as the server sees it, and whether a page view from there would count", own_request,
      {.parameters = {{"site", "id of the site by whose rules it is judged; without it by those of all sites"}},
       .refusals = {404}});
}

}  // namespace hk::counted

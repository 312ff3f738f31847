#include "query/routes.h"

#include "json/writer.h"
#include "query/parse.h"
#include "query/respond.h"
#include "query/stats.h"
#include "site/granted.h"

namespace hk::query {
namespace {

Asker asker_of(const http::Context& context) {
  return {.who = context.caller.user_id, .gone = context.gone};
}

http::Response refused(const RouteDeps& deps, const http::Context& context, const site::Site& site,
                       const Error& error) {
  if (db::cause_of(error) == db::DuckCause::damage) deps.store.saw_damage(site.lane, error);
  return unanswered(error, context.request.path);
}

http::Response answer_query(const RouteDeps& deps, http::Context& context) {
  const site::Site& site = *context.granted<site::View>()->site;
  const auto question = parse(context.request.body, *site.zone, deps.clock.now());
  if (!question) return http::problem(question.error());
  auto lease = deps.store.read(site.lane);
  if (!lease) return http::problem(lease.error());
  auto answer = deps.engine.run(**lease, site, *question, asker_of(context));
  if (!answer) return refused(deps, context, site, answer.error());
  if (!deps.store.behind(site.lane)) answer->applied_until.reset();
  return http::json(200, answer_json(site, *question, *answer)).header("cache-control", "no-store");
}

http::Response answer_stats(const RouteDeps& deps, http::Context& context) {
  const site::Site& site = *context.granted<site::View>()->site;
  const auto request = read_stats_request(context.request, deps.clock.now());
  if (!request) return http::problem(request.error());
  auto lease = deps.store.read(site.lane);
  if (!lease) return http::problem(lease.error());
  const auto body = stats(deps.engine, **lease, site, *request, asker_of(context));
  if (!body) return refused(deps, context, site, body.error());
  return http::json(200, *body).header("cache-control", "no-store");
}

http::Response answer_live(const RouteDeps& deps, http::Context& context) {
  const site::Site& site = *context.granted<site::View>()->site;
  auto lease = deps.store.read(site.lane);
  if (!lease) return http::problem(lease.error());
  const auto visitors = deps.engine.live_visitors(**lease, site);
  if (!visitors) return refused(deps, context, site, visitors.error());
  json::Writer out;
  out.begin_object().field("visitors", *visitors).end_object();
  return http::json(200, out.take()).header("cache-control", "no-store");
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  const auto add = [&](http::Method method, std::string_view path, std::string_view summary,
                       http::Response (*handler)(const RouteDeps&, http::Context&)) {
    router.add({.method = method,
                .path = path,
                .access = http::Access::site_view,
                .run = http::Run::query,
                .rate = http::Rate::api,
                .summary = summary,
                .handler = [deps, handler](http::Context& context) { return handler(deps, context); }});
  };
  add(http::Method::post, "/api/sites/{id}/query", "Any number of queries about one period of a site", answer_query);
  add(http::Method::get, "/api/sites/{id}/stats", "The site's statistics in the shape of HitKeep 2.8", answer_stats);
  add(http::Method::get, "/api/sites/{id}/live", "Visitors of the last five minutes", answer_live);
}

}  // namespace hk::query

#include "query/routes.h"

#include <string>
#include <utility>
#include <vector>

#include "access/route.h"
#include "query/parse.h"
#include "query/properties.h"
#include "query/respond.h"
#include "query/shapes.h"
#include "query/stats.h"
#include "site/granted.h"

namespace hk::query {
namespace {

using http::Context;
using http::Reply;

Asker asker_of(const Context& context) {
  return {.who = context.caller.turn, .gone = context.gone};
}

Reply<ShownAnswer> answer_query(const RouteDeps& deps, const site::View& grant, const Context& context) {
  const site::Site& site = *grant->site;
  const auto question = parse(context.request.body, *site.zone, deps.clock.now(), site.first_weekday.value_or(1));
  if (!question) return std::unexpected(question.error());
  auto answer = deps.engine.ask(site, *question, asker_of(context));
  if (!answer) return Reply<ShownAnswer>(unanswered(answer.error(), context.request.path));
  return shown(site, *question, std::move(*answer));
}

http::Response answer_stats(const RouteDeps& deps, const site::View& grant, const Context& context) {
  const auto request = read_stats_request(context.request, deps.clock.now());
  if (!request) return http::problem(request.error());
  auto body = stats(deps.engine, *grant->site, *request, asker_of(context));
  if (!body) return unanswered(body.error(), context.request.path);
  return http::json(200, std::move(*body));
}

Reply<LiveVisitors> answer_live(const RouteDeps& deps, const site::View& grant, const Context& context) {
  const auto answer = deps.engine.ask(*grant->site, {.include = {.live_visitors = true}}, asker_of(context));
  if (!answer) return Reply<LiveVisitors>(unanswered(answer.error(), context.request.path));
  return LiveVisitors{.visitors = answer->live_visitors};
}

Reply<TrackingStatus> answer_tracking(const RouteDeps& deps, const site::View& grant, const Context& context) {
  const auto tracking = deps.engine.read(*grant->site, asker_of(context), read_tracking);
  if (!tracking) return Reply<TrackingStatus>(unanswered(tracking.error(), context.request.path));
  return tracking_status(*grant->site, *tracking, deps.clock.now());
}

Reply<std::vector<std::string>> list_properties(const RouteDeps& deps, const site::View& grant,
                                                const Context& context) {
  const auto events = context.request.params("event_name");
  auto names = deps.engine.read(*grant->site, asker_of(context), [&](Snapshot& snapshot) {
    return read_property_names(snapshot, events.empty() ? std::string() : events.front());
  });
  if (!names) return Reply<std::vector<std::string>>(unanswered(names.error(), context.request.path));
  return std::move(*names);
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  using access::Access, http::Rate, http::Run;
  using enum http::Method;
  constexpr Access kView = Access::site(access::Permission::site_view);
  const access::Routes routes(router, deps);
  routes.add<kView>(post, "/api/sites/{id}/query", Run::query, Rate::api,
                    "Any number of queries about one period of a site", answer_query,
                    {.takes = {.type = "application/json", .schema = question_schema}, .refusals = {422}});
  routes.add<kView>(get, "/api/sites/{id}/stats", Run::query, Rate::api,
                    "The site's statistics in the shape of HitKeep 2.8", answer_stats,
                    {.gives = {.type = "application/json", .schema = stats_schema},
                     .parameters = {kStatsParameters.begin(), kStatsParameters.end()},
                     .refusals = {422}});
  routes.add<kView>(get, "/api/sites/{id}/live", Run::query, Rate::api, "Visitors of the last five minutes",
                    answer_live);
  routes.add<kView>(get, "/api/sites/{id}/events/properties", Run::query, Rate::api,
                    "Under which names things are told with events", list_properties,
                    {.parameters = {{"event_name", "Only those told with events of this name; without: with any"}}});
  routes.add<kView>(get, "/api/sites/{id}/tracking/status", Run::query, Rate::api,
                    "Whether the site's snippet works: waiting, live or dormant", answer_tracking);
}

}  // namespace hk::query

#include "live/routes.h"

#include <string>
#include <utility>

#include "base/error.h"

namespace hk::live {
namespace {

http::Response realtime(Broker& broker, const http::Context& context) {
  const auto site = SiteId::parse(context.path.find("id")->second);
  if (!site) return http::problem({Code::invalid, "Invalid site_id", "id"});
  if (broker.subscribers() >= kMaxSubscribers) {
    return http::problem({Code::busy, "Too many live streams are open; try again later", ""});
  }
  http::Response response;
  response.header("content-type", "text/event-stream")
      .header("cache-control", "no-cache")
      .header("x-accel-buffering", "no");  // nginx would hold frames back
  response.stream = [&broker, site = *site, last = std::string(context.request.header("last-event-id")),
                     session = context.caller.session_id](std::shared_ptr<http::EventSink> sink) {
    broker.subscribe(site, last, session, std::move(sink));
  };
  return response;
}

}  // namespace

void add_routes(http::Router& router, Broker& broker) {
  router.add({.method = http::Method::get,
              .path = "/api/sites/{id}/realtime",
              .access = http::Access::site_view,
              .run = http::Run::inline_io,
              .rate = http::Rate::api,
              .summary = "Server-sent events that say when the site's numbers changed",
              .handler = [&broker](http::Context& context) { return realtime(broker, context); }});
}

}  // namespace hk::live

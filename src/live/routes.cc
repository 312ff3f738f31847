#include "live/routes.h"

#include <string>
#include <utility>

#include "access/route.h"
#include "base/error.h"
#include "site/granted.h"

namespace hk::live {
namespace {

http::Response realtime(Broker* const& broker, const site::View& grant, const http::Context& context) {
  if (broker->subscribers() >= kMaxSubscribers) {
    return http::problem({Code::busy, "Too many live streams are open; try again later", ""});
  }
  http::Response response;
  response.header("content-type", "text/event-stream")
      .header("cache-control", "no-cache")
      .header("x-accel-buffering", "no");  // nginx would hold frames back
  response.stream = [broker, site = grant->site->id, last = std::string(context.request.header("last-event-id")),
                     who = grant.principal()](std::shared_ptr<http::EventSink> sink) {
    broker->subscribe(site, last, who, std::move(sink));
  };
  return response;
}

}  // namespace

void add_routes(http::Router& router, Broker& broker) {
  using access::Access, access::Permission;
  access::Routes(router, &broker)
      .add<Access::site(Permission::site_view)>(http::Method::get, "/api/sites/{id}/realtime", http::Run::inline_io,
                                                http::Rate::api,
                                                "Server-sent events that say when the site's numbers changed", realtime,
                                                {.gives = {.type = "text/event-stream"}, .refusals = {503}});
}

}  // namespace hk::live

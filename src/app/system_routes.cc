#include "app/system_routes.h"

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "crypto/hash.h"
#include "json/writer.h"

namespace hk::app {
namespace {

std::string_view word_of(http::Method method) {
  using enum http::Method;
  switch (method) {
    case get:
      return "get";
    case head:
      return "head";
    case post:
      return "post";
    case put:
      return "put";
    case patch:
      return "patch";
    case del:
      return "delete";
    case options:
      return "options";
  }
  return "get";
}

bool has_token(const http::Request& request, const Secret<std::string>& token) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto sent = request.header("authorization");
  return !token.empty() && sent.starts_with(kBearer) &&
         crypto::equal_in_constant_time(sent.substr(kBearer.size()), token.reveal());
}

http::Response show_metrics(const http::Context& c, const SystemDeps& deps) {
  const bool allowed =
      deps.metrics_token.empty() ? c.request.local || c.caller.owner : has_token(c.request, deps.metrics_token);
  if (!allowed)
    return http::text(
        403, "Metrics are for this machine, for signed-in owners, or for whoever presents HITKEEP_METRICS_TOKEN.\n");
  auto response = http::text(200, deps.metrics.render());
  response.headers.clear();
  response.header("content-type", "text/plain; version=0.0.4; charset=utf-8").header("cache-control", "no-store");
  return response;
}

}  // namespace

void add_system_routes(http::Router& router, SystemDeps deps) {
  using http::Access, http::Method, http::Rate, http::Run;
  const auto shared = std::make_shared<const SystemDeps>(std::move(deps));
  router.add({.method = Method::get,
              .path = "/healthz",
              .access = Access::anyone,
              .run = Run::inline_io,
              .rate = Rate::none,
              .summary = "The process is alive",
              .handler = [](http::Context&) { return http::text(200, "ok\n"); }});
  router.add({.method = Method::get,
              .path = "/readyz",
              .access = Access::anyone,
              .run = Run::inline_io,
              .rate = Rate::none,
              .summary = "Hits are accepted and applied; 503 says why not",
              .handler = [shared](http::Context&) {
                const auto ready = shared->ready();
                return ready ? http::text(200, "ok\n") : http::text(503, ready.error().message + "\n");
              }});
  router.add({.method = Method::get,
              .path = "/metrics",
              .access = Access::anyone,
              .run = Run::metrics,
              .rate = Rate::metrics,
              .summary = "Prometheus metrics",
              .handler = [shared](http::Context& c) { return show_metrics(c, *shared); }});
  const auto description = std::make_shared<std::string>();
  router.add({.method = Method::get,
              .path = "/api/docs/v1/openapi.json",
              .access = Access::anyone,
              .run = Run::inline_io,
              .rate = Rate::api,
              .summary = "This description",
              .handler = [description](http::Context&) { return http::json(200, *description); }});
  *description = openapi(router, shared->version);
}

std::string openapi(const http::Router& router, std::string_view version) {
  std::map<std::string_view, std::vector<const http::Route*>> paths;
  for (const auto& route : router.routes()) paths[route.path].push_back(&route);

  json::Writer out;
  out.begin_object().field("openapi", "3.1.0");
  out.key("info").begin_object().field("title", "HitKeep").field("version", version).end_object();
  out.key("components").begin_object().key("securitySchemes").begin_object();
  out.key("session")
      .begin_object()
      .field("type", "apiKey")
      .field("in", "cookie")
      .field("name", "hk_token")
      .end_object();
  out.end_object();
  out.key("schemas")
      .begin_object()
      .key("Error")
      .begin_object()
      .field("type", "object")
      .key("properties")
      .begin_object();
  out.key("status").begin_object().field("type", "integer").end_object();
  for (const auto name : {"code", "message", "field"})
    out.key(name).begin_object().field("type", "string").end_object();
  out.end_object().end_object().end_object().end_object();
  out.key("paths").begin_object();
  for (const auto& [path, routes] : paths) {
    out.key(path).begin_object();
    for (const auto* route : routes) {
      out.key(word_of(route->method)).begin_object().field("summary", route->summary);
      out.field("x-access", http::name_of(route->access));
      out.key("security").begin_array();
      if (route->access != http::Access::anyone)
        out.begin_object().key("session").begin_array().end_array().end_object();
      out.end_array();
      out.key("parameters").begin_array();
      for (std::size_t at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
        out.begin_object().field("name", path.substr(at + 1, path.find('}', at) - at - 1)).field("in", "path");
        out.field("required", true).key("schema").begin_object().field("type", "string").end_object().end_object();
      }
      out.end_array();
      out.key("responses").begin_object();
      out.key("2XX").begin_object().field("description", "Done").end_object();
      out.key("default").begin_object().field("description", "What is wrong").key("content").begin_object();
      out.key("application/json").begin_object().key("schema").begin_object();
      out.field("$ref", "#/components/schemas/Error").end_object().end_object().end_object().end_object();
      out.end_object().end_object();
    }
    out.end_object();
  }
  out.end_object().end_object();
  return out.take();
}

}  // namespace hk::app

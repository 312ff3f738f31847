#include "app/openapi.h"

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "access/access.h"
#include "http/problem.h"
#include "json/schema.h"
#include "json/writer.h"

namespace hk::app {
namespace {

struct Failure {
  int status;
  std::string_view summary;
};
constexpr std::array kFailures{
    Failure{400, "The request is wrong; `field` names where"},
    Failure{401, "Nobody is signed in"},
    Failure{403, "The caller may not do this, or a foreign page asked for it"},
    Failure{404, "There is no such thing"},
    Failure{408, "The request did not arrive in time"},
    Failure{409, "It is there already, or was changed meanwhile"},
    Failure{413, "The body is too large"},
    Failure{422, "The question is too large"},
    Failure{429, "Too many requests; Retry-After says when to come back"},
    Failure{500, "A failure of the server; X-Error-Id is in its log"},
    Failure{503, "It cannot be done now; Retry-After says when to come back"},
};

std::string_view word_of(http::Method method) {
  static constexpr std::string_view kWords[] = {"get", "head", "post", "put", "patch", "delete", "options"};
  return kWords[static_cast<std::size_t>(method)];
}

/// The statuses that a route can fail with.
std::set<int> failures_of(const http::Route& route) {
  std::set<int> out(route.refusals.begin(), route.refusals.end());
  const bool api = http::problem_form(route.path) == http::ProblemForm::json;
  const bool open = route.access == access::Access::anyone;
  const bool changes = route.method != http::Method::get;
  if (!route.takes.type.empty() || route.path.contains('{') || !route.parameters.empty()) out.insert(400);
  if (!open) out.insert(401);
  if ((!open && route.access != access::Access::signed_in) || (api && changes)) out.insert(403);
  if (route.path.contains('{')) out.insert(404);
  if (changes) out.insert({408, 413});
  if (route.rate != http::Rate::none) out.insert(429);
  if (route.run != http::Run::inline_io || changes) out.insert(503);
  out.insert(500);
  return out;
}

void write_content(json::Writer& out, const http::Content& content, json::Schemas& named) {
  out.key("content").begin_object().key(content.type).begin_object();
  if (content.schema) out.key("schema").raw(content.schema(named));
  out.end_object().end_object();
}

void write_parameters(json::Writer& out, const http::Route& route) {
  out.key("parameters").begin_array();
  const std::string_view path = route.path;
  for (std::size_t at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
    out.begin_object().field("name", path.substr(at + 1, path.find('}', at) - at - 1)).field("in", "path");
    out.field("required", true).key("schema").begin_object().field("type", "string").end_object().end_object();
  }
  for (const http::Parameter& parameter : route.parameters) {
    out.begin_object().field("name", parameter.name).field("in", "query").field("description", parameter.summary);
    out.key("schema").begin_object().field("type", "string").end_object().end_object();
  }
  out.end_array();
}

void write_responses(json::Writer& out, const http::Route& route, json::Schemas& named) {
  out.key("responses").begin_object();
  out.key(std::to_string(route.status)).begin_object().field("description", "Done");
  if (!route.gives.type.empty()) write_content(out, route.gives, named);
  out.end_object();
  const std::string form = http::problem_form(route.path) == http::ProblemForm::json ? "" : "Text";
  for (const int status : failures_of(route)) {
    out.key(std::to_string(status)).begin_object();
    out.field("$ref", "#/components/responses/" + form + std::to_string(status)).end_object();
  }
  out.end_object();
}

void write_operation(json::Writer& out, const http::Route& route, json::Schemas& named) {
  out.key(word_of(route.method)).begin_object().field("summary", route.summary);
  const access::Access access = access::Access::from(route.access);
  out.field("x-access", route.access.name()).field("x-rate", http::name_of(route.rate));
  if (access.proved) out.field("x-proof", true);
  out.key("security").begin_array();
  const access::PermissionRow* row = access::row_of(access.permission);
  const auto with = [&](std::string_view scheme) {
    out.begin_object().key(scheme).begin_array().end_array().end_object();
  };
  if (access != access::Access::anyone && access != access::Access::program) with("session");
  if (access == access::Access::known || access == access::Access::program || (row && row->key))
    for (const std::string_view scheme : {"bearer", "api_key"}) with(scheme);
  out.end_array();
  write_parameters(out, route);
  if (!route.takes.type.empty()) {
    out.key("requestBody").begin_object().field("required", true);
    write_content(out, route.takes, named);
    out.end_object();
  }
  write_responses(out, route, named);
  out.end_object();
}

/// What the answers of a failure look like, under /api and elsewhere.
void write_failures(json::Writer& out, json::Schemas& named) {
  const http::Content json{.type = "application/json",
                           .schema = json::schema_of<http::ProblemBody, json::Direction::response>};
  out.key("responses").begin_object();
  for (const auto& [prefix, content] : {std::pair<std::string, http::Content>{"", json}, {"Text", {"text/plain"}}})
    for (const Failure& failure : kFailures) {
      out.key(prefix + std::to_string(failure.status)).begin_object().field("description", failure.summary);
      write_content(out, content, named);
      out.end_object();
    }
  out.end_object();
}

}  // namespace

std::string openapi(const http::Router& router, std::string_view version) {
  std::map<std::string_view, std::vector<const http::Route*>> paths;
  for (const auto& route : router.routes()) paths[route.path].push_back(&route);

  json::Schemas named;
  json::Writer out;
  out.begin_object().field("openapi", "3.1.0");
  out.key("info").begin_object().field("title", "HitKeep").field("version", version).end_object();
  out.key("paths").begin_object();
  for (const auto& [path, routes] : paths) {
    out.key(path).begin_object();
    for (const auto* route : routes) write_operation(out, *route, named);
    out.end_object();
  }
  out.end_object().key("components").begin_object();
  out.key("securitySchemes").begin_object().key("session").begin_object();
  out.field("type", "apiKey").field("in", "cookie").field("name", "hk_token").end_object();
  out.key("bearer").begin_object().field("type", "http").field("scheme", "bearer").end_object();
  out.key("api_key").begin_object().field("type", "apiKey").field("in", "header").field("name", "X-API-Key");
  out.end_object().end_object();
  write_failures(out, named);
  out.key("schemas").begin_object();
  for (const auto& [name, schema] : named) out.key(name).raw(schema);
  out.end_object().end_object().end_object();
  return out.take();
}

}  // namespace hk::app

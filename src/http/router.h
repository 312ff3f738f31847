#pragma once
// The route table is data: dispatch, access matrix, metrics, rate limits and OpenAPI come from it.

#include <any>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/limits.h"
#include "http/message.h"
#include "json/schema.h"

namespace hk::http {

/// Who may call a route, as the access check understands it (access/access.h); http/ only carries it. There is no
/// default: a Route without one does not compile.
class Access {
 public:
  constexpr Access(std::string_view name, std::uint16_t rule) : name_(name), rule_(rule) {}
  constexpr std::string_view name() const { return name_; }  // for descriptions and tests
  constexpr std::uint16_t rule() const { return rule_; }
  constexpr bool operator==(const Access& other) const { return rule_ == other.rule_; }

 private:
  std::string_view name_;
  std::uint16_t rule_;
};

/// Where a handler runs. I/O threads never block: whatever touches a database or hashes a password runs on a pool.
/// `sign_in` is for what costs much and can be asked for by anybody who is not signed in: it has a pool of its own, so
/// that no flood of it keeps those waiting who are.
enum class Run : std::uint8_t { inline_io, query, slow, sign_in, metrics };
/// Which token bucket a route draws from.
enum class Rate : std::uint8_t { none, ingest, api, auth, metrics };
std::string_view name_of(Rate rate);

/// Which other sites' pages may call a route from a browser.
enum class Cors : std::uint8_t {
  none,        // no CORS header: only pages of our own origin
  any_origin,  // the tracker's endpoints: Origin is echoed, credentials allowed, preflights answered (ingest 1.1)
};

/// What the access check found out about the caller.
struct Caller {
  /// Whose work this is: those who wait for a worker take turns. Empty: nobody's in particular.
  std::string turn = {};
  /// What the check proved, for the handler (access/route.h).
  std::any proof = {};
};

/// What a handler gets.
struct Context {
  Request request;
  Caller caller;
  std::map<std::string, std::string, std::less<>> path;  // values of {name} segments
  /// For handlers on a pool: stop is requested when nobody waits for the answer any more, because the client closed
  /// its end of the connection, answer_time is over, or the server cuts what is left. Whoever works long obeys.
  std::stop_token gone = {};
};

using Handler = std::function<Response(Context&)>;

/// A body, for descriptions.
struct Content {
  std::string_view type = {};     // media type; empty: there is none
  json::Schema schema = nullptr;  // of application/json
};
/// A parameter of the query, for descriptions.
struct Parameter {
  std::string_view name;
  std::string_view summary;
};

struct Route {
  Method method;
  std::string_view path;  // "/api/sites/{id}/stats"; a GET route also answers HEAD
  Access access;
  Run run;
  Rate rate;
  std::string_view summary;  // one line for OpenAPI
  Handler handler;
  Cors cors = Cors::none;
  std::size_t body_limit = kMaxBodyBytes;  // bytes; above: 413
  Content takes = {};
  Content gives = {};
  int status = 200;                        // when all is well
  std::vector<Parameter> parameters = {};  // of the query
  std::vector<int> refusals = {};          // statuses beside those that access, rate and body bring with them
};

/// Decides who the caller is and whether `access` lets him in; implemented by auth/.
/// Inline on the I/O thread: memory only.
using AccessCheck =
    std::function<Result<Caller>(const Request&, Access, const std::map<std::string, std::string, std::less<>>& path)>;

class Router {
 public:
  /// Asserts on a duplicate method + path.
  void add(Route route);
  const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;                          // null: no such path or method
    std::map<std::string, std::string, std::less<>> path;  // captured segments
    std::vector<Method> allowed;                           // no such method: those of the path, for 405
  };
  /// A literal segment wins over a {name}; HEAD falls back to GET. `path` starts with '/'.
  Match match(Method method, std::string_view path) const;

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literal;
    std::unique_ptr<Node> any;           // {name}
    std::map<Method, std::size_t> here;  // index of routes_
  };
  static const Node* walk(const Node& node, std::string_view rest, std::vector<std::string_view>& captured);

  std::vector<Route> routes_;
  Node root_;
};

}  // namespace hk::http

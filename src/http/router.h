#pragma once
// The route table is data: dispatch, access matrix, metrics, rate limits and OpenAPI come from it.

#include <any>
#include <cassert>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/granted.h"
#include "http/limits.h"
#include "http/message.h"

namespace hk::http {

/// Who may call a route. There is no default: a Route without one does not compile.
class Access {
 public:
  enum Kind : std::uint8_t {
    anyone,     // no session needed
    signed_in,  // any user with a live session
    owner,      // the instance owner
    site_view,  // may read the site named by {id}
    site_edit,  // may change the site named by {id}
  };
  constexpr Access(Kind kind) : kind_(kind) {}  // NOLINT(google-explicit-constructor)
  Access() = delete;
  constexpr Kind kind() const { return kind_; }
  constexpr bool operator==(const Access&) const = default;

 private:
  Kind kind_;
};
std::string_view name_of(Access access);

/// Where a handler runs. I/O threads never block: whatever touches a database or hashes a password runs on a pool.
/// `sign_in` is for what costs much and can be asked for by anybody who is not signed in: it has a pool of its own, so
/// that no flood of it keeps those waiting who are.
enum class Run : std::uint8_t { inline_io, query, slow, sign_in, metrics };
/// Which token bucket a route draws from.
enum class Rate : std::uint8_t { none, ingest, api, auth, metrics };

/// Which other sites' pages may call a route from a browser.
enum class Cors : std::uint8_t {
  none,        // no CORS header: only pages of our own origin
  any_origin,  // the tracker's endpoints: Origin is echoed, credentials allowed, preflights answered (ingest 1.1)
};

/// Who is calling, as far as the access check found out. auth/ fills it.
struct Caller {
  bool signed_in = false;
  std::string user_id = {};
  std::string session_id = {};
  bool owner = false;
  /// The Granted<…> that the route's Access stands for: SignedIn, InstanceOwner, site::View or site::Edit.
  std::any grant = {};
};

/// What a handler gets.
struct Context {
  Request request;
  Caller caller;
  std::map<std::string, std::string, std::less<>> path;  // values of {name} segments
  /// For handlers on a pool: stop is requested when nobody waits for the answer any more, because the client closed
  /// its end of the connection, answer_time is over, or the server cuts what is left. Whoever works long obeys.
  std::stop_token gone = {};

  /// What the access check proved, for functions that ask for it. Asserts when the route's Access proves something
  /// else.
  template <class Scope>
  const Granted<Scope>& granted() const {
    const auto* proof = std::any_cast<Granted<Scope>>(&caller.grant);
    assert(proof && "the route's Access does not prove this");
    return *proof;
  }
};

using Handler = std::function<Response(Context&)>;

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

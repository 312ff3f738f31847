#pragma once
// Routes whose handlers get what their access proves and what their body says, by type; what they take and give is
// described from the same types.

#include <any>
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "access/access.h"
#include "http/reply.h"
#include "http/router.h"
#include "json/body.h"
#include "json/schema.h"

namespace hk::access {

/// What only few routes need.
struct RouteOptions {
  http::Cors cors = http::Cors::none;
  std::size_t body_limit = http::kMaxBodyBytes;
  http::Content takes = {};  // where the handler reads the body itself
  http::Content gives = {};  // where the handler gives a plain http::Response
  int status = 200;
  std::vector<http::Parameter> parameters = {};
  std::vector<int> refusals = {};
};

/// JSON of a type that has a shape.
template <class T>
constexpr http::Content takes() {
  return {.type = "application/json", .schema = json::schema_of<T, json::Direction::request>};
}
template <class T>
constexpr http::Content gives() {
  return {.type = "application/json", .schema = json::schema_of<T, json::Direction::response>};
}
inline constexpr http::Content kText{.type = "text/plain"};

/// What the check proved. Throws, and so ends the request with 500, when the server's check does not prove what the
/// route declares: a mistake in how the program is put together.
template <Access A>
const Proof<A>& proof_of(const http::Context& context) {
  if (const auto* proof = std::any_cast<Proof<A>>(&context.caller.proof)) return *proof;
  if constexpr (A == Access::anyone) {
    static const Principal kNobody;
    return kNobody;  // nothing of the request was looked at
  }
  throw std::logic_error("the access check does not prove " + std::string(http::Access(A).name()));
}

/// A handler may ask for what its route's access proves, for the context, and for the body as a struct with a shape.
template <class Argument>
concept BodyArgument = json::Shaped<std::remove_cvref_t<Argument>>;
template <class Argument, Access A>
concept ArgumentOf = std::same_as<std::remove_cvref_t<Argument>, http::Context> ||
                     std::same_as<std::remove_cvref_t<Argument>, Proof<A>> || BodyArgument<Argument>;

namespace detail {

struct NoBody {};
/// The struct that the body is read into: of the first argument that is one.
template <class... Arguments>
struct BodyOf {
  using type = NoBody;
};
template <class First, class... Rest>
struct BodyOf<First, Rest...> {
  using type = std::conditional_t<BodyArgument<First>, std::remove_cvref_t<First>, typename BodyOf<Rest...>::type>;
};

template <class Argument, Access A, class Body>
decltype(auto) argument(http::Context& context, Body& body) {
  using Plain = std::remove_cvref_t<Argument>;
  if constexpr (std::same_as<Plain, http::Context>) {
    return static_cast<http::Context&>(context);
  } else if constexpr (std::same_as<Plain, Body>) {
    return std::forward<Argument>(body);
  } else {
    return proof_of<A>(context);
  }
}

inline http::Response response_of(http::Response response) {
  return response;
}
template <class T>
http::Response response_of(http::Reply<T> reply) {
  return std::move(reply.response);
}

/// What the type of an answer says of it; of a plain response only its options do.
template <class Answer>
struct Gives {
  static http::Content content(const http::Content& declared) { return declared; }
};
template <class T>
struct Gives<http::Reply<T>> {
  static http::Content content(const http::Content&) { return gives<T>(); }
};
template <>
struct Gives<http::Reply<void>> {
  static http::Content content(const http::Content&) { return {}; }
};

}  // namespace detail

/// Adds routes that work with a room's `Deps`, which are copied.
template <class Deps>
class Routes {
 public:
  Routes(http::Router& router, Deps deps) : router_(router), deps_(std::move(deps)) {}

  /// A handler that asks for a grant that the access does not prove does not compile.
  template <Access A, class Answer, class... Arguments>
    requires(ArgumentOf<Arguments, A> && ...)
  void add(http::Method method, std::string_view path, http::Run run, http::Rate rate, std::string_view summary,
           Answer (*handler)(const Deps&, Arguments...), RouteOptions options = {}) const {
    using Body = typename detail::BodyOf<Arguments...>::type;
    constexpr bool kReads = !std::same_as<Body, detail::NoBody>;
    if constexpr (kReads)
      if (options.takes.type.empty()) options.takes = takes<Body>();
    router_.add({.method = method,
                 .path = path,
                 .access = A,
                 .run = run,
                 .rate = rate,
                 .summary = summary,
                 .handler = [deps = deps_, handler](http::Context& context) -> http::Response {
                   Body body;
                   if constexpr (kReads) {
                     auto read = json::read<Body>(std::string_view(context.request.body));
                     if (!read) return http::problem(read.error());
                     body = std::move(*read);
                   }
                   return detail::response_of(handler(deps, detail::argument<Arguments, A, Body>(context, body)...));
                 },
                 .cors = options.cors,
                 .body_limit = options.body_limit,
                 .takes = options.takes,
                 .gives = detail::Gives<Answer>::content(options.gives),
                 .status = options.status,
                 .parameters = std::move(options.parameters),
                 .refusals = std::move(options.refusals)});
  }

 private:
  http::Router& router_;
  Deps deps_;
};

}  // namespace hk::access

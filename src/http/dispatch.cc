#include "http/dispatch.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "base/logging.h"
#include "base/text.h"
#include "crypto/random.h"
#include "http/encoding.h"
#include "http/url.h"

namespace hk::http {
namespace {

constexpr std::string_view kPreflightMaxAge = "86400";

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

std::string_view header_of(const Response& response, std::string_view name) {
  for (const auto& [n, value] : response.headers)
    if (same_name(n, name)) return value;
  return {};
}

/// Whether the header lists nothing but `content-type`, as the tracker's requests do.
bool only_content_type(std::string_view list) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    const auto name = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (!name.empty() && !same_name(name, "content-type")) return false;
  }
  return true;
}

/// Fires exactly once: by being called, or by being dropped, which is a failure. Copies nothing, waits for nothing.
class Ticket {
 public:
  explicit Ticket(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Ticket(Ticket&&) noexcept = default;
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket() {
    if (exchange_) (*this)(fail(Code::internal, "the answer was lost"));
  }
  void operator()(Result<void> outcome) {
    const auto exchange = std::exchange(exchange_, nullptr);
    if (!exchange) return;
    if (!outcome) exchange->gate_error = std::move(outcome.error());
    exchange->mailbox->send(exchange);
  }

 private:
  std::shared_ptr<Exchange> exchange_;
};

/// RFC 8555, 8.3
constexpr std::string_view kChallengePath = "/.well-known/acme-challenge/";

/// A name or an address, as it may stand in a URL; nullopt for anything else.
std::optional<std::string_view> host_without_port(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) host = host.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const auto inside = bracketed ? host.substr(1, host.size() - 2) : host;
  const bool plain = std::ranges::all_of(inside, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           (c == ':' && bracketed);
  });
  return plain && !inside.empty() ? std::optional(host) : std::nullopt;
}

/// An exception that reached the boundary.
Response failed(const Exchange& exchange, std::string_view what) {
  return failure(exchange.form, 500, "internal", "Something went wrong on the server", what,
                 exchange.route ? exchange.route->path : "");
}

/// Every answer that tells of a failure of ours leads to a line of the log.
void leave_a_line(const Exchange& exchange, Response& response) {
  if (response.status < 500 || !header_of(response, kErrorId).empty()) return;
  // Hits come by the thousand: what refuses them says so itself, once, and counts the rest.
  if (exchange.route != nullptr && exchange.route->rate == Rate::ingest) return;
  const std::string id = crypto::random_hex(kErrorIdBytes);
  logging::warn("a request was not answered", {{"error_id", id},
                                               {"route", exchange.route ? exchange.route->path : ""},
                                               {"status", response.status},
                                               {"answer", trim(response.body)}});
  response.header(std::string(kErrorId), id);
}

/// Of a request whose handler is done: hits wait for the log by the hundred, and nobody reads these any more.
void let_go(Request& request) {
  request.headers.clear();
  request.body = {};
}

RateRule for_many(RateRule rule) {
  return {.per_second = rule.per_second * kClientsOfUnnamedProxy, .burst = rule.burst * kClientsOfUnnamedProxy};
}

std::vector<double> seconds_bounds() {
  return {0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

}  // namespace

std::string_view name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::bad_request:
      return "bad_request";
    case Refusal::head_too_large:
      return "head_too_large";
    case Refusal::long_heads:
      return "long_heads";
    case Refusal::body_too_large:
      return "body_too_large";
    case Refusal::too_slow:
      return "too_slow";
    case Refusal::rate:
      return "rate";
    case Refusal::queue_full:
      return "queue_full";
    case Refusal::owner_queue:
      return "owner_queue";
    case Refusal::no_answer:
      return "no_answer";
    case Refusal::connections:
      return "connections";
    case Refusal::client_connections:
      return "client_connections";
    case Refusal::handshake:
      return "handshake";
    case Refusal::stream_too_slow:
      return "stream_too_slow";
    case Refusal::kCount:
      break;
  }
  return "";
}

Dispatcher::Dispatcher(const ServerOptions& options, const Router& router, AccessCheck check, const Pools& pools,
                       metrics::Registry& metrics)
    : router_(router),
      check_(std::move(check)),
      pools_(pools),
      certificates_(options.tls ? options.tls->certificates : nullptr),
      https_port_(options.tls ? options.tls->public_port : 0),
      base_path_(options.base_path),
      https_(options.https),
      proxies_(options.proxies),
      watch_(metrics),
      assets_(options.assets, options.base_path),
      dashboard_(assets_.contains("/index.html")),
      ingest_(options.rates.ingest),
      ingest_of_unnamed_proxy_(for_many(options.rates.ingest)),
      api_(options.rates.api),
      auth_(options.rates.auth),
      metrics_(options.rates.metrics) {
  for (const bool https : {false, true}) {
    const std::string common = std::string("X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n") +
                               (https ? "Strict-Transport-Security: max-age=31536000\r\n" : "");
    file_headers_[https] = common;
    api_headers_[https] = common +
                          "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
                          "Cross-Origin-Resource-Policy: same-origin\r\n";
  }

  static constexpr std::array<std::string_view, kClasses> kClassNames = {"1xx", "2xx", "3xx", "4xx", "5xx"};
  const auto label = [&](std::string_view route) {
    auto& counters = requests_.emplace_back();
    for (std::size_t i = 0; i < kClasses; ++i)
      counters[i] = &metrics.counter("hitkeep_http_requests_total", "Requests answered, by route and status class",
                                     {{"route", route}, {"status", kClassNames[i]}});
  };
  for (const Route& route : router_.routes()) label(std::string(name_of(route.method)) + " " + std::string(route.path));
  label("file");
  label("none");
  for (const std::string_view run : {"inline", "query", "slow", "sign_in", "metrics", "none"})
    seconds_.push_back(&metrics.histogram("hitkeep_http_request_seconds",
                                          "From the end of a request's head to its answer, by where it ran",
                                          seconds_bounds(), {{"run", run}}));
  for (std::size_t i = 0; i < refused_.size(); ++i)
    refused_[i] = &metrics.counter("hitkeep_http_refused_total", "What the server turned away, by reason",
                                   {{"reason", name_of(static_cast<Refusal>(i))}});
}

bool Dispatcher::reject(Exchange& exchange, Response response) {
  exchange.response = std::move(response);
  finish(exchange);
  return false;
}

bool Dispatcher::admit(Exchange& exchange, const Arrival& arrival) {
  try {
    return decide(exchange, arrival);
  } catch (const std::exception& e) {  // of the access check
    return reject(exchange, failed(exchange, e.what()));
  }
}

const std::string& Dispatcher::common_headers(const Exchange& exchange, ProblemForm form) const {
  const auto& headers = form == ProblemForm::json ? api_headers_ : file_headers_;
  return headers[exchange.door != Door::beside_tls && (exchange.context.request.secure || https_)];
}

bool Dispatcher::take_target(Exchange& exchange, std::string_view target) {
  Request& request = exchange.context.request;
  // absolute-form: a proxy's way to say the same thing (RFC 9112, 3.2.2)
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() || !same_name(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    if (!target.starts_with('/')) target = "/";
  }
  const auto question = std::min(target.find('?'), target.size());
  request.query = target.substr(std::min(question + 1, target.size()));
  auto path = normalise_path(target.substr(0, question));
  if (!path) {
    count(Refusal::bad_request);
    return reject(exchange, problem(ProblemForm::text, 400, "invalid", "The path of the request is malformed"));
  }
  if (base_path_.size() > 1) {
    const std::string_view prefix = std::string_view(base_path_).substr(0, base_path_.size() - 1);
    if (*path == prefix) {
      *path = "/";
    } else if (path->starts_with(base_path_)) {
      path->erase(0, prefix.size());
    } else if (*path != "/healthz" && *path != "/readyz") {
      return reject(exchange, problem(ProblemForm::text, 404, "not_found", "Not found"));
    }
  }
  request.path = std::move(*path);
  return true;
}

net::Ip Dispatcher::look_behind(Exchange& exchange, const Arrival& arrival) {
  Request& request = exchange.context.request;
  const ForwardingHeaders forwarding(request.headers);
  const bool trusted = proxies_.trusted.contains(arrival.peer);
  const net::Ip ip = client_ip(arrival.peer, request.headers, proxies_);
  request.client_ip = ip.str();
  request.secure = exchange.door == Door::tls ||
                   (exchange.door == Door::plain && (https_ || (trusted && forwarded_https(request.headers))));
  if (!proxies_.country_header.empty() && proxies_.named(arrival.peer))
    request.edge_country = request.header(proxies_.country_header);
  // nginx without a line about headers sends none, names its upstream as Host, and speaks HTTP/1.0.
  request.local = arrival.peer.loopback() && arrival.http11 && !forwarding.any() && ip == arrival.peer &&
                  is_loopback_host(request.header("host"));
  if (forwarding.any() && !(trusted && says_who(request.headers, proxies_)))
    exchange.unnamed_proxy = watch_.saw(arrival.peer, forwarding, trusted, exchange.started);
  return ip;
}

std::optional<Response> Dispatcher::beside_tls(const Request& request, std::string_view target) const {
  const std::string_view path = target.substr(0, target.find('?'));
  if (path.starts_with(kChallengePath)) {
    auto answer = certificates_->answer(path.substr(kChallengePath.size()));
    return answer ? text(200, std::move(*answer)) : text(404, "No such challenge\n");
  }
  // Who looks whether the program lives asks it on its own machine, or from one that knows no names.
  const auto is = [&](std::string_view name) {
    return path == concat({"/", name}) || path == concat({base_path_, name});
  };
  if (is("healthz") || is("readyz") || (request.local && is("metrics"))) return std::nullopt;

  const auto host = host_without_port(request.header("host"));
  if (!host) return problem(ProblemForm::text, 400, "invalid", "The request names no host that could be sent to https");
  const std::string port = https_port_ == 443 ? "" : ":" + std::to_string(https_port_);
  return empty(308).header("Location", concat({"https://", *host, port, target.starts_with('/') ? target : "/"}));
}

bool Dispatcher::decide(Exchange& exchange, const Arrival& arrival) {
  exchange.label = router_.routes().size() + 1;
  exchange.door = arrival.door;
  const net::Ip ip = look_behind(exchange, arrival);
  exchange.fixed_headers = common_headers(exchange, ProblemForm::text);
  if (arrival.door == Door::beside_tls)
    if (auto answer = beside_tls(exchange.context.request, arrival.target)) return reject(exchange, std::move(*answer));
  if (!take_target(exchange, arrival.target)) return false;
  const Request& request = exchange.context.request;
  exchange.form = problem_form(request.path);
  exchange.fixed_headers = common_headers(exchange, exchange.form);

  auto match = router_.match(request.method, request.path);
  if (!match.route) return without_route(exchange, match.allowed);
  exchange.route = match.route;
  exchange.label = static_cast<std::size_t>(match.route - router_.routes().data());
  exchange.body_limit = match.route->body_limit;
  exchange.context.path = std::move(match.path);
  if (match.route->cors == Cors::any_origin) allow_any_origin(exchange);
  if (over_rate(exchange, ip)) return false;
  if (exchange.form == ProblemForm::json) {
    if (const auto name = unreadable_param(request.query)) {
      count(Refusal::bad_request);
      return reject(exchange, problem(exchange.form, Error{.code = Code::invalid,
                                                           .message = "A parameter of the request is no UTF-8 text",
                                                           .field = *name}));
    }
  }

  auto caller = check_(request, match.route->access, exchange.context.path);
  if (!caller) return reject(exchange, problem(exchange.form, caller.error()));
  exchange.context.caller = std::move(*caller);
  return true;
}

/// A method that the path hasn't, a file, or nothing of ours.
bool Dispatcher::without_route(Exchange& exchange, const std::vector<Method>& allowed) {
  const Request& request = exchange.context.request;
  if (!allowed.empty()) {
    const bool open = std::ranges::any_of(allowed, [&](Method method) {
      const auto other = router_.match(method, request.path);
      return other.route && other.route->cors == Cors::any_origin;
    });
    if (open && request.method == Method::options && !request.header("access-control-request-method").empty())
      return preflight(exchange, allowed);
    if (open) allow_any_origin(exchange);
    return method_not_allowed(exchange, allowed);
  }
  const bool reading = request.method == Method::get || request.method == Method::head;
  if (!reading && assets_.contains(request.path)) return method_not_allowed(exchange, {Method::get, Method::head});
  const bool ours =
      exchange.form == ProblemForm::json || request.path == "/ingest" || request.path.starts_with("/ingest/");
  if (reading && !ours) {
    exchange.label = router_.routes().size();
    if (auto file = assets_.answer(request)) return reject(exchange, std::move(*file));
    if (!dashboard_ && request.path == "/")
      return reject(exchange, text(200, "HitKeep is running. This build has no dashboard: run `make web`.\n"));
  }
  return reject(exchange, problem(exchange.form, 404, "not_found",
                                  exchange.form == ProblemForm::json ? "There is no such endpoint" : "Not found"));
}

void Dispatcher::allow_any_origin(Exchange& exchange) {
  exchange.fixed_headers = "Vary: Origin\r\n";
  const auto origin = trim(exchange.context.request.header("origin"));
  if (origin.empty()) return;
  exchange.origin_headers =
      concat({"Access-Control-Allow-Origin: ", origin, "\r\nAccess-Control-Allow-Credentials: true\r\n"});
}

bool Dispatcher::preflight(Exchange& exchange, const std::vector<Method>& allowed) {
  const Request& request = exchange.context.request;
  const auto wanted = request.header("access-control-request-method");
  const auto headers = request.header("access-control-request-headers");
  const auto origin = trim(request.header("origin"));
  Response response = empty(204);
  response.header("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  if (!origin.empty() && std::ranges::any_of(allowed, [&](Method m) { return name_of(m) == wanted; }) &&
      only_content_type(headers)) {
    response.header("Access-Control-Allow-Origin", std::string(origin))
        .header("Access-Control-Allow-Credentials", "true")
        .header("Access-Control-Allow-Methods", std::string(wanted))
        .header("Access-Control-Max-Age", std::string(kPreflightMaxAge));
    if (!headers.empty()) response.header("Access-Control-Allow-Headers", std::string(headers));
  }
  return reject(exchange, std::move(response));
}

bool Dispatcher::method_not_allowed(Exchange& exchange, const std::vector<Method>& allowed) {
  std::string list;
  for (const Method method : allowed) (list += list.empty() ? "" : ", ") += name_of(method);
  Response response = problem(exchange.form, 405, "method_not_allowed", "Method Not Allowed");
  response.header("Allow", list);
  return reject(exchange, std::move(response));
}

RateLimiter* Dispatcher::limiter_of(const Exchange& exchange) {
  switch (exchange.route->rate) {
    case Rate::none:
      return nullptr;
    case Rate::ingest:
      return exchange.unnamed_proxy ? &ingest_of_unnamed_proxy_ : &ingest_;
    case Rate::api:
      return &api_;
    case Rate::auth:
      return &auth_;
    case Rate::metrics:
      return &metrics_;
  }
  return nullptr;
}

bool Dispatcher::over_rate(Exchange& exchange, const net::Ip& ip) {
  RateLimiter* const limiter = limiter_of(exchange);
  if (!limiter) return false;
  const auto wait = limiter->take(keys_.key(ip), exchange.started);
  if (wait.count() == 0) return false;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  count(Refusal::rate);
  const std::string_view message =
      exchange.unnamed_proxy
          ? "Too Many Requests: all that comes through the proxy counts as one client, because this server was not "
            "told of it (HITKEEP_TRUSTED_PROXIES)"
          : "Too Many Requests";
  reject(exchange, problem(exchange.form, 429, "too_many_requests", message, {}, seconds));
  return true;
}

net::WorkerPool& Dispatcher::pool_of(Run run) {
  switch (run) {
    case Run::query:
      return pools_.query;
    case Run::sign_in:
      return pools_.sign_in;
    case Run::metrics:
      return pools_.metrics;
    case Run::slow:
    case Run::inline_io:
      break;
  }
  return pools_.slow;
}

bool Dispatcher::run(const std::shared_ptr<Exchange>& exchange) {
  if (exchange->route->run == Run::inline_io) {
    call(exchange);
    if (!exchange->response.gate) return true;
    let_go(exchange->context.request);
  } else {
    net::WorkerPool& pool = pool_of(exchange->route->run);
    exchange->gone = std::stop_source();
    exchange->context.gone = exchange->gone.get_token();
    // Questions take turns between those who ask, so that nobody waits for the many of another.
    const std::string owner = exchange->route->run == Run::query ? exchange->context.caller.turn : std::string();
    const auto taken = pool.submit(owner, [self = shared_from_this(), exchange] {
      self->call(exchange);
      if (!exchange->response.gate) return exchange->mailbox->send(exchange);
      auto gate = std::exchange(exchange->response.gate, nullptr);
      self->open(std::move(gate), exchange);
    });
    if (taken == net::WorkerPool::Taken::yes) return false;
    if (taken == net::WorkerPool::Taken::owner_full)
      refuse(*exchange, Refusal::owner_queue, 429, "too_many_requests",
             "Too many of your questions are waiting; ask again when some are answered");
    else
      refuse(*exchange, Refusal::queue_full, 503, "busy", "Too much work is waiting; try again in a moment");
    return true;
  }
  auto gate = std::exchange(exchange->response.gate, nullptr);
  open(std::move(gate), exchange);
  return false;
}

void Dispatcher::open(std::move_only_function<void(GateDone)> gate, const std::shared_ptr<Exchange>& exchange) {
  // From here on the exchange belongs to whoever holds the ticket. A gate that throws drops it.
  try {
    gate(Ticket(exchange));
  } catch (const std::exception& e) {
    logging::error("a gate failed", {{"route", exchange->route->path}, {"error", e.what()}});
  }
}

void Dispatcher::call(const std::shared_ptr<Exchange>& exchange) {
  try {
    exchange->response = exchange->route->handler(exchange->context);
    leave_a_line(*exchange, exchange->response);
    finish(*exchange);
  } catch (const std::exception& e) {
    exchange->response = failed(*exchange, e.what());
  } catch (...) {
    exchange->response = failed(*exchange, "an exception of an unknown type");
  }
}

void Dispatcher::settle(Exchange& exchange) {
  if (!exchange.gate_error) return;
  exchange.response = problem(exchange.form, *exchange.gate_error);
  leave_a_line(exchange, exchange.response);
  finish(exchange);
}

void Dispatcher::refuse(Exchange& exchange, Refusal why, int status, std::string_view code, std::string_view message) {
  count(why);
  if (exchange.fixed_headers.empty()) {  // not admitted: nothing is known but that it was wrong
    exchange.label = router_.routes().size() + 1;
    exchange.fixed_headers = common_headers(exchange, ProblemForm::text);
  }
  exchange.response = problem(exchange.form, status, code, message);
  if (exchange.route) leave_a_line(exchange, exchange.response);
  finish(exchange);
}

void Dispatcher::give_up(Exchange& exchange) {
  // The request is with whoever works on it; the route is known here, too.
  const bool reads = exchange.route->method == Method::get || exchange.route->run == Run::query;
  refuse(exchange, Refusal::no_answer, 503, "busy",
         reads ? "This took too long; try again in a moment"
               : "This takes longer than usual and may still be done: look before you try again");
}

void Dispatcher::finish(Exchange& exchange) {
  Response& response = exchange.response;
  const Request& request = exchange.context.request;
  if (response.stream) return;
  if (exchange.form == ProblemForm::json && header_of(response, "cache-control").empty())
    response.header("Cache-Control", response.etag ? "private, no-cache" : "no-store");
  std::string etag;
  if (response.etag && response.status == 200) etag = etag_of(response.body);
  Coding coding = Coding::identity;
  if (response.body.size() >= kMinCompressBytes && compressible(header_of(response, "content-type")) &&
      header_of(response, "content-encoding").empty()) {
    response.header("Vary", "Accept-Encoding");
    coding = choose_coding(request.header("accept-encoding"), true, true);
  }
  if (!etag.empty()) {
    if (coding != Coding::identity) (etag += '-') += name_of(coding);
    response.header("ETag", '"' + etag + '"');
    if (etag_matches(request.header("if-none-match"), etag)) {
      response.status = 304;
      response.body.clear();
      return;
    }
  }
  if (coding != Coding::identity) {
    response.body = compress(coding, response.body);
    response.header("Content-Encoding", std::string(name_of(coding)));
  }
}

void Dispatcher::count(const Exchange& exchange, std::chrono::steady_clock::time_point now) {
  const int status_class = std::clamp(exchange.response.status / 100, 1, static_cast<int>(kClasses));
  requests_[exchange.label][static_cast<std::size_t>(status_class - 1)]->add();
  const std::size_t run = exchange.route ? static_cast<std::size_t>(exchange.route->run) : seconds_.size() - 1;
  seconds_[run]->observe(std::chrono::duration<double>(now - exchange.started).count());
}

}  // namespace hk::http

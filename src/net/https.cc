#include "net/https.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "net/ip.h"
#include "net/lookup.h"

namespace hk::net {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Steady = std::chrono::steady_clock;

constexpr std::string_view kScheme = "https://";

std::unexpected<Error> stopping() {
  return fail(Code::unavailable, "the program is stopping");
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

/// A name or an address; nothing that would mean something else in a sentence or a header.
bool is_host(std::string_view host) {
  if (Ip::parse(host)) return true;
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
  });
}

/// What must not be able to write a header or a request of its own.
Result<void> check(const HttpsRequest& request) {
  const auto one_line = [](std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
  };
  bool fine =
      !request.method.empty() && std::ranges::all_of(request.method, [](char c) { return c >= 'A' && c <= 'Z'; });
  for (const auto& [name, value] : request.headers)
    fine = fine && !name.empty() && printable(name) && !name.contains(':') && one_line(value);
  if (!fine) return fail(Code::invalid, "the request holds a method or a header that no request may hold");
  return {};
}

/// Before any stream is made of it: a stream copies its options.
ssl::context tls_context() {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  return context;
}

/// One request on a connection of its own.
class Exchange {
 public:
  Exchange(const HttpsOptions& options, HttpsUrl url, const std::stop_token& stop)
      : options_(options),
        url_(std::move(url)),
        stop_(stop),
        io_(1),
        tls_(tls_context()),
        stream_(io_, tls_),
        began_(Steady::now()),
        deadline_(began_ + std::min(options.limits.connect, options.limits.total)) {}

  Result<HttpsResponse> run(const HttpsRequest& request) {
    // Ends what waits at that moment; operate() sees the ones to come.
    const std::stop_callback ended(stop_, [this] { io_.stop(); });
    auto done = trust();
    if (done) done = connect();
    if (done) done = encrypt();
    deadline_ = began_ + options_.limits.total;
    if (done) done = send(request);
    if (!done) return std::unexpected(done.error());
    return read(request.method == "HEAD");
  }

 private:
  std::unexpected<Error> failure(Code code, std::string_view what) const {
    return fail(code, concat({url_.host, " ", what}));
  }

  /// Starts an operation and runs until it has ended, or its time is over. What it failed with is in ec_.
  template <class Start>
  Result<void> operate(std::string_view what, Start start) {
    std::optional<error_code> outcome;
    start([&outcome](error_code error, auto&&...) { outcome = error; });
    io_.restart();
    if (!stop_.stop_requested()) io_.run_until(deadline_);
    if (!outcome) {
      error_code ignored;
      stream_.next_layer().close(ignored);
      io_.restart();
      io_.run();  // the operation ends here, while what it refers to still lives
      if (stop_.stop_requested()) return stopping();
      return failure(Code::unavailable, concat({"took too long ", what}));
    }
    ec_ = *outcome;
    if (ec_) return failure(Code::unavailable, concat({"failed ", what, ": ", ec_.message()}));
    return {};
  }

  /// The authorities are read for each request: rare, and an update of the system's counts at once.
  Result<void> trust() {
    tls_.set_default_verify_paths(ec_);  // without authorities nothing is trusted, which the handshake says
    if (options_.authorities.empty()) return {};
    tls_.load_verify_file(options_.authorities.string(), ec_);
    if (ec_)
      return fail(Code::invalid, concat({"the authorities in ", options_.authorities.string(),
                                         " cannot be read: ", ec_.message(), " (a PEM file is needed)"}));
    return {};
  }

  Result<void> connect() {
    const auto found = look_up(url_.host, url_.port, options_.limits.connect, stop_);
    if (!found) return std::unexpected(found.error());
    const bool named = std::ranges::find(options_.named_hosts, url_.host) != options_.named_hosts.end();
    Result<void> done = failure(Code::invalid,
                                "has no address on the internet; HitKeep asks machines of its own network only where a "
                                "setting names them");
    for (const HostAddress& address : *found) {
      if (!named && !address.ip().on_the_internet()) continue;
      tcp::endpoint endpoint;
      std::memcpy(endpoint.data(), &address.storage, address.size);
      endpoint.resize(address.size);
      error_code ignored;
      stream_.next_layer().close(ignored);  // the one before did not answer
      done = operate(concat({"to take a connection on port ", std::to_string(url_.port)}),
                     [&](auto handler) { stream_.next_layer().async_connect(endpoint, std::move(handler)); });
      if (done || stop_.stop_requested()) break;
    }
    return done;
  }

  Result<void> encrypt() {
    SSL* const session = stream_.native_handle();
    stream_.set_verify_mode(ssl::verify_peer);
    X509_VERIFY_PARAM* const rules = SSL_get0_param(session);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (Ip::parse(url_.host)) {
      X509_VERIFY_PARAM_set1_ip_asc(rules, url_.host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_host(rules, url_.host.c_str(), url_.host.size());
      SSL_set_tlsext_host_name(session, url_.host.c_str());  // RFC 6066: names only
    }
    auto done = operate("to shake hands (TLS)",
                        [&](auto handler) { stream_.async_handshake(ssl::stream_base::client, std::move(handler)); });
    const long verdict = SSL_get_verify_result(session);
    if (!done && verdict != X509_V_OK)
      return failure(Code::invalid,
                     concat({"has a certificate that is not trusted: ", X509_verify_cert_error_string(verdict)}));
    return done;
  }

  Result<void> send(const HttpsRequest& request) {
    beast::http::request<beast::http::string_body> out;
    out.version(11);
    out.method_string(request.method);
    out.target(url_.target);
    out.set(beast::http::field::host, url_.authority());
    out.set(beast::http::field::user_agent, options_.user_agent);
    out.set(beast::http::field::connection, "close");
    for (const auto& [name, value] : request.headers) out.insert(name, value);
    out.body() = request.body;
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
      out.content_length(request.body.size());
    return operate("to take the request",
                   [&](auto handler) { beast::http::async_write(stream_, out, std::move(handler)); });
  }

  Result<HttpsResponse> read(bool head_only) {
    beast::http::response_parser<beast::http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(options_.limits.head_bytes));
    const bool cut = options_.limits.cut;
    const std::size_t longest = options_.limits.body_bytes;
    parser.body_limit(cut ? kHttpsCutBytes : longest);
    parser.skip(head_only);
    beast::flat_buffer buffer;
    const auto read_some = [&] {
      return operate("to answer",
                     [&](auto handler) { beast::http::async_read_some(stream_, buffer, parser, std::move(handler)); });
    };
    Result<void> done;
    if (!cut)
      done = operate("to answer",
                     [&](auto handler) { beast::http::async_read(stream_, buffer, parser, std::move(handler)); });
    while (cut && done && !parser.is_done() && parser.get().body().size() < longest) done = read_some();
    if (!done && ec_ == beast::http::error::header_limit)
      return failure(Code::too_large, "sent longer headers than may be");
    if (!done && ec_ == beast::http::error::body_limit)
      return failure(Code::too_large, "sent a longer answer than may be");
    const bool torn = ec_ == beast::http::error::end_of_stream || ec_ == beast::http::error::partial_message;
    if (!done && !torn && ec_.category() == beast::http::make_error_code(beast::http::error::bad_version).category())
      return failure(Code::invalid, concat({"does not answer as HTTP says: ", ec_.message()}));
    if (!done) return std::unexpected(done.error());
    auto message = parser.release();
    if (cut && message.body().size() > longest) message.body().resize(longest);
    HttpsResponse out{
        .status = static_cast<int>(message.result_int()), .headers = {}, .body = std::move(message.body())};
    for (const auto& field : message)
      out.headers.emplace_back(ascii_lower({field.name_string().data(), field.name_string().size()}),
                               std::string(field.value().data(), field.value().size()));
    return out;
  }

  const HttpsOptions& options_;
  const HttpsUrl url_;
  const std::stop_token& stop_;
  asio::io_context io_;
  ssl::context tls_;
  ssl::stream<tcp::socket> stream_;
  const Steady::time_point began_;
  Steady::time_point deadline_;
  error_code ec_;
};

}  // namespace

std::string HttpsUrl::authority() const {
  std::string out = host.contains(':') ? concat({"[", host, "]"}) : host;
  if (port != 443) out += ":" + std::to_string(port);
  return out;
}

Result<HttpsUrl> HttpsUrl::parse(std::string_view url) {
  const auto refuse = [] { return fail(Code::invalid, "a URL must begin with https:// and name a host"); };
  if (url.size() > kHttpsUrlBytes || !printable(url) || url.find_first_of("#\\\"<>") != std::string_view::npos)
    return refuse();
  if (ascii_lower(url.substr(0, kScheme.size())) != kScheme) return refuse();
  url.remove_prefix(kScheme.size());
  const auto slash = std::min(url.find_first_of("/?"), url.size());
  std::string_view authority = url.substr(0, slash);
  HttpsUrl out{.host = {}, .target = std::string(url.substr(slash))};
  if (!out.target.starts_with('/')) out.target.insert(0, "/");

  const bool bracketed = authority.starts_with('[');
  const auto end = bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (end == std::string_view::npos) return refuse();
  out.host = ascii_lower(bracketed ? authority.substr(1, end - 1) : authority.substr(0, end));
  if (!is_host(out.host) || bracketed != out.host.contains(':')) return refuse();
  authority.remove_prefix(bracketed ? end + 1 : end);
  if (authority.empty()) return out;
  const char* const last = authority.data() + authority.size();
  const auto [stop, error] = std::from_chars(authority.data() + 1, last, out.port);
  if (!authority.starts_with(':') || error != std::errc{} || stop != last || out.port == 0) return refuse();
  return out;
}

std::string_view HttpsResponse::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &HttpsHeaders::value_type::first);
  return found == headers.end() ? std::string_view{} : found->second;
}

Result<HttpsResponse> HttpsClient::ask(const HttpsRequest& request, const std::stop_token& stop) const {
  auto url = HttpsUrl::parse(request.url);
  if (!url) return std::unexpected(url.error());
  if (auto fine = check(request); !fine) return std::unexpected(fine.error());
  return Exchange(options_, std::move(*url), stop).run(request);
}

}  // namespace hk::net

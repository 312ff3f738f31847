// Bytes as a client could send them, through everything that looks at a request before its handler does.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "http/client_ip.h"
#include "http/dispatch.h"
#include "http/encoding.h"
#include "http/request_reader.h"
#include "http/url.h"

namespace {

using namespace hk;
using namespace hk::http;

void require(bool condition) {
  if (!condition) std::abort();
}

struct World {
  World() {
    const auto add = [&](Method method, std::string_view path, Cors cors) {
      router.add({.method = method,
                  .path = path,
                  .access = Access("anyone", 0),
                  .run = Run::inline_io,
                  .rate = Rate::none,
                  .summary = "fuzz",
                  .handler =
                      [](Context& c) {
                        Response response = http::json(200, std::string(2000, 'x'));
                        response.etag = c.request.param("e").has_value();
                        return response;
                      },
                  .cors = cors});
    };
    add(Method::post, "/ingest", Cors::any_origin);
    add(Method::get, "/api/sites/{id}", Cors::none);
    options.base_path = "/hk/";
    options.assets = kFiles;
    options.proxies.trusted = *net::IpSet::parse("10.0.0.0/8");
    dispatcher = std::make_shared<Dispatcher>(
        options, router, [](const Request&, Access, const auto&) { return Result<Caller>({}); },
        Pools{.query = pool, .slow = pool, .sign_in = pool, .metrics = pool}, metrics);
  }

  static constexpr Asset kFiles[] = {
      {.path = "/index.html", .mime = "text/html", .etag = "p", .identity = "<base href=\"/\">"},
      {.path = "/hk.js", .mime = "text/javascript", .etag = "t", .identity = "hk", .br = "b", .gzip = "g"}};
  ServerOptions options;
  Router router;
  metrics::Registry metrics;
  net::WorkerPool pool{"none", 0};
  std::shared_ptr<Dispatcher> dispatcher;
  HeadBudget budget{kLongHeadBytes};
};

bool printable(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void look_at(World& world, RequestReader& reader, const std::shared_ptr<Exchange>& exchange) {
  Request& request = exchange->context.request;
  for (const auto& [name, value] : request.headers) {
    require(!name.empty() && printable(name) && printable(value));
    require(std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; }));
  }
  request.cookies("a");
  choose_coding(request.header("accept-encoding"), true, true);
  etag_matches(request.header("if-none-match"), "tag");
  forwarded_https(request.headers);

  const auto peer = net::Ip::parse("10.0.0.1").value_or(net::Ip{});
  const Arrival arrival{.target = reader.target(), .peer = peer, .http11 = reader.http11()};
  if (world.dispatcher->admit(*exchange, arrival)) world.dispatcher->run(exchange);
  require(exchange->response.status >= 200 && exchange->response.status < 600);
  require(request.path.empty() || request.path.front() == '/');
  require(printable(request.path) && request.path.find("/../") == std::string::npos);
  require(request.client_ip.empty() || net::Ip::parse(request.client_ip));
  request.params("e");
  // Every header line that goes out is one line.
  for (const auto& [name, value] : exchange->response.headers) require(printable(name) && printable(value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size == 0) return 0;
  const std::size_t piece = data[0] == 0 ? size : data[0];  // how the network cuts it
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  RequestReader reader(world.budget);
  for (int requests = 0; requests < 8; ++requests) {
    const auto exchange = std::make_shared<Exchange>();
    reader.begin(exchange->context.request);
    for (;;) {
      const auto step = reader.next();
      if (step == RequestReader::Step::bad) {
        require(reader.failure().status >= 400 && !reader.failure().message.empty());
        return 0;
      }
      if (step == RequestReader::Step::complete) break;
      if (step == RequestReader::Step::head) {
        look_at(world, reader, exchange);
        reader.limit_body(1000);
        continue;
      }
      if (bytes.empty()) return 0;
      const auto room = reader.space();
      require(!room.empty());
      const std::size_t count = std::min({piece, bytes.size(), room.size()});
      std::memcpy(room.data(), bytes.data(), count);
      reader.commit(count);
      bytes.remove_prefix(count);
    }
    require(exchange->context.request.body.size() <= 1000);
  }
  return 0;
}

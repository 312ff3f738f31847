// The endpoints over a real socket, where CORS, limits and gates are the server's.

#include "ingest/routes.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "access/access.h"
#include "access/testing/door.h"
#include "http/testing/client.h"
#include "http/testing/fixture.h"
#include "ingest/testing/fixture.h"
#include "site/granted.h"

namespace hk::ingest {
namespace {

using http::testing::Client;
using http::testing::get;
using http::testing::post;

struct Service {
  testing::Fixture fixture;
  http::testing::TestServer server{
      http::testing::local_options(),
      [this](const http::Request&, http::Access wanted, const auto&) -> Result<http::Caller> {
        http::Caller caller;
        if (wanted == access::Access::site(access::Permission::site_view)) {
          auto sites = fixture.sites.now();
          const site::Site* site = &sites->all()[0];
          caller.proof = access::testing::Door::grant<access::Permission::site_view>({std::move(sites), site});
        }
        return caller;
      }};
  Service() {
    add_routes(server.router, fixture.pipeline);
    server.start();
  }
};

constexpr std::string_view kOrigin = "Origin: https://example.com\r\n";

TEST(IngestRoutes, AnswerLikeTheOriginals) {
  Service service;
  Client client(service.server.port);
  const auto ok = client.ask(post("/ingest", R"({"path":"/"})", kOrigin));
  ASSERT_TRUE(ok);
  EXPECT_EQ(ok->status, 202);
  EXPECT_EQ(ok->body, "");
  EXPECT_EQ(ok->header("content-length"), "0");
  EXPECT_EQ(ok->header("access-control-allow-origin"), "https://example.com");
  EXPECT_EQ(ok->header("access-control-allow-credentials"), "true");
  const auto event = client.ask(post("/ingest/event", R"({"n":"signup"})", kOrigin));
  EXPECT_EQ(event->status, 202);
  const auto bad = client.ask(post("/ingest", "{", kOrigin));
  EXPECT_EQ(bad->status, 400);
  EXPECT_EQ(bad->body, "Bad request body\n");
  EXPECT_EQ(bad->header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(bad->header("x-content-type-options"), "nosniff");
  EXPECT_EQ(bad->header("access-control-allow-origin"), "https://example.com");
  const auto method = client.ask(get("/ingest"));
  EXPECT_EQ(method->status, 405);
  EXPECT_EQ(method->header("allow"), "POST");
  EXPECT_EQ(service.fixture.log.records.size(), 2u);
}

TEST(IngestRoutes, RefuseLargeBodies) {
  Service service;
  Client client(service.server.port);
  const std::string small = R"({"path":"/)" + std::string(http::kMaxBodyBytes - 12, 'x') + R"("})";
  ASSERT_EQ(small.size(), http::kMaxBodyBytes);
  EXPECT_EQ(client.ask(post("/ingest", small, kOrigin))->status, 202);
  const auto large = client.ask(post("/ingest", small + " ", kOrigin));
  ASSERT_TRUE(large);
  EXPECT_EQ(large->status, 413);
}

TEST(IngestRoutes, AFullLogIsATemporaryRefusal) {
  Service service;
  service.fixture.log.refuse = Error{Code::busy, "The log is full", {}};
  Client client(service.server.port);
  const auto answer = client.ask(post("/ingest", R"({"path":"/"})", kOrigin));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_NE(answer->header("retry-after"), "");
}

TEST(IngestRoutes, ShowWhatDidNotCount) {
  Service service;
  Client client(service.server.port);
  client.ask(post("/ingest", "{", kOrigin));
  client.ask(post("/ingest", "{}", std::string(kOrigin) + "User-Agent: curl/8.0\r\n"));
  client.ask(post("/ingest", "{}", "Origin: https://shop.example.com\r\n"));
  const auto status = client.ask(get("/api/sites/0190163d-8694-739b-aea5-966c26f8ad91/ingest-status"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->status, 200);
  EXPECT_EQ(status->body, R"({"site_id":"0190163d-8694-739b-aea5-966c26f8ad91","since":"2026-11-25T10:00:00.000Z",)"
                          R"("dropped":{"subdomain":1,"bad_body":1},"bots":{"library":1},)"
                          R"("hosts":[{"host":"shop.example.com","hits":1,"standing":"below"}]})");
}

}  // namespace
}  // namespace hk::ingest

#include "live/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/testing/door.h"
#include "site/granted.h"

namespace hk::live {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSite = "11111111-1111-4111-8111-111111111111";

struct Sink final : http::EventSink {
  std::vector<std::string> frames;
  bool send(std::string frame) override {
    frames.push_back(std::move(frame));
    return true;
  }
  void close() override {}
};

struct LiveRoutes : ::testing::Test {
  LiveRoutes() {
    here.id = *SiteId::parse(kSite);
    add_routes(router, broker);
  }
  http::Response open(const std::string& site, http::HeaderList headers = {}) {
    auto match = router.match(http::Method::get, "/api/sites/" + site + "/realtime");
    http::Context context{
        .request = {.headers = std::move(headers)},
        .caller = {.proof = access::testing::Door::grant<access::Permission::site_view>({.site = &here})},
        .path = std::move(match.path)};
    return match.route->handler(context);
  }

  ManualClock clock{from_ms(1'774'000'000'000)};
  Broker broker{clock};
  http::Router router;
  site::Site here;
};

TEST_F(LiveRoutes, OpensAStreamForWhoMayViewTheSite) {
  ASSERT_EQ(router.routes().size(), 1u);
  EXPECT_EQ(router.routes()[0].access.name(), "site.view");
  auto response = open(kSite, {{"last-event-id", "5"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.headers, ::testing::Contains(::testing::Pair("content-type", "text/event-stream")));
  EXPECT_THAT(response.headers, ::testing::Contains(::testing::Pair("x-accel-buffering", "no")));
  ASSERT_TRUE(response.stream);
  const auto sink = std::make_shared<Sink>();
  response.stream(sink);
  ASSERT_EQ(sink->frames.size(), 1u);
  EXPECT_THAT(sink->frames[0], HasSubstr("analytics.resync"));
  broker.publish(*SiteId::parse(kSite), {.hits = 1, .earliest = clock.now()});
  EXPECT_EQ(sink->frames.size(), 2u);
}

TEST_F(LiveRoutes, IsBusyWhenTooManyListen) {
  for (std::size_t i = 0; i < kMaxSubscribers; ++i) {
    broker.subscribe(*SiteId::parse(kSite), "", {}, std::make_shared<Sink>());
  }
  EXPECT_EQ(open(kSite).status, 503);
}

}  // namespace
}  // namespace hk::live

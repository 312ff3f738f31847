#include "app/system_routes.h"

#include <gtest/gtest.h>

#include "site/testing/people.h"

namespace hk::app {
namespace {

TEST(SystemRoutes, ReadinessSaysWhyNotAndLivenessStays) {
  metrics::Registry metrics;
  Result<void> ready;
  http::Router router;
  site::testing::People people;
  add_system_routes(router, {.metrics = metrics,
                             .authority = people,
                             .ready = [&] { return ready; },
                             .metrics_token = {},
                             .version = "1.2.3"});
  const auto ask = [&](std::string_view path) {
    http::Context context{.request = {.method = http::Method::get, .path = std::string(path)}, .path = {}};
    return router.match(http::Method::get, path).route->handler(context);
  };
  EXPECT_EQ(ask("/readyz").status, 200);
  ready = fail(Code::unavailable, "figures are more than a minute behind");
  EXPECT_EQ(ask("/readyz").status, 503);
  EXPECT_EQ(ask("/readyz").body, "figures are more than a minute behind\n");
  EXPECT_EQ(ask("/healthz").status, 200);
}

}  // namespace
}  // namespace hk::app

#include "http/router.h"

#include <gtest/gtest.h>

namespace hk::http {
namespace {

Route route(Method method, std::string_view path) {
  return {.method = method,
          .path = path,
          .access = Access("anyone", 0),
          .run = Run::inline_io,
          .rate = Rate::none,
          .summary = "test",
          .handler = [](Context&) { return empty(204); }};
}

Router example() {
  Router router;
  router.add(route(Method::get, "/api/sites"));
  router.add(route(Method::post, "/api/sites"));
  router.add(route(Method::get, "/api/sites/{id}"));
  router.add(route(Method::get, "/api/sites/overview"));
  router.add(route(Method::get, "/api/sites/{id}/goals/{goal}"));
  router.add(route(Method::post, "/ingest"));
  router.add(route(Method::get, "/"));
  return router;
}

TEST(RouterTest, MatchesAndCaptures) {
  const Router router = example();
  const auto site = router.match(Method::get, "/api/sites/42");
  ASSERT_TRUE(site.route);
  EXPECT_EQ(site.route->path, "/api/sites/{id}");
  EXPECT_EQ(site.path.at("id"), "42");
  const auto goal = router.match(Method::get, "/api/sites/42/goals/7");
  ASSERT_TRUE(goal.route);
  EXPECT_EQ(goal.path.at("id"), "42");
  EXPECT_EQ(goal.path.at("goal"), "7");
  ASSERT_TRUE(router.match(Method::get, "/").route);
}

TEST(RouterTest, ALiteralWinsButDoesNotHideWhatIsBehindACapture) {
  const Router router = example();
  EXPECT_EQ(router.match(Method::get, "/api/sites/overview").route->path, "/api/sites/overview");
  EXPECT_EQ(router.match(Method::get, "/api/sites/overview/goals/1").path.at("id"), "overview");
}

TEST(RouterTest, TellsAWrongMethodFromAnUnknownPath) {
  const Router router = example();
  EXPECT_EQ(router.match(Method::head, "/api/sites").route->method, Method::get);
  const auto wrong = router.match(Method::put, "/api/sites");
  EXPECT_FALSE(wrong.route);
  EXPECT_EQ(wrong.allowed, (std::vector{Method::get, Method::head, Method::post}));
  for (const char* unknown :
       {"/api", "/api/sites/", "/api/sites/42/goals", "/api/sites/42/goals/", "/api/sites/1/2", "/ingest/", "/x"}) {
    const auto none = router.match(Method::get, unknown);
    EXPECT_FALSE(none.route) << unknown;
    EXPECT_TRUE(none.allowed.empty()) << unknown;
  }
}

}  // namespace
}  // namespace hk::http

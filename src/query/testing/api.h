#pragma once
// Routes called without a server: what the router would find, with a grant for one site.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "access/testing/door.h"
#include "http/router.h"
#include "site/granted.h"

namespace hk::query::testing {

/// Calls the route of `target` ("/api/…?query") as somebody who may view `site`.
inline http::Response call(const http::Router& router, const site::Site& site, http::Method method,
                           std::string_view target, std::string body = {}) {
  const auto mark = target.find('?');
  const std::string path(target.substr(0, mark));
  auto match = router.match(method, path);
  EXPECT_NE(match.route, nullptr) << target;
  http::Context context{.request = {.method = method,
                                    .path = path,
                                    .query = std::string(mark == std::string_view::npos ? "" : target.substr(mark + 1)),
                                    .body = std::move(body)},
                        .path = std::move(match.path)};
  context.caller = {.turn = "anna",
                    .proof = access::testing::Door::grant<access::Permission::site_view>({.site = &site})};
  return match.route->handler(context);
}

}  // namespace hk::query::testing

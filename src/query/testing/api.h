#pragma once
// Routes called without a server: what the router would find, with a grant for one site.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/router.h"
#include "query/testing/failing.h"
#include "query/testing/lane.h"
#include "site/granted.h"
#include "store/store.h"

namespace hk::testing {

struct Grants {
  static http::Granted<site::View> view(site::View view) { return http::Granted<site::View>(std::move(view)); }
};

}  // namespace hk::testing

namespace hk::query::testing {

/// A store of one lane.
class OneLane final : public store::Store {
 public:
  explicit OneLane(TestLane& lane) : lane_(lane) {}
  void start(std::function<void(const std::vector<store::Applied>&)>) override {}
  Result<void> stop() override { return {}; }
  Result<store::ReadLease> read(LaneKey) override {
    if (stopped) return fail(Code::unavailable, "This team's data cannot be read now");
    auto connection = lane_.connect();
    if (words) connection = std::make_unique<FailingConnection>(std::move(connection), *words, failures);
    return store::ReadLease(std::move(connection), [](std::unique_ptr<db::DuckConnection>) {});
  }
  bool behind(LaneKey) const override { return is_behind; }
  void saw_damage(LaneKey, const Error&) override { ++damage; }
  std::vector<store::LaneState> states() const override { return {}; }
  std::shared_ptr<db::DuckDatabase> icu() override { return nullptr; }
  log::Offset applied() const override { return 0; }
  log::Offset checkpointed() const override { return 0; }
  std::shared_ptr<void> hold_checkpoints() override { return nullptr; }
  log::Offset applied(LaneKey) const override { return 0; }
  Millis lag() const override { return {}; }
  Result<void> working() const override { return {}; }
  TimeMs newest() const override { return {}; }
  std::uint64_t hot_rows() const override { return 0; }
  std::vector<store::HotDay> hot_days() const override { return {}; }
  std::vector<store::SealedMonth> sealed_months() const override { return {}; }

  bool stopped = false;
  bool is_behind = false;
  int damage = 0;              // how often it was told of damage
  std::optional<Error> words;  // with which so many of the next queries fail
  int failures = 0;

 private:
  TestLane& lane_;
};

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
  context.caller.user_id = "anna";
  context.caller.grant = hk::testing::Grants::view({.site = &site});
  return match.route->handler(context);
}

}  // namespace hk::query::testing

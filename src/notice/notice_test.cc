#include <gtest/gtest.h>

#include "notice/board.h"
#include "notice/routes.h"

namespace hk::notice {
namespace {

Notice about(std::string kind, Level level, std::optional<SiteKey> site = std::nullopt) {
  return {.kind = std::move(kind), .level = level, .site = site, .facts = {}};
}

TEST(Board, TellsTheHeaviestFirst) {
  Board board;
  bool full = true;
  board.add([](auto& out) { out.push_back(about("first", Level::warning)); });
  board.add([&](auto& out) {
    if (full) out.push_back(about("full", Level::alarm));
    out.push_back(about("last", Level::warning));
  });
  const auto kinds = [&] {
    std::string names;
    for (const Notice& notice : board.all()) names += notice.kind + ' ';
    return names;
  };
  EXPECT_EQ(kinds(), "full first last ");
  full = false;
  EXPECT_EQ(kinds(), "first last ") << "what is no more the case is not told";
}

struct People final : site::Authority {
  bool owner = false;
  bool may(const access::Principal&, access::Permission permission) const override {
    return owner && permission == access::Permission::instance_manage_system;
  }
  bool may(const access::Principal&, access::Permission permission, const site::Site& site) const override {
    return permission == access::Permission::site_manage_data && site.domain == "mine.example";
  }
  std::string email_of(const UserId&) const override { return ""; }
};

struct NoticeRoutes : ::testing::Test {
  NoticeRoutes() {
    std::vector<site::Site> all(2);
    for (std::uint8_t i = 0; i < 2; ++i) {
      all[i].key = SiteKey{i + 1u};
      all[i].id.uuid.bytes[15] = i + 1;
    }
    all[0].domain = "mine.example";
    all[1].domain = "other.example";
    sites.swap(std::make_shared<const site::Sites>(std::move(all)));
    add_routes(router, {.board = board, .sites = sites, .authority = people});
    board.add([](auto& out) {
      out.push_back({.kind = "disk_full", .level = Level::alarm, .site = {}, .facts = {{"free", "\"0\""}}});
      for (std::uint32_t key = 1; key <= 3; ++key) out.push_back(about("bound_reached", Level::warning, SiteKey{key}));
    });
  }
  std::string ask(bool owner) {
    people.owner = owner;
    auto match = router.match(http::Method::get, "/api/notices");
    http::Context context{.request = {}, .caller = {.proof = access::SignedIn{}}, .path = {}};
    return match.route->handler(context).body;
  }

  Board board;
  site::Directory sites;
  http::Router router;
  People people;
};

constexpr const char* kMine =
    R"({"kind":"bound_reached","level":"warning","site_id":"00000000-0000-0000-0000-000000000001",)"
    R"("domain":"mine.example","facts":{}})";

TEST_F(NoticeRoutes, ASitesNoticesAreForWhoMayChangeIt) {
  EXPECT_EQ(ask(false), std::string("[") + kMine + "]");
}

TEST_F(NoticeRoutes, TheInstancesNoticesAreForItsOwner) {
  EXPECT_EQ(ask(true), std::string(R"([{"kind":"disk_full","level":"alarm","facts":{"free":"\"0\""}},)") + kMine + "]");
}

}  // namespace
}  // namespace hk::notice

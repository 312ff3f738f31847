#include "site/sites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <thread>

#include "access/testing/door.h"
#include "control/testing/live_control.h"
#include "crypto/random.h"
#include "json/reader.h"
#include "site/granted.h"
#include "site/routes.h"
#include "site/shapes.h"
#include "site/testing/people.h"
#include "store/fence.h"

namespace hk::site {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using access::Permission;
using access::testing::Door;

constexpr TimeMs kNow = TimeMs{Millis{1'732'521'844'000}};

class SitesTest : public ::testing::Test {
 protected:
  SitesTest() {
    control_.on_applied(
        [this](db::Sqlite& sql, const db::ChangedTables&) { EXPECT_TRUE(refresh(directory_, sql, *zones_)); });
    owner_ = people_.owner = add_user("owner@example.com", "owner");
    member_ = add_user("member@example.com", "user");
    stranger_ = add_user("stranger@example.com", "user");
    team_ = add_team(1, true);
    second_team_ = add_team(2, false);
    add_member(team_, owner_, "owner");
    add_member(team_, member_, "member");
    add_routes(router_, {.control = control_,
                         .sites = directory_,
                         .authority = people_,
                         .zones = *zones_,
                         .clock = clock_,
                         .retention_days = 90});
  }

  UserId add_user(const std::string& email, const std::string& role) {
    const UserId id{crypto::uuid_v4()};
    change(
        "INSERT INTO users (id, email, password_hash, given_name, last_name, role, locale, created_at) VALUES (?1, ?2, "
        "'x', '', '', ?3, 'en', 0)",
        {id.uuid, email, role});
    people_.emails[id] = email;
    return id;
  }
  TeamId add_team(std::int64_t lane, bool is_default) {
    const TeamId id{crypto::uuid_v4()};
    change("INSERT INTO teams (id, name, lane, is_default, created_at) VALUES (?1, 'T', ?2, ?3, 0)",
           {id.uuid, lane, std::int64_t{is_default}});
    return id;
  }
  void add_member(const TeamId& team, const UserId& user, const std::string& role) {
    change("INSERT INTO team_members VALUES (?1, ?2, ?3, 0)", {team.uuid, user.uuid, role});
  }
  void change(const std::string& sql, const std::vector<db::SqlValue>& params) {
    const auto written = control_.write_and_wait([&](control::Change& change) -> Result<void> {
      const auto changed = change.sql().run(sql, params);
      if (!changed) return std::unexpected(changed.error());
      return {};
    });
    EXPECT_TRUE(written) << written.error().message;
  }
  static access::SignedIn person(const UserId& user) { return {.user = user, .session = {}, .token = {}}; }
  access::Granted<Permission::team_create_sites> creates(const UserId& user) const {
    return Door::grant<Permission::team_create_sites>({.team = team_}, person(user));
  }
  Result<Listing> create(const UserId& user, const std::string& domain, const char* zone = "UTC") {
    std::promise<Result<void>> applied;
    auto created = create_site(control_, creates(user),
                               {.domain = domain,
                                .zone = *zones_->find(zone),
                                .owner = user,
                                .unlimited = people_.may(person(user), Permission::instance_manage_sites)},
                               clock_.now(), [&](Result<void> outcome) { applied.set_value(std::move(outcome)); });
    if (created) EXPECT_TRUE(applied.get_future().get());
    return created;
  }
  std::vector<std::string> visible(const UserId& user) {
    std::vector<std::string> domains;
    for (const auto& site : visible_sites(*directory_.now(), people_, person(user))) domains.push_back(site.domain);
    return domains;
  }
  http::Response ask(http::Method method, const std::string& path, const std::string& body, std::any proof) {
    const auto match = router_.match(method, path);
    EXPECT_NE(match.route, nullptr);
    http::Context context;
    context.request.method = method;
    context.request.path = path;
    context.request.body = body;
    context.caller.proof = std::move(proof);
    context.path = match.path;
    http::Response response = match.route->handler(context);
    gated_ = static_cast<bool>(response.gate);
    if (response.gate) {
      std::promise<Result<void>> opened;
      response.gate([&](Result<void> outcome) { opened.set_value(std::move(outcome)); });
      EXPECT_TRUE(opened.get_future().get());
    }
    return response;
  }
  std::any edit(const Site& site) {
    return Door::grant<Permission::site_manage_data>({.snapshot = directory_.now(), .site = &site});
  }
  std::any view(const Site& site) {
    return Door::grant<Permission::site_view>({.snapshot = directory_.now(), .site = &site});
  }

  ManualClock clock_{kNow};
  std::shared_ptr<db::DuckDatabase> icu_ = *db::DuckDatabase::memory({});
  std::unique_ptr<db::Zones> zones_ = std::make_unique<db::Zones>(icu_);
  Directory directory_;
  testing::People people_;
  control::testing::LiveControl control_{clock_};
  http::Router router_;
  bool gated_ = false;
  UserId owner_, member_, stranger_;
  TeamId team_, second_team_;
};

TEST_F(SitesTest, LanesThatHaveSitesAreKnownByTheirLowest) {
  const auto add = [&](std::int64_t key, TeamId team) {
    change(
        "INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_at) VALUES (?1, ?2, ?3, ?4, "
        "'UTC', 0, 0)",
        {key, crypto::uuid_v4(), team.uuid, "site" + std::to_string(key) + ".example"});
  };
  const auto known = [&] {
    std::string text;
    EXPECT_TRUE(control_.read([&](db::Sqlite& sql) -> Result<void> {
      for (const auto& lane : known_lanes(sql).value())
        text += std::to_string(static_cast<std::uint32_t>(lane.lane)) +
                (lane.team == second_team_ ? " second " : " first ") +
                std::to_string(static_cast<std::uint32_t>(lane.first_site)) + '\n';
      return {};
    }));
    return text;
  };
  EXPECT_EQ(known(), "");
  add(3, second_team_);
  add(7, second_team_);
  EXPECT_EQ(known(), "2 second 3\n");
  add(9, team_);
  EXPECT_EQ(known(), "1 first 9\n2 second 3\n");
}

TEST_F(SitesTest, ANewSiteIsInTheDirectoryAndItsLaneIsTold) {
  const auto created = create(owner_, "example.com", "Europe/Vienna");
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(created->owner_email, "owner@example.com");
  const auto sites = directory_.now();
  const Site* site = sites->by_domain("example.com");
  ASSERT_NE(site, nullptr);
  EXPECT_EQ(site->id, created->id);
  EXPECT_EQ(site->key, SiteKey{1});
  EXPECT_EQ(site->lane, LaneKey::first_team);
  EXPECT_EQ(site->team, team_);
  EXPECT_EQ(site->created_by, owner_);
  EXPECT_EQ(site->zone->name(), "Europe/Vienna");
  EXPECT_EQ(site->created_at, kNow);

  const auto fences = control_.fences();
  ASSERT_EQ(fences.size(), 1u);
  EXPECT_EQ(fences[0].lane, LaneKey::first_team);
  const auto fence = store::decode_fence(fences[0].bytes);
  ASSERT_TRUE(fence);
  const auto* added = std::get_if<store::SiteAdded>(&*fence);
  ASSERT_NE(added, nullptr);
  EXPECT_EQ(added->site, site->key);
  EXPECT_EQ(added->id, site->id);
  EXPECT_EQ(added->domain, "example.com");
  EXPECT_EQ(added->team, team_);
}

TEST_F(SitesTest, ADomainBelongsToOneSite) {
  ASSERT_TRUE(create(owner_, "example.com"));
  const auto again = create(member_, "example.com");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::conflict);
  EXPECT_EQ(again.error().field, "domain");
  EXPECT_EQ(control_.fences().size(), 1u);
}

TEST_F(SitesTest, KeysStayBelowTheirHighestBit) {
  change("UPDATE counters SET last = 2147483646 WHERE name = ?1", {std::string("site")});
  ASSERT_TRUE(create(owner_, "a.example"));
  EXPECT_EQ(directory_.now()->by_domain("a.example")->key, SiteKey{kSiteKeyEnd - 1});
  const auto more = create(owner_, "b.example");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Code::unavailable);
}

TEST_F(SitesTest, KeysNeverComeBack) {
  ASSERT_TRUE(create(owner_, "a.example"));
  ASSERT_TRUE(create(owner_, "b.example"));
  change("DELETE FROM sites WHERE domain = ?1", {std::string("b.example")});
  EXPECT_FALSE(create(owner_, "a.example"));
  ASSERT_TRUE(create(owner_, "c.example"));
  EXPECT_EQ(directory_.now()->by_domain("c.example")->key, SiteKey{3});
}

TEST_F(SitesTest, RacersGetOneSiteAndDifferentKeys) {
  constexpr int kThreads = 4;
  std::latch start(kThreads);
  std::atomic<int> same = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        same += create(owner_, "same.example").has_value();
        EXPECT_TRUE(create(owner_, "s" + std::to_string(i) + ".example"));
      });
    }
  }
  EXPECT_EQ(same, 1);
  EXPECT_EQ(directory_.now()->all().size(), 5u);
  EXPECT_EQ(static_cast<std::uint32_t>(directory_.now()->all().back().key), 5u);
}

TEST_F(SitesTest, AMemberMakesSoManySitesTheOwnerAsManyAsHeLikes) {
  change(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3) "
      "INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_by, created_at, subdomains) "
      "SELECT 1000 + i, randomblob(16), ?1, 's' || i || '.example', 'UTC', 0, ?2, 0, 1 FROM n",
      {team_.uuid, member_.uuid, kMaxSitesPerMember - 1});
  EXPECT_TRUE(create(member_, "last.example"));
  const auto more = create(member_, "more.example");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Code::forbidden);
  change("UPDATE sites SET created_by = ?1", {owner_.uuid});
  EXPECT_TRUE(create(owner_, "more.example"));
}

TEST_F(SitesTest, ASiteIsChangedByWhatIsNamed) {
  ASSERT_TRUE(create(owner_, "example.com"));
  const auto sites = directory_.now();
  const Site& site = *sites->by_domain("example.com");
  EXPECT_EQ(site.subdomains, true) << "on for new sites";
  const std::string path = "/api/sites/" + site.id.str();
  const auto patch = [&](const std::string& body) { return ask(http::Method::patch, path, body, edit(site)); };
  const auto changed = patch(R"({"subdomains":false,"excluded_hosts":[" Staging.example.com","dev.example.com"]})");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_TRUE(gated_) << "the answer waits for the disk";
  EXPECT_THAT(changed.body,
              HasSubstr(R"("subdomains":false,"excluded_hosts":["dev.example.com","staging.example.com"])"));
  EXPECT_THAT(changed.body, HasSubstr(R"("data_retention_days":0,)"));
  EXPECT_EQ(directory_.now()->by_domain("example.com")->excluded_hosts.size(), 2u);
  EXPECT_EQ(patch(R"({"data_retention_days":30})").status, 200);
  const auto now = directory_.now();
  EXPECT_EQ(now->by_domain("example.com")->retention_days, 30);
  EXPECT_EQ(now->by_domain("example.com")->subdomains, false) << "what is not named stays";
  EXPECT_EQ(now->by_domain("example.com")->excluded_hosts.size(), 2u);
  EXPECT_THAT(patch(R"({"excluded_hosts":[]})").body, HasSubstr(R"("excluded_hosts":[])"));
  EXPECT_EQ(patch("{}").status, 200) << "nothing changes";
  const auto listed = ask(http::Method::get, "/api/sites", "", access::Principal(person(owner_)));
  EXPECT_THAT(listed.body, HasSubstr(R"("subdomains":false,"excluded_hosts":[])"));
}

TEST_F(SitesTest, ARenamedSiteKeepsCountingUnderItsOldDomain) {
  create(owner_, "old.example");
  create(owner_, "taken.example");
  const auto at = [&](const char* host) { return directory_.now()->place_of(host); };
  const auto patch = [&](const std::string& body) {
    const auto sites = directory_.now();
    const Site& site = *sites->by_domain("old.example");
    return ask(http::Method::patch, "/api/sites/" + site.id.str(), body, edit(site));
  };
  const SiteKey key = at("old.example").site->key;
  const auto renamed = patch(R"({"domain":"New.Example"})");
  EXPECT_EQ(renamed.status, 200) << renamed.body;
  EXPECT_THAT(renamed.body, HasSubstr(R"("domain":"new.example")"));
  EXPECT_THAT(renamed.body, HasSubstr(R"("former_domains":["old.example"])"));
  for (const auto* host : {"old.example", "new.example", "a.old.example"}) {
    EXPECT_EQ(at(host).site->key, key) << host;
    EXPECT_EQ(at(host).standing, Standing::counts) << host;
  }
  EXPECT_EQ(patch(R"({"domain":"taken.example"})").status, 409);
  EXPECT_EQ(patch(R"({"domain":"no domain"})").status, 400);
  EXPECT_FALSE(create(member_, "old.example")) << "it is not free";
  EXPECT_EQ(patch(R"({"former_domains":["no domain"]})").status, 400);
  EXPECT_EQ(patch(R"({"domain":"old.example"})").status, 200) << "and back";
  EXPECT_THAT(patch("{}").body, HasSubstr(R"("former_domains":["new.example"])"));
  EXPECT_EQ(patch(R"({"former_domains":[]})").status, 200);
  EXPECT_EQ(at("new.example").standing, Standing::unknown);
  EXPECT_TRUE(create(member_, "new.example"));
}

TEST_F(SitesTest, ASiteHasFurtherDomains) {
  create(owner_, "main.example");
  create(owner_, "taken.example");
  const auto patch = [&](const std::string& body) {
    const auto sites = directory_.now();
    const Site& site = *sites->by_domain("main.example");
    return ask(http::Method::patch, "/api/sites/" + site.id.str(), body, edit(site));
  };
  const auto added = patch(R"({"former_domains":["Shop.Example","main.example","shop.example"]})");
  ASSERT_EQ(added.status, 200) << added.body;
  EXPECT_THAT(added.body, HasSubstr(R"("former_domains":["shop.example"])")) << "each once, and never its own";
  EXPECT_EQ(directory_.now()->place_of("shop.example").site->domain, "main.example");
  const auto refused = patch(R"({"former_domains":["shop.example","taken.example"]})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr(R"("field":"former_domains")"));
  EXPECT_FALSE(create(member_, "shop.example")) << "it is not free";
  EXPECT_EQ(patch(R"({"former_domains":[]})").status, 200);
  EXPECT_TRUE(create(member_, "shop.example"));
}

TEST_F(SitesTest, ASiteKeepsSoManyFormerDomains) {
  create(owner_, "d0.example");
  for (std::size_t i = 1; i <= kMaxFormerDomains + 1; ++i) {
    const auto sites = directory_.now();
    const Site& site = *sites->by_domain("d0.example");
    const auto answer = ask(http::Method::patch, "/api/sites/" + site.id.str(),
                            R"({"domain":"d)" + std::to_string(i) + R"(.example"})", edit(site));
    EXPECT_EQ(answer.status, i <= kMaxFormerDomains ? 200 : 409) << i;
  }
}

TEST_F(SitesTest, APausedSiteCountsNothingUntilItGoesOn) {
  create(owner_, "a.example");
  const auto patch = [&](const std::string& body) {
    const auto sites = directory_.now();
    const Site& site = *sites->by_domain("a.example");
    return ask(http::Method::patch, "/api/sites/" + site.id.str(), body, edit(site));
  };
  EXPECT_THAT(patch(R"({"paused":true})").body, HasSubstr(R"("paused":true)"));
  EXPECT_EQ(directory_.now()->place_of("a.example").standing, Standing::paused);
  EXPECT_EQ(directory_.now()->place_of("b.a.example").standing, Standing::paused);
  EXPECT_EQ(patch(R"({"paused":false})").status, 200);
  EXPECT_EQ(directory_.now()->place_of("a.example").standing, Standing::counts);
}

TEST_F(SitesTest, WeekAndCurrencyAreChosenAndTakenBack) {
  create(owner_, "a.example");
  const auto patch = [&](const std::string& body) {
    const auto sites = directory_.now();
    const Site& site = *sites->by_domain("a.example");
    return ask(http::Method::patch, "/api/sites/" + site.id.str(), body, edit(site));
  };
  EXPECT_THAT(patch(R"({"first_weekday":7,"currency":"EUR"})").body,
              HasSubstr(R"("first_weekday":7,"currency":"EUR")"));
  EXPECT_EQ(directory_.now()->by_domain("a.example")->currency, "EUR");
  const auto back = patch(R"({"first_weekday":0,"currency":""})");
  EXPECT_THAT(back.body, Not(HasSubstr("first_weekday")));
  EXPECT_THAT(back.body, Not(HasSubstr("currency")));
  EXPECT_EQ(patch(R"({"first_weekday":8})").status, 400);
  EXPECT_EQ(patch(R"({"currency":"eur"})").status, 400);
  EXPECT_EQ(patch(R"({"currency":"EU"})").status, 400);
}

TEST_F(SitesTest, AChangeNamesWhatIsWrong) {
  ASSERT_TRUE(create(owner_, "example.com"));
  const auto sites = directory_.now();
  const Site& site = *sites->by_domain("example.com");
  std::string many = "\"a.example.com\"";
  for (std::size_t i = 0; i < kMaxExcludedHosts; ++i) many += ",\"a.example.com\"";
  for (const auto& [body, field] :
       {std::pair<std::string, std::string>{R"({"excluded_hosts":["example.org"]})", "excluded_hosts"},
        {R"({"excluded_hosts":["example.com"]})", "excluded_hosts"},
        {R"({"excluded_hosts":["https://a.example.com"]})", "excluded_hosts"},
        {R"({"excluded_hosts":[)" + many + "]}", "excluded_hosts"},
        {R"({"subdomains":"yes"})", "subdomains"},
        {R"({"data_retention_days":-1})", "data_retention_days"},
        {R"({"data_retention_days":36501})", "data_retention_days"},
        {R"({"domain":"www.other.example"})", "domain"},
        {R"({"zone":"Europe/Nowhere"})", "zone"}}) {
    const auto answer = ask(http::Method::patch, "/api/sites/" + site.id.str(), body, edit(site));
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_THAT(answer.body, HasSubstr(R"("field":")" + field)) << body;
  }
}

TEST_F(SitesTest, RetentionIsSetAsTheOriginalSpellsIt) {
  ASSERT_TRUE(create(owner_, "example.com"));
  const auto sites = directory_.now();
  const Site& site = *sites->by_domain("example.com");
  EXPECT_EQ(site.retention_days, 0) << "for ever, until somebody chooses";
  const auto put = [&](const std::string& body) {
    return ask(http::Method::put, "/api/sites/" + site.id.str() + "/retention", body, edit(site));
  };
  const auto answer = put(R"({"days":400})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(directory_.now()->by_domain("example.com")->retention_days, 400);
  EXPECT_EQ(put(R"({"days":-1})").status, 400);
  EXPECT_EQ(put("{}").status, 400);
}

TEST_F(SitesTest, TheOwnerOfTheInstanceHandsASiteOver) {
  ASSERT_TRUE(create(member_, "example.com"));
  const std::string id = directory_.now()->by_domain("example.com")->id.str();
  const auto put = [&](const std::string& site, const std::string& email) {
    return ask(http::Method::put, "/api/sites/" + site + "/owner", R"({"owner_email":")" + email + R"("})",
               Door::grant<Permission::instance_manage_sites>());
  };
  const auto answer = put(id, " Stranger@Example.com");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(R"("owner_email":"stranger@example.com")"));
  EXPECT_EQ(directory_.now()->by_domain("example.com")->created_by, stranger_);
  EXPECT_EQ(visible(member_), std::vector<std::string>{}) << "who claimed it has it no more";
  EXPECT_THAT(put(id, "nobody@example.com").body, HasSubstr(R"("field":"owner_email")"));
  EXPECT_EQ(put(SiteId{crypto::uuid_v4()}.str(), "stranger@example.com").status, 404);
  EXPECT_EQ(put("x", "stranger@example.com").status, 400);
}

TEST_F(SitesTest, EachChangeIsInTheAuditLogOfItsSite) {
  create(owner_, "a.example", "Europe/Vienna");
  create(owner_, "b.example");
  const auto sites = directory_.now();
  const Site& site = *sites->by_domain("a.example");
  const std::string path = "/api/sites/" + site.id.str();
  const auto log = [&] {
    return ask(http::Method::get, path + "/audit", "",
               Door::grant<Permission::site_view_audit>({.snapshot = sites, .site = &site}))
        .body;
  };
  EXPECT_THAT(log(), HasSubstr(R"("action":"site.created","team_id":")" + team_.str() + R"(","site_id":")" +
                               site.id.str() + R"(","target_type":"site")"));
  EXPECT_THAT(log(), HasSubstr(R"([{"field":"zone","after":"Europe/Vienna"}])"));
  EXPECT_EQ(
      ask(http::Method::patch, path, R"({"subdomains":false,"excluded_hosts":["x.a.example"]})", edit(site)).status,
      200);
  EXPECT_THAT(log(), HasSubstr(R"("changes":[{"field":"subdomains","before":"true","after":"false"},)"
                               R"({"field":"excluded_hosts","before":"","after":"x.a.example"}])"));
  EXPECT_EQ(ask(http::Method::patch, path, R"({"subdomains":false})", edit(site)).status, 200);
  EXPECT_THAT(log(), HasSubstr(R"("total":2,)")) << "what changes nothing is no entry, nor another site's";
  EXPECT_EQ(ask(http::Method::put, path + "/owner", R"({"owner_email":"member@example.com"})",
                Door::grant<Permission::instance_manage_sites>({}, person(owner_)))
                .status,
            200);
  EXPECT_THAT(log(), HasSubstr(R"({"field":"owner_email","before":"owner@example.com","after":"member@example.com"})"));
  const auto file = ask(http::Method::get, path + "/audit/export", "",
                        Door::grant<Permission::site_view_audit>({.snapshot = sites, .site = &site}));
  EXPECT_THAT(file.body, HasSubstr("site.owner_changed"));
}

TEST_F(SitesTest, ATeamThatIsGoneGetsNoSite) {
  team_ = {crypto::uuid_v4()};
  const auto created = create(owner_, "example.com");
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Code::forbidden);
}

TEST_F(SitesTest, EachSeesHisOwnNewestFirst) {
  create(owner_, "a.example");
  clock_.advance(Millis(1));
  create(member_, "b.example");
  clock_.advance(Millis(1));
  create(owner_, "c.example");
  using Domains = std::vector<std::string>;
  EXPECT_EQ(visible(owner_), (Domains{"c.example", "b.example", "a.example"}));
  EXPECT_EQ(visible(member_), (Domains{"b.example"}));
  EXPECT_EQ(visible(stranger_), Domains{});
}

TEST_F(SitesTest, AnUnknownZoneCountsAsUtcAndHarmsNoOther) {
  create(owner_, "a.example", "Europe/Vienna");
  create(owner_, "b.example", "Asia/Tokyo");
  change("UPDATE sites SET zone = 'Mars/Olympus' WHERE domain = ?1", {std::string("a.example")});
  EXPECT_EQ(directory_.now()->by_domain("a.example")->zone->name(), "UTC");
  EXPECT_EQ(directory_.now()->by_domain("b.example")->zone->name(), "Asia/Tokyo");
}

TEST_F(SitesTest, RoutesCreateAndList) {
  const auto created =
      ask(http::Method::post, "/api/sites", R"({"domain":" Example.COM ","zone":"Europe/Vienna"})", creates(owner_));
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_TRUE(gated_) << "the answer waits for the disk";
  json::Object site(*json::parse(created.body));
  EXPECT_EQ(site.str("domain"), "example.com");
  EXPECT_EQ(site.str("zone"), "Europe/Vienna");
  EXPECT_EQ(site.str("user_id"), owner_.str());
  EXPECT_EQ(site.str("owner_email"), "owner@example.com");
  EXPECT_EQ(site.integer("data_retention_days"), 90);
  EXPECT_EQ(site.str("created_at"), "2024-11-25T08:04:04.000Z");

  const auto listed = ask(http::Method::get, "/api/sites", "", access::Principal(person(owner_)));
  EXPECT_EQ(listed.body, "[" + created.body + "]");
  EXPECT_EQ(ask(http::Method::get, "/api/sites", "", access::Principal(person(stranger_))).body, "[]");

  const auto sites = directory_.now();
  const auto shown = ask(http::Method::get, "/api/sites/" + sites->all()[0].id.str(), "", view(sites->all()[0]));
  EXPECT_EQ(shown.status, 200);
  EXPECT_THAT(shown.body, HasSubstr(R"("domain":"example.com","zone":"Europe/Vienna")"));
}

TEST_F(SitesTest, RoutesNameWhatIsWrong) {
  const auto post = [&](const char* body) { return ask(http::Method::post, "/api/sites", body, creates(owner_)); };
  EXPECT_EQ(post("{").status, 400);
  EXPECT_THAT(post("{}").body, HasSubstr("Domain is required"));
  EXPECT_THAT(post(R"({"domain":"www.example.com"})").body, HasSubstr(R"("field":"domain")"));
  EXPECT_THAT(post(R"({"domain":"example.com","zone":"Mars/Olympus"})").body, HasSubstr(R"("field":"zone")"));
  EXPECT_EQ(post(R"({"domain":"example.com","zone":""})").status, 200) << "UTC";
  EXPECT_EQ(post(R"({"domain":"example.com"})").status, 409);
  control_.refuse(Error{Code::unavailable, "the disk is full", ""});
  EXPECT_EQ(post(R"({"domain":"b.example"})").status, 503);
}

}  // namespace
}  // namespace hk::site

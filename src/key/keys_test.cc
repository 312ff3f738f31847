#include "key/keys.h"

#include <gtest/gtest.h>

#include "auth/api_key.h"
#include "auth/policy.h"
#include "auth/testing/instance.h"
#include "base/instant.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "key/routes.h"

namespace hk::key {
namespace {

using auth::testing::kNow;
using http::Method;
using std::chrono::hours;

/// An instance with its owner, signed in, and two sites of his team.
class KeysTest : public auth::testing::InstanceTest {
 protected:
  KeysTest() {
    add_routes(router_, keys_);
    EXPECT_EQ(set_up(&owner_).status, 201);
    team_ = directory_.now()->teams.at(0).id;
    user_ = directory_.now()->users.begin()->first;
    std::vector<site::Site> sites(2);
    for (std::size_t i = 0; i < sites.size(); ++i) {
      sites[i].key = static_cast<SiteKey>(i + 1);
      sites[i].id = {crypto::uuid_v4()};
      sites[i].team = team_;
      sites[i].created_by = user_;
      sites[i].domain = i == 0 ? "a.example" : "b.example";
      run("INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_by, created_at) "
          "VALUES (?1, ?2, ?3, ?4, 'UTC', 0, ?5, 0)",
          {static_cast<std::int64_t>(i + 1), sites[i].id.uuid, team_.uuid, sites[i].domain, user_.uuid});
      site_[i] = sites[i].id;
    }
    sites_.swap(std::make_shared<const site::Sites>(std::move(sites)));
  }

  void run(const std::string& sql, const std::vector<db::SqlValue>& values = {}) {
    std::promise<Result<void>> done;
    const auto written = control_.write(
        [&](control::Change& change) -> Result<void> {
          const auto ran = change.sql().run(sql, values);
          return ran ? Result<void>() : std::unexpected(ran.error());
        },
        [&](Result<void> outcome) { done.set_value(std::move(outcome)); });
    ASSERT_TRUE(written) << written.error().message;
    ASSERT_TRUE(done.get_future().get());
  }

  struct Key {
    std::string id, token;
  };
  /// Of the owner, unless the path is a team's.
  Key make(const std::string& body, const std::string& path = "/api/user/api-clients") {
    const Answer answer = post(path, body, &owner_);
    EXPECT_EQ(answer.status, 201) << answer.body;
    const auto document = json::parse(answer.body);
    json::Object object(*document);
    return {object.object("client")->str("id"), object.str("token")};
  }
  Answer put(const Key& key, const std::string& body) {
    return ask(Method::put, "/api/user/api-clients/" + key.id, body, &owner_);
  }
  /// Whether the program gets in: "ok" or the status.
  std::string ask_as(const std::string& token, http::Access access, const SiteId& site = {}) {
    http::Request request;
    request.path = "/api/x";
    request.client_ip = client_;
    request.headers.emplace_back("authorization", "bearer " + token);
    const auto caller = gate_.check(request, access, {{"id", site.str()}});
    return caller ? "ok" : std::to_string(http::problem(caller.error()).status);
  }
  std::string sees(const std::string& token, std::size_t site) {
    return ask_as(token, access::Access::site(access::Permission::site_view), site_.at(site));
  }
  std::string manages(const std::string& token, std::size_t site) {
    return ask_as(token, access::Access::site(access::Permission::site_manage_data), site_.at(site));
  }
  std::string on_site(std::size_t site, const std::string& role) {
    return R"([{"site_id":")" + site_.at(site).str() + R"(","role":")" + role + R"("}])";
  }
  std::string teams_path() { return "/api/user/teams/" + team_.str() + "/api-clients"; }

  Uses uses_{control_, clock_};
  ApiKeys keys_{control_, directory_, sites_, uses_, clock_};
  Jar owner_;
  TeamId team_;
  UserId user_;
  std::array<SiteId, 2> site_;
};

TEST_F(KeysTest, AKeyOpensWhatItsScopesAndSitesSay) {
  const Key reads = make(R"({"name":"r","scopes":["read"],"site_roles":)" + on_site(0, "owner") + "}");
  EXPECT_EQ(sees(reads.token, 0), "ok");
  EXPECT_EQ(sees(reads.token, 1), "403") << "another site";
  EXPECT_EQ(manages(reads.token, 0), "403") << "another scope";
  const Key all = make(R"({"name":"m","scopes":["read","manage"],"all_sites":true})");
  EXPECT_EQ(manages(all.token, 0), "ok");
  EXPECT_EQ(manages(all.token, 1), "ok");
  EXPECT_EQ(ask_as(all.token, access::Access::signed_in), "403") << "nobody's account is a program's";
  EXPECT_EQ(ask_as(all.token, access::Access::known.with_proof()), "ok") << "a program has no proof to give";
  EXPECT_EQ(ask_as(all.token, access::Access::team(access::Permission::team_manage_api_clients), {team_.uuid}), "403")
      << "no key makes keys";
  const Key manager = make(R"({"name":"w","scopes":["manage"],"all_sites":true})");
  EXPECT_EQ(manages(manager.token, 0), "ok") << "who changes need not read";
  EXPECT_EQ(sees(manager.token, 0), "403");
  const Key viewer = make(R"({"name":"v","site_roles":)" + on_site(0, "viewer") + "}");
  EXPECT_EQ(sees(viewer.token, 0), "ok");
  EXPECT_EQ(manages(viewer.token, 0), "403") << "its role there";
  const Key none = make(R"({"name":"n"})");
  EXPECT_EQ(sees(none.token, 0), "403");
  EXPECT_EQ(ask_as(none.token, access::Access::known), "ok") << "an empty list of sites";
}

TEST_F(KeysTest, TheSecretIsShownOnceAndOnlyItsHashIsKept) {
  const Key key = make(R"({"name":"k","all_sites":true})");
  EXPECT_TRUE(key.token.starts_with(auth::kKeyPrefix));
  EXPECT_EQ(key.token.size(), auth::kKeyPrefix.size() + 2 * auth::kKeyBytes);
  const Answer list = get("/api/user/api-clients", &owner_);
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(list.body.find(key.token), std::string::npos);
  EXPECT_NE(list.body.find(R"("prefix":")" + key.token.substr(0, auth::kKeyStart) + '"'), std::string::npos);
  EXPECT_TRUE(control_.read([&](db::Sqlite& sql) {
    return sql.rows("SELECT secret_hash FROM api_keys", {},
                    [&](const db::SqlRow& row) { EXPECT_EQ(row.text(0), crypto::sha256_hex(key.token)); });
  }));
}

TEST_F(KeysTest, AKeyIsWorthNothingOnceItsHolderIs) {
  const Key key = make(R"({"name":"k","scopes":["read","manage"],"all_sites":true})");
  EXPECT_EQ(manages(key.token, 0), "ok");
  run("UPDATE users SET role = 'admin'");
  run("UPDATE sites SET created_by = NULL");
  auto without = std::vector<site::Site>(sites_.now()->all());
  for (auto& site : without) site.created_by = {};
  sites_.swap(std::make_shared<const site::Sites>(std::move(without)));
  run("DELETE FROM team_members");
  EXPECT_EQ(sees(key.token, 0), "ok") << "an admin of the instance sees every site";
  EXPECT_EQ(manages(key.token, 0), "403");
  run("UPDATE users SET role = 'user'");
  EXPECT_EQ(sees(key.token, 0), "403");
  run("DELETE FROM users");
  EXPECT_EQ(sees(key.token, 0), "401");
}

TEST_F(KeysTest, OffExpiredAndDeletedKeysAreRefusedWithASentence) {
  const Key key = make(R"({"name":"k","all_sites":true,"expires_at":"2030-01-01T00:00:00Z"})");
  EXPECT_EQ(sees(key.token, 0), "ok");
  ASSERT_EQ(put(key, R"({"name":"k","revoked":true})").status, 200);
  EXPECT_EQ(sees(key.token, 0), "401");
  const access::ApiKey who{.key = *ApiKeyId::parse(key.id), .holder = user_};
  EXPECT_FALSE(gate_.still_may(who, access::Permission::site_view, site_[0])) << "an open stream ends";
  ASSERT_EQ(put(key, R"({"name":"k","revoked":false,"expires_at":"2030-01-01T00:00:00Z"})").status, 200);
  EXPECT_EQ(sees(key.token, 0), "ok") << "and on again, with its sites";
  EXPECT_TRUE(gate_.still_may(who, access::Permission::site_view, site_[0]));
  clock_.set(*parse_instant("2030-01-01T00:00:00Z"));
  EXPECT_EQ(sees(key.token, 0), "401");
  EXPECT_FALSE(gate_.still_may(who, access::Permission::site_view, site_[0]));
  clock_.set(kNow);
  EXPECT_EQ(ask(Method::del, "/api/user/api-clients/" + key.id, "", &owner_).status, 204);
  EXPECT_EQ(sees(key.token, 0), "401");
  EXPECT_EQ(ask(Method::del, "/api/user/api-clients/" + key.id, "", &owner_).status, 404);
  EXPECT_EQ(ask(Method::del, "/api/user/api-clients/x", "", &owner_).status, 400);
}

TEST_F(KeysTest, ARotationKeepsTheSecretBeforeForAsLongAsWanted) {
  const Key first = make(R"({"name":"k","all_sites":true})");
  const auto rotate = [&](const std::string& body) {
    const Answer answer = post("/api/user/api-clients/" + first.id + "/rotate", body, &owner_);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto document = json::parse(answer.body);
    return json::Object(*document).str("token");
  };
  const std::string second = rotate(R"({"overlap_hours":24})");
  EXPECT_EQ(sees(first.token, 0), "ok");
  EXPECT_EQ(sees(second, 0), "ok");
  clock_.advance(hours(24) - Millis(1));
  EXPECT_EQ(sees(first.token, 0), "ok");
  clock_.advance(Millis(1));
  EXPECT_EQ(sees(first.token, 0), "401");
  EXPECT_EQ(sees(second, 0), "ok");
  ASSERT_EQ(login("ada@example.com", "correct horse", &owner_).status, 200);
  const std::string third = rotate("");
  EXPECT_EQ(sees(second, 0), "401") << "no overlap where none is asked for";
  EXPECT_EQ(sees(third, 0), "ok");
  EXPECT_EQ(post("/api/user/api-clients/" + first.id + "/rotate", R"({"overlap_hours":169})", &owner_).status, 400);
  ASSERT_EQ(put(first, R"({"name":"k","revoked":true})").status, 200);
  EXPECT_EQ(post("/api/user/api-clients/" + first.id + "/rotate", "", &owner_).status, 409);
}

TEST_F(KeysTest, NobodyGivesMoreThanHeHas) {
  run("UPDATE users SET role = 'user'");
  run("UPDATE team_members SET role = 'admin'");
  auto others = std::vector<site::Site>(sites_.now()->all());
  for (auto& site : others) site.created_by = {};
  others[1].team = {crypto::uuid_v4()};
  sites_.swap(std::make_shared<const site::Sites>(std::move(others)));
  const auto refused = [&](const std::string& more) {
    return post("/api/user/api-clients", R"({"name":"k")" + more + "}", &owner_);
  };
  EXPECT_EQ(refused(R"(,"site_roles":)" + on_site(0, "admin")).status, 201);
  const Answer too_much = refused(R"(,"site_roles":)" + on_site(0, "owner"));
  EXPECT_EQ(too_much.status, 403);
  EXPECT_NE(too_much.body.find("You are admin of a.example"), std::string::npos) << too_much.body;
  EXPECT_EQ(refused(R"(,"site_roles":)" + on_site(1, "viewer")).status, 403) << "a site of another team";
  EXPECT_EQ(refused(R"(,"instance_role":"owner")").status, 403);
  EXPECT_EQ(refused(R"(,"instance_role":"user")").status, 201);
}

TEST_F(KeysTest, WrongWishesAreRefusedWithTheirField) {
  const auto complaint = [&](const std::string& body) {
    const Answer answer = post("/api/user/api-clients", body, &owner_);
    EXPECT_EQ(answer.status, 400) << body;
    const auto document = json::parse(answer.body);
    return json::Object(*document).str("field");
  };
  EXPECT_EQ(complaint(R"({"name":""})"), "name");
  EXPECT_EQ(complaint(R"({"name":")" + std::string(kMaxNameCharacters + 1, 'x') + "\"}"), "name");
  EXPECT_EQ(complaint(R"({"name":"k","description":")" + std::string(kMaxDescriptionCharacters + 1, 'x') + "\"}"),
            "description");
  EXPECT_EQ(complaint(R"({"name":"k","scopes":[]})"), "scopes");
  EXPECT_EQ(complaint(R"({"name":"k","scopes":["write"]})"), "scopes");
  EXPECT_EQ(complaint(R"({"name":"k","expires_at":"tomorrow"})"), "expires_at");
  EXPECT_EQ(complaint(R"({"name":"k","expires_at":"2020-01-01T00:00:00Z"})"), "expires_at");
  EXPECT_EQ(complaint(R"({"name":"k","all_sites":true,"site_roles":)" + on_site(0, "viewer") + "}"), "site_roles");
  EXPECT_EQ(complaint(R"({"name":"k","site_roles":[{"site_id":"x"}]})"), "site_roles.0.site_id");
  EXPECT_EQ(complaint(R"({"name":"k","site_roles":[{"site_id":")" + site_[0].str() + R"(","role":"king"}]})"),
            "site_roles.0.role");
  EXPECT_EQ(complaint(R"({"name":"k","revoked":true})"), "revoked") << "nothing that is not known is skipped";
  std::string many = R"({"name":"k","site_roles":[)";
  for (std::size_t i = 0; i <= kMaxSites; ++i) many += (i ? "," : "") + (R"({"site_id":")" + site_[0].str() + "\"}");
  EXPECT_EQ(complaint(many + "]}"), "site_roles");
}

TEST_F(KeysTest, ThereIsALimit) {
  for (std::int64_t i = 0; i < kMaxKeys; ++i)
    run("INSERT INTO api_keys SELECT randomblob(16), ?1, NULL, 'k', '', 1, 1, 1, 'user', 0, 'hk_', "
        "lower(hex(randomblob(32))), NULL, NULL, NULL, 0, 0, NULL, NULL",
        {user_.uuid});
  EXPECT_EQ(post("/api/user/api-clients", R"({"name":"k"})", &owner_).status, 403);
  EXPECT_EQ(post(teams_path(), R"({"name":"k"})", &owner_).status, 201) << "those of a team are counted apart";
}

TEST_F(KeysTest, ATeamsKeyOutlivesWhoMadeItAndReachesTheTeamAlone) {
  const Key key = make(R"({"name":"k","all_sites":true})", teams_path());
  EXPECT_EQ(manages(key.token, 0), "ok");
  run("DELETE FROM team_members");
  EXPECT_EQ(manages(key.token, 0), "ok");
  auto others = std::vector<site::Site>(sites_.now()->all());
  others[1].team = {crypto::uuid_v4()};
  sites_.swap(std::make_shared<const site::Sites>(std::move(others)));
  EXPECT_EQ(sees(key.token, 1), "403");
  EXPECT_EQ(ask_as(key.token, access::Access::instance(access::Permission::instance_manage_system)), "403");
  EXPECT_EQ(put(key, R"({"name":"mine"})").status, 404) << "it is not a personal one";
  EXPECT_EQ(post(teams_path(), R"({"name":"k"})", &owner_).status, 403) << "he is in the team no more";
}

TEST_F(KeysTest, ASiteShowsTheKeysThatReachIt) {
  make(R"({"name":"everywhere","all_sites":true})");
  make(R"({"name":"here","site_roles":)" + on_site(0, "viewer") + "}");
  make(R"({"name":"elsewhere","site_roles":)" + on_site(1, "viewer") + "}");
  const Answer answer = get("/api/sites/" + site_[0].str() + "/api-clients", &owner_);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find(R"("name":"everywhere")"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("name":"here")"), std::string::npos);
  EXPECT_EQ(answer.body.find("elsewhere"), std::string::npos);
}

TEST_F(KeysTest, TheLastUseIsGatheredAndWrittenTogether) {
  const Key a = make(R"({"name":"a","all_sites":true})"), b = make(R"({"name":"b","all_sites":true})");
  for (const auto& key : {a, b}) uses_.note(*ApiKeyId::parse(key.id));
  clock_.advance(std::chrono::seconds(1));
  uses_.note(*ApiKeyId::parse(a.id));
  uses_.note({crypto::uuid_v4()});  // deleted meanwhile
  EXPECT_EQ(count("api_key_uses"), 0);
  EXPECT_NE(get("/api/user/api-clients", &owner_).body.find(R"("last_used_at":")" + rfc3339(clock_.now())),
            std::string::npos)
      << "what is not written yet shows";
  ASSERT_TRUE(uses_.write());
  run("UPDATE counters SET last = last + 1");  // behind it
  EXPECT_EQ(count("api_key_uses"), 2);
  EXPECT_EQ(uses_.latest(*ApiKeyId::parse(a.id)), std::nullopt);
  EXPECT_NE(get("/api/user/api-clients", &owner_).body.find(R"("last_used_at":")" + rfc3339(clock_.now())),
            std::string::npos);
  control_.refuse(Error{.code = Code::busy, .message = "", .field = {}, .retry_after = {}});
  uses_.note(*ApiKeyId::parse(b.id));
  EXPECT_FALSE(uses_.write());
  EXPECT_NE(uses_.latest(*ApiKeyId::parse(b.id)), std::nullopt) << "kept for the next time";
}

TEST_F(KeysTest, ABearerNeverFallsBackToCookies) {
  EXPECT_EQ(get("/api/user/api-clients", &owner_).status, 200);
  EXPECT_EQ(ask(Method::get, "/api/user/api-clients", "", &owner_, {{"authorization", "Bearer nonsense"}}).status, 401);
  EXPECT_EQ(ask(Method::get, "/api/user/api-clients", "", &owner_, {{"x-api-key", "nonsense"}}).status, 401);
  EXPECT_EQ(ask(Method::get, "/api/user/api-clients", "", &owner_, {{"authorization", "Basic nonsense"}}).status, 200)
      << "what a proxy asks for is no key";
}

TEST_F(KeysTest, GuessesAreSlowedDownAndGoodKeysAreNot) {
  const Key key = make(R"({"name":"k","all_sites":true})");
  for (unsigned i = 0; i < auth::Gate::kKeyGuesses.free; ++i) EXPECT_EQ(sees("hk_" + std::to_string(i), 0), "401");
  EXPECT_EQ(sees("hk_x", 0), "429");
  EXPECT_EQ(sees(key.token, 0), "ok");
  client_ = "198.51.100.7";
  EXPECT_EQ(sees("hk_x", 0), "401") << "another network";
}

}  // namespace
}  // namespace hk::key

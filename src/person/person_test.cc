#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "auth/testing/instance.h"
#include "crypto/random.h"
#include "person/routes.h"

namespace hk::person {
namespace {

using std::chrono::minutes;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Ada owns the instance and its first team; Bob has an account, and her password.
class PersonTest : public auth::testing::InstanceTest {
 protected:
  PersonTest() {
    add_routes(router_, {.settings = settings_,
                         .control = control_,
                         .directory = directory_,
                         .sites = sites_,
                         .emails = emails_,
                         .clock = clock_,
                         .describe = describe_});
  }
  void SetUp() override {
    ASSERT_EQ(set_up(&ada_).status, 201);
    bob_id_ = UserId{crypto::uuid_v4()};
    change(
        "INSERT INTO users (id, email, password_hash, given_name, last_name, role, locale, created_at) "
        "SELECT ?1, 'bob@example.com', password_hash, 'Bob', '', 'user', 'en', 1 FROM users",
        {bob_id_.uuid});
    ASSERT_EQ(login("bob@example.com", "correct horse", &bob_).status, 200);
  }
  void change(const std::string& sql, const std::vector<db::SqlValue>& values) {
    const auto written = control_.write_and_wait([&](control::Change& change) -> Result<void> {
      const auto ran = change.sql().run(sql, values);
      if (!ran) return std::unexpected(ran.error());
      return {};
    });
    EXPECT_TRUE(written) << written.error().message;
  }
  Answer put(const std::string& path, const std::string& body, Jar* jar) {
    return ask(http::Method::put, path, body, jar);
  }
  Answer remove(const std::string& path, const std::string& body, Jar* jar) {
    return ask(http::Method::del, path, body, jar);
  }
  Answer confirm(const std::string& password, Jar* jar) {
    return post("/api/auth/confirm", R"({"password":")" + password + "\"}", jar);
  }
  static std::string token_of(const std::string& text) {
    const std::string mark = "confirm-email#token=";
    const auto at = text.find(mark);
    return at == std::string::npos ? "" : text.substr(at + mark.size(), 64);
  }
  std::string actions() {
    std::string out;
    EXPECT_TRUE(control_.read([&](db::Sqlite& sql) {
      return sql.rows("SELECT action FROM audit ORDER BY rowid", {},
                      [&](const db::SqlRow& row) { out += std::string(row.text(0)) + " "; });
    }));
    return out;
  }
  UserId ada() const {
    for (const auto& [id, user] : directory_.now()->users)
      if (id != bob_id_) return id;
    return {};
  }

  auth::Post post_{.templates = auth::testing::test_templates(),
                   .send = [this](mail::Mail mail) { return outbox_.put(std::move(mail)); }};
  EmailChanges emails_{settings_, control_, post_, clock_};
  Jar ada_, bob_;
  UserId bob_id_;
};

TEST_F(PersonTest, SessionsSayWhenAndHowAndFromWhere) {
  Jar phone;
  ask(http::Method::post, "/api/login", R"({"email":"bob@example.com","password":"correct horse","remember_me":true})",
      &phone, {{"user-agent", "Firefox"}});
  const std::string mine = get("/api/user/sessions", &bob_).body;
  EXPECT_THAT(mine, AllOf(HasSubstr(R"("current":false,)"), HasSubstr(R"("browser":"Firefox","os":"OS")"),
                          HasSubstr(R"("remembered":true,"how":"password")")));
  EXPECT_THAT(mine, Not(HasSubstr("192.0.2.1")));
  EXPECT_THAT(get("/api/user/sessions", &ada_).body, HasSubstr(R"("how":"set_up")"));
  const std::string id = mine.substr(mine.find("\"id\":\"") + 6, 36);
  EXPECT_EQ(remove("/api/user/sessions/" + id, "", &ada_).status, 404) << "another account's";
  EXPECT_EQ(get("/api/auth/session", &phone).status, 200);
  const std::string phones = get("/api/user/sessions", &phone).body;
  const auto at = phones.find("\"current\":true");
  const std::string current = phones.substr(at - 38, 36);
  EXPECT_EQ(remove("/api/user/sessions/" + current, "", &bob_).status, 200);
  EXPECT_EQ(get("/api/auth/session", &phone).status, 401);
  EXPECT_EQ(get("/api/auth/session", &bob_).status, 200);
  EXPECT_EQ(remove("/api/user/sessions/" + current, "", &bob_).status, 404);
  EXPECT_EQ(remove("/api/user/sessions/x", "", &bob_).status, 400);
}

TEST_F(PersonTest, WhatIsDangerousNeedsAFreshProof) {
  clock_.advance(auth::kProofLasts);
  EXPECT_THAT(post("/api/user/email", R"({"email":"b@example.com"})", &bob_).body, HasSubstr(R"("field":"proof")"));
  EXPECT_EQ(remove("/api/user", R"({"email":"bob@example.com"})", &bob_).status, 403);
  EXPECT_EQ(post("/api/admin/users/" + bob_id_.str() + "/role", R"({"role":"admin"})", &ada_).status, 403);
  EXPECT_EQ(remove("/api/admin/users/" + bob_id_.str(), "", &ada_).status, 403);
  EXPECT_EQ(confirm("wrong wrong", &bob_).status, 403);
  EXPECT_EQ(post("/api/user/email", R"({"email":"b@example.com"})", &bob_).status, 403);
  EXPECT_EQ(confirm("correct horse", &bob_).status, 200);
  EXPECT_EQ(post("/api/user/email", R"({"email":"b@example.com"})", &bob_).status, 200);
  EXPECT_EQ(remove("/api/admin/users/" + bob_id_.str(), "", &ada_).status, 403) << "each session by itself";
}

TEST_F(PersonTest, AGuessedProofSlowsDown) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(confirm("guess guess", &bob_).status, 403);
  EXPECT_EQ(confirm("correct horse", &bob_).status, 429);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(confirm("correct horse", &bob_).status, 200);
}

TEST_F(PersonTest, WhoOwnsTheInstanceRemovesSomebodysSecondFactors) {
  ASSERT_TRUE(control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto ran = change.sql().run("INSERT INTO totp VALUES (?1, 'seed', NULL, 0)", {bob_id_.uuid});
        return ran ? Result<void>() : std::unexpected(ran.error());
      },
      [](Result<void>) {}));
  EXPECT_EQ(post("/api/admin/users/" + bob_id_.str() + "/disable-2fa", "", &bob_).status, 403);
  EXPECT_EQ(post("/api/admin/users/" + UserId{crypto::uuid_v4()}.str() + "/disable-2fa", "", &ada_).status, 404);
  const Answer removed = post("/api/admin/users/" + bob_id_.str() + "/disable-2fa", "", &ada_);
  EXPECT_EQ(removed.body, R"({"status":"ok","totp_disabled":true,"passkeys_deleted":0,"sessions_invalidated":1})");
  EXPECT_EQ(count("totp"), 0);
  EXPECT_EQ(get("/api/auth/session", &bob_).status, 401) << "whoever came in meanwhile is out";
  EXPECT_THAT(actions(), HasSubstr("auth.factors_removed"));
}

TEST_F(PersonTest, ANameAndChoicesAreChanged) {
  const Answer named =
      put("/api/user/profile", R"({"email":"BOB@example.com","given_name":" Bobby ","last_name":"T"})", &bob_);
  EXPECT_EQ(named.status, 200) << named.body;
  EXPECT_THAT(named.body, HasSubstr(R"("display_name":"Bobby T")"));
  EXPECT_EQ(get("/api/user/profile", &bob_).body, named.body);
  EXPECT_THAT(put("/api/user/profile", R"({"email":"eve@example.com"})", &bob_).body, HasSubstr(R"("field":"email")"));
  const Answer chosen = put("/api/user/preferences",
                            R"({"default_locale":"de-AT","number_format":"point","clock":"24","theme":"dark"})", &bob_);
  EXPECT_EQ(chosen.body,
            R"({"default_locale":"de","number_format":"point","clock":"24","theme":"dark","default_period":""})");
  EXPECT_THAT(put("/api/user/preferences", R"({"default_period":"30d"})", &bob_).body,
              HasSubstr(R"("theme":"dark","default_period":"30d")"));
  EXPECT_THAT(get("/api/user/bootstrap", &bob_).body, HasSubstr(R"("preferences":{"default_locale":"de")"));
  for (const auto* bad : {R"({"default_locale":"xx"})", R"({"theme":"pink"})", R"({"clock":"25"})",
                          R"({"default_period":"<b>"})", R"({"number_format":1})"})
    EXPECT_EQ(put("/api/user/preferences", bad, &bob_).status, 400) << bad;
}

TEST_F(PersonTest, AnotherAddressIsConfirmedByItsLink) {
  ASSERT_EQ(post("/api/user/email", R"({"email":"new@example.com"})", &bob_).body, R"({"status":"ok"})");
  const mail::Mail mail = outbox_.wait();
  EXPECT_EQ(mail.to, "new@example.com");
  EXPECT_EQ(login("new@example.com", "correct horse").status, 401) << "not yet";
  const std::string token = token_of(mail.text);
  EXPECT_EQ(post("/api/auth/confirm-email", R"({"token":")" + token + "\"}").status, 200);
  EXPECT_EQ(login("new@example.com", "correct horse").status, 200);
  EXPECT_EQ(login("bob@example.com", "correct horse").status, 401);
  EXPECT_EQ(post("/api/auth/confirm-email", R"({"token":")" + token + "\"}").status, 400) << "once";
  EXPECT_THAT(actions(), HasSubstr("profile.email_change_asked profile.email_changed"));
}

TEST_F(PersonTest, WithoutAMailServerTheAnswerHasTheLink) {
  EmailChanges silent{settings_, control_, {}, clock_};
  const auto who = access::SignedIn{.user = bob_id_, .session = {}, .token = {}};
  std::promise<Result<void>> kept;
  const auto link = silent.ask(*directory_.now()->user(bob_id_), who, "new@example.com",
                               [&](Result<void> outcome) { kept.set_value(std::move(outcome)); });
  ASSERT_TRUE(link && kept.get_future().get());
  const std::string token = token_of(*link);
  ASSERT_EQ(token.size(), 64u);
  clock_.advance(kEmailChangeLifetime);
  EXPECT_EQ(post("/api/auth/confirm-email", R"({"token":")" + token + "\"}").status, 400) << "for an hour";
}

TEST_F(PersonTest, AnAddressThatIsTakenShowsOnlyToWhoReadsItsMail) {
  const Answer taken = post("/api/user/email", R"({"email":"ada@example.com"})", &bob_);
  EXPECT_EQ(taken.body, post("/api/user/email", R"({"email":"free@example.com"})", &bob_).body);
  EXPECT_EQ(post("/api/auth/confirm-email", R"({"token":")" + token_of(outbox_.wait(0).text) + "\"}").status, 400)
      << "only the latest link works";
  post("/api/user/email", R"({"email":"ada@example.com"})", &bob_);
  EXPECT_EQ(post("/api/auth/confirm-email", R"({"token":")" + token_of(outbox_.wait(2).text) + "\"}").status, 409);
  EXPECT_EQ(post("/api/user/email", R"({"email":"x@example.com"})", &bob_).status, 429);
}

TEST_F(PersonTest, AnAccountIsDeletedWithEverythingOfIt) {
  EXPECT_EQ(remove("/api/user", R"({"email":"eve@example.com"})", &bob_).status, 400);
  put("/api/user/profile", R"({"given_name":"Robert"})", &bob_);
  const Answer gone = remove("/api/user", R"({"email":"Bob@example.com"})", &bob_);
  EXPECT_EQ(gone.status, 200) << gone.body;
  EXPECT_TRUE(bob_.find("hk_token") == bob_.end()) << "his cookies too";
  EXPECT_EQ(login("bob@example.com", "correct horse").status, 401);
  EXPECT_EQ(count("users"), 1);
  EXPECT_EQ(count("sessions"), 1);
  std::string kept;
  ASSERT_TRUE(control_.read([&](db::Sqlite& sql) {
    return sql.rows("SELECT actor_label || target_label || changes FROM audit", {},
                    [&](const db::SqlRow& row) { kept += row.text(0); });
  }));
  EXPECT_THAT(kept, AllOf(Not(HasSubstr("bob@")), Not(HasSubstr("Robert"))));
  EXPECT_THAT(actions(), HasSubstr("account.deleted"));
}

TEST_F(PersonTest, NoInstanceAndNoTeamIsLeftWithoutAnOwner) {
  EXPECT_EQ(remove("/api/user", R"({"email":"ada@example.com"})", &ada_).status, 409) << "the last owner";
  EXPECT_EQ(post("/api/admin/users/" + ada().str() + "/role", R"({"role":"user"})", &ada_).status, 409);
  ASSERT_EQ(post("/api/admin/users/" + bob_id_.str() + "/role", R"({"role":"owner"})", &ada_).status, 200);
  EXPECT_EQ(remove("/api/user", R"({"email":"ada@example.com"})", &ada_).status, 409) << "the first team";
  const TeamId team = directory_.now()->teams.at(0).id;
  change("INSERT INTO team_members VALUES (?1, ?2, 'owner', 5)", {team.uuid, bob_id_.uuid});
  EXPECT_EQ(remove("/api/user", R"({"email":"ada@example.com"})", &ada_).status, 200);
  EXPECT_EQ(count("teams"), 1);
}

TEST_F(PersonTest, AnEmptyTeamGoesWithItsOnlyOwner) {
  const TeamId team{crypto::uuid_v4()};
  change("INSERT INTO teams (id, name, lane, is_default, created_at) VALUES (?1, 'Bob', 7, 0, 1)", {team.uuid});
  change("INSERT INTO team_members VALUES (?1, ?2, 'owner', 5)", {team.uuid, bob_id_.uuid});
  change(
      "INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_at) "
      "VALUES (1, ?1, ?2, 'a.example', 'UTC', 0, 0)",
      {crypto::uuid_v4(), team.uuid});
  EXPECT_THAT(remove("/api/user", R"({"email":"bob@example.com"})", &bob_).body, HasSubstr("first: Bob"));
  change("DELETE FROM sites", {});
  EXPECT_EQ(remove("/api/user", R"({"email":"bob@example.com"})", &bob_).status, 200);
  EXPECT_EQ(count("teams"), 1);
}

TEST_F(PersonTest, TheOwnerOfTheInstanceSeesAndChangesAccounts) {
  EXPECT_EQ(get("/api/admin/users", &bob_).status, 403);
  EXPECT_THAT(get("/api/admin/users", &ada_).body,
              AllOf(HasSubstr(R"("email":"bob@example.com")"), HasSubstr(R"("instance_role":"owner")")));
  EXPECT_THAT(get("/api/admin/teams", &ada_).body, HasSubstr(R"("is_default":true,"member_count":1,"site_count":0)"));
  const std::string bob = "/api/admin/users/" + bob_id_.str();
  EXPECT_EQ(post(bob + "/role", R"({"role":"king"})", &ada_).status, 400);
  EXPECT_EQ(post(bob + "/role", R"({"role":"admin"})", &ada_).status, 200);
  EXPECT_EQ(directory_.now()->user(bob_id_)->role, access::InstanceRole::admin);
  EXPECT_EQ(remove("/api/admin/users/" + ada().str(), "", &ada_).status, 400) << "oneself";
  EXPECT_EQ(remove("/api/admin/users/" + UserId{crypto::uuid_v4()}.str(), "", &ada_).status, 404);
  EXPECT_EQ(remove(bob, "", &ada_).status, 200);
  EXPECT_EQ(get("/api/auth/session", &bob_).status, 401) << "at once";
  EXPECT_THAT(actions(), HasSubstr("role.updated account.deleted"));
}

TEST_F(PersonTest, ATestMailSaysWhatCameOfIt) {
  EXPECT_EQ(post("/api/admin/system/mail/test", "{}", &ada_).status, 503) << "no mail server";
  Result<void> outcome;
  std::string to;
  http::Router router;
  add_routes(router, {.settings = settings_,
                      .control = control_,
                      .directory = directory_,
                      .sites = sites_,
                      .emails = emails_,
                      .clock = clock_,
                      .describe = describe_,
                      .send_test = [&](const std::string& whom, std::string_view, const std::stop_token&) {
                        to = whom;
                        return outcome;
                      }});
  std::swap(router_, router);
  EXPECT_EQ(post("/api/admin/system/mail/test", "{}", &bob_).status, 403);
  EXPECT_EQ(post("/api/admin/system/mail/test", R"({"email":"nonsense"})", &ada_).status, 400);
  EXPECT_EQ(post("/api/admin/system/mail/test", "{}", &ada_).status, 200);
  EXPECT_EQ(to, "Ada@Example.com");
  EXPECT_EQ(post("/api/admin/system/mail/test", R"({"email":"ops@example.com"})", &ada_).status, 200);
  EXPECT_EQ(to, "ops@example.com");
  outcome = fail(Code::unavailable, "the server says 550");
  const Answer refused = post("/api/admin/system/mail/test", "{}", &ada_);
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("550"));
}

TEST_F(PersonTest, EverythingThatIsKeptOfSomebodyIsHisToTake) {
  const Answer taken = get("/api/user/takeout", &ada_);
  EXPECT_EQ(taken.status, 200);
  EXPECT_THAT(taken.body, AllOf(HasSubstr(R"("email":"Ada@Example.com")"), HasSubstr(R"("sessions":[{)"),
                                HasSubstr("instance.set_up"), Not(HasSubstr("bob@example.com"))));
}

}  // namespace
}  // namespace hk::person

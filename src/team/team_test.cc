#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "auth/testing/instance.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "team/routes.h"
#include "team/teams.h"

namespace hk::team {
namespace {

using std::chrono::days;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

/// Ada owns the instance and its first team. Her people come by invitation.
class TeamTest : public auth::testing::InstanceTest {
 protected:
  TeamTest() {
    add_routes(router_, {.settings = settings_,
                         .control = control_,
                         .directory = directory_,
                         .authority = gate_,
                         .invitations = invitations_,
                         .clock = clock_,
                         .describe = describe_});
  }
  void SetUp() override {
    ASSERT_EQ(set_up(&ada_).status, 201);
    team_ = directory_.now()->teams.at(0).id;
    path_ = "/api/user/teams/" + team_.str();
  }
  static std::string between(const std::string& text, const std::string& mark, std::size_t length) {
    const auto at = text.find(mark);
    return at == std::string::npos ? "" : text.substr(at + mark.size(), length);
  }
  /// The token of the link in an answer, or of a mail.
  static std::string token_of(const std::string& text) { return between(text, "accept-invite#token=", 64); }

  Answer invite(const std::string& email, const std::string& role = "member", Jar* as = nullptr, bool mail = false) {
    return post(
        path_ + "/members",
        R"({"email":")" + email + R"(","role":")" + role + R"(","send_mail":)" + (mail ? "true" : "false") + "}",
        as ? as : &ada_);
  }
  Answer accept(const std::string& token, Jar* jar, const std::string& password = "a long password") {
    return post("/api/auth/accept-invite", R"({"token":")" + token + R"(","password":")" + password + "\"}", jar);
  }
  /// Somebody who joined; signed in.
  UserId join(const std::string& email, const std::string& role, Jar* jar) {
    const Answer answer = accept(token_of(invite(email, role).body), jar);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return user(email);
  }
  UserId user(const std::string& email) {
    for (const auto& [id, user] : directory_.now()->users)
      if (user.email == email) return id;
    return {};
  }
  std::optional<access::TeamRole> role(const std::string& email) {
    return directory_.now()->team_role(user(email), team_);
  }
  Answer remove(const std::string& email, Jar* as = nullptr) {
    return ask(http::Method::del, path_ + "/members/" + user(email).str(), "", as ? as : &ada_);
  }
  std::string actions() {
    std::string out;
    EXPECT_TRUE(control_.read([&](db::Sqlite& sql) {
      return sql.rows("SELECT action FROM audit ORDER BY rowid", {},
                      [&](const db::SqlRow& row) { out += std::string(row.text(0)) + " "; });
    }));
    return out;
  }

  Invitations invitations_{settings_,
                           control_,
                           accounts_,
                           {.templates = auth::testing::test_templates(),
                            .send = [this](mail::Mail mail) { return outbox_.put(std::move(mail)); }},
                           clock_};
  Jar ada_;
  TeamId team_;
  std::string path_;
};

TEST_F(TeamTest, WhoIsInvitedJoinsWithANewAccount) {
  const Answer invited = invite("Bob@Example.com", "admin");
  ASSERT_EQ(invited.status, 200) << invited.body;
  EXPECT_THAT(invited.body, HasSubstr(R"("is_invite":true,"invite":{"id")"));
  EXPECT_THAT(invited.body, HasSubstr(R"("link":"http://localhost:8080/accept-invite#token=)"));
  EXPECT_THAT(get(path_ + "/invites", &ada_).body, HasSubstr(R"("email":"Bob@Example.com","role":"admin")"));
  Jar bob;
  const std::string token = token_of(invited.body);
  EXPECT_THAT(accept(token, &bob, "short").body, HasSubstr(R"("field":"password")"));
  EXPECT_EQ(accept(token, &bob).status, 200);
  EXPECT_EQ(get("/api/auth/session", &bob).status, 200) << "signed in";
  EXPECT_EQ(role("Bob@Example.com"), access::TeamRole::admin);
  EXPECT_EQ(login("bob@example.com", "a long password").status, 200);
  Jar other;
  EXPECT_EQ(accept(token, &other).status, 400) << "once";
  EXPECT_EQ(count("invitations"), 0);
  EXPECT_THAT(get(path_ + "/members", &bob).body, HasSubstr(R"("email":"Ada@Example.com")"));
  EXPECT_THAT(actions(),
              AllOf(HasSubstr("member.invited"), HasSubstr("account.created"), HasSubstr("member.invite_accepted")));
}

TEST_F(TeamTest, AnInvitationIsForOneAddress) {
  Jar bob, eve;
  join("bob@example.com", "member", &bob);
  ASSERT_EQ(post("/api/user/teams", R"({"name":"Bob's"})", &bob).status, 201);
  const std::string bobs = directory_.now()->user(user("bob@example.com"))->active_team->str();
  const Answer invited =
      post("/api/user/teams/" + bobs + "/members", R"({"email":"ada@example.com","send_mail":false})", &bob);
  const std::string token = token_of(invited.body);
  EXPECT_EQ(accept(token, &bob).status, 403) << "another account";
  EXPECT_EQ(accept(token, &eve).status, 401) << "nobody takes an account over by a link";
  EXPECT_TRUE(eve.empty());
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 200) << "the password is as it was";
  EXPECT_EQ(accept(token, &ada_, "").status, 200);
  EXPECT_EQ(directory_.now()->teams_of(user("Ada@Example.com")).size(), 2u);
}

TEST_F(TeamTest, AnInvitationEndsAfterAWeekAndWhenItIsTakenBack) {
  const std::string token = token_of(invite("bob@example.com").body);
  clock_.advance(kInvitationLifetime);
  Jar bob;
  EXPECT_EQ(accept(token, &bob).status, 400);
  EXPECT_EQ(get("/api/auth/session", &ada_).status, 401);
  ASSERT_EQ(login("ada@example.com", "correct horse", &ada_).status, 200);
  EXPECT_EQ(get(path_ + "/invites", &ada_).body, "[]");
  const Answer again = invite("bob@example.com");
  EXPECT_EQ(again.status, 200) << again.body;
  const std::string id = between(again.body, R"("invite":{"id":")", 36);
  EXPECT_EQ(ask(http::Method::del, path_ + "/invites/" + id, "", &ada_).status, 200);
  EXPECT_EQ(accept(token_of(again.body), &bob).status, 400);
  EXPECT_EQ(ask(http::Method::del, path_ + "/invites/" + id, "", &ada_).status, 404);
  EXPECT_THAT(actions(), HasSubstr("member.invite_revoked"));
}

TEST_F(TeamTest, AnotherLinkEndsTheOneBefore) {
  const Answer invited = invite("bob@example.com");
  const std::string id = between(invited.body, R"("invite":{"id":")", 36);
  const Answer resent = post(path_ + "/invites/" + id + "/resend", R"({"send_mail":false})", &ada_);
  ASSERT_EQ(resent.status, 200) << resent.body;
  Jar bob;
  EXPECT_EQ(accept(token_of(invited.body), &bob).status, 400);
  EXPECT_EQ(accept(token_of(resent.body), &bob).status, 200);
}

TEST_F(TeamTest, ByMailTheLinkIsInTheMailAlone) {
  const Answer invited = invite("bob@example.com", "member", nullptr, true);
  EXPECT_EQ(invited.status, 200) << invited.body;
  EXPECT_THAT(invited.body, Not(HasSubstr("token=")));
  const mail::Mail mail = outbox_.wait();
  EXPECT_EQ(mail.to, "bob@example.com");
  Jar bob;
  EXPECT_EQ(accept(token_of(mail.text), &bob).status, 200);
}

TEST_F(TeamTest, NobodysMailboxIsFilled) {
  EXPECT_EQ(invite("bob@example.com", "member", nullptr, true).status, 200);
  const std::string id = between(get(path_ + "/invites", &ada_).body, R"([{"id":")", 36);
  const auto resend = [&] { return post(path_ + "/invites/" + id + "/resend", "{}", &ada_); };
  EXPECT_EQ(resend().status, 200);
  EXPECT_EQ(resend().status, 200);
  const Answer limited = resend();
  EXPECT_EQ(limited.status, 429);
  EXPECT_THAT(limited.retry_after, Not(IsEmpty()));
  outbox_.wait(2);
  EXPECT_EQ(outbox_.size(), 3u);
}

TEST_F(TeamTest, ATeamHasSoManyOpenInvitations) {
  control_.write_and_wait([&](control::Change& change) -> Result<void> {
    for (std::int64_t i = 1; i < kMaxInvitations; ++i)
      EXPECT_TRUE(
          change.sql().run("INSERT INTO invitations VALUES (?1, ?2, NULL, ?3, 'member', ?4, NULL, 0, 4000000000000)",
                           {crypto::uuid_v4(), team_.uuid, "x" + std::to_string(i) + "@example.com",
                            crypto::sha256_hex(std::to_string(i))}));
    return {};
  });
  EXPECT_EQ(invite("bob@example.com").status, 200);
  EXPECT_EQ(invite("eve@example.com").status, 409);
}

TEST_F(TeamTest, NamesWhatIsWrongWithAnInvitation) {
  EXPECT_THAT(invite("nonsense").body, HasSubstr(R"("field":"email")"));
  EXPECT_THAT(invite("bob@example.com", "king").body, HasSubstr("must be one of owner, admin, member"));
  EXPECT_EQ(invite("bob@example.com", "owner").status, 409) << "a team is transferred";
  EXPECT_EQ(invite("ada@example.com").status, 409) << "oneself";
  EXPECT_EQ(invite("bob@example.com").status, 200);
  EXPECT_EQ(invite("BOB@example.com").status, 409) << "pending already";
}

TEST_F(TeamTest, TheDatabaseKeepsNoToken) {
  const std::string token = token_of(invite("bob@example.com").body);
  ASSERT_EQ(token.size(), 64u);
  ASSERT_TRUE(control_.read([&](db::Sqlite& sql) {
    return sql.rows("SELECT token_hash FROM invitations", {},
                    [&](const db::SqlRow& row) { EXPECT_EQ(row.text(0), crypto::sha256_hex(token)); });
  }));
}

TEST_F(TeamTest, AdminsManageMembersButNoOwner) {
  Jar admin, member;
  join("admin@example.com", "admin", &admin);
  join("member@example.com", "member", &member);
  EXPECT_EQ(invite("eve@example.com", "member", &member).status, 403);
  EXPECT_EQ(invite("ada@example.com", "member", &admin).status, 403) << "an owner stays one";
  EXPECT_EQ(remove("Ada@Example.com", &admin).status, 403);
  EXPECT_EQ(invite("member@example.com", "admin", &admin).status, 200);
  EXPECT_EQ(role("member@example.com"), access::TeamRole::admin);
  EXPECT_EQ(remove("Ada@Example.com").status, 400) << "the last owner";
  EXPECT_EQ(ask(http::Method::del, path_ + "/members/" + UserId{crypto::uuid_v4()}.str(), "", &ada_).status, 404);
  EXPECT_EQ(ask(http::Method::del, path_ + "/members/me", "", &ada_).status, 400);
  EXPECT_THAT(actions(), HasSubstr("member.role_updated"));
}

TEST_F(TeamTest, ARemovedMemberIsOutAtOnceAndWhatHeMadeIsTheOwners) {
  Jar bob;
  join("bob@example.com", "admin", &bob);
  control_.write_and_wait([&](control::Change& change) -> Result<void> {
    EXPECT_TRUE(change.sql().run(
        "INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_by, created_at) "
        "VALUES (1, ?1, ?2, 'a.example', 'UTC', 0, ?3, 0)",
        {crypto::uuid_v4(), team_.uuid, user("bob@example.com").uuid}));
    EXPECT_TRUE(
        change.sql().run("INSERT INTO site_members VALUES (1, ?1, 'owner', 0)", {user("bob@example.com").uuid}));
    return {};
  });
  EXPECT_EQ(get(path_ + "/members", &bob).status, 200);
  EXPECT_EQ(remove("bob@example.com").status, 200);
  EXPECT_EQ(get(path_ + "/members", &bob).status, 403) << "without a new sign-in";
  EXPECT_EQ(get("/api/auth/session", &bob).status, 200) << "his account is his";
  EXPECT_EQ(count("site_members"), 0);
  ASSERT_TRUE(control_.read([&](db::Sqlite& sql) {
    return sql.rows("SELECT created_by FROM sites", {},
                    [&](const db::SqlRow& row) { EXPECT_EQ(UserId{row.uuid(0)}, user("Ada@Example.com")); });
  }));
}

TEST_F(TeamTest, ATeamIsTransferredAndTheLastOwnerDoesNotLeave) {
  Jar bob;
  const UserId id = join("bob@example.com", "member", &bob);
  EXPECT_EQ(ask(http::Method::del, path_ + "/leave", "", &ada_).status, 400);
  const auto transfer = [&](const std::string& to, Jar* as) {
    return post(path_ + "/transfer-ownership", R"({"target_user_id":")" + to + "\"}", as).status;
  };
  EXPECT_EQ(transfer(id.str(), &bob), 403);
  EXPECT_EQ(transfer("bob", &ada_), 400);
  EXPECT_EQ(transfer(UserId{crypto::uuid_v4()}.str(), &ada_), 400);
  EXPECT_EQ(transfer(user("Ada@Example.com").str(), &ada_), 409);
  EXPECT_EQ(transfer(id.str(), &ada_), 200);
  EXPECT_EQ(role("bob@example.com"), access::TeamRole::owner);
  EXPECT_EQ(role("Ada@Example.com"), access::TeamRole::admin);
  EXPECT_EQ(ask(http::Method::del, path_ + "/leave", "", &ada_).status, 200);
  EXPECT_EQ(role("Ada@Example.com"), std::nullopt);
  EXPECT_EQ(ask(http::Method::del, path_ + "/leave", "", &ada_).status, 403);
  EXPECT_THAT(actions(), HasSubstr("ownership.transferred member.left"));
}

TEST_F(TeamTest, ATeamIsMadeRenamedChosenAndDeleted) {
  const Answer made = post("/api/user/teams", R"({"name":"  Second  "})", &ada_);
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = between(made.body, R"("id":")", 36), second = "/api/user/teams/" + id;
  const auto active = [&] { return between(get("/api/user/teams", &ada_).body, R"("active_team_id":")", 36); };
  EXPECT_EQ(active(), id);
  EXPECT_EQ(ask(http::Method::put, "/api/user/teams/active", R"({"team_id":")" + team_.str() + "\"}", &ada_).status,
            200);
  EXPECT_EQ(active(), team_.str());
  EXPECT_EQ(ask(http::Method::put, "/api/user/teams/active",
                R"({"team_id":")" + SiteId{crypto::uuid_v4()}.str() + "\"}", &ada_)
                .status,
            403);
  EXPECT_EQ(ask(http::Method::patch, second, R"({"name":""})", &ada_).status, 400);
  EXPECT_EQ(ask(http::Method::patch, second, R"({"name":"x","logo_url":"https://a.example/l.png"})", &ada_).status,
            400);
  EXPECT_EQ(ask(http::Method::patch, second, R"({"name":"Next"})", &ada_).status, 200);
  EXPECT_THAT(get("/api/user/teams", &ada_).body, HasSubstr(R"("name":"Next")"));
  EXPECT_EQ(ask(http::Method::del, second, R"({"name":"next"})", &ada_).status, 400);
  EXPECT_EQ(ask(http::Method::del, second, R"({"name":"Next"})", &ada_).status, 200);
  EXPECT_EQ(ask(http::Method::del, second, R"({"name":"Next"})", &ada_).status, 403);
  EXPECT_EQ(ask(http::Method::del, path_, R"({"name":"Ada's Team"})", &ada_).status, 400);
  EXPECT_THAT(actions(), HasSubstr("team.created team.updated team.deleted"));
}

TEST_F(TeamTest, TheFirstTeamStaysAndAnotherGoesWithItsSites) {
  const std::string name = directory_.now()->teams.at(0).name;
  EXPECT_EQ(ask(http::Method::del, path_, R"({"name":")" + name + "\"}", &ada_).status, 409);
  const std::string id = between(post("/api/user/teams", R"({"name":"Second"})", &ada_).body, R"("id":")", 36);
  control_.write_and_wait([&](control::Change& change) -> Result<void> {
    EXPECT_TRUE(
        change.sql().run("INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_at) "
                         "VALUES (1, ?1, ?2, 'a.example', 'UTC', 0, 0)",
                         {crypto::uuid_v4(), TeamId::parse(id)->uuid}));
    return {};
  });
  const std::string second = "/api/user/teams/" + id;
  EXPECT_EQ(ask(http::Method::put, second + "/paused", "{}", &ada_).status, 400);
  EXPECT_EQ(ask(http::Method::put, second + "/paused", R"({"paused":true})", &ada_).status, 200);
  EXPECT_THAT(get("/api/user/teams", &ada_).body, HasSubstr(R"("paused":true)"));
  EXPECT_EQ(ask(http::Method::del, second, R"({"name":"Second"})", &ada_).status, 200);
  const auto left = [&](const std::string& sql) {
    std::int64_t rows = -1;
    const auto read = control_.read(
        [&](db::Sqlite& db) { return db.rows(sql, {}, [&](const db::SqlRow& row) { rows = row.i64(0); }); });
    EXPECT_TRUE(read);
    return rows;
  };
  EXPECT_EQ(left("SELECT count(*) FROM sites"), 0);
  EXPECT_EQ(left("SELECT count(*) FROM removed_lanes"), 1) << "what the log still holds for its file is nobody's";
}

TEST_F(TeamTest, OnePersonOwnsSoManyTeams) {
  for (std::int64_t i = 1; i < kMaxTeamsOfOwner; ++i)
    ASSERT_EQ(post("/api/user/teams", R"({"name":"T"})", &ada_).status, 201);
  EXPECT_EQ(post("/api/user/teams", R"({"name":"T"})", &ada_).status, 403);
}

TEST_F(TeamTest, GuestsMakeNothing) {
  auth::Identities identities = *directory_.now();
  const UserId guest{crypto::uuid_v4()};
  identities.users[guest] = {.id = guest};
  EXPECT_FALSE(may_create(identities, guest));
  identities.users[guest].role = access::InstanceRole::admin;
  EXPECT_TRUE(may_create(identities, guest));
  EXPECT_FALSE(may_create(identities, UserId{}));
}

}  // namespace
}  // namespace hk::team

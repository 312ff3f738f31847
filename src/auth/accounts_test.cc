#include "auth/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <set>
#include <thread>

#include "auth/testing/instance.h"

namespace hk::auth {
namespace {

using testing::InstanceTest;
using testing::kCode;

using std::chrono::seconds;
using ::testing::HasSubstr;

// --- set-up -----------------------------------------------------------------------------------------

TEST_F(InstanceTest, SetUpMakesOwnerTeamAndSession) {
  EXPECT_THAT(get("/api/status").body, HasSubstr(R"({"needs_setup":true,"version":"1.2.3","mail":true})"));
  Jar jar;
  const auto answer = set_up(&jar);
  ASSERT_EQ(answer.status, 201) << answer.body;
  json::Object body(*json::parse(answer.body));
  EXPECT_EQ(body.str("token"), jar[std::string(kTokenCookie)]);
  EXPECT_EQ(answer.cookies.size(), 1u) << "no remember-me cookie";
  EXPECT_THAT(answer.cookies[0], HasSubstr("HttpOnly; SameSite=Lax"));
  EXPECT_THAT(get("/api/status").body, HasSubstr(R"("needs_setup":false)"));

  const auto identities = directory_.now();
  ASSERT_EQ(identities->users.size(), 1u);
  const User& owner = identities->users.begin()->second;
  EXPECT_EQ(owner.email, "Ada@Example.com") << "as typed, trimmed";
  EXPECT_EQ(owner.role, InstanceRole::owner);
  EXPECT_EQ(owner.locale, "de");
  ASSERT_EQ(identities->teams.size(), 1u);
  EXPECT_EQ(identities->teams[0].name, "Team von Ada");
  EXPECT_EQ(identities->team_role(owner.id, identities->teams[0].id), TeamRole::owner);
  EXPECT_EQ(get("/api/auth/session", &jar).status, 200);
}

TEST_F(InstanceTest, SetUpHappensOnce) {
  ASSERT_EQ(set_up().status, 201);
  const auto again = set_up();
  EXPECT_EQ(again.status, 403);
  EXPECT_THAT(again.body, HasSubstr("Setup has already been completed."));
  EXPECT_EQ(count("users"), 1);
}

TEST_F(InstanceTest, RacingSetUpsMakeOneOwner) {
  constexpr int kThreads = 4;
  std::latch start(kThreads);
  std::atomic<int> made = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        const NewOwner owner{.email = "a" + std::to_string(i) + "@example.com",
                             .password = Secret<std::string>("correct horse"),
                             .given_name = "",
                             .last_name = "",
                             .language = "en"};
        start.arrive_and_wait();
        std::promise<Result<void>> applied;
        const auto outcome = accounts_.set_up(owner, [&](Result<void> done) { applied.set_value(std::move(done)); });
        ++(outcome ? made : refused);
        if (outcome) {
          EXPECT_TRUE(applied.get_future().get());
        } else {
          EXPECT_EQ(outcome.error().code, Code::forbidden) << outcome.error().message;
        }
      });
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(refused, kThreads - 1);
  EXPECT_EQ(count("users"), 1);
  EXPECT_EQ(count("teams"), 1);
}

TEST_F(InstanceTest, WithoutTheCodeNobodyBecomesOwner) {
  const std::string rest = R"("email":"a@example.com","password":"correct horse")";
  for (const std::string code :
       {"", R"("setup_code":"",)", R"("setup_code":"AAAA-BBBB-CCCC-DDDE",)", R"("setup_code":null,)"}) {
    const auto answer = post("/api/initial-user", "{" + code + rest + "}");
    EXPECT_EQ(answer.status, 403) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr("setup_code"));
  }
  settings_.setup_code = {};
  EXPECT_EQ(post("/api/initial-user", R"({"setup_code":"",)" + rest + "}").status, 403) << "no code opens nothing";
  EXPECT_EQ(count("users"), 0);
}

TEST_F(InstanceTest, GuessingTheCodeSlowsDownTheGuesserOnly) {
  const auto guess = [&] {
    return post("/api/initial-user", R"({"setup_code":"guess","email":"a@example.com","password":"correct horse"})")
        .status;
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(guess(), 403);
  EXPECT_EQ(guess(), 429);
  const auto refused = set_up();
  EXPECT_EQ(refused.status, 429) << "not even with the right one";
  EXPECT_EQ(refused.retry_after, "1");
  client_ = "192.0.2.2";
  EXPECT_EQ(set_up().status, 201);
}

TEST_F(InstanceTest, ManyGuessersTogetherAreSlowedDownToo) {
  int limited = 0;
  for (int i = 0; i < 60; ++i) {
    client_ = "192.0.2." + std::to_string(i);
    limited += post("/api/initial-user", R"({"setup_code":"guess"})").status == 429;
  }
  EXPECT_EQ(limited, 10);
  clock_.advance(seconds(10));
  client_ = "198.51.100.1";
  EXPECT_EQ(set_up().status, 201) << "the owner waits ten seconds at most";
}

TEST_F(InstanceTest, SetUpNamesEveryWrongField) {
  const std::string code = R"({"setup_code":")" + std::string(kCode) + "\",";
  const auto answer = post("/api/initial-user", code + R"("email":"nobody","password":"short","given_name":7})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("Invalid email address"));
  EXPECT_THAT(answer.body, HasSubstr("password must have at least 8 characters"));
  EXPECT_THAT(answer.body, HasSubstr("given_name must be a string"));
  EXPECT_EQ(post("/api/initial-user", "not json").status, 400);
  EXPECT_EQ(
      post("/api/initial-user", code + R"("email":"a@example.com","password":")" + std::string(1'025, 'x') + "\"}")
          .status,
      400);
  EXPECT_EQ(post("/api/initial-user", code + R"("email":"a@example.com","password":"correct horse","last_name":")" +
                                          std::string(121, 'x') + "\"}")
                .status,
            400);
  EXPECT_EQ(count("users"), 0);
  EXPECT_EQ(set_up().status, 201) << "wrong fields are no wrong codes";
}

TEST_F(InstanceTest, AFailedWriteLeavesNothing) {
  control_.refuse(Error{Code::unavailable, "the log is full", ""});
  EXPECT_EQ(set_up().status, 503);
  control_.refuse(std::nullopt);
  EXPECT_EQ(set_up().status, 201);
}

TEST(Email, Limits) {
  EXPECT_EQ(check_email(" A@b.example "), "A@b.example");
  EXPECT_TRUE(check_email(std::string(kMaxEmailCharacters - 10, 'a') + "@b.example"));
  EXPECT_FALSE(check_email(std::string(kMaxEmailCharacters - 9, 'a') + "@b.example"));
  for (const auto* wrong : {"", " ", "a", "@b", "a@", "a@b@c", "a b@c", "<a@b>", "a,b@c", "a\n@b"}) {
    EXPECT_FALSE(check_email(wrong)) << wrong;
  }
}

TEST(SetupCode, IsTypeableAndNew) {
  const std::string code = make_setup_code();
  EXPECT_EQ(code.size(), 19u);
  EXPECT_EQ(code[4], '-');
  EXPECT_NE(code, make_setup_code());
}

// --- sign-in ----------------------------------------------------------------------------------------

class SignedUpTest : public InstanceTest {
 protected:
  SignedUpTest() {
    EXPECT_EQ(set_up().status, 201);
    client_ = "192.0.2.50";
  }
};

TEST_F(SignedUpTest, SignsInWhateverTheCaseOfTheEmail) {
  for (const auto* email : {"ada@example.com", " ADA@EXAMPLE.COM ", "Ada@Example.com"}) {
    Jar jar;
    const auto answer = login(email, "correct horse", &jar);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body, R"({"status":"ok"})");
    EXPECT_EQ(answer.cookies.size(), 1u);
    EXPECT_EQ(get("/api/auth/session", &jar).status, 200);
  }
}

TEST_F(SignedUpTest, WrongPasswordAndUnknownAccountSoundTheSame) {
  const auto wrong = login("ada@example.com", "incorrect horse");
  const auto unknown = login("eve@example.com", "correct horse");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_THAT(wrong.body, HasSubstr("Invalid email or password"));
  EXPECT_TRUE(wrong.cookies.empty());
  EXPECT_EQ(login("ada@example.com", std::string(1'024, 'x')).status, 401);
  EXPECT_EQ(login("ada@example.com", std::string(1'025, 'x')).status, 400);
}

TEST_F(SignedUpTest, GuessingSlowsDownOneClientOfOneAccount) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(login("ada@example.com", "guess guess").status, 401);
  for (const int wait : {1, 2, 4}) {
    const auto refused = login("ADA@example.com", "correct horse");
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.body, HasSubstr("Too many wrong tries; try again in " + std::to_string(wait) + " s"));
    EXPECT_EQ(refused.retry_after, std::to_string(wait));
    clock_.advance(seconds(wait));
    EXPECT_EQ(login("ada@example.com", "guess guess").status, 401) << "one more, and twice the wait";
  }
  EXPECT_EQ(login("eve@example.com", "guess guess").status, 401) << "another account";
  client_ = "192.0.2.51";
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 200) << "the owner, from his own machine";
  client_ = "192.0.2.50";
  clock_.advance(seconds(8));
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 200) << "after the wait";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(login("ada@example.com", "guess guess").status, 401) << "starts afresh";
}

TEST_F(SignedUpTest, GuessingFromManyClientsSlowsDownTheAccount) {
  int limited = 0;
  for (int i = 0; i < 60; ++i) {
    client_ = "198.51.100." + std::to_string(i);
    limited += login("ada@example.com", "guess guess").status == 429;
  }
  EXPECT_EQ(limited, 10);
  clock_.advance(seconds(10));
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 200);
}

TEST_F(SignedUpTest, AFailureThatIsNobodysFaultDoesNotCount) {
  for (int i = 0; i < 10; ++i) {
    control_.refuse(Error{Code::busy, "try again", ""});
    EXPECT_EQ(login("ada@example.com", "correct horse").status, 503);
  }
  control_.refuse(std::nullopt);
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 200);
}

TEST_F(SignedUpTest, LogoutEndsTheSessionEverywhere) {
  Jar jar;
  login("ada@example.com", "correct horse", &jar, true);
  Jar copy = jar;
  const auto answer = post("/api/logout", "", &jar);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"status":"ok"})");
  EXPECT_TRUE(jar.empty()) << "both cookies are taken away";
  EXPECT_EQ(get("/api/auth/session", &copy).status, 401) << "the token is worth nothing now";
  EXPECT_EQ(post("/api/logout").status, 200) << "works for nobody, too";
}

// --- sessions ---------------------------------------------------------------------------------------

TEST_F(SignedUpTest, SessionTellsItsTimes) {
  Jar jar;
  login("ada@example.com", "correct horse", &jar);
  EXPECT_EQ(get("/api/auth/session", &jar).body,
            R"({"expires_at":"2024-11-25T08:19:04.000Z","issued_at":"2024-11-25T08:04:04.000Z","duration_seconds":900,)"
            R"("warning_seconds":120,"extendable":true,"timing_adjustable":true,"remembered":false,)"
            R"("remember_me_duration_days":30})");
  Jar remembered;
  EXPECT_EQ(login("ada@example.com", "correct horse", &remembered, true).cookies.size(), 2u);
  EXPECT_THAT(get("/api/auth/session", &remembered).body,
              HasSubstr(R"("remembered":true,"remember_expires_at":"2024-12-25T08:04:04.000Z")"));
}

TEST_F(SignedUpTest, ExtendGivesANewTokenAndANewRememberCookie) {
  Jar jar;
  login("ada@example.com", "correct horse", &jar, true);
  const Jar before = jar;
  clock_.advance(std::chrono::minutes(10));
  const auto answer = post("/api/auth/session/extend", "", &jar);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("expires_at":"2024-11-25T08:29:04.000Z")"));
  EXPECT_NE(jar.at("hk_token"), before.at("hk_token"));
  EXPECT_NE(jar.at("hk_remember_me"), before.at("hk_remember_me"));
  clock_.advance(std::chrono::minutes(14));
  EXPECT_EQ(get("/api/auth/session", &jar).status, 200);
}

TEST_F(SignedUpTest, RememberMeOutlivesTheTokenAndIsReplacedWhenTheDashboardStarts) {
  Jar jar;
  login("ada@example.com", "correct horse", &jar, true);
  const std::string first = jar.at("hk_remember_me");
  clock_.advance(std::chrono::hours(24));
  jar.erase("hk_token");  // the browser let it expire
  const auto answer = get("/api/user/bootstrap", &jar);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.cookies.size(), 2u);
  EXPECT_NE(jar.at("hk_remember_me"), first);
  EXPECT_TRUE(get("/api/user/bootstrap", &jar).cookies.empty()) << "with a token there is nothing to renew";

  Jar thief{{"hk_remember_me", first}};
  clock_.advance(seconds(30));
  EXPECT_EQ(get("/api/auth/session", &thief).status, 200) << "looks like a second tab";
  EXPECT_FALSE(thief.contains("hk_remember_me") && thief.at("hk_remember_me") != first) << "gets no fresh one";
  clock_.advance(seconds(31));
  Jar late{{"hk_remember_me", first}};
  EXPECT_EQ(get("/api/auth/session", &late).status, 401);
  control_.wait_until_applied();
  EXPECT_EQ(get("/api/auth/session", &jar).status, 401) << "two holders: the session is over for both";
}

TEST_F(SignedUpTest, ARestartForgetsNothing) {
  Jar jar;
  login("ada@example.com", "correct horse", &jar, true);
  Jar gone;
  login("ada@example.com", "correct horse", &gone);
  const Jar copy = gone;
  post("/api/logout", "", &gone);
  gone = copy;
  control_.restart();
  directory_.swap(std::make_shared<const Identities>());
  EXPECT_EQ(get("/api/auth/session", &jar).status, 401) << "nothing is loaded yet";
  EXPECT_TRUE(control_.read([&](db::Sqlite& sql) { return refresh(directory_, sql); }));
  EXPECT_EQ(get("/api/auth/session", &jar).status, 200);
  EXPECT_EQ(get("/api/auth/session", &gone).status, 401) << "signed out stays signed out";
  EXPECT_EQ(set_up().status, 403);
  EXPECT_EQ(post("/api/auth/session/extend", "", &jar).status, 200);
}

TEST_F(SignedUpTest, OnlyTheHashOfARememberTokenIsStored) {
  Jar jar;
  login("ada@example.com", "correct horse", &jar, true);
  std::string stored;
  EXPECT_TRUE(control_.read([&](db::Sqlite& sql) {
    return sql.rows("SELECT remember_hash FROM sessions WHERE remember_hash IS NOT NULL", {},
                    [&](const db::SqlRow& row) { stored = row.text(0); });
  }));
  EXPECT_EQ(stored, crypto::sha256_hex(jar.at("hk_remember_me")));
}

TEST_F(SignedUpTest, OverSessionsGoAndOneUserHasAtMostFifty) {
  for (int i = 0; i < kMaxSessionsPerUser + 5; ++i) {
    clock_.advance(Millis(10));
    ASSERT_EQ(login("ada@example.com", "correct horse").status, 200);
  }
  EXPECT_EQ(count("sessions"), kMaxSessionsPerUser);
  clock_.advance(std::chrono::minutes(16));
  ASSERT_EQ(login("ada@example.com", "correct horse").status, 200);
  EXPECT_EQ(count("sessions"), 1);
}

TEST_F(SignedUpTest, NobodyHasNoSession) {
  for (const auto* path : {"/api/auth/session", "/api/user/bootstrap"}) EXPECT_EQ(get(path).status, 401);
  EXPECT_EQ(post("/api/auth/session/extend").status, 401);
}

TEST_F(SignedUpTest, BootstrapHasEveryPart) {
  Jar jar;
  login("ada@example.com", "correct horse", &jar);
  const auto answer = get("/api/user/bootstrap", &jar);
  ASSERT_EQ(answer.status, 200);
  json::Object body(*json::parse(answer.body));
  EXPECT_TRUE(body.object("session")->opt_str("expires_at"));
  auto profile = body.object("profile");
  EXPECT_EQ(profile->str("email"), "Ada@Example.com");
  EXPECT_EQ(profile->str("display_name"), "Ada L");
  EXPECT_EQ(body.object("preferences")->str("default_locale"), "de");
  auto teams = body.object("teams");
  ASSERT_EQ(teams->objects("teams").size(), 1u);
  EXPECT_EQ(teams->objects("teams")[0].str("role"), "owner");
  EXPECT_EQ(teams->str("active_team_id"), teams->objects("teams")[0].str("id"));
  auto permissions = body.object("permissions");
  EXPECT_EQ(permissions->str("instance_role"), "owner");
  EXPECT_EQ(permissions->strings("instance_permissions").size(), 16u);
  EXPECT_EQ(permissions->strings("active_team_capabilities").size(), 8u);
  EXPECT_TRUE(body.array("sites").empty());
  EXPECT_EQ(body.object("status")->str("version"), "1.2.3");
  EXPECT_TRUE(body.finish());
}

}  // namespace
}  // namespace hk::auth

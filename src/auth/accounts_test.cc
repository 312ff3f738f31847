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
  EXPECT_THAT(
      get("/api/status").body,
      HasSubstr(
          R"({"needs_setup":true,"version":"1.2.3","mail":true,"passkeys":false,"public_url":"http://localhost:8080"})"));
  Jar jar;
  const auto answer = set_up(&jar);
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(answer.body, R"({"status":"ok"})") << "the token is for the browser, not for its scripts";
  EXPECT_TRUE(jar.contains("hk_token"));
  EXPECT_TRUE(jar.contains("hk_device"));
  EXPECT_EQ(jar.size(), 2u) << "no remember-me cookie";
  for (const std::string& cookie : answer.cookies) EXPECT_THAT(cookie, HasSubstr("HttpOnly; SameSite=Lax"));
  EXPECT_THAT(get("/api/status").body, HasSubstr(R"("needs_setup":false)"));

  const auto identities = directory_.now();
  ASSERT_EQ(identities->users.size(), 1u);
  const User& owner = identities->users.begin()->second;
  EXPECT_EQ(owner.email, "Ada@Example.com") << "as typed, trimmed";
  EXPECT_EQ(owner.role, access::InstanceRole::owner);
  EXPECT_EQ(owner.locale, "de");
  ASSERT_EQ(identities->teams.size(), 1u);
  EXPECT_EQ(identities->teams[0].name, "Team von Ada");
  EXPECT_EQ(identities->team_role(owner.id, identities->teams[0].id), access::TeamRole::owner);
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

TEST_F(InstanceTest, OneNetworkOfIpv6IsOneGuesserAndKeepsNobodyElseOut) {
  int limited = 0;
  for (int i = 0; i < 60; ++i) {
    client_ = "2001:db8:1:2::" + std::to_string(i);
    limited += post("/api/initial-user", R"({"setup_code":"guess"})").status == 429;
  }
  EXPECT_EQ(limited, 55);
  for (int i = 0; i < 60; ++i) {
    client_ = "192.0.2." + std::to_string(i);
    EXPECT_EQ(post("/api/initial-user", R"({"setup_code":"guess"})").status, 403);
  }
  client_ = "2001:db8:1:3::1";
  EXPECT_EQ(set_up().status, 201);
}

TEST_F(InstanceTest, SetUpNamesEveryWrongField) {
  const std::string code = R"({"setup_code":")" + std::string(kCode) + "\",";
  const auto answer = post("/api/initial-user", code + R"("email":"nobody","password":"short","given_name":7})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("email must be an address like name@example.com"));
  EXPECT_THAT(answer.body, HasSubstr("password must have at least 10 characters"));
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
  for (const auto* wrong : {R"("given_name":"Ada\u202Eada")", R"("last_name":"a\u2028b")", R"("last_name":"a\u0007b")",
                            R"("email":"a\u202Eda@example.com")", R"("password":"Password123")"}) {
    const auto refused = post("/api/initial-user", code + R"("email":"a@example.com","password":"correct horse",)" +
                                                       std::string(wrong) + "}");
    EXPECT_EQ(refused.status, 400) << wrong;
  }
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
    EXPECT_EQ(answer.cookies.size(), 2u) << "token and device";
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
}

TEST_F(SignedUpTest, KnownAndUnknownAccountsTakeTheSameSteps) {
  struct Steps {
    int status;
    std::string body;
    std::uint64_t hashes;
    std::vector<std::string> statements;
    int later;
  };
  const auto steps_of = [&](const std::string& email, const std::string& password) {
    control_.take_statements();
    const auto hashes = passwords_.runs();
    const int later = later_;
    const auto answer = login(email, password);
    return Steps{.status = answer.status,
                 .body = answer.body,
                 .hashes = passwords_.runs() - hashes,
                 .statements = control_.take_statements(),
                 .later = later_ - later};
  };
  std::string many_bytes;
  for (int i = 0; i < 600; ++i) many_bytes += "é";  // 600 characters, 1,200 bytes
  for (const std::string& password : {std::string("x"), std::string("incorrect horse"), std::string(1'024, 'x'),
                                      std::string(1'025, 'x'), many_bytes, std::string()}) {
    SCOPED_TRACE(password.size());
    const Steps known = steps_of("ada@example.com", password);
    const Steps unknown = steps_of("eve@example.com", password);
    EXPECT_EQ(known.status, unknown.status);
    EXPECT_EQ(known.body, unknown.body);
    EXPECT_EQ(known.hashes, unknown.hashes);
    EXPECT_EQ(known.statements, unknown.statements);
    EXPECT_EQ(known.later, unknown.later);
    if (password == many_bytes) {
      EXPECT_THAT(known.body, HasSubstr("\"password must have at most 1024 bytes\""));
    }
    const bool can_be_one = !password.empty() && password.size() <= crypto::kMaxPasswordBytes;
    EXPECT_EQ(known.status, can_be_one ? 401 : 400);
    EXPECT_EQ(known.hashes, can_be_one ? 1u : 0u) << "refused before looking";
    EXPECT_EQ(known.statements.size(), can_be_one ? 1u : 0u);
    login("ada@example.com", "correct horse");  // starts the count afresh
    clock_.advance(std::chrono::minutes(15));
  }
}

TEST_F(SignedUpTest, WhoHasLeftCostsNothingAndHasTriedNothing) {
  std::stop_source gone;
  gone.request_stop();
  const auto hashes = passwords_.runs();
  for (int i = 0; i < 100; ++i) {
    const auto left = accounts_.sign_in({.email = "ada@example.com",
                                         .password = Secret<std::string>("guess guess"),
                                         .client = client_,
                                         .gone = gone.get_token()},
                                        [](Result<void>) {});
    ASSERT_FALSE(left);
    EXPECT_EQ(left.error().code, Code::conflict);
  }
  EXPECT_EQ(passwords_.runs(), hashes);
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 200) << "no try was counted";
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

TEST_F(SignedUpTest, OneNetworkOfIpv6IsOneClient) {
  int limited = 0;
  for (int i = 0; i < 60; ++i) {
    client_ = "2001:db8:1:2::" + std::to_string(i);
    limited += login("ada@example.com", "guess guess").status == 429;
  }
  EXPECT_EQ(limited, 55);
  client_ = "2001:db8:1:3::1";
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 200) << "the owner next door";
}

TEST_F(SignedUpTest, ADeviceThatSignedInBeforePassesTheGuessesOfOthers) {
  Jar jar;
  ASSERT_EQ(login("ada@example.com", "correct horse", &jar).status, 200);
  ASSERT_EQ(post("/api/logout", "", &jar).status, 200);
  ASSERT_EQ(jar.size(), 1u) << "signing out leaves the device, and nothing else";
  const auto guess_from_everywhere = [&] {
    for (int i = 0; i < 60; ++i) {
      client_ = "198.51.100." + std::to_string(i);
      login("ada@example.com", "guess guess");
    }
    client_ = "192.0.2.50";
  };
  guess_from_everywhere();
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 429);
  EXPECT_EQ(login("ada@example.com", "correct horse", &jar).status, 200);

  // A copied cookie gives nobody more tries than a client has, wherever he comes from.
  Jar copy{{"hk_device", jar.at("hk_device")}};
  int limited = 0;
  for (int i = 0; i < 20; ++i) {
    client_ = "203.0.113." + std::to_string(i);
    limited += login("ada@example.com", "guess guess", &copy).status == 429;
  }
  EXPECT_EQ(limited, 15);
}

TEST_F(SignedUpTest, ADeviceIsKnownForItsAccountItsTimeAndItsKey) {
  const std::string cookie = tokens_.device("ada@example.com");
  EXPECT_TRUE(tokens_.read_device(cookie, "ada@example.com"));
  EXPECT_FALSE(tokens_.read_device(cookie, "eve@example.com"));
  EXPECT_FALSE(tokens_.read_device(cookie + "x", "ada@example.com"));
  EXPECT_FALSE(tokens_.read_device("", "ada@example.com"));
  EXPECT_NE(tokens_.read_device(cookie, "ada@example.com"),
            tokens_.read_device(tokens_.device("ada@example.com"), "ada@example.com"));
  clock_.advance(kDeviceLifetime - Millis(1));
  EXPECT_TRUE(tokens_.read_device(cookie, "ada@example.com"));
  clock_.advance(Millis(1));
  EXPECT_FALSE(tokens_.read_device(cookie, "ada@example.com"));
  clock_.set(testing::kNow);
  settings_.jwt_secret = Secret<std::string>("another key of at least 32 bytes, so");
  EXPECT_FALSE(tokens_.read_device(cookie, "ada@example.com"));
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
  EXPECT_FALSE(jar.contains("hk_token"));
  EXPECT_FALSE(jar.contains("hk_remember_me"));
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
  EXPECT_EQ(login("ada@example.com", "correct horse", &remembered, true).cookies.size(), 3u);
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
  EXPECT_EQ(answer.cookies.size(), 2u) << "token and remember-me";
  EXPECT_NE(jar.at("hk_remember_me"), first);
  EXPECT_TRUE(get("/api/user/bootstrap", &jar).cookies.empty()) << "with a token there is nothing to renew";
}

/// A browser that is remembered, and what its cookies do.
class RememberedTest : public SignedUpTest {
 protected:
  RememberedTest() { EXPECT_EQ(login("ada@example.com", "correct horse", &owner_, true).status, 200); }

  Answer extend(Jar& jar) { return post("/api/auth/session/extend", "", &jar); }
  /// Comes with the remember-me cookie alone, as after a night.
  int come_back(Jar jar) {
    jar.erase("hk_token");
    const int status = get("/api/auth/session", &jar).status;
    control_.wait_until_applied();
    return status;
  }
  void rotate(int times) {
    for (int i = 0; i < times; ++i) {
      clock_.advance(std::chrono::minutes(5));
      const std::string before = owner_.at("hk_remember_me");
      ASSERT_EQ(extend(owner_).status, 200);
      ASSERT_NE(owner_.at("hk_remember_me"), before);
    }
  }
  std::uint64_t stolen() {
    return metrics_.counter("hitkeep_sessions_stolen_total", "Sessions ended because their cookie had two holders")
        .value();
  }

  Jar owner_;
};

TEST_F(RememberedTest, ALostAnswerIsNoTheft) {
  for (int i = 0; i < 5; ++i) {
    Jar unheard = owner_;  // the answer and its cookies never arrive
    ASSERT_EQ(extend(unheard).status, 200);
    EXPECT_NE(unheard.at("hk_remember_me"), owner_.at("hk_remember_me"));
    clock_.advance(std::chrono::minutes(5));
  }
  rotate(3);
  Jar unheard = owner_;
  ASSERT_EQ(extend(unheard).status, 200);
  EXPECT_EQ(extend(owner_).status, 200) << "at once again";
  EXPECT_EQ(come_back(owner_), 200);
  EXPECT_EQ(stolen(), 0u);
}

TEST_F(RememberedTest, OfTwoTabsAtOnceOneGetsTheCookieForBoth) {
  for (int i = 0; i < 3; ++i) {
    clock_.advance(std::chrono::hours(20));
    owner_.erase("hk_token");
    Jar first = owner_, second = owner_;
    ASSERT_EQ(get("/api/user/bootstrap", &first).status, 200);
    clock_.advance(kRememberOnItsWay);
    ASSERT_EQ(get("/api/user/bootstrap", &second).status, 200);
    EXPECT_NE(first.at("hk_remember_me"), owner_.at("hk_remember_me"));
    EXPECT_EQ(second.at("hk_remember_me"), owner_.at("hk_remember_me")) << "keeps what is there";
    owner_ = first;  // they share one jar
  }
  EXPECT_EQ(stolen(), 0u);
}

TEST_F(RememberedTest, ACopiedCookieIsNoticedAfterOneTwoAndTenRotations) {
  for (const int rotations : {1, 2, 10}) {
    SCOPED_TRACE(rotations);
    const auto before = stolen();
    owner_.clear();
    ASSERT_EQ(login("ada@example.com", "correct horse", &owner_, true).status, 200);
    Jar thief{{"hk_remember_me", owner_.at("hk_remember_me")}};
    rotate(rotations);
    clock_.advance(std::chrono::minutes(5));
    const int entered = get("/api/auth/session", &thief).status;
    control_.wait_until_applied();
    // After one rotation the copy can still be a browser that got no answer; the owner's next step tells.
    EXPECT_EQ(entered, rotations == 1 ? 200 : 401);
    EXPECT_EQ(extend(owner_).status, 401) << "two holders: it is over for both";
    control_.wait_until_applied();
    EXPECT_EQ(get("/api/auth/session", &thief).status, 401);
    EXPECT_EQ(come_back(thief), 401);
    EXPECT_EQ(come_back(owner_), 401);
    EXPECT_EQ(stolen(), before + 1);
  }
}

TEST_F(RememberedTest, AThiefWhoIsFasterIsNoticedWhenTheOwnerComesBack) {
  Jar thief{{"hk_remember_me", owner_.at("hk_remember_me")}};
  ASSERT_EQ(get("/api/auth/session", &thief).status, 200);
  clock_.advance(std::chrono::minutes(5));
  ASSERT_EQ(extend(thief).status, 200);
  EXPECT_EQ(come_back(owner_), 401);
  EXPECT_EQ(get("/api/auth/session", &thief).status, 401);
  EXPECT_EQ(stolen(), 1u);
}

TEST_F(RememberedTest, ATokenDoesNotHideAStolenCookie) {
  const std::string first = owner_.at("hk_remember_me");
  rotate(2);
  Jar mixed = owner_;
  mixed["hk_remember_me"] = first;
  EXPECT_EQ(extend(mixed).status, 401);
  control_.wait_until_applied();
  EXPECT_EQ(extend(owner_).status, 401);
  EXPECT_EQ(stolen(), 1u);
}

TEST_F(RememberedTest, AClockThatWasWrongEndsNothing) {
  clock_.advance(std::chrono::days(20));
  rotate(1);
  clock_.advance(-std::chrono::days(20));
  rotate(3);
  EXPECT_EQ(come_back(owner_), 200);
  EXPECT_EQ(stolen(), 0u);
}

TEST_F(RememberedTest, ItEndsAfterHalfAYearHoweverOftenItIsUsed) {
  for (int day = 20; day < 180; day += 20) {
    clock_.advance(std::chrono::days(20));
    owner_.erase("hk_token");
    ASSERT_EQ(get("/api/user/bootstrap", &owner_).status, 200) << day;
  }
  clock_.advance(std::chrono::days(19));
  const auto late = post("/api/auth/session/extend", "", &owner_);
  ASSERT_EQ(late.status, 200);
  EXPECT_THAT(late.body, HasSubstr(R"("remember_expires_at":"2025-05-24T08:04:04.000Z")"));
  clock_.advance(std::chrono::days(1));
  EXPECT_EQ(extend(owner_).status, 401);
  EXPECT_EQ(come_back(owner_), 401);
  EXPECT_EQ(stolen(), 0u);
}

TEST_F(RememberedTest, ANewKeyEndsItQuietly) {
  settings_.jwt_secret = Secret<std::string>("another key of at least 32 bytes, so");
  EXPECT_EQ(get("/api/auth/session", &owner_).status, 401);
  EXPECT_EQ(come_back(owner_), 401);
  EXPECT_EQ(stolen(), 0u);
  EXPECT_EQ(count("sessions"), 2) << "nothing was taken for theft";
}

// --- password and sessions --------------------------------------------------------------------------

TEST_F(RememberedTest, ANewPasswordEndsEveryOtherSessionAndGivesAFreshOne) {
  Jar other;
  login("ada@example.com", "correct horse", &other, true);
  const Jar before = owner_;
  const auto change = [&](const std::string& present, const std::string& next) {
    return post("/api/user/password", R"({"current_password":")" + present + R"(","new_password":")" + next + "\"}",
                &owner_);
  };
  const auto wrong = change("incorrect horse", "a better password");
  EXPECT_EQ(wrong.status, 403);
  EXPECT_THAT(wrong.body, HasSubstr("Current password is incorrect"));
  EXPECT_THAT(wrong.body, HasSubstr(R"("field":"current_password")"));
  for (const auto* bad : {"short", "password123", "ada@example.com"}) {
    const auto refused = change("correct horse", bad);
    EXPECT_EQ(refused.status, 400) << bad;
    EXPECT_THAT(refused.body, HasSubstr(R"("field":"new_password")"));
  }
  EXPECT_EQ(owner_, before);

  const auto answer = change("correct horse", "a better password");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, R"({"status":"ok"})");
  EXPECT_EQ(get("/api/auth/session", &owner_).status, 200);
  EXPECT_EQ(come_back(owner_), 200) << "stays remembered";
  EXPECT_EQ(get("/api/auth/session", &other).status, 401);
  EXPECT_EQ(come_back(other), 401);
  EXPECT_EQ(come_back(before), 401) << "a copy of the old cookies too";
  EXPECT_EQ(count("sessions"), 1);
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 401);
  EXPECT_EQ(login("ada@example.com", "a better password").status, 200);
  EXPECT_EQ(stolen(), 0u);
}

TEST_F(RememberedTest, GuessingThePresentPasswordSlowsDown) {
  const auto guess = [&](Jar& jar) {
    return post("/api/user/password", R"({"current_password":"guess","new_password":"a better password"})", &jar)
        .status;
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(guess(owner_), 403);
  EXPECT_EQ(guess(owner_), 429);
}

TEST_F(RememberedTest, EndingEverySessionLeavesTheCallerAFreshOneOfTheSameAge) {
  Jar other;
  login("ada@example.com", "correct horse", &other, true);
  const Jar before = owner_;
  clock_.advance(std::chrono::minutes(5));
  ASSERT_EQ(ask(http::Method::del, "/api/user/sessions", "", &owner_).status, 200);
  EXPECT_EQ(get("/api/auth/session", &owner_).status, 200);
  EXPECT_EQ(come_back(owner_), 200);
  for (Jar jar : {before, other}) {
    EXPECT_EQ(come_back(jar), 401);
    EXPECT_EQ(get("/api/auth/session", &jar).status, 401);
  }
  ASSERT_EQ(directory_.now()->sessions.size(), 1u);
  EXPECT_EQ(directory_.now()->sessions.begin()->second.created_at, testing::kNow) << "not younger than its sign-in";
  EXPECT_EQ(stolen(), 0u);
}

TEST_F(SignedUpTest, OverHttpsCookiesHaveTheNameThatNobodyElseCanSet) {
  secure_ = true;
  Jar jar;
  ASSERT_EQ(login("ada@example.com", "correct horse", &jar, true).status, 200);
  EXPECT_TRUE(jar.contains("__Host-hk_token"));
  EXPECT_TRUE(jar.contains("__Host-hk_remember_me"));
  EXPECT_TRUE(jar.contains("__Secure-hk_device"));
  EXPECT_EQ(get("/api/auth/session", &jar).status, 200);
  EXPECT_EQ(post("/api/auth/session/extend", "", &jar).status, 200);
  Jar plain{{"hk_token", jar.at("__Host-hk_token")}};
  EXPECT_EQ(get("/api/auth/session", &plain).status, 200) << "still read under its earlier name";
  EXPECT_EQ(post("/api/logout", "", &jar).status, 200);
  EXPECT_EQ(jar.size(), 1u);
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

TEST_F(SignedUpTest, TheDatabaseHoldsNothingThatSignsAnybodyIn) {
  Jar jar;
  login("ada@example.com", "correct horse", &jar, true);
  std::vector<std::string> columns;
  EXPECT_TRUE(control_.read([&](db::Sqlite& sql) {
    return sql.rows("SELECT name FROM pragma_table_info('sessions')", {},
                    [&](const db::SqlRow& row) { columns.emplace_back(row.text(0)); });
  }));
  EXPECT_THAT(columns,
              ::testing::ElementsAre("id", "user_id", "created_at", "expires_at", "remember_at", "remember_next",
                                     "remember_expires_at", "how", "proved_at", "country", "browser", "os", "factor"))
      << "ids and times only: the secret is a signature";
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
  EXPECT_EQ(permissions->strings("instance_permissions").size(), 11u);
  EXPECT_EQ(permissions->strings("active_team_capabilities").size(), 8u);
  EXPECT_TRUE(body.array("sites").empty());
  EXPECT_EQ(body.object("status")->str("version"), "1.2.3");
  EXPECT_TRUE(body.finish());
}

/// A session whose holder gave his password at some time.
TEST(ProofTest, LastsForTenMinutesInItsSessionAlone) {
  const access::SignedIn who{.user = {Uuid{{1}}}, .session = {Uuid{{2}}}, .token = {}};
  const TimeMs start{Millis{1'732'521'844'000}};
  Identities identities;
  EXPECT_FALSE(require_proof(identities, who, start)) << "a session that is gone";
  identities.sessions[who.session] = {.id = who.session, .user = who.user, .proved_at = start};
  EXPECT_TRUE(require_proof(identities, who, start + kProofLasts - Millis(1)));
  EXPECT_EQ(require_proof(identities, who, start + kProofLasts).error().field, "proof");
  EXPECT_FALSE(require_proof(identities, access::Nobody{}, start));
  EXPECT_TRUE(require_proof(identities, access::System{.task = "demo"}, start));
}

}  // namespace
}  // namespace hk::auth

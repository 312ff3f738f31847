#include "auth/password_resets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "auth/testing/instance.h"

namespace hk::auth {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PasswordResetTest : public testing::InstanceTest {
 protected:
  void SetUp() override { ASSERT_EQ(set_up(&browser_).status, 201); }

  Answer ask_for(const std::string& email) {
    return post("/api/auth/forgot-password", R"({"email":")" + email + "\"}");
  }
  /// The token of the mail of that number.
  std::string token(std::size_t number = 0) {
    const std::string text = outbox_.wait(number).text, mark = "#token=";
    const auto at = text.find(mark);
    return at == std::string::npos ? "" : text.substr(at + mark.size(), 64);
  }
  Answer set(const std::string& token, const std::string& password) {
    return post("/api/auth/reset-password", R"({"token":")" + token + R"(","password":")" + password + "\"}");
  }

  Jar browser_;
};

TEST_F(PasswordResetTest, ALinkSetsThePasswordOnceAndEndsEverySession) {
  ASSERT_EQ(get("/api/auth/session", &browser_).status, 200);
  EXPECT_EQ(ask_for(" ada@example.COM ").status, 200);
  const mail::Mail mail = outbox_.wait();
  EXPECT_EQ(mail.to, "Ada@Example.com");
  EXPECT_THAT(mail.text, StartsWith("http://localhost:8080/reset-password#token="));
  EXPECT_THAT(mail.text, HasSubstr(" 60 DE"));  // the account's language
  EXPECT_EQ(mail.html, "localhost");

  const Answer answer = set(token(), "a better password");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(get("/api/auth/session", &browser_).status, 401);
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 401);
  EXPECT_EQ(login("ada@example.com", "a better password").status, 200);
  EXPECT_EQ(count("password_resets"), 0);

  const Answer again = set(token(), "one more password");
  EXPECT_EQ(again.status, 400);
  EXPECT_THAT(again.body, HasSubstr(R"("field":"token")"));
  EXPECT_THAT(again.body, HasSubstr("Invalid or expired link"));
}

TEST_F(PasswordResetTest, WhatHappensToAnAccountIsInTheAuditLog) {
  ask_for("ada@example.com");
  ASSERT_EQ(set(token(), "a better password").status, 200);
  ASSERT_EQ(login("ada@example.com", "guess guess", &browser_).status, 401);
  ASSERT_EQ(login("ada@example.com", "a better password", &browser_).status, 200);
  ASSERT_EQ(post("/api/user/password", R"({"current_password":"a better password","new_password":"one more password"})",
                 &browser_)
                .status,
            200);
  ASSERT_EQ(ask(http::Method::del, "/api/user/sessions", "", &browser_).status, 200);
  std::string actions;
  ASSERT_TRUE(control_.read([&](db::Sqlite& sql) {
    return sql.rows("SELECT action, actor_label, changes FROM audit ORDER BY at, rowid", {},
                    [&](const db::SqlRow& row) {
                      actions += std::string(row.text(0)) + " ";
                      EXPECT_EQ(row.text(1), "Ada@Example.com");
                      EXPECT_EQ(row.text(2), R"({"changes":[]})") << "no secret";
                    });
  }));
  EXPECT_EQ(actions,
            "instance.set_up auth.password_reset auth.login_succeeded auth.password_changed auth.sessions_ended ");
}

TEST_F(PasswordResetTest, ASignInThatWasUnderWayWithTheOldPasswordFails) {
  ask_for("ada@example.com");
  const std::string link = token();
  // Between the look at the old hash and the session's row.
  control_.before_next_write([&] { EXPECT_EQ(set(link, "a better password").status, 200); });
  Jar jar;
  EXPECT_EQ(login("ada@example.com", "correct horse", &jar).status, 401);
  EXPECT_TRUE(jar.empty());
  EXPECT_EQ(count("sessions"), 0);
}

TEST_F(PasswordResetTest, AnUnknownAccountGetsTheSameAnswerAndNoMail) {
  const Answer unknown = ask_for("nobody@example.com");
  const Answer known = ask_for("ada@example.com");
  EXPECT_EQ(unknown.status, 200);
  EXPECT_EQ(unknown.body, known.body);
  EXPECT_EQ(outbox_.wait().to, "Ada@Example.com");
  EXPECT_EQ(outbox_.size(), 1u);
}

TEST_F(PasswordResetTest, KnownAndUnknownAccountsTakeTheSameSteps) {
  const auto steps_of = [&](const std::string& email) {
    control_.wait_until_applied();
    control_.take_statements();
    const auto before = control_.applied();
    const int later = later_;
    EXPECT_EQ(ask_for(email).status, 200);
    auto statements = control_.take_statements();
    control_.wait_until_applied();
    return std::tuple(statements, later_ - later, control_.applied() > before);
  };
  for (int i = 0; i < 2; ++i) {  // the second time there is a link to replace
    const auto known = steps_of("ada@example.com");
    EXPECT_EQ(known, steps_of("eve@example.com"));
    EXPECT_EQ(std::get<0>(known).size(), 3u);
    EXPECT_EQ(std::get<1>(known), 1);
    EXPECT_TRUE(std::get<2>(known)) << "one change went through the log";
  }
  steps_of("mallory@example.com");
  EXPECT_EQ(count("password_resets"), 2) << "made-up addresses share one row";
  outbox_.wait(1);
  EXPECT_EQ(outbox_.size(), 2u);
  EXPECT_EQ(set(std::string(64, '0'), "a better password").status, 400);
}

TEST_F(PasswordResetTest, MadeUpAddressesForgetNoLimit) {
  // Straight at the object: 5,000 changes of control data would take long.
  PasswordResets resets(
      settings_, control_, passwords_,
      {.templates = testing::test_templates(), .send = [](mail::Mail) { return true; }},
      [](const auto&) { return true; }, clock_);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(resets.request("ada@example.com"));
  for (int i = 0; i < 5'000; ++i) EXPECT_TRUE(resets.request("nobody" + std::to_string(i) + "@example.com"));
  EXPECT_EQ(resets.request("ada@example.com").error().code, Code::limited);
}

TEST_F(PasswordResetTest, WhoReadsTheMailIsKnownAsADevice) {
  ask_for("ada@example.com");
  Jar jar;
  ASSERT_EQ(
      post("/api/auth/reset-password", R"({"token":")" + token() + R"(","password":"a better password"})", &jar).status,
      200);
  for (int i = 0; i < 60; ++i) {
    client_ = "198.51.100." + std::to_string(i);
    login("ada@example.com", "guess guess");
  }
  EXPECT_EQ(login("ada@example.com", "a better password").status, 429);
  EXPECT_EQ(login("ada@example.com", "a better password", &jar).status, 200);
}

TEST_F(PasswordResetTest, ALinkEndsAfterAnHour) {
  ask_for("ada@example.com");
  const std::string link = token();
  clock_.advance(kResetLifetime);
  EXPECT_EQ(set(link, "a better password").status, 400);
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 200);
}

TEST_F(PasswordResetTest, OnlyTheLatestLinkWorks) {
  ask_for("ada@example.com");
  const std::string first = token(0);
  ask_for("ada@example.com");
  const std::string second = token(1);
  ASSERT_NE(first, second);
  EXPECT_EQ(set(first, "a better password").status, 400);
  EXPECT_EQ(set(second, "a better password").status, 200);
}

TEST_F(PasswordResetTest, TheDatabaseKeepsNoToken) {
  ask_for("ada@example.com");
  const std::string link = token();
  ASSERT_EQ(link.size(), 64u);
  std::string kept;
  ASSERT_TRUE(control_.read([&](db::Sqlite& sql) {
    return sql.rows("SELECT token_hash FROM password_resets", {}, [&](const db::SqlRow& row) { kept = row.text(0); });
  }));
  EXPECT_EQ(kept, crypto::sha256_hex(link));
}

TEST_F(PasswordResetTest, NobodysMailboxIsFilled) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask_for("Ada@example.com").status, 200);
  const Answer limited = ask_for("ada@example.com");
  EXPECT_EQ(limited.status, 429);
  EXPECT_FALSE(limited.retry_after.empty());
  EXPECT_EQ(ask_for("other@example.com").status, 200);
  clock_.advance(minutes(60));
  EXPECT_EQ(ask_for("ada@example.com").status, 200);
}

TEST_F(PasswordResetTest, NamesWhatIsWrong) {
  EXPECT_THAT(ask_for("nonsense").body, HasSubstr(R"("field":"email")"));
  EXPECT_THAT(set("", "long enough").body, HasSubstr(R"("field":"token")"));
  EXPECT_THAT(set(std::string(64, 'a'), "short").body, HasSubstr(R"("field":"password")"));
  EXPECT_THAT(set(std::string(64, 'a'), "long enough").body, HasSubstr("Invalid or expired link"));
  ask_for("ada@example.com");
  for (const auto* bad : {"password123", "ada@example.com", "localhost2026"})
    EXPECT_THAT(set(token(), bad).body, HasSubstr(R"("field":"password")")) << bad;
  EXPECT_EQ(login("ada@example.com", "correct horse").status, 200);
}

TEST_F(PasswordResetTest, WithoutAMailServerItSaysSo) {
  EXPECT_THAT(get("/api/status").body, HasSubstr(R"("mail":true)"));
  PasswordResets none(settings_, control_, passwords_, {}, [](auto) { return true; }, clock_);
  const auto answer = none.request("ada@example.com");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("HITKEEP_MAIL_HOST"));
}

TEST_F(PasswordResetTest, ABusyServerDoesNotCountAgainstTheAccount) {
  bool room = false;
  PasswordResets busy(
      settings_, control_, passwords_,
      {.templates = testing::test_templates(), .send = [](mail::Mail) { return true; }},
      [&](const auto&) { return room; }, clock_);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(busy.request("ada@example.com").error().code, Code::busy);
  room = true;
  EXPECT_TRUE(busy.request("ada@example.com"));
}

}  // namespace
}  // namespace hk::auth

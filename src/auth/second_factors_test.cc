#include "auth/second_factors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <string>
#include <thread>

#include "auth/testing/instance.h"
#include "crypto/totp.h"

namespace hk::auth {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using testing::field;
using ::testing::HasSubstr;
using testing::InstanceTest;
using ::testing::Not;

constexpr std::string_view kVerify = "/api/auth/mfa/totp/verify";
constexpr std::string_view kRecover = "/api/auth/mfa/recovery-code/verify";
constexpr std::string_view kSetUp = "/api/user/security/totp/setup/start";

/// What an app makes of the key that it is shown.
std::string seed_of(const std::string& secret) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : secret) {
    bits = bits << 5 | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
    held += 5;
    if (held >= 8) out += static_cast<char>(bits >> (held -= 8) & 0xff);
  }
  return out;
}

std::string code_body(const std::string& code) {
  return R"({"code":")" + code + "\"}";
}

/// Ada owns the instance and has an app.
class SecondFactorsTest : public InstanceTest {
 protected:
  SecondFactorsTest() {
    EXPECT_EQ(set_up(&jar_).status, 201);
    user_ = directory_.now()->users.begin()->first;
    seed_ = seed_of(field(post(std::string(kSetUp), "", &jar_).body, "secret"));
    EXPECT_EQ(post("/api/user/security/totp/setup/verify", code_body(code()), &jar_).status, 200);
    next_step();
  }

  std::string code(std::int64_t off = 0) const {
    return crypto::totp_code(seed_, clock_.now().time_since_epoch() / crypto::kTotpStep + off);
  }
  static std::string wrong(const std::string& code) { return code == "000000" ? "000001" : "000000"; }
  void next_step() { clock_.advance(crypto::kTotpStep); }

  /// The password; what comes is the challenge.
  std::string first(Jar* jar = nullptr, bool remember = false) {
    const auto answer = login("ada@example.com", "correct horse", jar, remember);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return field(answer.body, "challenge_token");
  }
  Answer second(const std::string& challenge, const std::string& code, Jar* jar = nullptr,
                std::string_view path = kVerify) {
    return post(std::string(path), R"({"challenge_token":")" + challenge + R"(","code":")" + code + "\"}", jar);
  }
  std::vector<std::string> codes() {
    const auto body = post("/api/user/security/recovery-codes/regenerate", "", &jar_).body;
    std::vector<std::string> out;
    for (auto at = body.find('-'); at != std::string::npos; at = body.find('-', at + 1))
      out.push_back(body.substr(at - 5, 11));
    return out;
  }

  Jar jar_;
  UserId user_;
  std::string seed_;
};

TEST_F(InstanceTest, AnAppIsOnOnlyOnceItShowedThatItHasTheKey) {
  Jar jar;
  ASSERT_EQ(set_up(&jar).status, 201);
  const auto verify = [&](const std::string& code) {
    return post("/api/user/security/totp/setup/verify", code_body(code), &jar);
  };
  EXPECT_EQ(verify("123456").status, 409) << "nothing waits";
  EXPECT_EQ(post("/api/user/security/recovery-codes/regenerate", "", &jar).status, 409);
  EXPECT_EQ(post("/api/user/security/totp/disable", code_body("123456"), &jar).status, 404);

  const auto shown = post(std::string(kSetUp), "", &jar);
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_THAT(shown.body, HasSubstr("otpauth://totp/localhost:Ada%40Example.com?secret="));
  EXPECT_THAT(get("/api/user/security", &jar).body,
              AllOf(HasSubstr(R"("totp_enabled":false,"totp_pending":true,"passkeys":[])"),
                    HasSubstr(R"("recovery_codes_generated":false)")));
  EXPECT_THAT(login("ada@example.com", "correct horse").body, HasSubstr(R"("status":"ok")"));

  const std::string first = seed_of(field(shown.body, "secret"));
  const std::string seed = seed_of(field(post(std::string(kSetUp), "", &jar).body, "secret"));
  const auto step = clock_.now().time_since_epoch() / crypto::kTotpStep;
  EXPECT_EQ(verify(crypto::totp_code(first, step)).status, 400) << "of the key that was shown before";
  clock_.advance(kTotpSetup);
  EXPECT_EQ(verify(crypto::totp_code(seed, clock_.now().time_since_epoch() / crypto::kTotpStep)).status, 409);
  EXPECT_THAT(get("/api/user/security", &jar).body, HasSubstr(R"("totp_pending":false)"));
}

TEST_F(SecondFactorsTest, ThePasswordAloneSignsNobodyIn) {
  Jar jar;
  const auto answer = login("ada@example.com", "correct horse", &jar);
  EXPECT_THAT(answer.body, HasSubstr(R"({"status":"mfa_required","challenge_token":")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("factors":["totp"])")) << "no recovery codes were made";
  EXPECT_TRUE(answer.cookies.empty());
  EXPECT_EQ(get("/api/user/bootstrap", &jar).status, 401);
  const std::string challenge = field(answer.body, "challenge_token");
  EXPECT_EQ(ask(http::Method::get, "/api/user/bootstrap", "", nullptr, {{"cookie", "hk_token=" + challenge}}).status,
            401)
      << "a challenge is no token";
  EXPECT_EQ(login("ada@example.com", "wrong horse").status, 401) << "nobody learns who has a second factor";

  const auto done = second(challenge, code(), &jar);
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(get("/api/user/bootstrap", &jar).status, 200);
  EXPECT_THAT(get("/api/user/sessions", &jar).body, HasSubstr(R"("how":"password","factor":"totp")"));
}

TEST_F(SecondFactorsTest, ACodeWorksOnceAndSoDoesAChallenge) {
  const auto challenge = first();
  const auto used = code();
  EXPECT_EQ(second(challenge, used).status, 200);
  EXPECT_EQ(second(first(), used).status, 401) << "the same code in another sign-in";
  EXPECT_EQ(second(first(), code(-1)).status, 401) << "one before it";
  next_step();
  EXPECT_EQ(second(challenge, code()).status, 409) << "it is a session by now";
  EXPECT_EQ(second(first(), code()).status, 200);
}

TEST_F(SecondFactorsTest, OfTwoThatShowOneCodeOneGetsIn) {
  const std::string challenges[] = {first(), first()};
  const std::string both = code();
  std::latch start(2);
  std::atomic<int> in = 0;
  std::vector<std::thread> threads;
  for (const std::string& challenge : challenges)
    threads.emplace_back([&] {
      start.arrive_and_wait();
      in += second(challenge, both).status == 200 ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(in, 1);
}

TEST_F(SecondFactorsTest, AChallengeEndsWithItsTimeAndWithThePassword) {
  const auto late = first();
  clock_.advance(kChallengeLifetime);
  EXPECT_EQ(second(late, code()).status, 409);

  const auto robbed = first();
  ASSERT_EQ(post("/api/user/password", R"({"current_password":"correct horse","new_password":"another horse"})", &jar_)
                .status,
            200);
  EXPECT_EQ(second(robbed, code()).status, 409);
}

TEST_F(SecondFactorsTest, NobodyMakesAChallenge) {
  const auto ours = first();
  for (std::size_t i = 0; i < ours.size(); i += 7) {
    std::string changed = ours;
    changed[i] = changed[i] == '1' ? '0' : '1';
    EXPECT_EQ(second(changed, code()).status, 409) << i;
  }
  for (const char* made : {"x", "1.2.3", "00000000-0000-4000-8000-000000000000"})
    EXPECT_EQ(second(made, code()).status, 409) << made;
  EXPECT_EQ(second(jar_["hk_device"], code()).status, 409) << "what is signed for another purpose";
  EXPECT_EQ(second("", code()).status, 400);
  EXPECT_EQ(second(ours, "").status, 400);
}

TEST_F(SecondFactorsTest, GuessesSlowDownAndARestartForgetsNone) {
  const auto challenge = first();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(second(challenge, wrong(code())).status, 401) << i;
  const auto next = second(challenge, code());
  EXPECT_EQ(next.status, 429) << "even a right one waits";
  EXPECT_EQ(next.retry_after, "1");
  EXPECT_EQ(second(first(), code()).status, 429) << "in another sign-in too: the count is the account's";
  EXPECT_EQ(count("factor_tries"), 1) << "in the database";
  clock_.advance(seconds(1));
  EXPECT_EQ(second(first(), wrong(code())).status, 401);
  EXPECT_EQ(second(first(), code()).retry_after, "2");
  clock_.advance(seconds(2));
  EXPECT_EQ(second(first(), code()).status, 200);
  EXPECT_EQ(count("factor_tries"), 0) << "a right one begins afresh";
}

TEST_F(SecondFactorsTest, WhoGuessesKeepsNobodyOutOfABrowserThatIsKnown) {
  Jar known = jar_;
  known.erase("hk_token");
  const auto strange = first();
  for (int i = 0; i < 5; ++i) second(strange, wrong(code()));
  EXPECT_EQ(second(first(), code()).status, 429);
  EXPECT_EQ(second(first(&known), code(), &known).status, 200);
}

TEST_F(SecondFactorsTest, TheWaitIsAQuarterOfAnHourAtMost) {
  const auto wait_after = [&](int failures) {
    while (true) {
      const auto answer = second(first(), wrong(code()));
      if (answer.status == 401 && --failures == 0) break;
      if (answer.status == 429) clock_.advance(seconds(std::stoi(answer.retry_after)));
    }
    return second(first(), code()).retry_after;
  };
  EXPECT_EQ(wait_after(14), "512");
  EXPECT_EQ(wait_after(3), "900");
  clock_.advance(minutes(15));
  EXPECT_EQ(second(first(), code()).status, 200);
}

TEST_F(SecondFactorsTest, RecoveryCodesWorkOnceEachInAnyForm) {
  auto all = codes();
  ASSERT_EQ(all.size(), kRecoveryCodes);
  EXPECT_THAT(login("ada@example.com", "correct horse").body, HasSubstr(R"("factors":["totp","recovery_code"])"));
  Jar jar;
  EXPECT_EQ(second(first(), all[0], &jar, kRecover).status, 200);
  EXPECT_THAT(get("/api/user/sessions", &jar).body, HasSubstr(R"("factor":"recovery_code")"));
  EXPECT_EQ(second(first(), all[0], nullptr, kRecover).status, 401) << "it is used";
  std::string typed = " " + all[1] + " ";
  typed.erase(typed.find('-'), 1);
  for (char& c : typed) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(second(first(), typed, nullptr, kRecover).status, 200) << typed;
  EXPECT_EQ(second(first(), all[2], nullptr, kVerify).status, 401) << "an app's code is asked for";
  EXPECT_THAT(get("/api/user/security", &jar_).body,
              HasSubstr(R"("recovery_codes_generated":true,"recovery_codes_total":8,"recovery_codes_remaining":6)"));

  const auto fresh = codes();
  EXPECT_EQ(second(first(), all[3], nullptr, kRecover).status, 401) << "of the ones before";
  EXPECT_EQ(second(first(), fresh[3], nullptr, kRecover).status, 200);
}

TEST_F(SecondFactorsTest, TheDatabaseShowsNeitherSeedNorCode) {
  const auto all = codes();
  std::string kept;
  ASSERT_TRUE(control_.read([&](db::Sqlite& db) {
    auto read = db.rows("SELECT seed FROM totp", {}, [&](const db::SqlRow& row) { kept += row.text(0); });
    if (read)
      read = db.rows("SELECT code_hash FROM recovery_codes", {}, [&](const db::SqlRow& row) { kept += row.text(0); });
    return read;
  }));
  EXPECT_THAT(kept, AllOf(Not(HasSubstr(crypto::totp_secret(seed_))), Not(HasSubstr(all[0]))));
  // Under another key nothing can be read, and who is asked says what helps.
  Settings other = settings_;
  other.data_key = Secret<std::string>("another key of the operator, really so");
  const SecondFactors elsewhere(other, control_, clock_);
  const auto taken = control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto right =
            elsewhere.take(change.sql(), user_, {.code = code(), .factor = Factor::totp, .door = FactorDoor::session});
        EXPECT_FALSE(right);
        EXPECT_THAT(right.error().message, HasSubstr("HITKEEP_DATA_KEY"));
        return {};
      },
      [](Result<void>) {});
  EXPECT_TRUE(taken);
}

TEST_F(SecondFactorsTest, SwitchingOffNeedsACodeAndLeavesNothing) {
  codes();
  EXPECT_EQ(post("/api/user/security/totp/disable", code_body(wrong(code())), &jar_).status, 400);
  EXPECT_EQ(post(std::string(kSetUp), "", &jar_).status, 409) << "one app at a time";
  EXPECT_EQ(count("factor_tries"), 1);
  const auto off = post("/api/user/security/totp/disable", code_body(code()), &jar_);
  EXPECT_EQ(off.status, 200) << off.body;
  for (const char* table : {"totp", "recovery_codes", "factor_tries"}) EXPECT_EQ(count(table), 0) << table;
  EXPECT_THAT(login("ada@example.com", "correct horse").body, HasSubstr(R"("status":"ok")"));
}

TEST_F(SecondFactorsTest, ACodeIsAProofAndWhatIsSwitchedNeedsOne) {
  clock_.advance(kProofLasts);
  EXPECT_THAT(post("/api/user/security/recovery-codes/regenerate", "", &jar_).body, HasSubstr(R"("field":"proof")"));
  EXPECT_THAT(post(std::string(kSetUp), "", &jar_).body, HasSubstr(R"("field":"proof")"));
  EXPECT_EQ(post("/api/auth/confirm", "{}", &jar_).status, 400);
  EXPECT_EQ(post("/api/auth/confirm", code_body(wrong(code())), &jar_).status, 403);
  EXPECT_EQ(post("/api/auth/confirm", code_body(code()), &jar_).status, 200);
  EXPECT_EQ(codes().size(), kRecoveryCodes);
  EXPECT_EQ(post("/api/auth/session/extend", "", &jar_).status, 200);
  clock_.advance(kProofLasts);
  EXPECT_EQ(post("/api/auth/confirm", R"({"password":"correct horse"})", &jar_).status, 200);
  EXPECT_EQ(codes().size(), kRecoveryCodes);
}

TEST_F(SecondFactorsTest, ARememberedSignInIsOneAfterTheSecondStep) {
  Jar jar;
  const auto challenge = first(&jar, true);
  EXPECT_TRUE(jar.empty());
  EXPECT_EQ(second(challenge, code(), &jar).status, 200);
  EXPECT_TRUE(jar.contains("hk_remember_me"));
  EXPECT_TRUE(jar.contains("hk_device"));
}

TEST_F(SecondFactorsTest, TheAuditLogHasItAll) {
  codes();
  EXPECT_EQ(second(first(), code()).status, 200);
  next_step();
  EXPECT_EQ(post("/api/user/security/totp/disable", code_body(code()), &jar_).status, 200);
  std::string actions;
  ASSERT_TRUE(control_.read([&](db::Sqlite& db) {
    return db.rows("SELECT action || changes FROM audit ORDER BY rowid", {},
                   [&](const db::SqlRow& row) { actions += std::string(row.text(0)) + "\n"; });
  }));
  for (const char* action : {"auth.totp_enabled", "auth.recovery_codes_generated", "auth.totp_disabled"})
    EXPECT_THAT(actions, HasSubstr(action));
  EXPECT_THAT(actions, HasSubstr(R"("field":"factor","after":"totp")"));
  EXPECT_THAT(actions, Not(HasSubstr(crypto::totp_secret(seed_))));
}

}  // namespace
}  // namespace hk::auth

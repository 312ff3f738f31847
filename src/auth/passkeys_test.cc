#include "auth/passkeys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "auth/testing/authenticator.h"
#include "auth/testing/instance.h"
#include "crypto/random.h"

namespace hk::auth {
namespace {

using crypto::CoseAlgorithm;
using std::chrono::minutes;
using ::testing::AllOf;
using testing::Authenticator;
using testing::field;
using ::testing::HasSubstr;
using testing::InstanceTest;
using ::testing::Not;

constexpr std::string_view kAddress = "https://stats.example.com";
constexpr std::string_view kBegin = "/api/user/security/passkeys/register/start";
constexpr std::string_view kEnd = "/api/user/security/passkeys/register/finish";
constexpr std::string_view kStart = "/api/auth/passkey/login/start";
constexpr std::string_view kFinish = "/api/auth/passkey/login/finish";

/// Ada owns an instance that has an address, and no passkey yet.
class PasskeysTest : public InstanceTest {
 protected:
  PasskeysTest() {
    settings_.public_url = kAddress;
    settings_.public_url_set = true;
    settings_.public_host = "stats.example.com";
    EXPECT_EQ(set_up(&jar_).status, 201);
    user_ = directory_.now()->users.begin()->first;
    clock_.advance(std::chrono::seconds(1));
  }

  /// A challenge to make one.
  std::string begin(const std::string& name = "Laptop") {
    return field(post(std::string(kBegin), R"({"name":")" + name + "\"}", &jar_).body, "challenge");
  }
  Answer add(Authenticator& one) {
    const auto answer = post(std::string(kEnd), one.registered(begin()), &jar_);
    one.handle = testing::b64({reinterpret_cast<const char*>(user_.uuid.bytes.data()), 16});
    clock_.advance(std::chrono::seconds(1));
    return answer;
  }
  struct Asked {
    std::string token;
    std::string challenge;
  };
  Asked begin_sign_in() {
    const auto body = post(std::string(kStart)).body;
    return {.token = field(body, "challenge_token"), .challenge = field(body, "challenge")};
  }
  Answer finish(const std::string& token, const std::string& credential, Jar* jar = nullptr,
                const std::string& more = "") {
    return post(std::string(kFinish),
                concat({R"({"challenge_token":")", token, R"(","credential":)", credential, more, "}"}), jar);
  }
  /// With nothing but a passkey.
  Answer sign_in(const Authenticator& one, Jar* jar = nullptr) {
    const auto asked = begin_sign_in();
    return finish(asked.token, one.asserted(asked.challenge), jar);
  }
  std::string actions() {
    std::string out;
    EXPECT_TRUE(control_.read([&](db::Sqlite& sql) {
      return sql.rows("SELECT action FROM audit ORDER BY id", {},
                      [&](const db::SqlRow& row) { out += std::string(row.text(0)) + " "; });
    }));
    return out;
  }
  const Session* session_of(const Jar& jar) {
    const auto claims = tokens_.read(jar.at("hk_token"));
    identities_ = directory_.now();
    return claims ? identities_->session(claims->session) : nullptr;
  }

  Jar jar_;
  UserId user_;
  std::shared_ptr<const Identities> identities_;
};

class EachAlgorithm : public PasskeysTest, public ::testing::WithParamInterface<CoseAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(Keys, EachAlgorithm, ::testing::ValuesIn(crypto::kCoseAlgorithms), [](const auto& one) {
  return one.param == CoseAlgorithm::es256 ? "ES256" : one.param == CoseAlgorithm::eddsa ? "EdDSA" : "RS256";
});

TEST_P(EachAlgorithm, SignsInWithNothingElse) {
  Authenticator one(GetParam());
  const auto added = add(one);
  ASSERT_EQ(added.status, 200) << added.body;
  EXPECT_THAT(added.body, AllOf(HasSubstr(R"("name":"Laptop")"), HasSubstr(R"("backed_up":false)")));

  Jar jar;
  const auto answer = sign_in(one, &jar);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(get("/api/auth/session", &jar).status, 200);
  const Session* session = session_of(jar);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->how, How::passkey);
  EXPECT_EQ(session->factor, std::nullopt);
  EXPECT_FALSE(session->remember_expires_at);
  EXPECT_THAT(get("/api/user/security", &jar).body, HasSubstr(R"("last_used_at":")"));
  EXPECT_THAT(actions(), HasSubstr("auth.passkey_added auth.login_succeeded"));

  Authenticator other(GetParam(), one.id());  // the same name, another key
  other.handle = one.handle;
  const auto forged = sign_in(other);
  EXPECT_EQ(forged.status, 401);
  EXPECT_THAT(forged.body, HasSubstr("signature is wrong"));
}

TEST_F(PasskeysTest, ABrowserIsAskedForWhatWillBeTaken) {
  const auto asked = post(std::string(kBegin), R"({"name":"Laptop"})", &jar_);
  EXPECT_THAT(asked.body,
              AllOf(HasSubstr(R"("rp":{"id":"stats.example.com","name":"HitKeep"})"),
                    HasSubstr(R"("name":"Ada@Example.com","displayName":"Ada L")"),
                    HasSubstr(R"("pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-8},)"),
                    HasSubstr(R"("timeout":300000)"), HasSubstr(R"("residentKey":"required")"),
                    HasSubstr(R"("userVerification":"required")"), HasSubstr(R"("attestation":"none")")));
  Authenticator one(CoseAlgorithm::es256);
  ASSERT_EQ(add(one).status, 200);
  EXPECT_THAT(post(std::string(kBegin), "{}", &jar_).body,
              HasSubstr(R"("excludeCredentials":[{"type":"public-key","id":")" + one.credential_id() +
                        R"(","transports":["internal","hybrid"]}])"));
  EXPECT_THAT(post(std::string(kStart)).body, Not(HasSubstr("allowCredentials")));
}

TEST_F(PasskeysTest, AnAddressThatNobodySetOrThatBrowsersRefuseIsSaid) {
  for (const auto& [url, set, why] :
       std::vector<std::tuple<std::string, bool, std::string>>{{"http://localhost:8080", false, "nobody has said"},
                                                               {"http://stats.example.com", true, "over https only"},
                                                               {"https://192.0.2.7", true, "its address is a number"},
                                                               {"https://[2001:db8::1]:8443", true, "a number"}}) {
    settings_.public_url = url;
    settings_.public_url_set = set;
    ASSERT_EQ(login("ada@example.com", "correct horse", &jar_).status, 200) << "tokens are for an address";
    const auto refused = post(std::string(kBegin), "{}", &jar_);
    EXPECT_EQ(refused.status, 503) << url;
    EXPECT_THAT(refused.body, AllOf(HasSubstr(why), HasSubstr("set HITKEEP_PUBLIC_URL"))) << url;
    EXPECT_EQ(post(std::string(kStart)).status, 503) << url;
    EXPECT_THAT(get("/api/user/security", &jar_).body, HasSubstr(why));
    EXPECT_THAT(get("/api/status").body, HasSubstr(R"("passkeys":false)"));
  }
  for (const auto& [url, id] : std::vector<std::pair<std::string, std::string>>{
           {"http://localhost:9000/stats/", "localhost"}, {"https://Stats.Example.com:443/x", "stats.example.com"}}) {
    settings_.public_url = url;
    settings_.public_url_set = true;
    const auto party = relying_party(settings_);
    ASSERT_TRUE(party) << url;
    EXPECT_EQ(party->id, id);
    EXPECT_EQ(party->origin, url.starts_with("http:") ? "http://localhost:9000" : kAddress);
  }
}

TEST_F(PasskeysTest, WhatIsNotAsItWasAskedForIsNotRegistered) {
  const auto answer = [&](auto&& change) {
    Authenticator one(CoseAlgorithm::es256);
    change(one);
    return post(std::string(kEnd), one.registered(begin()), &jar_);
  };
  const auto refused = [&](auto&& change, const std::string& why) {
    const auto got = answer(change);
    EXPECT_EQ(got.status, 400) << why;
    EXPECT_THAT(got.body, HasSubstr(why));
  };
  refused([](auto& one) { one.origin = "https://stats.example.com.evil.test"; },
          "on pages of https://stats.example.com");
  refused([](auto& one) { one.origin = "http://stats.example.com"; }, "on pages of https://stats.example.com");
  refused([](auto& one) { one.more = R"(,"crossOrigin":true)"; }, "on pages of https://stats.example.com");
  refused([](auto& one) { one.party = "example.com"; }, "for another host");
  refused([](auto& one) { one.type = "webauthn.get"; }, "for something else");
  refused([](auto& one) { one.flags = 0x01; }, "did not ask for a finger");
  refused([](auto& one) { one.flags = 0x04; }, "nobody was at the device");
  refused([](auto& one) { one.flags = 0x15; }, "cannot be");
  refused([](auto& one) { one.extensions = "\xff"; }, "attestationObject cannot be read");
  refused([](auto& one) { one.more = R"(,"origin":7)"; }, "other fields");
  EXPECT_EQ(count("passkeys"), 0);

  Authenticator one(CoseAlgorithm::es256);
  EXPECT_EQ(post(std::string(kEnd), one.registered(testing::b64(std::string(32, 'x'))), &jar_).status, 400);
  EXPECT_EQ(answer([](auto& two) { two.extensions = testing::cbor_head(5, 0); }).status, 200)
      << "extensions may be there";
}

TEST_F(PasskeysTest, ARegistrationIsOfOneSessionOnceAndInTime) {
  Authenticator one(CoseAlgorithm::eddsa);
  EXPECT_EQ(post(std::string(kEnd), one.registered("x"), &jar_).status, 409) << "none was begun";
  const std::string challenge = begin();
  Jar elsewhere;
  ASSERT_EQ(login("ada@example.com", "correct horse", &elsewhere).status, 200);
  EXPECT_EQ(post(std::string(kEnd), one.registered(challenge), &elsewhere).status, 403);
  clock_.advance(kPasskeyTime);
  EXPECT_EQ(post(std::string(kEnd), one.registered(challenge), &jar_).status, 409);

  ASSERT_EQ(add(one).status, 200);
  EXPECT_EQ(post(std::string(kEnd), one.registered(challenge), &jar_).status, 409) << "it is used";
  const auto again = post(std::string(kEnd), one.registered(begin()), &jar_);
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.body, HasSubstr("registered already"));

  for (std::size_t i = 1; i < kMaxPasskeys; ++i) {
    Authenticator next(CoseAlgorithm::eddsa, "number " + std::to_string(i));
    ASSERT_EQ(add(next).status, 200);
  }
  const auto full = post(std::string(kBegin), "{}", &jar_);
  EXPECT_EQ(full.status, 409);
  EXPECT_THAT(full.body, HasSubstr("20 passkeys already"));
}

TEST_F(PasskeysTest, WhatIsNotAsItWasAskedForSignsNobodyIn) {
  Authenticator good(CoseAlgorithm::es256);
  ASSERT_EQ(add(good).status, 200);
  const auto refused = [&](int status, const std::string& why, auto&& change) {
    Authenticator one = good;
    change(one);
    Jar jar;
    const auto got = sign_in(one, &jar);
    EXPECT_EQ(got.status, status) << why;
    EXPECT_THAT(got.body, HasSubstr(why));
    EXPECT_FALSE(jar.contains("hk_token"));
  };
  refused(401, "on pages of", [](auto& one) { one.origin = "https://evil.test"; });
  refused(401, "for another host", [](auto& one) { one.party = "evil.test"; });
  refused(401, "for something else", [](auto& one) { one.type = "webauthn.create"; });
  refused(401, "did not ask for a finger", [](auto& one) { one.flags = 0x01; });
  refused(401, "nobody was at the device", [](auto& one) { one.flags = 0x04; });
  refused(401, "not the one that was registered", [](auto& one) { one.flags = 0x0d; });
  refused(401, "not known here", [](auto& one) { one.handle = testing::b64(std::string(16, 'x')); });
  refused(401, "not known here", [](auto& one) { one.handle = ""; });
  refused(401, "not known here", [](auto& one) { one = Authenticator(CoseAlgorithm::es256, "nobody's"); });
  refused(400, "authenticatorData cannot be read", [](auto& one) { one.extensions = "\x01\x01"; });
  EXPECT_THAT(finish(begin_sign_in().token, good.asserted(testing::b64(std::string(32, 'x')))).body,
              HasSubstr("another challenge"));
  EXPECT_EQ(sign_in(good).status, 200);
}

TEST_F(PasskeysTest, AChallengeIsOfUsInTimeAndTakenOnce) {
  Authenticator one(CoseAlgorithm::es256);
  ASSERT_EQ(add(one).status, 200);
  const auto asked = begin_sign_in();
  const std::string credential = one.asserted(asked.challenge);
  EXPECT_EQ(finish("nonsense", credential).status, 409);
  EXPECT_EQ(finish(asked.token + "x", credential).status, 409);
  const auto older = begin_sign_in();
  clock_.advance(std::chrono::seconds(1));
  const auto younger = begin_sign_in();
  Jar jar;
  ASSERT_EQ(finish(younger.token, one.asserted(younger.challenge), &jar).status, 200);
  EXPECT_EQ(finish(younger.token, one.asserted(younger.challenge)).status, 409) << "a copy of what was sent";
  EXPECT_EQ(post("/api/logout", "", &jar).status, 200);
  EXPECT_EQ(finish(younger.token, one.asserted(younger.challenge)).status, 409) << "also when its session is over";
  EXPECT_EQ(finish(older.token, one.asserted(older.challenge)).status, 409) << "nor what is older";

  clock_.advance(std::chrono::seconds(1));
  const auto late = begin_sign_in();
  clock_.advance(kChallengeLifetime);
  const auto over = finish(late.token, one.asserted(late.challenge));
  EXPECT_EQ(over.status, 409);
  EXPECT_THAT(over.body, HasSubstr(R"("field":"challenge_token")"));
}

TEST_F(PasskeysTest, ACounterThatGoesBackIsThatOfACopy) {
  Authenticator one(CoseAlgorithm::es256);
  one.count = 7;
  ASSERT_EQ(add(one).status, 200);
  const auto with = [&](std::uint32_t count) {
    one.count = count;
    clock_.advance(std::chrono::seconds(1));
    return sign_in(one);
  };
  EXPECT_EQ(with(8).status, 200);
  const auto copy = with(8);
  EXPECT_EQ(copy.status, 401);
  EXPECT_THAT(copy.body, HasSubstr("counter went back"));
  EXPECT_EQ(with(0).status, 401) << "one that counted does not stop";
  EXPECT_EQ(with(4'000'000'000).status, 200);
}

TEST_F(PasskeysTest, WhetherOtherDevicesHaveItIsShown) {
  Authenticator one(CoseAlgorithm::es256);
  one.flags |= 0x08;
  EXPECT_THAT(add(one).body, HasSubstr(R"("backup_eligible":true,"backed_up":false)"));
  one.flags |= 0x10;
  Jar jar;
  ASSERT_EQ(sign_in(one, &jar).status, 200);
  EXPECT_THAT(get("/api/user/security", &jar).body, HasSubstr(R"("backup_eligible":true,"backed_up":true)"));
}

TEST_F(PasskeysTest, BehindAPasswordItIsTheSecondStep) {
  Authenticator one(CoseAlgorithm::es256);
  ASSERT_EQ(add(one).status, 200);
  const auto first = login("ada@example.com", "correct horse", nullptr, true);
  EXPECT_THAT(first.body, AllOf(HasSubstr(R"("status":"mfa_required")"), HasSubstr(R"("factors":["passkey"])"),
                                HasSubstr(R"("allowCredentials":[{"type":"public-key","id":")" + one.credential_id()),
                                HasSubstr(R"("userVerification":"preferred")")));
  const std::string token = field(first.body, "challenge_token"), challenge = field(first.body, "challenge");
  one.flags = 0x01;  // a key that is only touched: the password is given already
  one.handle = "";
  Jar jar;
  const auto done = finish(token, one.asserted(challenge), &jar);
  ASSERT_EQ(done.status, 200) << done.body;
  const Session* session = session_of(jar);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->how, How::password);
  EXPECT_EQ(session->factor, Factor::passkey);
  EXPECT_TRUE(session->remember_expires_at) << "as the first step said";
  EXPECT_EQ(finish(token, one.asserted(challenge)).status, 409);

  clock_.advance(std::chrono::seconds(1));
  const auto next = login("ada@example.com", "correct horse");
  one.flags = 0x05;
  one.handle = testing::b64({reinterpret_cast<const char*>(user_.uuid.bytes.data()), 16});
  const auto crossed = begin_sign_in();
  EXPECT_THAT(finish(crossed.token, one.asserted(field(next.body, "challenge"))).body, HasSubstr("another challenge"));
  ASSERT_EQ(post("/api/user/password", R"({"current_password":"correct horse","new_password":"correct horses"})", &jar_)
                .status,
            200);
  EXPECT_EQ(finish(field(next.body, "challenge_token"), one.asserted(field(next.body, "challenge"))).status, 409)
      << "another password ends it";
}

TEST_F(PasskeysTest, SomebodyElsesIsNoSecondStep) {
  Authenticator hers(CoseAlgorithm::es256);
  ASSERT_EQ(add(hers).status, 200);
  const UserId bob{crypto::uuid_v7(clock_.now())};
  std::promise<Result<void>> there;
  ASSERT_TRUE(control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto ran = change.sql().run(
            "INSERT INTO users (id, email, password_hash, given_name, last_name, role, locale, created_at) SELECT ?1, "
            "'bob@example.com', password_hash, '', '', 'user', locale, created_at FROM users WHERE id = ?2",
            {bob.uuid, user_.uuid});
        if (!ran) return std::unexpected(ran.error());
        const auto moved = change.sql().run(
            "INSERT INTO passkeys SELECT randomblob(16), ?1, 'Ym9icw', public_key, name, transports, 0, 0, 0, 1, 1, "
            "NULL, 1 "
            "FROM passkeys",
            {bob.uuid});
        if (!moved) return std::unexpected(moved.error());
        return {};
      },
      [&](Result<void> outcome) { there.set_value(std::move(outcome)); }));
  ASSERT_TRUE(there.get_future().get());
  const auto first = login("bob@example.com", "correct horse");
  ASSERT_THAT(first.body, HasSubstr("mfa_required"));
  hers.handle = "";
  EXPECT_EQ(finish(field(first.body, "challenge_token"), hers.asserted(field(first.body, "challenge"))).status, 401);
}

TEST_F(PasskeysTest, OneIsRenamedAndRemovedByItsHolder) {
  Authenticator one(CoseAlgorithm::es256);
  const std::string id = field(add(one).body, "id");
  const std::string at = "/api/user/security/passkeys/" + id;
  const auto rename = [&](const std::string& name) {
    return ask(http::Method::patch, at, R"({"name":")" + name + "\"}", &jar_);
  };
  EXPECT_EQ(rename("Key on the shelf").status, 200);
  EXPECT_EQ(rename("").status, 400);
  EXPECT_EQ(rename(std::string(kMaxPasskeyName + 1, 'x')).status, 400);
  EXPECT_EQ(rename(R"(a\u202eb)").status, 400);
  EXPECT_EQ(ask(http::Method::patch, "/api/user/security/passkeys/" + user_.str(), R"({"name":"x"})", &jar_).status,
            404);
  EXPECT_THAT(get("/api/user/security", &jar_).body, HasSubstr(R"("name":"Key on the shelf")"));

  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(post("/api/user/security/recovery-codes/regenerate", "", &jar_).status, 200);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_THAT(login("ada@example.com", "correct horse").body, HasSubstr(R"("factors":["recovery_code","passkey"])"));
  clock_.advance(kProofLasts);
  EXPECT_THAT(ask(http::Method::del, at, "", &jar_).body, HasSubstr(R"("field":"proof")"));
  EXPECT_EQ(post("/api/auth/confirm", R"({"password":"correct horse"})", &jar_).status, 200);
  EXPECT_EQ(ask(http::Method::del, at, "", &jar_).status, 204);
  EXPECT_EQ(ask(http::Method::del, at, "", &jar_).status, 404);
  EXPECT_EQ(count("recovery_codes"), 0) << "they open nothing any more";
  clock_.advance(std::chrono::seconds(1));
  EXPECT_THAT(login("ada@example.com", "correct horse").body, HasSubstr(R"("status":"ok")"));
  EXPECT_EQ(sign_in(one).status, 401);
  EXPECT_THAT(actions(), HasSubstr("auth.passkey_renamed auth.recovery_codes_generated auth.passkey_removed"));
}

TEST_F(PasskeysTest, ItProvesWhoIsSignedIn) {
  EXPECT_EQ(get("/api/auth/confirm", &jar_).body, R"({"factors":[]})");
  Authenticator one(CoseAlgorithm::es256);
  ASSERT_EQ(add(one).status, 200);
  clock_.advance(kProofLasts);
  EXPECT_EQ(post(std::string(kBegin), "{}", &jar_).status, 403);
  const auto ways = get("/api/auth/confirm", &jar_).body;
  EXPECT_THAT(ways, HasSubstr(R"("factors":["passkey"])"));
  const std::string token = field(ways, "challenge_token");
  const std::string credential = one.asserted(field(ways, "challenge"));
  const auto confirm = [&](const std::string& shown, Jar* jar) {
    return post("/api/auth/confirm", concat({R"({"challenge_token":")", token, R"(","credential":)", shown, "}"}), jar);
  };
  Jar other;
  ASSERT_EQ(sign_in(one, &other).status, 200);
  EXPECT_EQ(confirm(credential, &other).status, 409) << "of another session";
  EXPECT_EQ(finish(token, credential).status, 409) << "it signs nobody in";
  clock_.advance(std::chrono::seconds(1));
  const auto again = get("/api/auth/confirm", &jar_).body;
  const auto give = [&](const Authenticator& shown) {
    return post("/api/auth/confirm",
                concat({R"({"challenge_token":")", field(again, "challenge_token"), R"(","credential":)",
                        shown.asserted(field(again, "challenge")), "}"}),
                &jar_);
  };
  Authenticator touched = one;
  touched.flags = 0x01;
  EXPECT_EQ(give(touched).status, 403);
  EXPECT_EQ(give(one).status, 200);
  EXPECT_EQ(post(std::string(kBegin), "{}", &jar_).status, 200);
  EXPECT_EQ(give(one).status, 409) << "once";
}

}  // namespace
}  // namespace hk::auth

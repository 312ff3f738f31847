#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <set>
#include <thread>

#include "base/testing/result.h"
#include "base/testing/temp_dir.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/jwt.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "crypto/secret_file.h"

namespace hk::crypto {
namespace {

// --- digests: published vectors --------------------------------------------------------------------

TEST(Sha256, Fips180Vectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HmacSha256, Rfc4231Vectors) {
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(SipHash24, ReferenceVectors) {
  SipKey key;
  std::string input;
  for (int i = 0; i < 16; ++i) key[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
  // vectors_sip64 of the reference implementation: input is 00 01 02 … of the given length.
  const std::pair<std::size_t, std::uint64_t> vectors[] = {
      {0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},  {2, 0x0d6c8009d9a94f5a},
      {3, 0x85676696d7fb7e2d},  {7, 0xab0200f58b01d137},  {8, 0x93f5f5799a932462},
      {15, 0xa129ca6149be45e5}, {16, 0x3f2acc7f57c29bdb}, {63, 0x958a324ceb064572},
  };
  for (const auto& [length, expected] : vectors) {
    input.clear();
    for (std::size_t i = 0; i < length; ++i) input += static_cast<char>(i);
    EXPECT_EQ(siphash24(key, input), expected) << length;
  }
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

// --- base64url --------------------------------------------------------------------------------------

TEST(Base64Url, Rfc4648Vectors) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(base64url(bytes_of(plain)), text);
    EXPECT_EQ(base64url_decode(text), plain);
  }
  EXPECT_EQ(base64url(bytes_of("\xfb\xff\xfe")), "-__-");
}

TEST(Base64Url, HasOneTextPerValue) {
  for (const auto* text : {"Zg==", "Zh", "Zm9", "A", "Zm 8", "Zm+v", "Zm/v", "Zm9v\n"}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(Base64UrlProperty, RoundTrips, (const std::string& bytes)) {
  RC_ASSERT(base64url_decode(base64url(bytes_of(bytes))) == bytes);
}

RC_GTEST_PROP(Base64UrlProperty, WhatDecodesIsCanonical, (const std::string& text)) {
  const auto bytes = base64url_decode(text);
  if (bytes) RC_ASSERT(base64url(bytes_of(*bytes)) == text);
}

// --- random ids -------------------------------------------------------------------------------------

TEST(UuidV7, CarriesTimeVersionAndVariant) {
  const auto id = uuid_v7(from_ms(0x017F22E279B0)).str();  // RFC 9562 A.6
  EXPECT_EQ(id.substr(0, 13), "017f22e2-79b0");
  EXPECT_EQ(id[14], '7');
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
  EXPECT_LT(uuid_v7(from_ms(1)), uuid_v7(from_ms(2)));
}

TEST(UuidV4, HasVersionAndVariantAndDiffers) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto id = uuid_v4().str();
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(RandomHex, HasTheLengthAskedFor) {
  EXPECT_EQ(random_hex(32).size(), 64u);
  EXPECT_NE(random_hex(32), random_hex(32));
}

// --- passwords --------------------------------------------------------------------------------------

constexpr PasswordCost kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};

TEST(Passwords, NewHashesCostWhatTheyShould) {
  Passwords passwords;
  const auto phc = passwords.hash("correct horse");
  ASSERT_TRUE(phc);
  EXPECT_TRUE(phc->starts_with("$argon2id$v=19$m=65536,t=3,p=1$")) << *phc;
  EXPECT_EQ(passwords.verify("correct horse", *phc), true);
  EXPECT_EQ(passwords.verify("correct horsf", *phc), false);
}

TEST(Passwords, AcceptsTheOriginalsHashes) {
  // The original's cost (m=65536, t=1, p=4); made with the reference implementation.
  const std::string phc =
      "$argon2id$v=19$m=65536,t=1,p=4$c29tZXNhbHRzb21lc2FsdA$z0z532WG3Ej2Lcmtcn3WAdfL6IfQYwUi7vPTkoozU40";
  Passwords passwords;
  EXPECT_EQ(passwords.verify("password", phc), true);
  EXPECT_EQ(passwords.verify("Password", phc), false);
}

TEST(Passwords, ReferenceVector) {
  // test.c of the reference implementation, argon2id version 0x13.
  Passwords passwords;
  EXPECT_EQ(passwords.verify("password",
                             "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
            true);
}

TEST(Passwords, TwoHashesOfOnePasswordDiffer) {
  Passwords passwords(kCheap);
  EXPECT_NE(*passwords.hash("x"), *passwords.hash("x"));
}

TEST(Passwords, RefusesLongOnesAndForeignHashes) {
  Passwords passwords(kCheap);
  EXPECT_TRUE(passwords.hash(std::string(kMaxPasswordBytes, 'x')));
  const auto refused = passwords.hash(std::string(kMaxPasswordBytes + 1, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  EXPECT_EQ(refused.error().field, "password");
  for (const std::string phc : {"", "plain", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$aGFzaA",
                                "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$aGFzaA",
                                "$argon2id$v=19$m=64,t=11,p=1$c29tZXNhbHQ$aGFzaA", "$argon2id$v=19$m=64,t=1,p=1$!$!"}) {
    const auto verified = passwords.verify("x", phc);
    ASSERT_FALSE(verified) << phc;
    EXPECT_EQ(verified.error().code, Code::internal);
  }
}

TEST(Passwords, UnknownAccountsAreRefusedAfterTheSameWork) {
  Passwords passwords(kCheap);
  EXPECT_EQ(passwords.verify_nothing("x"), false);
  const std::string too_long(kMaxPasswordBytes + 1, 'x');
  const auto before = passwords.runs();
  EXPECT_EQ(passwords.verify_nothing(too_long).error().code, Code::invalid);
  EXPECT_EQ(passwords.verify(too_long, *passwords.hash("x")).error().code, Code::invalid)
      << "as for an unknown account";
  EXPECT_EQ(passwords.runs(), before + 1) << "only the hash of \"x\"";
}

TEST(Passwords, WhoGetsNoTurnIsToldToComeBack) {
  static_assert(Passwords::kConcurrent == 2);
  Passwords full(kCheap, std::chrono::milliseconds(1), 0);
  const std::string phc = *Passwords(kCheap).hash("x");
  EXPECT_EQ(full.hash("x").error().code, Code::busy);
  EXPECT_EQ(full.verify("x", phc).error().code, Code::busy);
  EXPECT_EQ(full.verify_nothing("x").error().code, Code::busy);
}

TEST(Passwords, TurnsAreGivenBack) {
  Passwords one(kCheap, std::chrono::milliseconds(0), 1);
  const auto phc = one.hash("x");
  ASSERT_TRUE(phc);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(one.verify("x", *phc), true);
    EXPECT_EQ(one.verify("y", *phc), false);
  }
}

TEST(Passwords, ManyThreadsTakeTurns) {
  Passwords passwords(kCheap);
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([&] { done += passwords.hash("x").has_value(); });
  }
  EXPECT_EQ(done, 8);
}

// --- JWT --------------------------------------------------------------------------------------------

const Secret<std::string> kKey{"a key of at least 32 bytes, really so"};
constexpr TimeMs kNow = TimeMs{Millis{1'732'521'844'000}};

Claims claims() {
  return {.issuer = "https://a.example",
          .audience = "https://a.example",
          .user_id = "u",
          .session_id = "s",
          .issued_at = kNow,
          .expires_at = kNow + std::chrono::minutes(15)};
}

std::string signed_token(std::string_view header, std::string_view payload) {
  std::string token = base64url(bytes_of(header)) + "." + base64url(bytes_of(payload));
  return token + "." + base64url(hmac_sha256(kKey.reveal(), token));
}

TEST(Jwt, RoundTrips) {
  const auto back = verify_jwt(sign_jwt(claims(), kKey), kKey, "https://a.example", "https://a.example", kNow);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->user_id, "u");
  EXPECT_EQ(back->session_id, "s");
  EXPECT_EQ(back->issued_at, kNow);
  EXPECT_EQ(back->expires_at, kNow + std::chrono::minutes(15));
}

TEST(Jwt, Rfc7515AppendixA1) {
  const auto key =
      base64url_decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  const Secret<std::string> secret(*key);
  const std::string token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const auto payload = verify_jws(token, secret);
  ASSERT_TRUE(payload) << payload.error().message;
  EXPECT_EQ(payload->str(), R"({"iss":"joe","exp":1300819380,"http://example.com/is_root":true})");
}

TEST(Jwt, ExpiryIsExact) {
  const std::string token = sign_jwt(claims(), kKey);
  const auto at = [&](TimeMs now) { return verify_jwt(token, kKey, "https://a.example", "https://a.example", now); };
  EXPECT_TRUE(at(claims().expires_at - Millis(1)));
  EXPECT_FALSE(at(claims().expires_at));
}

TEST(Jwt, RefusesForeignIssuerAudienceKeyAndAlgorithm) {
  const std::string token = sign_jwt(claims(), kKey);
  EXPECT_FALSE(verify_jwt(token, kKey, "https://b.example", "https://a.example", kNow));
  EXPECT_FALSE(verify_jwt(token, kKey, "https://a.example", "https://b.example", kNow));
  EXPECT_FALSE(verify_jwt(token, Secret<std::string>("another key"), "https://a.example", "https://a.example", kNow));
  EXPECT_FALSE(verify_jwt(token, Secret<std::string>(), "https://a.example", "https://a.example", kNow));
  const std::string payload = R"({"iss":"i","aud":"a","iat":1,"exp":9999999999})";
  EXPECT_TRUE(verify_jwt(signed_token(R"({"alg":"HS256"})", payload), kKey, "i", "a", kNow));
  EXPECT_FALSE(verify_jwt(signed_token(R"({"alg":"HS512"})", payload), kKey, "i", "a", kNow));
  EXPECT_FALSE(verify_jwt(signed_token(R"({"alg":"none"})", payload), kKey, "i", "a", kNow));
  EXPECT_FALSE(verify_jwt(signed_token(R"({"alg":"HS256","crit":["b64"]})", payload), kKey, "i", "a", kNow));
  const std::string unsigned_token =
      base64url(bytes_of(R"({"alg":"none"})")) + "." + base64url(bytes_of(payload)) + ".";
  EXPECT_FALSE(verify_jwt(unsigned_token, kKey, "i", "a", kNow));
}

TEST(Jwt, NeedsExpiryAndAudience) {
  const std::string header = R"({"alg":"HS256"})";
  for (const auto* payload :
       {R"({"iss":"i","aud":"a","iat":1})", R"({"iss":"i","iat":1,"exp":9999999999})",
        R"({"iss":"i","aud":[],"iat":1,"exp":9999999999})", R"({"iss":"i","aud":["b"],"iat":1,"exp":9999999999})",
        R"({"iss":"i","aud":"a","iat":1,"exp":"soon"})", R"([1])", R"(not json)"}) {
    EXPECT_FALSE(verify_jwt(signed_token(header, payload), kKey, "i", "a", kNow)) << payload;
  }
  EXPECT_TRUE(verify_jwt(signed_token(header, R"({"iss":"i","aud":["b","a"],"iat":1,"exp":9999999999})"), kKey, "i",
                         "a", kNow));
}

TEST(Jwt, LengthLimitIsExact) {
  const std::string header = R"({"alg":"HS256"})";
  const auto token_of = [&](std::size_t pad) { return signed_token(header, "\"" + std::string(pad, 'x') + "\""); };
  std::size_t pad = 2'900;
  while (token_of(pad + 1).size() <= kMaxJwtBytes) ++pad;
  EXPECT_TRUE(verify_jws(token_of(pad), kKey));
  EXPECT_FALSE(verify_jws(token_of(pad + 1), kKey));
}

RC_GTEST_PROP(JwtProperty, AnyChangedCharacterIsRefused, ()) {
  static const std::string token = sign_jwt(claims(), kKey);
  std::string changed = token;
  const auto at = *rc::gen::inRange<std::size_t>(0, token.size());
  const char c = *rc::gen::arbitrary<char>();
  RC_PRE(c != token[at]);
  changed[at] = c;
  RC_ASSERT(!verify_jwt(changed, kKey, "https://a.example", "https://a.example", kNow).has_value());
}

// --- secret file ------------------------------------------------------------------------------------

class SecretFile : public ::testing::Test {
 protected:
  hk::testing::TempDir directory_;
};

TEST_F(SecretFile, IsMadeOncePrivateAndAlone) {
  const auto file = directory_ / "jwt-secret";
  const auto first = load_or_create_secret(file);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->reveal().size(), 64u);
  struct stat info{};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(load_or_create_secret(file)->reveal(), first->reveal());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(SecretFile, RefusesOneThatOthersCanRead) {
  const auto file = directory_ / "jwt-secret";
  ASSERT_TRUE(load_or_create_secret(file));
  for (const mode_t mode : {0640, 0604, 0660}) {
    ::chmod(file.c_str(), mode);
    const auto refused = load_or_create_secret(file);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid);
    EXPECT_NE(refused.error().message.find("chmod 600"), std::string::npos);
  }
}

TEST_F(SecretFile, RefusesShortOnesLinksAndDirectories) {
  const auto put = [&](const char* name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
    ::chmod((directory_ / name).c_str(), 0600);
    return directory_ / name;
  };
  EXPECT_FALSE(load_or_create_secret(put("empty", "")));
  EXPECT_FALSE(load_or_create_secret(put("short", std::string(63, 'x'))));
  EXPECT_TRUE(load_or_create_secret(put("enough", std::string(64, 'x') + "\n")));
  EXPECT_TRUE(load_or_create_secret(put("most", std::string(4'096, 'x'))));
  EXPECT_FALSE(load_or_create_secret(put("long", std::string(4'097, 'x'))));
  EXPECT_FALSE(load_or_create_secret(put("zeros", std::string(64, '\0')))) << "what a power cut leaves";
  std::filesystem::create_symlink(directory_ / "enough", directory_ / "link");
  EXPECT_FALSE(load_or_create_secret(directory_ / "link"));
  std::filesystem::create_directory(directory_ / "dir");
  EXPECT_FALSE(load_or_create_secret(directory_ / "dir"));
  const auto nowhere = load_or_create_secret(directory_ / "no/such");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, Code::internal);
}

TEST_F(SecretFile, OthersAreReplacedWhole) {
  const auto file = directory_ / "kept";
  ASSERT_OK(read_secret_file(file));
  EXPECT_FALSE(read_secret_file(file)->has_value());
  for (const std::string text : {"first", "a longer second", "third"}) {
    ASSERT_OK(replace_secret_file(file, Secret(text)));
    ASSERT_OK(read_secret_file(file));
    EXPECT_EQ((*read_secret_file(file))->reveal(), text);
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  }
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator(file.parent_path())) ++files;
  EXPECT_EQ(files, 1u) << "nothing lies beside it";
  ASSERT_OK(replace_secret_file(file, Secret(std::string(kMaxKeptBytes, 'x'))));
  ASSERT_OK(read_secret_file(file));
  ASSERT_OK(replace_secret_file(file, Secret(std::string(kMaxKeptBytes + 1, 'x'))));
  EXPECT_FALSE(read_secret_file(file));
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  EXPECT_FALSE(read_secret_file(file));
  EXPECT_FALSE(replace_secret_file(file.parent_path() / "none" / "kept", Secret<std::string>("x")));
}

TEST_F(SecretFile, RacersAgree) {
  const auto file = directory_ / "jwt-secret";
  constexpr int kThreads = 8;
  std::latch start(kThreads);
  std::mutex mutex;
  std::set<std::string> secrets;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        const auto secret = load_or_create_secret(file);
        const std::lock_guard lock(mutex);
        secrets.insert(secret ? secret->reveal() : secret.error().message);
      });
    }
  }
  EXPECT_EQ(secrets.size(), 1u);
}

}  // namespace
}  // namespace hk::crypto

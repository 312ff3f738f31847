#include "crypto/totp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "crypto/cipher.h"

namespace hk::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSeed = "12345678901234567890";  // of RFC 6238

TimeMs at(std::int64_t seconds) {
  return TimeMs{std::chrono::seconds(seconds)};
}

/// RFC 6238, appendix B, SHA-1; the last six of its eight digits.
TEST(Totp, MatchesThePublishedVectors) {
  EXPECT_EQ(totp_code(kSeed, 59 / 30), "287082");
  EXPECT_EQ(totp_code(kSeed, 1111111109 / 30), "081804");
  EXPECT_EQ(totp_code(kSeed, 1111111111 / 30), "050471");
  EXPECT_EQ(totp_code(kSeed, 1234567890 / 30), "005924");
  EXPECT_EQ(totp_code(kSeed, 2000000000 / 30), "279037");
  EXPECT_EQ(totp_code(kSeed, 20000000000 / 30), "353130");
}

TEST(Totp, TakesTheStepBeforeAndTheOneAfterAndNoOther) {
  const std::int64_t step = 1234567890 / 30;
  for (std::int64_t off = -3; off <= 3; ++off) {
    const auto found = match_totp(kSeed, totp_code(kSeed, step + off), at(1234567890), 0);
    EXPECT_EQ(found.has_value(), off >= -kTotpDrift && off <= kTotpDrift) << off;
    if (found) EXPECT_EQ(*found, step + off);
  }
  // To the second: 29 s later it is the same step, 30 s later the next.
  EXPECT_TRUE(match_totp(kSeed, totp_code(kSeed, step - 1), at(step * 30 + 29), 0));
  EXPECT_FALSE(match_totp(kSeed, totp_code(kSeed, step - 1), at(step * 30 + 30), 0));
}

TEST(Totp, TakesNoCodeTwiceAndNoneBeforeTheLast) {
  const std::int64_t step = 1234567890 / 30;
  EXPECT_FALSE(match_totp(kSeed, totp_code(kSeed, step), at(1234567890), step));
  EXPECT_FALSE(match_totp(kSeed, totp_code(kSeed, step - 1), at(1234567890), step));
  EXPECT_EQ(match_totp(kSeed, totp_code(kSeed, step + 1), at(1234567890), step), step + 1);
}

TEST(Totp, TakesNothingThatIsNoCode) {
  for (const char* wrong : {"", "00592", "0059240", "005 924", "abcdef"})
    EXPECT_FALSE(match_totp(kSeed, wrong, at(1234567890), 0)) << wrong;
  EXPECT_EQ(typed_code(" 005 924\n"), "005924");
  EXPECT_EQ(typed_code("ABCDE-FGHIJ"), "ABCDEFGHIJ");
}

TEST(Totp, SecretsAreBase32AndEachIsAnother) {
  EXPECT_EQ(totp_secret("foobar"), "MZXW6YTBOI");  // RFC 4648, 10
  EXPECT_EQ(totp_secret("fooba"), "MZXW6YTB");
  EXPECT_EQ(totp_secret(""), "");
  EXPECT_EQ(make_totp_seed().reveal().size(), kTotpSeedBytes);
  EXPECT_NE(make_totp_seed().reveal(), make_totp_seed().reveal());
}

TEST(Totp, NamesCannotLeaveTheirPlaceInTheUri) {
  EXPECT_EQ(totp_uri(kSeed, "stats.example", "ada+x@example.com"),
            "otpauth://totp/stats.example:ada%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&issuer=stats.example&algorithm=SHA1&digits=6&period=30");
  EXPECT_THAT(totp_uri(kSeed, "a", "b?secret=AAAA&issuer=evil/\n"), Not(HasSubstr("secret=AAAA")));
}

TEST(Cipher, ReadsWhatItWrote) {
  const Cipher cipher(Secret<std::string>("key"), "totp");
  for (const std::string& plain : {std::string(), std::string("x"), std::string(1'000, '\0')}) {
    const auto text = cipher.encrypt(Secret(plain), "ada");
    const auto back = cipher.decrypt(text, "ada");
    ASSERT_TRUE(back);
    EXPECT_EQ(back->reveal(), plain);
    EXPECT_NE(cipher.encrypt(Secret(plain), "ada"), text) << "another nonce";
  }
}

TEST(Cipher, ReadsNothingElse) {
  const Cipher cipher(Secret<std::string>("key"), "totp");
  const auto text = cipher.encrypt(Secret<std::string>("the seed"), "ada");
  EXPECT_FALSE(cipher.decrypt(text, "eve")) << "of somebody else";
  EXPECT_FALSE(Cipher(Secret<std::string>("another"), "totp").decrypt(text, "ada"));
  EXPECT_FALSE(Cipher(Secret<std::string>("key"), "another").decrypt(text, "ada"));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(cipher.decrypt(changed, "ada")) << i;
    EXPECT_FALSE(cipher.decrypt(text.substr(0, i), "ada")) << i;
  }
}

TEST(Cipher, DigestsAreOfOneKeyOnePurposeAndOnePerson) {
  const Cipher cipher(Secret<std::string>("key"), "codes");
  EXPECT_EQ(cipher.digest("code", "ada"), cipher.digest("code", "ada"));
  EXPECT_EQ(cipher.digest("code", "ada").size(), 64u);
  EXPECT_NE(cipher.digest("code", "ada"), cipher.digest("code", "eve"));
  EXPECT_NE(cipher.digest("code", "ada"), Cipher(Secret<std::string>("other"), "codes").digest("code", "ada"));
  EXPECT_NE(cipher.digest("code", "ada"), Cipher(Secret<std::string>("key"), "other").digest("code", "ada"));
}

}  // namespace
}  // namespace hk::crypto

#include "crypto/cose.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/cbor.h"

namespace hk::crypto {
namespace {

using namespace std::string_literals;

std::string unhex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  return out;
}

TEST(Cbor, ReadsWhatTheStandardShows) {  // RFC 8949, appendix A
  const auto integer = [](std::string_view text) {
    const std::string bytes = unhex(text);
    return CborReader(bytes).integer();
  };
  EXPECT_EQ(integer("00"), 0);
  EXPECT_EQ(integer("17"), 23);
  EXPECT_EQ(integer("1818"), 24);
  EXPECT_EQ(integer("1903e8"), 1'000);
  EXPECT_EQ(integer("1a000f4240"), 1'000'000);
  EXPECT_EQ(integer("1b000000e8d4a51000"), 1'000'000'000'000);
  EXPECT_EQ(integer("20"), -1);
  EXPECT_EQ(integer("3903e7"), -1'000);
  EXPECT_EQ(integer("1b7fffffffffffffff"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(integer("3b7fffffffffffffff"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integer("1bffffffffffffffff"), std::nullopt) << "more than is kept";
  EXPECT_EQ(integer("4401020304"), std::nullopt) << "a text";

  const std::string both = unhex(
      "4401020304"
      "6449455446"
      "a201020304"
      "f6");
  CborReader reader(both);
  EXPECT_EQ(reader.bytes(), unhex("01020304"));
  EXPECT_EQ(reader.text(), "IETF");
  EXPECT_EQ(reader.item(), unhex("a201020304"));
  EXPECT_EQ(reader.item(), unhex("f6"));
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_EQ(reader.item(), std::nullopt);
}

TEST(Cbor, RefusesWhatAuthenticatorsDoNotWrite) {
  for (const auto* text : {"", "1817", "190017", "1a00000017", "1b0000000000000017",  // longer than needed
                           "18", "19ff", "44010203",                                  // cut off
                           "5f42010243030405ff", "9fff", "bfff", "ff",                // of unknown length
                           "c074323031332d30332d32315432303a30343a30305a",            // a tag
                           "f90000", "fb3ff199999999999a", "f7", "f820", "1c", "1f"}) {
    const std::string bytes = unhex(text);
    EXPECT_EQ(CborReader(bytes).item(), std::nullopt) << text;
  }
}

TEST(Cbor, IsNoDeeperAndNoLongerThanItMayBe) {
  const auto nested = [](int depth) { return std::string(static_cast<std::size_t>(depth - 1), '\x81') + "\x00"s; };
  EXPECT_TRUE(CborReader(nested(kMaxCborDepth)).item());
  EXPECT_FALSE(CborReader(nested(kMaxCborDepth + 1)).item());
  const auto many = [](std::size_t items) {
    return "\x98"s + static_cast<char>(items - 1) + std::string(items - 1, '\0');
  };
  EXPECT_TRUE(CborReader(many(kMaxCborItems)).item());
  EXPECT_FALSE(CborReader(many(kMaxCborItems + 1)).item());
  EXPECT_FALSE(CborReader("\x9b\xff\xff\xff\xff\xff\xff\xff\xff").item());
  EXPECT_FALSE(CborReader("\xbb\x80\x00\x00\x00\x00\x00\x00\x01").item()) << "twice as many do not wrap around";
}

/// RFC 8032, 7.1: the second test of Ed25519.
const std::string kEdPublic = unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const std::string kEdSignature = unhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
    "b00d291612bb0c00");

std::string ed_key(const std::string& x) {
  return unhex("a401010327200621") + "\x58\x20"s + x;
}

TEST(Cose, VerifiesASignatureOfTheStandard) {
  const auto key = CoseKey::read(ed_key(kEdPublic));
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->algorithm(), CoseAlgorithm::eddsa);
  EXPECT_TRUE(key->verify("\x72", kEdSignature));
  EXPECT_FALSE(key->verify("\x73", kEdSignature));
  EXPECT_FALSE(key->verify("\x72", kEdSignature.substr(1)));
  EXPECT_FALSE(key->verify("\x72", ""));
}

TEST(Cose, RefusesWhatIsNoKeyOfTheThreeKinds) {
  const std::string x(32, 'x'), good = ed_key(kEdPublic);
  // kty, alg, crv, x, y of a point of P-256 (RFC 9052, C.7.1: "meriadoc.brandybuck@buckland.example").
  const std::string px = unhex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d");
  const std::string py = unhex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");
  const auto ec = [](const std::string& one, const std::string& other) {
    return unhex(
               "a5010203262001"
               "21") +
           "\x58"s + static_cast<char>(one.size()) + one + unhex("22") + "\x58"s + static_cast<char>(other.size()) +
           other;
  };
  EXPECT_TRUE(CoseKey::read(ec(px, py)));
  const auto rsa = [](const std::string& n, const std::string& e) {
    return unhex("a401030339010020") + "\x59"s + static_cast<char>(n.size() >> 8) + static_cast<char>(n.size()) + n +
           unhex("21") + "\x40"s.replace(0, 1, 1, static_cast<char>(0x40 + e.size())) + e;
  };
  std::string modulus(256, '\xc3');
  EXPECT_TRUE(CoseKey::read(rsa(modulus, "\x01\x00\x01"s)));
  const std::vector<std::pair<std::string, std::string>> bad{
      {"", "nothing"},
      {good + "\x00"s, "more behind it"},
      {good.substr(0, good.size() - 1), "cut off"},
      {unhex("a501010327200601012158") + "\x20"s + kEdPublic, "a label twice"},
      {ec(x, x), "no point of the curve"},
      {ec(px.substr(1), py), "a short coordinate"},
      {unhex("a40101032720062143010203"), "a short key"},
      {unhex("a40101032620062158") + "\x20"s + kEdPublic, "another algorithm"},
      {unhex("a40101032720072158") + "\x20"s + kEdPublic, "another curve"},
      {rsa(modulus.substr(1), "\x01\x00\x01"s), "2,040 bits"},
      {rsa(std::string(513, '\xc3'), "\x01\x00\x01"s), "4,104 bits"},
      {rsa(modulus, "\x01"), "an exponent that leaves everything as it is"},
      {rsa(modulus, "\x02"), "an even exponent"},
      {rsa(modulus, "\x01\x00\x00\x00\x01"s), "a long exponent"}};
  for (const auto& [bytes, what] : bad) {
    const auto read = CoseKey::read(bytes);
    EXPECT_FALSE(read) << what;
    if (!read) EXPECT_EQ(read.error().code, Code::invalid);
  }
}

}  // namespace
}  // namespace hk::crypto

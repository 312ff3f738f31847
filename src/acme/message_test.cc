#include "acme/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acme/advice.h"
#include "base/testing/result.h"

namespace hk::acme {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Messages, ADirectoryNamesWhatIsAsked) {
  const auto directory = read_directory(
      R"({"newNonce":"https://a/n","newAccount":"https://a/a","newOrder":"https://a/o","x9":"https://a/?",)"
      R"("meta":{"externalAccountRequired":true}})");
  ASSERT_OK(directory);
  EXPECT_EQ(directory->new_order, "https://a/o");
  EXPECT_TRUE(directory->needs_external_account);
  for (const auto* wrong : {"", "[]", "{}", "<html>", R"({"newNonce":1})",
                            R"({"newNonce":"","newAccount":"https://a/a","newOrder":"https://a/o"})"})
    EXPECT_FALSE(read_directory(wrong)) << wrong;
}

TEST(Messages, AnOrderHasPartsAndAnEnd) {
  const auto order = read_order(R"({"status":"valid","authorizations":["https://a/1"],"finalize":"https://a/f",)"
                                R"("certificate":"https://a/c"})");
  ASSERT_OK(order);
  EXPECT_EQ(order->certificate, "https://a/c");
  EXPECT_FALSE(order->error);
  std::string many = R"({"status":"valid","finalize":"https://a/f","authorizations":["https://a/0")";
  for (std::size_t i = 1; i < kMaxParts; ++i) many += R"(,"https://a/1")";
  EXPECT_TRUE(read_order(many + "]}"));
  EXPECT_FALSE(read_order(many + R"(,"https://a/1"]})"));
}

TEST(Messages, AnAuthorizationOffersChallenges) {
  const auto authorization = read_authorization(
      R"({"status":"invalid","identifier":{"type":"dns","value":"a.example"},"challenges":[)"
      R"({"type":"dns-01","url":"https://a/1","token":"t"},{"type":"http-01","url":"https://a/2","token":"u",)"
      R"("error":{"type":"urn:ietf:params:acme:error:dns","detail":"no such host"}}]})");
  ASSERT_OK(authorization);
  EXPECT_EQ(authorization->offered("tls-alpn-01"), nullptr);
  const Challenge* const challenge = authorization->offered("http-01");
  ASSERT_NE(challenge, nullptr);
  EXPECT_EQ(challenge->url, "https://a/2");
  ASSERT_TRUE(challenge->error);
  EXPECT_EQ(challenge->error->type, "dns");
}

TEST(Messages, WhatAProblemSaysStaysALine) {
  EXPECT_EQ(read_problem("<html>").type, "");
  EXPECT_EQ(read_problem(R"({"type":"about:blank","detail":"a\nb"})").detail, "");
  EXPECT_EQ(read_problem(R"({"detail":")" + std::string(400, 'x') + "\"}").detail.size(), 300u);
}

TEST(Advice, SaysWhatToDo) {
  const auto say = [](std::string type, std::string_view challenge) {
    return advice({.type = std::move(type), .detail = "because"}, "stats.example.org", challenge);
  };
  EXPECT_THAT(say("connection", kHttp01),
              AllOf(HasSubstr("port 80"), HasSubstr("HITKEEP_HTTP_ADDR"), HasSubstr("stats.example.org")));
  EXPECT_THAT(say("connection", kTlsAlpn01), AllOf(HasSubstr("port 443"), HasSubstr("HITKEEP_TLS_ADDR")));
  EXPECT_THAT(say("dns", kHttp01), HasSubstr("A or AAAA record"));
  EXPECT_THAT(say("unauthorized", kHttp01), HasSubstr("let the DNS point to this machine"));
  EXPECT_THAT(say("caa", {}), HasSubstr("CAA"));
  EXPECT_THAT(say("rateLimited", {}), HasSubstr("because"));
  EXPECT_THAT(say("malformed", {}), HasSubstr("(malformed)"));
  EXPECT_THAT(say("a\nb", {}), Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace hk::acme

#include "net/smtp_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hk::net {
namespace {

using ::testing::ElementsAre;

SmtpReply take(std::string text) {
  auto reply = take_smtp_reply(text);
  EXPECT_TRUE(reply && *reply && text.empty());
  return reply && *reply ? **reply : SmtpReply{.code = 0, .lines = {""}};
}

TEST(SmtpReply, TakesOneLineAndMany) {
  EXPECT_EQ(take("220 mail.example.com ESMTP\r\n").code, 220);
  EXPECT_THAT(take("250\r\n").lines, ElementsAre(""));
  EXPECT_THAT(take("250-one\r\n250-\r\n250 three\n").lines, ElementsAre("one", "", "three"));
}

TEST(SmtpReply, TakesNothingBeforeItIsWhole) {
  for (const std::string part : {"", "2", "250", "250-one\r\n", "250-one\r\n250 tw"}) {
    std::string received = part;
    const auto reply = take_smtp_reply(received);
    EXPECT_TRUE(reply && !*reply) << part;
    EXPECT_EQ(received, part);
  }
}

TEST(SmtpReply, LeavesWhatComesBehind) {
  std::string received = "250 first\r\n354 second\r\n";
  EXPECT_EQ((*take_smtp_reply(received))->code, 250);
  EXPECT_EQ(received, "354 second\r\n");
}

TEST(SmtpReply, RefusesWhatIsNone) {
  for (std::string text : {"HTTP/1.1 400 Bad Request\r\n", "\r\n", "25\r\n", "250x\r\n", "150 a\r\n", "650 a\r\n",
                           "2a0 a\r\n", "250-a\r\n550 b\r\n"})
    EXPECT_FALSE(take_smtp_reply(text)) << text;
}

TEST(SmtpReply, HasABound) {
  std::string line(kMaxSmtpReply + 1, 'x');
  EXPECT_FALSE(take_smtp_reply(line));
  std::string lines;
  while (lines.size() <= kMaxSmtpReply) lines += "250-and more\r\n";
  EXPECT_FALSE(take_smtp_reply(lines));
}

TEST(SmtpReply, KnowsWhatEhloOffers) {
  const SmtpReply ehlo = take("250-STARTTLS of a host\r\n250-StartTLS\r\n250 AUTH LOGIN PLAIN\r\n");
  EXPECT_TRUE(ehlo.offers("STARTTLS"));
  EXPECT_TRUE(ehlo.offers("AUTH", "PLAIN"));
  EXPECT_TRUE(ehlo.offers("auth", "login"));
  EXPECT_FALSE(ehlo.offers("AUTH", "PLA"));
  EXPECT_FALSE(ehlo.offers("SMTPUTF8"));
  EXPECT_FALSE(take("250 STARTTLS\r\n").offers("STARTTLS")) << "the first line is the host's name";
}

}  // namespace
}  // namespace hk::net

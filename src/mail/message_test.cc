#include "mail/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace hk::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr TimeMs kNow = TimeMs{Millis{1'795'853'776'000}};  // 2026-11-28 08:16:16

std::string decode(std::string_view coded) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  std::string out;
  for (std::size_t i = 0; i < coded.size(); ++i) {
    if (coded[i] == '\r') continue;
    if (coded[i] != '=') {
      out += coded[i];
    } else if (coded[i + 1] == '\r') {
      i += 2;
    } else {
      out += static_cast<char>(value(coded[i + 1]) << 4 | value(coded[i + 2]));
      i += 2;
    }
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (true) {
    const auto end = text.find("\r\n");
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 2);
  }
}

TEST(QuotedPrintable, EncodesWhatMayNotTravelAsItIs) {
  EXPECT_EQ(quoted_printable("a = b"), "a =3D b");
  EXPECT_EQ(quoted_printable("Grüße \nx"), "Gr=C3=BC=C3=9Fe=20\r\nx");
  EXPECT_EQ(quoted_printable(std::string(80, 'x')), std::string(75, 'x') + "=\r\nxxxxx");
  EXPECT_EQ(quoted_printable(std::string(76, 'x')), std::string(76, 'x'));
}

RC_GTEST_PROP(QuotedPrintable, ComesBackInLinesThatAreShort, (const std::string& text)) {
  const std::string coded = quoted_printable(text);
  for (const auto& line : lines_of(coded)) {
    RC_ASSERT(line.size() <= 76u);
    RC_ASSERT(!line.ends_with(' '));
  }
  RC_ASSERT(decode(coded) == text);
}

TEST(HeaderText, LeavesAsciiAndEncodesTheRest) {
  EXPECT_EQ(header_text("Set a new password"), "Set a new password");
  EXPECT_EQ(header_text("Wählen"), "=?utf-8?Q?W=C3=A4hlen?=");
  EXPECT_EQ(header_text("a b ä"), "=?utf-8?Q?a_b_=C3=A4?=");
  EXPECT_EQ(header_text("a\r\nBcc: x@example.com"), "a  Bcc: x@example.com");
}

RC_GTEST_PROP(HeaderText, NeverAddsAHeaderAndKeepsItsWordsShort, (const std::string& text)) {
  const auto lines = lines_of(header_text(text));
  if (lines.size() == 1 && !lines[0].starts_with("=?")) return;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string word = i == 0 ? lines[i] : lines[i].substr(1);
    if (i > 0) RC_ASSERT(lines[i][0] == ' ');
    RC_ASSERT(word.size() <= 75u);
    RC_ASSERT(word.starts_with("=?utf-8?Q?") && word.ends_with("?="));
  }
}

TEST(Compose, MakesAMessageThatEveryReaderKnows) {
  const std::string message = compose({.address = "stats@example.com", .name = "Zahlen, \"gut\""},
                                      {.name = "x",
                                       .to = "ada@example.org",
                                       .subject = "Neues Kennwort für Ada",
                                       .text = "Hallo\n",
                                       .html = "<p>Hallo</p>"},
                                      kNow, "0a1b");
  EXPECT_THAT(message, StartsWith("From: \"Zahlen, \\\"gut\\\"\" <stats@example.com>\r\nTo: <ada@example.org>\r\n"));
  EXPECT_THAT(message, HasSubstr("Subject: =?utf-8?Q?Neues_Kennwort_f=C3=BCr_Ada?=\r\n"));
  EXPECT_THAT(message, HasSubstr("Date: Sat, 28 Nov 2026 08:16:16 +0000\r\n"));
  EXPECT_THAT(message, HasSubstr("Message-ID: <0a1b@example.com>\r\n"));
  EXPECT_THAT(message,
              HasSubstr("Content-Type: multipart/alternative; boundary=\"hitkeep-0a1b\"\r\n\r\n--hitkeep-0a1b\r\n"));
  EXPECT_THAT(message, HasSubstr("\r\n\r\nHallo\r\n\r\n--hitkeep-0a1b\r\nContent-Type: text/html; charset=utf-8\r\n"));
  EXPECT_TRUE(message.ends_with("\r\n--hitkeep-0a1b--\r\n"));
}

TEST(Compose, NothingAddsAHeader) {
  const std::string message =
      compose({.address = "a@example.com\r\nBcc: b@example.com", .name = "n\r\nBcc: b@example.com"},
              {.name = "x",
               .to = "c@example.com\nBcc: b@example.com",
               .subject = "s\r\nBcc: b@example.com",
               .text = "t",
               .html = "h"},
              kNow, "id");
  EXPECT_THAT(message.substr(0, message.find("\r\n\r\n")), Not(HasSubstr("\nBcc")));
}

}  // namespace
}  // namespace hk::mail

#include "base/text.h"

#include <gtest/gtest.h>

namespace hk {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
  for (const std::string_view text :
       {"", "plain", "Grüße", "日本語", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "\xEE\x80\x80"}) {
    EXPECT_TRUE(valid_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesOverlongSurrogatesTruncatedAndTooLarge) {
  for (const std::string_view text :
       {"\x80", "\xC0\xAF", "\xC1\x81", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "a\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xFF"}) {
    EXPECT_FALSE(valid_utf8(text));
  }
}

TEST(Utf8, LooksAtEveryByteOfALongText) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text[at] = '\xC3';
    EXPECT_FALSE(valid_utf8(text)) << at;
    if (at + 1 < text.size()) {
      text[at + 1] = '\xB6';
      EXPECT_TRUE(valid_utf8(text)) << at;
    }
  }
}

TEST(Utf8, PrefixNeverCutsASequence) {
  EXPECT_EQ(utf8_prefix("aß€", 1), "a");
  EXPECT_EQ(utf8_prefix("aß€", 2), "a");
  EXPECT_EQ(utf8_prefix("aß€", 3), "aß");
  EXPECT_EQ(utf8_prefix("aß€", 5), "aß");
  EXPECT_EQ(utf8_prefix("aß€", 6), "aß€");
  EXPECT_EQ(utf8_prefix("€", 0), "");
}

TEST(Utf8, LengthCountsCharacters) {
  EXPECT_EQ(utf8_length("aß€\xF0\x9F\x98\x80"), 4u);
}

TEST(Utf8, CharactersComeOneByOne) {
  std::string_view text = "aß€\xF0\x9F\x98\x80\xFF";
  for (const char32_t c : {U'a', U'ß', U'€', U'\U0001F600'}) EXPECT_EQ(take_character(text), c);
  EXPECT_EQ(take_character(text), std::nullopt);
  EXPECT_EQ(text, "\xFF");
}

TEST(PlainText, IsWhatPeopleWrite) {
  for (const std::string_view text : {"", "Anne-Marie O'Neill", "Bjørn Ærø", "李小龍", "أحمد", "می\u200Cخواهم",
                                      "क्\u200Dष", "👩\u200D💻", "a\u0308", "x y\u00A0z", "\uFFFD"})
    EXPECT_TRUE(text_is_plain(text)) << text;
}

TEST(PlainText, IsNothingThatHidesOrTurns) {
  for (const std::string_view text : {"a\nb",
                                      "a\tb",
                                      "a\x7F",
                                      "\u0085",
                                      "\u00AD",
                                      "\u061C",
                                      "a\u200B",
                                      "\u200E",
                                      "\u200F",
                                      "\u2028",
                                      "\u2029",
                                      "\u202A",
                                      "user\u202Egpj.exe",
                                      "\u2060",
                                      "\u2066",
                                      "\u2069",
                                      "\u206F",
                                      "\uFEFFname",
                                      "\uFFF9",
                                      "\uFFFE",
                                      "\uFDD0",
                                      "\U0001FFFF",
                                      "\U000E0041",
                                      "\U0010FFFE",
                                      "\u3164",
                                      "\xFF",
                                      "a\xC3",
                                      "\xED\xA0\x80"})
    EXPECT_FALSE(text_is_plain(text)) << text;
  EXPECT_FALSE(text_is_plain(std::string_view("a\0b", 3)));
}

TEST(JsonString, EscapesWhatJsonForbids) {
  std::string out;
  append_json_string(out, std::string_view("q\" b\\ n\n t\t nul\0 del\x7F ß", 24));
  EXPECT_EQ(out, "\"q\\\" b\\\\ n\\n t\\t nul\\u0000 del\\u007f ß\"");
}

TEST(JsonString, ReplacesEachInvalidByte) {
  std::string out;
  append_json_string(out, "a\xFF\xE2\x82z");
  EXPECT_EQ(out, "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\"");
}

TEST(Rfc3339, HasThreeDigitsAndZ) {
  EXPECT_EQ(rfc3339(from_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(from_ms(1732521844007)), "2024-11-25T08:04:04.007Z");
  EXPECT_EQ(rfc3339(from_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Trim, TakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(AsciiLower, LeavesOtherScripts) {
  EXPECT_EQ(ascii_lower("ÄB.Example"), "Äb.example");
}

TEST(Concat, PutsThePartsBehindEachOther) {
  EXPECT_EQ(concat({}), "");
  EXPECT_EQ(concat({"a", std::string("b"), "", std::string_view("c\0d", 3)}), std::string("abc\0d", 5));
}

TEST(Text, FillsEveryPlaceholder) {
  EXPECT_EQ(fill("a {{x}} b {{y}}{{x}}", {{"x", "1"}, {"y", "{{x}}"}}), "a 1 b {{x}}1");
  EXPECT_EQ(fill("plain", {}), "plain");
}

TEST(HtmlText, EndsNoTagAndNoAttribute) {
  std::string out = "x";
  append_html_text(out, R"(<a href="b">'&ä)");
  EXPECT_EQ(out, "x&lt;a href=&quot;b&quot;&gt;&#39;&amp;ä");
}

}  // namespace
}  // namespace hk

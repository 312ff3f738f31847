#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"

namespace hk::json {
namespace {

Object object(std::string_view text) {
  auto value = parse(text);
  EXPECT_TRUE(value) << value.error().message;
  return Object(*value);
}

TEST(Reader, ReadsEachKind) {
  Object r = object(
      R"({"s":"  x ","i":42,"f":3.0,"d":-0.25,"b":true,"n":null,"o":{"k":"v"},"a":["p","q"],"l":[{"i":1},{"i":2}]})");
  EXPECT_EQ(r.str("s", {.required = true, .trim = true}), "x");
  EXPECT_EQ(r.opt_int("i"), 42);
  EXPECT_EQ(r.integer("f"), 3);
  EXPECT_EQ(r.opt_number("d"), -0.25);
  EXPECT_TRUE(r.boolean("b"));
  EXPECT_FALSE(r.has("n"));
  EXPECT_EQ(r.opt_str("n"), std::nullopt);
  EXPECT_EQ(r.object("o")->str("k"), "v");
  EXPECT_EQ(r.strings("a"), (std::vector<std::string>{"p", "q"}));
  ASSERT_EQ(r.objects("l").size(), 2u);
  EXPECT_EQ(r.objects("l")[1].integer("i"), 2);
  EXPECT_EQ(r.opt_value("o")->str(), R"({"k":"v"})");
  EXPECT_TRUE(r.boolean("absent", true));
  r.refuse_unknown_fields();
  EXPECT_TRUE(r.finish());
}

TEST(Reader, CollectsEveryComplaintWithItsPath) {
  Object r = object(R"({"name":7,"age":200,"tags":["ok",1,"far too long"],"inner":{"x":"y"},"extra":1})");
  r.str("name", {.required = true});
  r.opt_int("age", {.min = 0, .max = 150});
  r.str("mail", {.required = true});
  r.strings("tags", {}, {.max = 5});
  auto inner = r.object("inner");
  inner->opt_bool("x");
  inner->refuse("y", "must be set together with x");
  r.refuse_unknown_fields();
  const auto done = r.finish();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::invalid);
  EXPECT_EQ(done.error().field, "name");
  EXPECT_EQ(
      done.error().message,
      "name must be a string; age must be from 0 to 150; mail is required; tags.1 must be a string; "
      "tags.2 must have at most 5 characters; inner.x must be true or false; inner.y must be set together with x; "
      "extra is not a known field");
}

TEST(Reader, BoundsAreInclusiveAndCountCharacters) {
  Object r = object(R"({"a":"ßßß","b":5,"c":"","d":[1,2,3],"e":1.5})");
  EXPECT_EQ(r.str("a", {.max = 3, .min = 3}), "ßßß");
  EXPECT_EQ(r.opt_int("b", {.min = 5, .max = 5}), 5);
  EXPECT_EQ(r.array("d", {.max = 3}).size(), 3u);
  EXPECT_TRUE(r.finish());
  r.str("a", {.max = 2});
  r.str("a", {.min = 4});
  r.opt_int("b", {.min = 6});
  r.opt_int("b", {.max = 4});
  r.str("c", {.required = true});
  r.array("d", {.max = 2});
  r.opt_int("e");
  EXPECT_EQ(r.errors().size(), 7u);
}

TEST(Reader, WholeNumbersStayWithinInt64) {
  Object r =
      object(R"({"big":9223372036854775807,"over":9223372036854775808,"small":-9223372036854775808,"far":1e300})");
  EXPECT_EQ(r.opt_int("big"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(r.opt_int("small"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(r.opt_int("over"), std::nullopt);
  EXPECT_EQ(r.opt_int("far"), std::nullopt);
  EXPECT_EQ(r.errors().size(), 2u);
}

TEST(Reader, WholeNumbersWithAPointEndWhereTheyAreReadExactly) {
  const auto body = parse(R"({"a":99999999999999.0,"b":-99999999999999.0,"c":100000000000000.0,"d":-1e14,
                              "e":9007199254740991.0,"f":1e300,"g":9007199254740993})");
  ASSERT_TRUE(body);
  Object r(*body);
  EXPECT_EQ(r.opt_int("a"), 99'999'999'999'999);
  EXPECT_EQ(r.opt_int("b"), -99'999'999'999'999);
  EXPECT_EQ(r.opt_int("g"), 9'007'199'254'740'993) << "without a point there is no double";
  EXPECT_TRUE(r.errors().empty());
  for (const char* name : {"c", "d", "e", "f"}) EXPECT_FALSE(r.opt_int(name)) << name;
  EXPECT_EQ(r.errors().size(), 4u);
}

TEST(Reader, OnlyAnObjectHasFields) {
  Object r = object("[1]");
  EXPECT_EQ(r.str("x"), "");
  const auto done = r.finish();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the body must be a JSON object");
}

TEST(Reader, LongListsOfComplaintsAreCut) {
  Object r = object("{}");
  for (int i = 0; i < 25; ++i) r.str("f" + std::to_string(i), {.required = true});
  EXPECT_NE(r.finish().error().message.find("and 15 more"), std::string::npos);
}

TEST(Parse, RefusesWhatIsNotStrictJson) {
  for (const std::string_view text : {"", " ", "{", "{\"a\":}", "{'a':1}", "{\"a\":1,}", "[1]x", "nul", "NaN",
                                      "\"\x01\"", "01", "{\"a\":1}{}", "// c\n1"}) {
    const auto value = parse(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Code::invalid);
    EXPECT_FALSE(value.error().message.empty());
  }
}

TEST(Parse, RefusesNulAndInvalidUtf8) {
  const auto nul = parse(R"({"a":[{"b":"x\u0000y"}]})");
  ASSERT_FALSE(nul);
  EXPECT_EQ(nul.error().field, "a.0.b");
  EXPECT_FALSE(parse(R"({"k\u0000":1})"));
  EXPECT_TRUE(parse(R"({"a":"a backslash, then \\u0000"})"));
  EXPECT_FALSE(parse("\"\xFF\""));
  EXPECT_FALSE(parse("\"\xED\xA0\x80\""));
  EXPECT_FALSE(parse(R"("\ud800")"));
  EXPECT_FALSE(parse(R"("\udc00x")"));
}

TEST(Parse, DepthLimitIsExact) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse(nested(kMaxDepth)));
  const auto deeper = parse(nested(kMaxDepth + 1));
  ASSERT_FALSE(deeper);
  EXPECT_NE(deeper.error().message.find("32"), std::string::npos);
}

TEST(Parse, BigDocumentsOutgrowTheInlineMemory) {
  std::string text = "[";
  for (int i = 0; i < 5'000; ++i) text += "\"a text that needs memory of its own\",";
  text += "0]";
  const auto value = parse(text);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->str(), text);
}

TEST(Writer, WritesEachKind) {
  Writer w;
  w.begin_object()
      .field("s", "a\"b")
      .field("i", -3)
      .field("u", std::numeric_limits<std::uint64_t>::max())
      .field("d", 0.1)
      .field("whole", 3.0)
      .field("nan", std::nan(""))
      .field("b", true)
      .field("n", nullptr)
      .field("t", from_ms(1732521844007))
      .field("none", std::optional<std::string>{})
      .field("some", std::optional<int>{5})
      .field("id", *SiteId::parse("0190163d-8694-739b-aea5-966c26f8ad91"))
      .key("list")
      .begin_array()
      .value(1)
      .value("x")
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .end_array()
      .end_object();
  EXPECT_EQ(
      w.take(),
      "{\"s\":\"a\\\"b\",\"i\":-3,\"u\":18446744073709551615,\"d\":0.1,\"whole\":3,\"nan\":null,\"b\":true,\"n\":null,"
      "\"t\":\"2024-11-25T08:04:04.007Z\",\"none\":null,\"some\":5,\"id\":\"0190163d-8694-739b-aea5-966c26f8ad91\","
      "\"list\":[1,\"x\",{},[]]}");
}

TEST(Writer, IsReusableAfterTake) {
  Writer w;
  w.value(1);
  EXPECT_EQ(w.take(), "1");
  w.begin_array().end_array();
  EXPECT_EQ(w.take(), "[]");
}

RC_GTEST_PROP(RoundTrip, AnyBytesBecomeTextThatParses, (const std::string& bytes)) {
  Writer w;
  w.begin_object().field("x", bytes).end_object();
  const auto value = parse(w.take());
  const bool has_nul = bytes.find('\0') != std::string::npos;
  RC_ASSERT(value.has_value() == !has_nul);
  if (!value) return;
  Object r(*value);
  const std::string back = r.str("x");
  RC_ASSERT(r.finish().has_value());
  RC_ASSERT(valid_utf8(back));
  if (valid_utf8(bytes)) RC_ASSERT(back == bytes);
}

RC_GTEST_PROP(RoundTrip, NumbersComeBackTheSame, (std::int64_t i, double d, bool b)) {
  RC_PRE(std::isfinite(d));
  Writer w;
  w.begin_object().field("i", i).field("d", d).field("b", b).end_object();
  const auto value = parse(w.take());
  RC_ASSERT(value.has_value());
  Object r(*value);
  RC_ASSERT(r.opt_int("i") == i);
  const auto back = r.opt_number("d");
  RC_ASSERT(back.has_value());
  // Boost 1.81 parses doubles to within one unit in the last place, not exactly.
  RC_ASSERT(std::fabs(*back - d) <= std::fabs(d) * 4e-16 + std::numeric_limits<double>::denorm_min());
  RC_ASSERT(r.boolean("b") == b);
  RC_ASSERT(r.finish().has_value());
}

RC_GTEST_PROP(RoundTrip, WhatIsWrittenAgainReadsTheSame,
              (const std::vector<std::pair<std::string, std::int64_t>>& pairs)) {
  Writer w;
  w.begin_array();
  for (const auto& [text, number] : pairs) w.begin_array().value(ascii_lower(text)).value(number).end_array();
  w.end_array();
  const std::string first = w.take();
  const auto value = parse(first);
  RC_PRE(value.has_value());  // no NUL
  RC_ASSERT(value->str() == first);
}

}  // namespace
}  // namespace hk::json

#include "ingest/body.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

using store::HitKind;

BodyError::Kind kind_of(std::string_view text, HitKind kind = HitKind::pageview) {
  Body body;
  return decode_body(text, kind, body).kind;
}

TEST(Body, ReadsLikeGo) {
  const std::string text =
      " {\n\"PATH\" : \"\\/a\\u00e9\\ud83d\\ude00\\ud800x\" , \"Vp_W\":12,\"path2\":[1,{\"a\":null}],"
      "\"referrer\":null,\"lang\":\"de\",\"lang\":\"en\",\"cd\":true,\"qr\":\"garbage\",\"unknown\":-1.5e+3} trailing";
  Body body;
  EXPECT_EQ(decode_body(text, HitKind::pageview, body).kind, BodyError::none);
  EXPECT_EQ(body.path, "/a\u00e9\U0001F600\uFFFDx");
  EXPECT_EQ(body.viewport_width, 12);
  EXPECT_EQ(body.referrer, "");
  EXPECT_EQ(body.language, "en") << "the last of equal keys";
  EXPECT_TRUE(body.collect_dnt);
  EXPECT_FALSE(body.original);
}

TEST(Body, NamesThePagesHost) {
  for (const HitKind kind : {HitKind::pageview, HitKind::event}) {
    Body body;
    EXPECT_EQ(decode_body(R"({"h":"shop.example","n":"x"})", kind, body).kind, BodyError::none);
    EXPECT_EQ(body.host, "shop.example");
  }
}

TEST(Body, KeysMayBeEscaped) {
  Body body;
  EXPECT_EQ(decode_body(R"({"\u0070ath":"/x","\u0070\u0061\u0074\u0068\u0070\u0061\u0074\u0068\u0070\u0061th":1})",
                        HitKind::pageview, body)
                .kind,
            BodyError::none);
  EXPECT_EQ(body.path, "/x");
}

TEST(Body, AcceptsWhatIsAbsentOrNull) {
  for (const std::string_view text :
       {"{}", "null", " { } ",
        R"({"path":null,"vp_w":null,"qr":null,"session_id":null,"unique":null,"p":null,"n":null})"}) {
    EXPECT_EQ(kind_of(text), BodyError::none) << text;
    EXPECT_EQ(kind_of(text, HitKind::event), BodyError::none) << text;
  }
}

TEST(Body, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[",
                                      "[]",
                                      "1",
                                      "\"x\"",
                                      "true",
                                      "nul",
                                      "{\"path\"}",
                                      "{\"path\":}",
                                      "{\"path\":\"/\"",
                                      "{\"path\":\"/\",}",
                                      "{,}",
                                      "{path:1}",
                                      "{\"a\":01}",
                                      "{\"a\":1.}",
                                      "{\"a\":.5}",
                                      "{\"a\":1e}",
                                      "{\"a\":+1}",
                                      "{\"a\":tru}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":\"\\u12g4\"}",
                                      "{\"a\":\"\\u12\"}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"\\",
                                      "{\"a\":[1,]}",
                                      "{\"a\":[1 2]}",
                                      "{\"a\":{\"b\"}}",
                                      "{\"a\":'x'}",
                                      "{\"path\":\"/\"\"lang\":\"x\"}",
                                      "-"}) {
    EXPECT_EQ(kind_of(text), BodyError::syntax) << text;
  }
}

TEST(Body, RefusesWrongTypes) {
  for (const std::string_view text :
       {R"({"path":1})", R"({"path":true})", R"({"path":{}})", R"({"referrer":[]})", R"({"vp_w":"1"})",
        R"({"vp_w":1.0})", R"({"vp_w":1e2})", R"({"vp_w":9223372036854775808})", R"({"cd":1})", R"({"cd":"true"})",
        R"({"unique":0})", R"({"qr":1})", R"({"session_id":1})", R"({"session_id":""})", R"({"session_id":"7c9e6679"})",
        R"({"page_id":"x"})"})
    EXPECT_EQ(kind_of(text), BodyError::syntax) << text;
  for (const std::string_view text : {R"({"p":[]})", R"({"p":"x"})", R"({"p":1})", R"({"n":{}})", R"({"sid":"x"})"})
    EXPECT_EQ(kind_of(text, HitKind::event), BodyError::syntax) << text;
}

TEST(Body, FieldsOfTheOtherKindMeanNothing) {
  EXPECT_EQ(kind_of(R"({"n":1,"sid":"x","r":{}})"), BodyError::none);
  EXPECT_EQ(kind_of(R"({"session_id":"x","page_id":1,"qr":1,"unique":1,"referrer":1})", HitKind::event),
            BodyError::none);
}

TEST(Body, SessionIdsMayHaveFourShapes) {
  for (const std::string_view id :
       {"7c9e6679-7425-40de-944b-e07fc1f90ae7", "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "{7c9e6679-7425-40de-944b-e07fc1f90ae7}", "7c9e6679742540de944be07fc1f90ae7"}) {
    Body body;
    const std::string text = R"({"session_id":")" + std::string(id) + R"("})";
    EXPECT_EQ(decode_body(text, HitKind::pageview, body).kind, BodyError::none) << id;
    EXPECT_TRUE(body.original);
  }
}

TEST(Body, NamesTheFieldWithBadText) {
  const std::pair<std::string, std::string> bad[] = {
      {"{\"path\":\"\xff\"}", "path"},
      {"{\"lang\":\"\xc0\x80\"}", "lang"},
      {"{\"u_src\":\"\xed\xa0\x80\"}", "u_src"},
      {R"({"referrer":"a\u0000b"})", "referrer"},
      {"{\"qr\":\"\xf5\"}", "qr"},
  };
  for (const auto& [text, field] : bad) {
    Body body;
    const BodyError error = decode_body(text, HitKind::pageview, body);
    EXPECT_EQ(error.kind, BodyError::text) << text;
    EXPECT_EQ(error.field, field);
  }
  for (const std::string& text :
       {std::string("{\"p\":{\"a\":\"\xff\"}}"), std::string("{\"p\":{\"\xff\":1}}"),
        std::string(R"({"p":{"a":"x\u0000"}})"), std::string(R"({"p":{"a":["\\\u0000"]}})")}) {
    Body body;
    const BodyError error = decode_body(text, HitKind::event, body);
    EXPECT_EQ(error.kind, BodyError::text) << text;
    EXPECT_EQ(error.field, "p");
  }
  EXPECT_EQ(kind_of(R"({"p":{"a":"\\u0000"}})", HitKind::event), BodyError::none) << "an escaped backslash, then text";
}

TEST(Body, PropertiesBecomeCompactStrictJson) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({})", ""},
      {R"( { "a" : [ 1 , 2.50 , -0 , 1e3 ] , "b" : { "c" : "x y" } } )", R"({"a":[1,2.50,-0,1e3],"b":{"c":"x y"}})"},
      {R"({"a":"\ud83d\ude00\u00e9"})", R"({"a":"\ud83d\ude00\u00e9"})"},
      {R"({"a":"\ud83d","b":"\ude00\ud83dx","c":"\ud83d\u0041"})",
       R"({"a":"\ufffd","b":"\ufffd\ufffdx","c":"\ufffd\u0041"})"},
      {R"({"a":true,"b":false,"c":null,"a":1e-400})", R"({"a":true,"b":false,"c":null,"a":1e-400})"},
  };
  for (const auto& [sent, kept] : cases) {
    Body body;
    EXPECT_EQ(decode_body(R"({"n":"e","p":)" + sent + "}", HitKind::event, body).kind, BodyError::none) << sent;
    EXPECT_EQ(body.properties, kept);
  }
  EXPECT_EQ(kind_of(R"({"p":{"a":1e999}})", HitKind::event), BodyError::syntax) << "no double holds it";
}

/// Whatever a text holds and wherever it stands in the body, it comes out as it went in.
RC_GTEST_PROP(Body, TextsComeOutAsTheyWentIn, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "a", "/page", "\"", "\\", "\n", "\x1f", "\x7f", " ", "ä", "€", "😀", "\\u0041", "abcdefgh", "!#[]"));
  const std::size_t shift = *rc::gen::inRange<std::size_t>(0, 9);
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  std::string json(shift, ' ');
  json += R"({"path":)";
  append_json_string(json, text);
  json += R"(,"lang":"de"})";
  Body body;
  RC_ASSERT(decode_body(json, HitKind::pageview, body).kind == BodyError::none);
  RC_ASSERT(body.path == text);
  RC_ASSERT(body.language == "de");
}

TEST(Body, NestingHasALimit) {
  const auto nested = [](std::size_t groups) {  // groups inside the body's own
    return R"({"p":{"a":)" + std::string(groups - 1, '[') + std::string(groups - 1, ']') + "}}";
  };
  EXPECT_EQ(kind_of(nested(kMaxBodyDepth - 1), HitKind::event), BodyError::none);
  EXPECT_EQ(kind_of(nested(kMaxBodyDepth), HitKind::event), BodyError::syntax);
  EXPECT_EQ(kind_of(nested(kMaxBodyDepth - 1)), BodyError::none);
  EXPECT_EQ(kind_of(nested(kMaxBodyDepth)), BodyError::syntax) << "also where nobody reads it";
}

}  // namespace
}  // namespace hk::ingest

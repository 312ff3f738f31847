#include "http/url.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "http/message.h"

namespace hk::http {
namespace {

std::string encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    out += '%';
    out += kHex[c >> 4];
    out += kHex[c & 15];
  }
  return out;
}

TEST(UrlTest, DecodesOnce) {
  EXPECT_EQ(percent_decode("%2525", false), "%25");
  EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
  for (const char* bad : {"%", "%4", "a%zz", "%%41"}) EXPECT_FALSE(percent_decode(bad, false)) << bad;
}

RC_GTEST_PROP(UrlTest, EncodedTextComesBack, (const std::string& text)) {
  RC_ASSERT(percent_decode(encode(text), false) == text);
  RC_ASSERT(percent_decode(encode(text), true) == text);
}

RC_GTEST_PROP(UrlTest, QueriesComeBack, (const std::vector<std::pair<std::string, std::string>>& pairs)) {
  Request request;
  for (const auto& [name, value] : pairs) {
    if (!request.query.empty()) request.query += '&';
    request.query += encode(name) + "=" + encode(value);
  }
  for (const auto& [name, value] : pairs) {
    std::vector<std::string> expected;
    for (const auto& [n, v] : pairs)
      if (n == name) expected.push_back(v);
    RC_ASSERT(request.params(name) == expected);
    RC_ASSERT(request.param(name) == expected.front());
  }
}

TEST(UrlTest, ParametersThatAreNoTextAreNamed) {
  for (const char* fine : {"", "a=1&b=%C3%B8&%C3%B8=x", "a=%F0%9F%98%80", "a+b=c+d", "&&a", "a=%25%2F"})
    EXPECT_FALSE(unreadable_param(fine)) << fine;
  const std::pair<std::string, std::string> named[] = {{"filter=path:%FF", "filter"},
                                                       {"a=1&filter=%00", "filter"},
                                                       {"a=%C3", "a"},
                                                       {"a=%ED%A0%80", "a"},
                                                       {"a=%zz", "a"},
                                                       {"a=%4", "a"},
                                                       {"%FF=1", ""},
                                                       {"\xFF=1", ""},
                                                       {"a=\xFF", "a"}};
  for (const auto& [query, name] : named) EXPECT_EQ(unreadable_param(query), name) << query;
}

TEST(UrlTest, PathsAreText) {
  EXPECT_EQ(normalise_path("/api/%C3%B8"), "/api/ø");
  for (const char* bad : {"/%FF", "/a/%C3", "/%ED%A0%80", "/\xFF"}) EXPECT_FALSE(normalise_path(bad)) << bad;
}

TEST(UrlTest, QueryOddities) {
  Request request;
  request.query = "&&a=1&b&c=%zz&c=2&=x&a=3&d=e=f";
  EXPECT_EQ(request.param("a"), "1");
  EXPECT_EQ(request.params("a"), (std::vector<std::string>{"1", "3"}));
  EXPECT_EQ(request.param("b"), "");
  EXPECT_EQ(request.params("c"), (std::vector<std::string>{"2"}));
  EXPECT_EQ(request.param(""), "x");
  EXPECT_EQ(request.param("d"), "e=f");
  EXPECT_FALSE(request.param("zz"));
}

TEST(UrlTest, NormalisesPaths) {
  EXPECT_EQ(normalise_path("/"), "/");
  EXPECT_EQ(normalise_path("//"), "/");
  EXPECT_EQ(normalise_path("/a//b/./c"), "/a/b/c");
  EXPECT_EQ(normalise_path("/a/"), "/a/");
  EXPECT_EQ(normalise_path("/a%20b/%C3%A4"), "/a b/ä");
  EXPECT_EQ(normalise_path("/%2e/x"), "/x");
  EXPECT_EQ(normalise_path("/..a/b..c"), "/..a/b..c");
  for (const char* bad : {"", "a", "*", "/..", "/a/../b", "/%2e%2e/x", "/.%2E", "/a%2fb", "/a%5Cb", "/a\\b", "/%00",
                          "/%0a", "/%7f", "/%", "/%g1"})
    EXPECT_FALSE(normalise_path(bad)) << bad;
}

RC_GTEST_PROP(UrlTest, NormalPathsStayAsTheyAre, (const std::string& text)) {
  const auto path = normalise_path("/" + text);
  if (!path) return;
  RC_ASSERT(path->front() == '/');
  RC_ASSERT(path->find("//") == std::string::npos);
  // Re-encoded, the result is its own normal form.
  std::string again;
  for (const char c : *path) again += c == '/' ? "/" : encode(std::string_view(&c, 1));
  RC_ASSERT(normalise_path(again) == path);
}

TEST(MessageTest, FindsHeadersAndCookies) {
  Request request;
  request.headers = {{"cookie", "a=1; bb=2;cc=x=y; a=9"}, {"x", "first"}, {"x", "second"}, {"cookie", "d=4"}};
  EXPECT_EQ(request.header("x"), "first");
  EXPECT_EQ(request.header("y"), "");
  using Values = std::vector<std::string_view>;
  EXPECT_EQ(request.cookies("a"), (Values{"1", "9"}));
  EXPECT_EQ(request.cookies("b"), Values{});
  EXPECT_EQ(request.cookies("bb"), Values{"2"});
  EXPECT_EQ(request.cookies("cc"), Values{"x=y"});
  EXPECT_EQ(request.cookies("d"), Values{"4"});
}

}  // namespace
}  // namespace hk::http

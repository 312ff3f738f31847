#include "auth/origin.h"

#include <gtest/gtest.h>

namespace hk::auth {
namespace {

TEST(CanonicalOrigin, NormalisesSchemeHostAndPort) {
  const std::pair<const char*, const char*> origins[] = {
      {"https://Stats.Example.com", "https://stats.example.com"},
      {"https://stats.example.com:443/path?q#f", "https://stats.example.com"},
      {"HTTP://a.example:80", "http://a.example"},
      {"http://a.example:443", "http://a.example:443"},
      {"http://localhost:8080/hk/", "http://localhost:8080"},
      {"http://[::1]:8080", "http://[::1]:8080"},
      {"https://[2001:DB8::1]:443", "https://[2001:db8::1]"},
  };
  for (const auto& [url, expected] : origins) EXPECT_EQ(canonical_origin(url), expected) << url;
}

TEST(CanonicalOrigin, RefusesAnythingElse) {
  for (const auto* url : {"", "null", "a.example", "ftp://a.example", "https://", "https://:443", "https://a.example:",
                          "https://a.example:x", "https://a.example:123456", "https://user@a.example", "https://a b",
                          "https://[::1", "https://[]", "https://[::1]x", "https://[zz]", "javascript://a.example"}) {
    EXPECT_EQ(canonical_origin(url), std::nullopt) << url;
  }
}

constexpr std::string_view kPublic = "https://stats.example.com";

bool passes(http::Method method, http::HeaderList headers) {
  http::Request request;
  request.method = method;
  request.path = "/api/sites";
  request.headers = std::move(headers);
  request.headers.emplace_back("host", "10.0.0.5:8080");
  const auto checked = check_origin(request, kPublic);
  if (!checked) {
    EXPECT_EQ(checked.error().code, Code::forbidden);
    EXPECT_EQ(checked.error().field, "origin");
    EXPECT_NE(checked.error().message.find(kPublic), std::string::npos) << "where to open it";
  }
  return checked.has_value();
}

using http::Method;
const std::pair<std::string, std::string> kCookie{"cookie", "x=1; hk_token=abc"};
const std::pair<std::string, std::string> kRemember{"cookie", "hk_remember_me=abc"};
const std::pair<std::string, std::string> kBearer{"authorization", "Bearer abc"};

TEST(CheckOrigin, ReadsPass) {
  for (const auto method : {Method::get, Method::head, Method::options}) {
    EXPECT_TRUE(passes(method, {kCookie, {"sec-fetch-site", "cross-site"}}));
  }
}

TEST(CheckOrigin, TheBrowsersWordDecides) {
  for (const auto method : {Method::post, Method::put, Method::patch, Method::del}) {
    EXPECT_TRUE(passes(method, {kCookie, {"sec-fetch-site", " Same-Origin "}}));
    for (const auto* site : {"cross-site", "same-site", "none", "x"}) {
      EXPECT_FALSE(passes(method, {kCookie, {"sec-fetch-site", site}}));
      EXPECT_FALSE(passes(method, {kRemember, {"sec-fetch-site", site}, {"origin", std::string(kPublic)}}));
      EXPECT_FALSE(passes(method, {{"sec-fetch-site", site}})) << "signing somebody in from outside";
    }
  }
}

TEST(CheckOrigin, OlderBrowsersAreKnownByOriginOrReferer) {
  for (const auto& cookie : {kCookie, kRemember}) {
    EXPECT_TRUE(passes(Method::post, {cookie, {"origin", "https://Stats.example.com:443"}}));
    EXPECT_TRUE(passes(Method::post, {cookie, {"referer", "https://stats.example.com/dashboard?x=1"}}));
    EXPECT_TRUE(passes(Method::post, {cookie, {"origin", "http://10.0.0.5:8080"}})) << "the host that was asked";
    EXPECT_FALSE(passes(Method::post, {cookie, {"origin", "https://10.0.0.5:8080"}}));
    EXPECT_FALSE(passes(Method::post, {cookie, {"origin", "https://evil.example"}}));
    EXPECT_FALSE(passes(Method::post, {cookie, {"origin", "null"}, {"referer", "https://stats.example.com/"}}));
    EXPECT_FALSE(passes(Method::post, {cookie, {"referer", "https://stats.example.com.evil.example/"}}));
    EXPECT_FALSE(passes(Method::post, {cookie})) << "no header at all";
  }
  EXPECT_FALSE(passes(Method::post, {{"origin", "https://evil.example"}}));
}

TEST(CheckOrigin, ProgramsPass) {
  EXPECT_TRUE(passes(Method::post, {}));
  EXPECT_TRUE(passes(Method::post, {kBearer}));
  EXPECT_TRUE(passes(Method::post, {kBearer, {"sec-fetch-site", "cross-site"}, {"origin", "https://evil.example"}}));
  EXPECT_TRUE(passes(Method::post, {{"x-api-key", "k"}}));
  EXPECT_TRUE(passes(Method::post, {kBearer, kCookie})) << "beside a key no cookie counts";
  EXPECT_FALSE(passes(Method::post, {{"authorization", "Basic abc"}, kCookie}));
}

}  // namespace
}  // namespace hk::auth

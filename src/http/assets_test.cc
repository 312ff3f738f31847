#include "http/assets.h"

#include <gtest/gtest.h>

#include <array>

namespace hk::http {
namespace {

constexpr std::array<Asset, 5> kFiles = {{
    {.path = "/index.html",
     .mime = "text/html; charset=utf-8",
     .etag = "page",
     .identity =
         "<html><head><base href=\"/\" /><script>let a = 1;</script><script src=\"x.js\"></script></head></html>"},
    {.path = "/app-ABCDEF12.js",
     .mime = "text/javascript; charset=utf-8",
     .etag = "app",
     .identity = "plain",
     .br = "brotli",
     .gzip = "gzip",
     .hashed = true},
    {.path = "/hk.js", .mime = "text/javascript; charset=utf-8", .etag = "tracker", .identity = "hk", .br = "h"},
    {.path = "/hk-compat.js", .mime = "text/javascript; charset=utf-8", .etag = "compat", .identity = "compat"},
    {.path = "/favicon.svg", .mime = "image/svg+xml", .etag = "icon", .identity = "<svg/>"},
}};

std::string header(const std::optional<Response>& response, std::string_view name) {
  if (response)
    for (const auto& [n, value] : response->headers)
      if (n == name) return value;
  return "";
}

Request request(std::string path, HeaderList headers = {}) {
  Request r;
  r.path = std::move(path);
  r.headers = std::move(headers);
  return r;
}

TEST(AssetTableTest, TakesThePlaceOfOtherProductsScripts) {
  const AssetTable table(kFiles, "/");
  for (const char* name : {"/script.js", "/matomo.js", "/piwik.js", "/js/plausible.js", "/js/script.js",
                           "/js/script.hash.outbound-links.js"}) {
    const auto answer = table.answer(request(name));
    ASSERT_TRUE(answer) << name;
    EXPECT_EQ(answer->fixed_body, "compat") << name;
    EXPECT_EQ(header(answer, "Access-Control-Allow-Origin"), "*") << name;
  }
  for (const char* name : {"/a/script.js", "/js/script.js/x.js", "/js/scripts.js", "/js/script", "/matomo.php"}) {
    const auto answer = table.answer(request(name));
    EXPECT_FALSE(answer && answer->fixed_body == "compat") << name;
  }
}

TEST(AssetTableTest, ChoosesTheCoding) {
  const AssetTable table(kFiles, "/");
  const auto br = table.answer(request("/app-ABCDEF12.js", {{"accept-encoding", "gzip, br"}}));
  EXPECT_EQ(br->fixed_body, "brotli");
  EXPECT_EQ(header(br, "Content-Encoding"), "br");
  EXPECT_EQ(header(br, "ETag"), "\"app-br\"");
  EXPECT_EQ(header(br, "Vary"), "Accept-Encoding");
  const auto plain = table.answer(request("/app-ABCDEF12.js"));
  EXPECT_EQ(plain->fixed_body, "plain");
  EXPECT_EQ(header(plain, "Content-Encoding"), "");
  EXPECT_EQ(header(plain, "ETag"), "\"app\"") << "each coding has its own tag";
  EXPECT_EQ(header(table.answer(request("/favicon.svg", {{"accept-encoding", "br"}})), "Vary"), "");
}

TEST(AssetTableTest, OnlyHashedNamesAreImmutable) {
  const AssetTable table(kFiles, "/");
  EXPECT_EQ(header(table.answer(request("/app-ABCDEF12.js")), "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header(table.answer(request("/hk.js")), "Cache-Control"), "public, max-age=3600");
  EXPECT_EQ(header(table.answer(request("/favicon.svg")), "Cache-Control"), "no-cache");
  EXPECT_EQ(header(table.answer(request("/")), "Cache-Control"), "no-cache");
}

TEST(AssetTableTest, AnswersConditionalRequests) {
  const AssetTable table(kFiles, "/");
  const auto same = table.answer(request("/hk.js", {{"if-none-match", "\"tracker\""}}));
  EXPECT_EQ(same->status, 304);
  EXPECT_TRUE(same->fixed_body.empty());
  EXPECT_EQ(header(same, "ETag"), "\"tracker\"");
  const auto other = table.answer(request("/hk.js", {{"if-none-match", "\"tracker\""}, {"accept-encoding", "br"}}));
  EXPECT_EQ(other->status, 200);
}

TEST(AssetTableTest, OtherSitesMayLoadTheTrackerAndNothingElse) {
  const AssetTable table(kFiles, "/");
  const auto tracker = table.answer(request("/hk.js"));
  EXPECT_EQ(header(tracker, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header(tracker, "Cross-Origin-Resource-Policy"), "cross-origin");
  const auto app = table.answer(request("/app-ABCDEF12.js"));
  EXPECT_EQ(header(app, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header(app, "Cross-Origin-Resource-Policy"), "same-origin");
}

TEST(AssetTableTest, PagesOfTheDashboardAreTheDashboard) {
  const AssetTable table(kFiles, "/");
  for (const char* page : {"/", "/sites/42/overview", "/index.html", "/s/example.com", "/setup/snippet/a.b.example"})
    EXPECT_EQ(header(table.answer(request(page)), "Content-Type"), "text/html; charset=utf-8") << page;
  for (const char* file : {"/missing.js", "/a/b.png", "/.env"}) EXPECT_FALSE(table.answer(request(file))) << file;
  EXPECT_FALSE(AssetTable({}, "/").answer(request("/")));
}

TEST(AssetTableTest, TheBasePathGoesIntoThePage) {
  const AssetTable root(kFiles, "/"), below(kFiles, "/a&b/");
  EXPECT_NE(root.answer(request("/"))->fixed_body.find("<base href=\"/\">"), std::string_view::npos);
  EXPECT_NE(below.answer(request("/"))->fixed_body.find("<base href=\"/a&amp;b/\">"), std::string_view::npos);
  EXPECT_NE(header(root.answer(request("/")), "ETag"), header(below.answer(request("/")), "ETag"));
  constexpr std::array<Asset, 1> kBare = {{{.path = "/index.html", .mime = "text/html", .identity = "<head></head>"}}};
  EXPECT_EQ(AssetTable(kBare, "/x/").answer(request("/"))->fixed_body, "<head><base href=\"/x/\"></head>");
}

TEST(AssetTableTest, ThePolicyAllowsInlineScriptsOnlyByTheirHash) {
  const AssetTable table(kFiles, "/");
  const std::string policy = header(table.answer(request("/")), "Content-Security-Policy");
  EXPECT_EQ(policy, table.policy());
  // printf 'let a = 1;' | openssl dgst -sha256 -binary | base64
  EXPECT_NE(policy.find("script-src 'self' 'sha256-xY6QKfH9PRsQnLz56nj6MBwiK5oHg+im1Jkpdp1x/Ck=';"), std::string::npos);
  EXPECT_EQ(policy.find("sha256-", policy.find("sha256-") + 1), std::string::npos) << "a script with src has no hash";
  for (const char* rule :
       {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'self'", "connect-src 'self'", "style-src 'self';"})
    EXPECT_NE(policy.find(rule), std::string::npos) << rule;
  EXPECT_EQ(header(table.answer(request("/app-ABCDEF12.js")), "Content-Security-Policy"), "");
}

}  // namespace
}  // namespace hk::http

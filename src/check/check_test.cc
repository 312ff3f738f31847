#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "base/testing/result.h"
#include "check/look.h"
#include "check/page.h"
#include "check/tabs.h"

namespace hk::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PageUrl url(std::string_view text) {
  const auto out = PageUrl::parse(text);
  EXPECT_TRUE(out) << text;
  return out.value_or(PageUrl{});
}
const PageUrl kPage = url("https://birds.example/");
const PageUrl kServer = url("https://stats.example/hk/");

TEST(PageUrl, ReadsWhatAPageRefersTo) {
  const PageUrl page = url("HTTPS://Birds.example:443/a/b?c#d");
  EXPECT_EQ(page.str(), "https://birds.example/a/b?c");
  EXPECT_EQ(page.resolve("//x.example/hk.js")->str(), "https://x.example/hk.js");
  EXPECT_EQ(page.resolve("/hk.js")->str(), "https://birds.example/hk.js");
  EXPECT_EQ(page.resolve("hk.js")->str(), "https://birds.example/a/hk.js");
  EXPECT_EQ(page.resolve("http://u:p@x.example:81/y")->str(), "http://x.example:81/y");
  for (const auto* none : {"data:text/javascript,1", "javascript:1", "https://"})
    EXPECT_FALSE(page.resolve(none)) << none;
}

TEST(TrackerOfAPage, IsFoundHoweverItIsWritten) {
  const auto found = [](std::string_view html) { return tracker_of(html, kPage, kServer); };
  const auto plain = found(R"(<head><script async src="https://stats.example/hk/hk.js"></script>)");
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->ours);
  EXPECT_EQ(plain->endpoint.str(), "https://stats.example/hk/ingest");
  const auto odd = found("<SCRIPT\n SRC = //stats.example/hk/other.js?a=1&amp;b=2 nonce=x data-consent></SCRIPT>");
  ASSERT_TRUE(odd);
  EXPECT_TRUE(odd->ours && odd->nonce && odd->waits && !odd->manual);
  const auto foreign = found("<script src='https://old.example/hk.js' data-endpoint='/e/' data-manual></script>");
  ASSERT_TRUE(foreign);
  EXPECT_FALSE(foreign->ours);
  EXPECT_TRUE(foreign->manual);
  EXPECT_EQ(foreign->endpoint.str(), "https://birds.example/e/ingest");
  EXPECT_TRUE(
      found("<script src=https://old.example/hk.js></script><script src=https://stats.example/hk/a.js></script>")->ours)
      << "ours wins over one that is only called so";
  EXPECT_TRUE(found(R"(<base href="https://stats.example/hk/"><script src="hk.js"></script>)")->ours);
}

TEST(TrackerOfAPage, IsNoneInCommentsScriptsAndRuins) {
  for (const auto* html :
       {R"(<!-- <script src="https://stats.example/hk/hk.js"></script> -->)",
        R"(<script>document.write('<script src="https://stats.example/hk/hk.js">')</script>)",
        R"(<script src="https://stats.example/elsewhere/app.js"></script>)",
        R"(<script src="https://stats.example/hk/)", "<script", "<", "", "<!--", "<a =>", "<script src=></script>"})
    EXPECT_FALSE(tracker_of(html, kPage, kServer)) << html;
}

TEST(Policies, LetWhatTheySay) {
  const PageUrl script = url("https://stats.example/hk/hk.js");
  const auto may = [&](std::string_view policy, Loads what = Loads::script, bool nonce = false) {
    return lets(policies_of(policy, ""), what, kPage, script, nonce);
  };
  EXPECT_TRUE(may(""));
  EXPECT_TRUE(may("img-src 'none'"));
  EXPECT_TRUE(may("default-src 'self' stats.example"));
  EXPECT_TRUE(may("script-src *.example"));
  EXPECT_TRUE(may("script-src https:"));
  EXPECT_TRUE(may("script-src https://stats.example/hk/"));
  EXPECT_TRUE(may("default-src 'none'; script-src *"));
  EXPECT_TRUE(may("script-src 'nonce-abc' 'strict-dynamic'", Loads::script, true));
  EXPECT_FALSE(may("default-src 'self'"));
  EXPECT_FALSE(may("script-src 'none'"));
  EXPECT_FALSE(may("script-src https://stats.example/other/"));
  EXPECT_FALSE(may("script-src stats.example:8443"));
  EXPECT_FALSE(may("script-src 'nonce-abc'"));
  EXPECT_FALSE(may("script-src 'strict-dynamic' stats.example"));
  EXPECT_FALSE(may("script-src stats.example, script-src 'self'")) << "every policy has to let it";
  EXPECT_FALSE(may("script-src-elem 'self'; script-src *"));
  EXPECT_FALSE(may("default-src *; connect-src 'self'", Loads::connect));
  EXPECT_TRUE(may("script-src 'self'", Loads::connect));
  EXPECT_THAT(policies_of("a 'x', b", R"(<meta http-equiv="Content-Security-Policy" content="c; d">)"),
              ElementsAre("a 'x'", "b", "c; d"));
}

/// A look at pages that are answered one after the other.
class LookTest : public ::testing::Test {
 protected:
  SiteLook look() {
    return look_at_site("birds.example", "https://stats.example/hk/",
                        [&](const net::HttpsRequest& request, const std::stop_token&) -> Result<net::HttpsResponse> {
                          asked_.push_back(request.url);
                          if (answers_.empty())
                            return fail(Code::unavailable, "birds.example failed to take a connection");
                          auto next = std::move(answers_.front());
                          answers_.pop_front();
                          return next;
                        },
                        {});
  }
  std::vector<PageFinding> findings() {
    std::vector<PageFinding> out;
    for (const auto& one : look().found) out.push_back(one.what);
    return out;
  }
  static net::HttpsResponse leads_to(std::string where) {
    return {.status = 301, .headers = {{"location", std::move(where)}}, .body = {}};
  }
  static net::HttpsResponse page(std::string body, net::HttpsHeaders headers = {}) {
    return {.status = 200, .headers = std::move(headers), .body = std::move(body)};
  }
  static constexpr const char* kSnippet = R"(<script async src="https://stats.example/hk/hk.js"></script>)";

  std::deque<Result<net::HttpsResponse>> answers_;
  std::vector<std::string> asked_;
};

TEST_F(LookTest, FindsNothingWhereAllIsWell) {
  answers_ = {leads_to("https://www.birds.example/"), page(kSnippet), page("the script")};
  const SiteLook seen = look();
  EXPECT_THAT(seen.found, IsEmpty());
  EXPECT_EQ(seen.script, "https://stats.example/hk/hk.js");
  EXPECT_THAT(asked_, ElementsAre("https://birds.example/", "https://www.birds.example/", seen.script));
}

TEST_F(LookTest, AsksThreeTimesAtMost) {
  for (int i = 0; i < 9; ++i) answers_.push_back(leads_to("/" + std::to_string(i)));
  EXPECT_THAT(findings(), ElementsAre(PageFinding::status, PageFinding::no_script));
  EXPECT_EQ(asked_.size(), kMaxLooks);
}

TEST_F(LookTest, SaysWhyNothingComes) {
  using enum PageFinding;
  EXPECT_THAT(findings(), ElementsAre(unreachable));
  answers_ = {leads_to("https://elsewhere.example/")};
  EXPECT_THAT(findings(), ElementsAre(moved)) << "nobody else is asked";
  answers_ = {leads_to("http://birds.example/")};
  EXPECT_THAT(findings(), ElementsAre(moved)) << "nothing is asked without TLS";
  answers_ = {page("<html>")};
  EXPECT_THAT(findings(), ElementsAre(no_script));
  answers_ = {page("<script>'https://www.googletagmanager.com/gtm.js'</script>")};
  EXPECT_THAT(findings(), ElementsAre(tag_manager));
  answers_ = {page("<script src=https://old.example/hk.js></script>"), page("")};
  EXPECT_THAT(findings(), ElementsAre(other_server));
  answers_ = {page("<script src=http://stats.example:443/hk/hk.js></script>")};
  EXPECT_THAT(findings(), ElementsAre(insecure_script));
  answers_ = {page(kSnippet, {{"content-security-policy", "default-src 'self'"}}), page("")};
  EXPECT_THAT(findings(), ElementsAre(csp_script, csp_connect));
  answers_ = {page(kSnippet), net::HttpsResponse{.status = 404, .headers = {}, .body = {}}};
  EXPECT_THAT(findings(), ElementsAre(script_status));
  answers_ = {net::HttpsResponse{.status = 503, .headers = {}, .body = kSnippet}, page("")};
  EXPECT_THAT(findings(), ElementsAre(status));
  answers_ = {page("<script data-consent data-manual src=//stats.example/hk/hk.js></script>"), page("")};
  EXPECT_THAT(findings(), ElementsAre(waits, manual));
}

TEST(TabChecksTest, ACodeIsGoodForItsSiteAndAQuarterOfAnHour) {
  TabChecks tabs;
  const SiteId site{Uuid::parse("00000000-0000-4000-8000-000000000001").value_or(Uuid{})};
  const SiteId other{Uuid::parse("00000000-0000-4000-8000-000000000002").value_or(Uuid{})};
  const TimeMs now = from_ms(1'000'000);
  const std::string code = tabs.open(site, now);
  EXPECT_FALSE(tabs.told(other, code, now).known);
  EXPECT_TRUE(tabs.told(site, code, now).known);
  EXPECT_FALSE(tabs.told(site, code, now).report);
  EXPECT_FALSE(tabs.take({.code = "0", .host = "x"}, now));
  EXPECT_TRUE(tabs.take({.code = code, .host = "birds.example"}, now));
  EXPECT_TRUE(tabs.take({.code = code, .host = "later.example"}, now));
  EXPECT_EQ(tabs.told(site, code, now).report->host, "birds.example") << "the first one stays";
  EXPECT_FALSE(tabs.told(site, code, now + kTabLife).known);
  EXPECT_FALSE(tabs.take({.code = code, .host = "x"}, now + kTabLife));
}

TEST(TabChecksTest, TheOldestGoesWhereThereAreTooMany) {
  TabChecks tabs;
  const SiteId site{Uuid::parse("00000000-0000-4000-8000-000000000001").value_or(Uuid{})};
  const TimeMs now = from_ms(1'000'000);
  const std::string first = tabs.open(site, now);
  const std::string second = tabs.open(site, now);
  for (std::size_t i = 0; i + 1 < kMaxTabs; ++i) tabs.open(site, now);
  EXPECT_FALSE(tabs.told(site, first, now).known);
  EXPECT_TRUE(tabs.told(site, second, now).known);
}

}  // namespace
}  // namespace hk::check

#include "ingest/enrich/source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "ingest/enrich/channel.h"
#include "ingest/enrich/enrich.h"
#include "ingest/enrich/url.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

using store::Channel;

TEST(Source, KnowsHosts) {
  struct Case {
    std::string host, path, name;
    SourceClass kind;
  };
  const Case cases[] = {
      {"google.com", "", "Google", SourceClass::search},
      {"google.co.uk", "", "Google", SourceClass::search},
      {"google.de", "/imgres", "Google Images", SourceClass::search},
      {"news.google.fr", "", "Google News", SourceClass::search},
      {"mail.google.com", "/mail/u/0", "Gmail", SourceClass::email},
      {"docs.google.com", "", "", SourceClass::none},
      {"bing.com", "/images/search", "Bing Images", SourceClass::search},
      {"bing.com", "/search", "Bing", SourceClass::search},
      {"duckduckgo.com", "", "DuckDuckGo", SourceClass::search},
      {"uk.ask.com", "", "Ask", SourceClass::search},
      {"l.facebook.com", "", "Facebook", SourceClass::social},
      {"de.linkedin.com", "", "LinkedIn", SourceClass::social},
      {"t.co", "", "X", SourceClass::social},
      {"x.com", "", "X", SourceClass::social},
      {"x.com", "/i/grok/share/abc", "Grok", SourceClass::ai_assistant},
      {"bsky.app", "", "Bluesky", SourceClass::social},
      {"news.ycombinator.com", "/item", "Hacker News", SourceClass::social},
      {"youtube.com", "", "YouTube", SourceClass::video},
      {"chatgpt.com", "", "ChatGPT", SourceClass::ai_assistant},
      {"claude.ai", "", "Claude", SourceClass::ai_assistant},
      {"perplexity.ai", "/search/x", "Perplexity", SourceClass::ai_assistant},
      {"huggingface.co", "/chat/x", "HuggingChat", SourceClass::ai_assistant},
      {"huggingface.co", "/models", "", SourceClass::none},
      {"com.google.android.gm", "", "Gmail", SourceClass::email},
      {"googleads.g.doubleclick.net", "", "Google Ads", SourceClass::paid},
      {"unknown.example", "/x", "", SourceClass::none},
      {"notgoogle.com", "", "", SourceClass::none},
      {"", "", "", SourceClass::none},
      {"com", "", "", SourceClass::none},
      {".", "", "", SourceClass::none},
      {"..com", "", "", SourceClass::none},
  };
  for (const Case& c : cases) {
    const Source source = source_of_host(c.host, c.path);
    EXPECT_EQ(source.name, c.name) << c.host << c.path;
    EXPECT_EQ(source.kind, c.kind) << c.host << c.path;
  }
  EXPECT_EQ(source_of_host(std::string(kMaxHostBytes, 'a') + ".com").kind, SourceClass::none);
}

TEST(Source, KnowsTags) {
  const std::pair<std::string, std::string> cases[] = {{"google", "Google"},
                                                       {" Google ", "Google"},
                                                       {"FACEBOOK", "Facebook"},
                                                       {"fb", "Facebook"},
                                                       {"twitter", "X"},
                                                       {"chatgpt.com", "ChatGPT"},
                                                       {"www.bing.com", "Bing"},
                                                       {"duckduckgo", "DuckDuckGo"},
                                                       {"hacker news", "Hacker News"},
                                                       {"my-newsletter", ""},
                                                       {"", ""}};
  for (const auto& [tag, name] : cases) EXPECT_EQ(source_of_tag(tag).name, name) << tag;
}

/// Lines of sources.tsv that end otherwise here, and why.
struct Otherwise {
  std::string_view referrer, source, why;
};
constexpr Otherwise kOtherwise[] = {
    {"https://chat.deepseek.com/", "DeepSeek", "its makers write it so, and so do the rows that are stored"},
};

TEST(Source, AgreesWithTheGoldenOnes) {
  std::ifstream file(HITKEEP_SOURCE_DIR "/src/ingest/enrich/sources.tsv");
  ASSERT_TRUE(file);
  int checked = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::vector<std::string> cells(1);
    for (const char c : line) c == '\t' ? (void)cells.emplace_back() : cells.back().push_back(c);
    ASSERT_EQ(cells.size(), 5u) << line;
    store::Hit hit;
    hit.hostname = "example.com";
    enrich_source(hit, parse_referrer(cells[0]), {.source = cells[1], .medium = cells[2]}, {});
    const auto* other = std::ranges::find(kOtherwise, cells[0], &Otherwise::referrer);
    if (other != std::end(kOtherwise)) cells[3] = other->source;
    EXPECT_FALSE(hit.source.empty()) << line;
    if (cells[3] != "*") EXPECT_EQ(hit.source, cells[3]) << line;
    if (cells[4] != "*") EXPECT_EQ(store::name_of(hit.channel), cells[4]) << line;
    ++checked;
  }
  EXPECT_GE(checked, 97);
}

TEST(Source, NamesAreOneWhateverTheirCase) {
  const auto named = [](std::string_view tag) {
    store::Hit hit;
    hit.hostname = "example.com";
    enrich_source(hit, {}, {.source = tag}, {});
    return hit.source;
  };
  EXPECT_EQ(named("Spring-Letter"), named("SPRING-letter "));
  EXPECT_EQ(named("MySpace"), named("myspace"));
  EXPECT_EQ(named("https://www.Facebook.com/groups/1"), "Facebook");
  EXPECT_EQ(named("last.fm"), "Last.fm");
  EXPECT_EQ(named("bing.com/chat"), "Copilot");
}

TEST(Source, APathIsAServiceOfItsOwn) {
  EXPECT_EQ(source_of_host("bing.com", "/chat/x").name, "Copilot");
  EXPECT_EQ(source_of_host("bing.com", "/chatter").name, "Bing");
  EXPECT_EQ(source_of_host("edgeservices.bing.com", "/edgesvc/chat").kind, SourceClass::ai_assistant);
  EXPECT_EQ(source_of_host("github.com", "/copilot").name, "GitHub Copilot");
  EXPECT_EQ(source_of_host("github.com", "/a/b").kind, SourceClass::social);
}

TEST(Source, WebMailIsMailWhoeverRunsIt) {
  EXPECT_EQ(source_of_host("webmail.some-university.example").kind, SourceClass::email);
  EXPECT_EQ(source_of_host("webmail.some-university.example").name, "") << "the host is its name";
  EXPECT_EQ(source_of_host("mywebmail.example").kind, SourceClass::none);
}

TEST(Source, HelpPagesOfSearchEnginesAreNoSearch) {
  EXPECT_EQ(source_of_host("accounts.google.com").kind, SourceClass::none);
  EXPECT_EQ(source_of_host("support.google.com").kind, SourceClass::none);
  EXPECT_EQ(source_of_host("cnn.com").kind, SourceClass::none);
}

TEST(Spam, IsFoundByExactHost) {
  EXPECT_TRUE(is_referrer_spam("0-0.fr"));
  EXPECT_TRUE(is_referrer_spam("semalt.com"));
  EXPECT_FALSE(is_referrer_spam("sub.semalt.com"));
  EXPECT_FALSE(is_referrer_spam("example.com"));
  EXPECT_FALSE(is_referrer_spam(""));
}

TEST(Channel, FollowsTheRules) {
  struct Case {
    SourceClass source;
    bool referred;
    std::string from, medium, campaign;
    Channel channel;
  };
  using enum SourceClass;
  const Case cases[] = {
      {none, false, "", "", "", Channel::direct},
      {none, false, " ", " ", "", Channel::direct},
      {none, true, "", "", "", Channel::referral},
      {site, true, "", "", "", Channel::referral},
      {search, true, "", "", "", Channel::organic_search},
      {search, true, "google", "cpc", "", Channel::paid_search},
      {search, false, "google", "PPC", "", Channel::paid_search},
      {social, true, "", "", "", Channel::organic_social},
      {social, false, "facebook", "paid-social", "", Channel::paid_social},
      {none, false, "somewhere", "social", "", Channel::organic_social},
      {video, true, "", "", "", Channel::video},
      {video, false, "youtube", "cpv", "", Channel::video},
      {none, false, "x", "video", "", Channel::video},
      {ai_assistant, true, "", "", "", Channel::ai_assistant},
      {ai_assistant, false, "chatgpt.com", "", "", Channel::ai_assistant},
      {ai_assistant, false, "chatgpt.com", "cpc", "", Channel::paid_other},
      {email, true, "", "", "", Channel::email},
      {none, false, "newsletter", "email", "", Channel::email},
      {none, false, "Newsletter", "", "", Channel::email},
      {none, false, "partner", "affiliate", "", Channel::affiliate},
      {search, false, "google", "display", "", Channel::display},
      {search, false, "google", "cpm", "", Channel::display},
      {none, false, "somewhere", "cpc", "", Channel::paid_other},
      {paid, true, "", "", "", Channel::paid_other},
      {none, false, "x", "organic", "", Channel::organic_search},
      {none, false, "x", "referral", "", Channel::referral},
      {none, false, "x", "qr", "", Channel::campaign},
      {none, false, "", "", "spring", Channel::campaign},
      {none, true, "x", "", "", Channel::campaign},
  };
  for (const Case& c : cases)
    EXPECT_EQ(store::name_of(channel_of({c.source, c.referred, c.from, c.medium, c.campaign})),
              store::name_of(c.channel))
        << c.from << " / " << c.medium << " / " << c.campaign << " / " << static_cast<int>(c.source);
}

TEST(Url, Origins) {
  const std::pair<std::string, std::string> valid[] = {{"https://Example.com", "example.com"},
                                                       {"http://www.example.com:8080", "example.com"},
                                                       {"https://example.com.", "example.com"},
                                                       {"https://xn--mnchen-3ya.de", "xn--mnchen-3ya.de"},
                                                       {"https://user@example.com", "example.com"},
                                                       {"https://[::1]:80", "localhost"},
                                                       {"null", ""},
                                                       {"example.com", ""},
                                                       {"file://", ""},
                                                       {"about:blank", ""},
                                                       {"https://example.com:", "example.com"}};
  for (const auto& [text, host] : valid) {
    const Origin origin = parse_origin(text);
    EXPECT_TRUE(origin.valid) << text;
    EXPECT_EQ(origin.host, host) << text;
  }
  for (const std::string text : {"://x", ":", "1http://x", "https://a b", "https://a\x01", "https://a:b",
                                 "https://[::1", "https://[::1]x", "https://a%zz", "https://a<b>"})
    EXPECT_FALSE(parse_origin(text).valid) << text;
}

TEST(Url, Referrers) {
  struct Case {
    std::string text, host, path;
  };
  const Case cases[] = {
      {"https://www.Google.com/search?q=secret#x", "google.com", "/search"},
      {"http://user:pw@example.com:8080/a/b", "example.com", "/a/b"},
      {"https://example.com", "example.com", ""},
      {"https://example.com/", "example.com", ""},
      {"https://example.com?q=1", "example.com", ""},
      {"HTTPS://EXAMPLE.COM./x", "example.com", "/x"},
      {"android-app://com.google.android.gm/", "com.google.android.gm", ""},
      {"chatgpt.com", "chatgpt.com", ""},
      {"www.example.com/x", "example.com", "/x"},
      {"example.com:8080/x", "example.com", "/x"},
      {"newsletter", "newsletter", ""},
      {"  https://example.com/a  ", "example.com", "/a"},
      {"", "", ""},
      {"about:blank", "", ""},
      {"javascript:alert(1)", "", ""},
      {"data:text/html,x", "", ""},
      {"ftp://example.com/x", "", ""},
      {"https://", "", ""},
      {"https:///x", "", ""},
      {"https://a b/c", "", ""},
      {"/relative", "", ""},
      {"?x", "", ""},
      {"./x", "", ""},
      {"https://www./x", "www", "/x"},
      {"https://example.com/%c3%b8?q", "example.com", "/ø"},
  };
  for (const Case& c : cases) {
    const Referrer referrer = parse_referrer(c.text);
    EXPECT_EQ(referrer.host, c.host) << c.text;
    EXPECT_EQ(referrer.path, c.path) << c.text;
  }
}

TEST(Url, Paths) {
  const std::pair<std::string, std::string> cases[] = {{"/a/b", "/a/b"},
                                                       {"", "/"},
                                                       {"a", "/a"},
                                                       {"/a?b=1", "/a"},
                                                       {"/a#b", "/a"},
                                                       {"/a#/b", "/a#/b"},
                                                       {"/#!/b?token=1#c", "/#!/b"},
                                                       {"/a?b#/c", "/a"},
                                                       {"/a#!b", "/a"},
                                                       {"https://x.example/a/b?c#d", "/a/b"},
                                                       {"https://x.example", "/"},
                                                       {"/caf%c3%a9", "/café"},
                                                       {"//double", "//double"},
                                                       {"?x", "/"},
                                                       {"/a:b", "/a:b"}};
  for (const auto& [text, path] : cases) EXPECT_EQ(page_path(text), path) << text;
}

TEST(Url, Queries) {
  const std::pair<std::string, std::string> cases[] = {{"/a", ""},
                                                       {"", ""},
                                                       {"/a?", ""},
                                                       {"/a?b=1&c", "b=1&c"},
                                                       {"/a?b=1#c?d", "b=1"},
                                                       {"/a#b?c", ""},
                                                       {"/app#/about?b=1", "b=1"},
                                                       {"/app?b=1#/about", "b=1"},
                                                       {"https://x.example?b=1", "b=1"}};
  for (const auto& [text, query] : cases) EXPECT_EQ(page_query(text), query) << text;
  std::string_view query = "a=1&&b";
  EXPECT_EQ(take_parameter(query), "a=1");
  EXPECT_EQ(take_parameter(query), "");
  EXPECT_EQ(take_parameter(query), "b");
  EXPECT_TRUE(query.empty());
}

TEST(Path, IsCutByCharactersAndEscapes) {
  std::string letters = "/";
  for (int i = 0; i < 200; ++i) letters += "%D0%B6";
  store::Hit hit;
  enrich_page(hit, letters, {});
  EXPECT_EQ(hit.path.size(), 401u) << "200 Cyrillic letters are no long path";
  enrich_page(hit, "/x" + letters + letters + letters, {});
  EXPECT_EQ(hit.path.size(), kMaxPathBytes - 1);
  EXPECT_TRUE(hit.path.ends_with("ж"));
}

TEST(Enrich, ItsOwnPagesAreNoReferrers) {
  const auto source = [](std::string_view referrer, const Utm& utm = {}) {
    store::Hit hit;
    hit.hostname = "example.com";
    enrich_source(hit, parse_referrer(referrer), utm, {});
    return hit;
  };
  EXPECT_EQ(source("https://www.example.com/a").referrer_host, "");
  EXPECT_EQ(source("https://www.example.com/a").channel, Channel::direct);
  EXPECT_EQ(source("https://shop.example.com/a").source, "shop.example.com") << "a subdomain is another site";
  EXPECT_EQ(source("https://o.example/a").channel, Channel::referral);
  EXPECT_EQ(source("https://l.facebook.com/").source, "Facebook");
  const auto tagged = source("https://www.google.com/", {.source = "fb", .medium = "paid"});
  EXPECT_EQ(tagged.source, "Facebook");
  EXPECT_EQ(tagged.referrer_host, "google.com");
  EXPECT_EQ(tagged.utm_source, "fb");
  EXPECT_EQ(tagged.channel, Channel::paid_social);
  EXPECT_EQ(source("https://" + std::string(300, 'a') + ".example/").referrer_host, "");
}

}  // namespace
}  // namespace hk::ingest

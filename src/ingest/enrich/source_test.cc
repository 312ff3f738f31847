#include "ingest/enrich/source.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
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
    enrich_source(hit, cells[0], {.source = cells[1], .medium = cells[2]}, {});
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
    enrich_source(hit, "", {.source = tag}, {});
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

TEST(Path, OneSpellingForEachPage) {
  const std::pair<std::string, std::string> cases[] = {
      {"/bl%C3%A5b%C3%A6r-%C3%B8l", "/blåbær-øl"},
      {"/bl%c3%a5b%c3%a6r-%c3%b8l", "/blåbær-øl"},
      {"/blåbær-øl", "/blåbær-øl"},
      {"/%7Eanna/", "/~anna/"},
      {"/~anna/", "/~anna/"},
      {"/%E6%9D%B1%E4%BA%AC", "/東京"},
      {"/%61%2D%5f%2e", "/a-_."},
      {"/a%2fb%3f%23%25%2b%26", "/a%2Fb%3F%23%25%2B%26"},
      {"/a+b&c=d;e,f!g$h'i(j)*k:l@m", "/a+b&c=d;e,f!g$h'i(j)*k:l@m"},
      {"/100%", "/100%"},
      {"/%zz%4", "/%zz%4"},
      {"/%%41", "/%%41"},  // must not become "%A", which reads on as an escape
      {"/%%34%31", "/%%341"},
      {"/%4%31", "/%4%31"},
      {"/%2541", "/%2541"},
      {"/%C3", "/%C3"},
      {"/%c3%28", "/%C3%28"},
      {"/%ff%fe", "/%FF%FE"},
      {"/%e6%9d", "/%E6%9D"},
      {"/%ED%A0%80", "/%ED%A0%80"},  // a surrogate
      {"/%00%0a%7F", "/%00%0A%7F"},
      {"/a b\"<>\\^`{|}", "/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D"},
      {"/%E2%80%AEgpj", "/%E2%80%AEgpj"},  // U+202E
      {"/\u202Egpj", "/%E2%80%AEgpj"},
      {"/\u2028", "/%E2%80%A8"},
      {"/%C2%A0%E3%80%80\u2003", "/%C2%A0%E3%80%80%E2%80%83"},  // blanks
      {"/\U0001F600%F0%9F%98%80", "/😀😀"},
      {"/a/./b/../c", "/a/c"},
      {"/a/%2E%2e/b", "/b"},
      {"/..", "/"},
      {"/a/.", "/a/"},
      {"/.well-known/...", "/.well-known/..."},
  };
  for (const auto& [text, path] : cases) {
    EXPECT_EQ(normal_path(text), path) << text;
    EXPECT_EQ(normal_path(path), path) << text;
  }
}

/// Pieces of paths, the awkward ones often.
rc::Gen<std::string> paths() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "/", "a", "%", "4", "1", "%41", "%2F", "%2f", "%c3%b8", "%C3", "ø", "東", "%E6%9D%B1", "%e6%9d", ".", "..",
          "%2e", " ", "%20", "~", "%7e", "\u202E", "😀", "%F0%9F%98%80", "%00", "%zz", "+", "%25")),
      [](const std::vector<std::string>& parts) {
        std::string out = "/";
        for (const std::string& part : parts) out += part;
        return out;
      });
}

RC_GTEST_PROP(Path, ANormalFormStaysAsItIs, ()) {
  const std::string normal = normal_path(*paths());
  RC_ASSERT(normal_path(normal) == normal);
  RC_ASSERT(valid_utf8(normal));
  RC_ASSERT(normal.starts_with('/'));
}

RC_GTEST_PROP(Path, EscapingACharacterMakesNoOtherPage, ()) {
  // Unreserved characters and all beyond ASCII, each escaped or not, in upper or lower case.
  std::string plain = "/", escaped = "/";
  for (const std::string& part : *rc::gen::container<std::vector<std::string>>(
           rc::gen::element<std::string>("a", "Z", "7", "-", "_", "~", "ø", "ß", "東", "😀", "/", "\u202E"))) {
    plain += part;
    const int how = part == "/" ? 0 : *rc::gen::inRange(0, 3);
    for (const char c : part) {
      std::array<char, 4> escape{};
      std::snprintf(escape.data(), escape.size(), how == 1 ? "%%%02X" : "%%%02x", static_cast<unsigned char>(c));
      escaped += how == 0 ? std::string(1, c) : std::string(escape.data());
    }
  }
  RC_ASSERT(normal_path(plain) == normal_path(escaped));
}

RC_GTEST_PROP(Path, ACutPathIsStillOne, ()) {
  const std::string normal = normal_path(*paths());
  const auto max = *rc::gen::inRange<std::size_t>(0, normal.size() + 2);
  const std::string cut(path_prefix(normal, max));
  RC_ASSERT(cut.size() <= max && normal.starts_with(cut));
  RC_ASSERT(valid_utf8(cut));
  RC_ASSERT(normal_path(cut) == cut || normal.find("/.") != std::string::npos);
  RC_ASSERT(cut.size() + 12 > std::min(max, normal.size()));  // the longest unit: four escaped bytes
}

TEST(Path, IsCutByCharactersAndEscapes) {
  EXPECT_EQ(path_prefix("/aø", 3), "/a");
  EXPECT_EQ(path_prefix("/a%2F", 4), "/a");
  EXPECT_EQ(path_prefix("/a%2F", 5), "/a%2F");
  EXPECT_EQ(path_prefix("/%E2%80%AE", 9), "/");
  EXPECT_EQ(path_prefix("/%zz", 2), "/%");
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
    enrich_source(hit, referrer, utm, {});
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

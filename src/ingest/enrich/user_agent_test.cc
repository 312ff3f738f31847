#include "ingest/enrich/user_agent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "ingest/enrich/pattern_set.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

UserAgents& agents() {
  static UserAgents all;  // compiling the tables takes a while under sanitizers
  return all;
}

TEST(UserAgents, KnowTheGoldenOnes) {
  std::ifstream file(HITKEEP_SOURCE_DIR "/src/ingest/enrich/user_agents.tsv");
  ASSERT_TRUE(file);
  std::string line;
  int checked = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == '\t' && cells.size() < 5)
        cells.emplace_back();
      else
        cells.back().push_back(c);
    }
    ASSERT_EQ(cells.size(), 5u) << line;
    const UserAgent parsed = agents().parse_now(cells[4]);
    const std::string browser = parsed.bot == Bot::none ? parsed.browser : "bot:" + std::string(name_of(parsed.bot));
    EXPECT_EQ(browser, cells[0]) << cells[4];
    EXPECT_EQ(std::to_string(parsed.browser_major), cells[1]) << cells[4];
    EXPECT_EQ(parsed.os, cells[2]) << cells[4];
    EXPECT_EQ(name_of(parsed.device), cells[3]) << cells[4];
    ++checked;
  }
  EXPECT_GE(checked, 60);
}

TEST(UserAgents, TellVersionsAsFarAsTheyAreTrue) {
  constexpr struct {
    std::string_view browser, os, text;
  } kVersions[] = {
      {"146", "",
       "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 "
       "Safari/537.36"},
      {"26.1", "18.6",
       "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 "
       "Mobile/15E148 Safari/604.1"},
      {"26.1", "",
       "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 "
       "Safari/605.1.15"},
      {"146", "",
       "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile "
       "Safari/537.36"},
      {"146", "15", "Mozilla/5.0 (Android 15; Mobile; rv:146.0) Gecko/146.0 Firefox/146.0"},
      {"11", "7", "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"},
  };
  for (const auto& version : kVersions) {
    const UserAgent parsed = agents().parse_now(version.text);
    EXPECT_EQ(parsed.browser_version, version.browser) << version.text;
    EXPECT_EQ(parsed.os_version, version.os) << version.text;
  }
  EXPECT_EQ(agents().parse_now("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)").agent,
            "Googlebot");
}

TEST(UserAgents, FindTheBotsThatTheListKnows) {
  constexpr std::string_view kSamples[] = {
#include "lists/bot_samples.inc"
  };
  std::size_t missed = 0;
  for (const std::string_view sample : kSamples) {
    if (agents().parse_now(sample).bot != Bot::none) continue;
    ++missed;
    if (missed < 20) std::printf("not found: %s\n", std::string(sample).c_str());
  }
  EXPECT_EQ(missed, 0u) << "of " << std::size(kSamples);
}

TEST(UserAgents, TellPeopleFromBots) {
  std::ifstream file(HITKEEP_SOURCE_DIR "/src/ingest/enrich/people_and_bots.tsv");
  ASSERT_TRUE(file);
  int checked = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const auto tab = line.find('\t');
    const UserAgent parsed = agents().parse_now(std::string_view(line).substr(tab + 1));
    EXPECT_EQ(parsed.bot == Bot::none ? "person" : "bot", line.substr(0, tab)) << line;
    ++checked;
  }
  EXPECT_GE(checked, 54);
}

std::string on_phone(std::string_view phone) {
  return concat({"Mozilla/5.0 (Linux; Android 13; ", phone,
                 ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36"});
}

TEST(UserAgents, LetNoPhonesNameBeABot) {
  for (const std::string_view name :
       {"HTC Butterfly 3", "CUBOT_P20", "Spider 5 Build/TP1A", "de-de; Scan Master X", "Crawler", "Acme Googlebot Pro",
        "Download 7", "Check Monitor Proxy Server", "SM-A536B Build/UP1A.231005.007; wv"})
    EXPECT_EQ(agents().parse_now(on_phone(name)).bot, Bot::none) << name;
  for (const std::string_view name : {"Googlebot/2.1", "compatible; Googlebot", "SomeBot +http://bot.example",
                                      "Nexus 5X; Googlebot", "bot@example.com"})
    EXPECT_NE(agents().parse_now(on_phone(name)).bot, Bot::none) << name;
  EXPECT_NE(agents().parse_now(on_phone("Pixel 8") + " Spider").bot, Bot::none) << "only the phone's name is spared";
  EXPECT_NE(agents().parse_now("Mozilla/5.0 (Linux; Android 13; Spider)").bot, Bot::none) << "no browser";
}

TEST(UserAgents, LetNoPhonesNameBeAnyBot) {
  constexpr struct {
    std::string_view text;
    Bot bot;
    bool word;
  } kTokens[] = {
#include "lists/bot_tokens.inc"
  };
  std::size_t caught = 0;
  for (const auto& token : kTokens) {
    if (token.text.find_first_of("/@+:;()") != std::string_view::npos) continue;
    const UserAgent parsed = agents().parse_now(on_phone(concat({"Acme ", token.text, " 5"})));
    if (parsed.bot != Bot::none && ++caught < 20) std::printf("a phone, not %s\n", std::string(token.text).c_str());
  }
  EXPECT_EQ(caught, 0u);
}

TEST(UserAgents, SayNothingAboutNothing) {
  const UserAgent parsed = agents().parse_now("");
  EXPECT_EQ(parsed.bot, Bot::none);
  EXPECT_EQ(parsed.browser, "");
  EXPECT_EQ(parsed.device, store::Device::unknown);
}

TEST(UserAgents, NamesStayNames) {
  const UserAgent parsed = agents().parse_now("MyPrivateName-iPhone/12 CFNetwork/1404.0.5 Darwin/22.3.0");
  EXPECT_EQ(parsed.browser.find("MyPrivateName"), std::string::npos) << "an open pattern's catch is no browser";
  EXPECT_LE(agents().parse_now("Mozilla/5.0 (Windows NT 10.0) Firefox/99999999.0").browser.size(), kMaxFamilyBytes);
}

TEST(UserAgents, RememberAndForget) {
  UserAgents fresh;
  const std::string chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/";
  const auto first = fresh.parse(chrome + "1");
  EXPECT_EQ(fresh.parse(chrome + "1"), first) << "the same object";
  EXPECT_EQ(fresh.cached(), 1u);
  for (std::size_t i = 0; i < kUserAgentCacheEntries + 500; ++i) fresh.parse("x" + std::to_string(i) + "/1");
  EXPECT_LE(fresh.cached(), kUserAgentCacheEntries);
  EXPECT_GT(fresh.cached(), kUserAgentCacheEntries / 2);
}

TEST(UserAgents, AreSafeFromManyThreads) {
  UserAgents fresh;
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  threads.reserve(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i)
        if (fresh
                .parse("Mozilla/5.0 (Windows NT 10.0; rv:" + std::to_string(i % 7 + 100) +
                       ".0) Gecko/20100101 Firefox/" + std::to_string(i % 7 + 100) + ".0")
                ->browser_major != i % 7 + 100)
          ++wrong;
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(TokenFinder, FindsAllOccurrencesOfAllTokens) {
  const TokenFinder finder({"abc", "bcd", "abcd", "xyz"});
  std::vector<std::pair<std::size_t, std::size_t>> found;
  finder.find("abcd abc", [&](std::size_t token, std::size_t at) {
    found.emplace_back(token, at);
    return true;
  });
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::pair<std::size_t, std::size_t>>{{0, 0}, {0, 5}, {1, 1}, {2, 0}}));
  int calls = 0;
  finder.find("abcabcabc", [&](std::size_t, std::size_t) { return ++calls < 2; });
  EXPECT_EQ(calls, 2);
  finder.find("ab", [&](std::size_t, std::size_t) { return ADD_FAILURE(), true; });
}

TEST(PatternSet, TheFirstPatternThatMatchesCounts) {
  const PatternSet set({{"foo(\\d+)"}, {"(bar)/(\\d+)"}, {"f..", false}, {"QUX", true}});
  const auto match = [&](std::string_view text) { return set.first(text, ascii_lower(text)); };
  EXPECT_EQ(match("bar/7 foo12")->pattern, 0u);
  EXPECT_EQ(match("bar/7 foo12")->groups[1], "12");
  EXPECT_EQ(match("bar/7 foo")->pattern, 1u);
  EXPECT_EQ(match("bar/7")->groups[2], "7");
  EXPECT_EQ(match("fix")->pattern, 2u);
  EXPECT_EQ(match("qux")->pattern, 3u);
  EXPECT_FALSE(match("BAR/7"));
}

}  // namespace
}  // namespace hk::ingest

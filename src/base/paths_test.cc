#include "base/paths.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace hk {
namespace {

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
}

}  // namespace
}  // namespace hk

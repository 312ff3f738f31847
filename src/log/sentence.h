#pragma once
// Error sentences (libstdc++ 12 has no std::format).

#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace hk::log {

/// What fills a gap of a sentence.
struct Word {
  std::string text;

  Word(std::string_view t) : text(t) {}                             // NOLINT(google-explicit-constructor)
  Word(const char* t) : text(t) {}                                  // NOLINT(google-explicit-constructor)
  Word(std::string t) : text(std::move(t)) {}                       // NOLINT(google-explicit-constructor)
  Word(const std::filesystem::path& p) : text(p.string()) {}        // NOLINT(google-explicit-constructor)
  Word(std::unsigned_integral auto n) : text(std::to_string(n)) {}  // NOLINT(google-explicit-constructor)
};

/// `pattern` with each "{}" replaced by the next word.
inline std::string sentence(std::string_view pattern, std::initializer_list<Word> words) {
  std::string out;
  for (const auto& word : words) {
    const auto gap = pattern.find("{}");
    out.append(pattern.substr(0, gap)).append(word.text);
    pattern.remove_prefix(gap + 2);
  }
  return out.append(pattern);
}

}  // namespace hk::log

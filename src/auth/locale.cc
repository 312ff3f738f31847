#include "auth/locale.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hk::auth {
namespace {

struct Words {
  std::string_view language;
  std::string_view before, after;  // around the name
  std::string_view mine;
};

constexpr std::array<Words, 7> kWords = {{
    {"en", "", "'s Team", "My Team"},
    {"de", "Team von ", "", "Mein Team"},
    {"es", "Equipo de ", "", "Mi equipo"},
    {"fr", "Équipe de ", "", "Mon équipe"},
    {"it", "Team di ", "", "Il mio team"},
    {"nl", "Team van ", "", "Mijn team"},
    {"pt", "Equipe de ", "", "Minha equipe"},
}};

const Words* words_of(std::string_view language) {
  const auto at = std::ranges::find(kWords, language, &Words::language);
  return at == kWords.end() ? nullptr : &*at;
}

}  // namespace

std::optional<std::string> spoken_language(std::string_view tag) {
  const Words* words = words_of(ascii_lower(trim(tag.substr(0, tag.find('-')))));
  return words ? std::optional(std::string(words->language)) : std::nullopt;
}

std::string preferred_language(std::string_view accept_language) {
  while (!accept_language.empty()) {
    const std::size_t comma = accept_language.find(',');
    const std::string_view item = trim(accept_language.substr(0, comma));
    const std::string base = ascii_lower(item.substr(0, item.find_first_of("-_;")));
    if (words_of(base)) return base;
    accept_language = comma == std::string_view::npos ? std::string_view{} : accept_language.substr(comma + 1);
  }
  return "en";
}

std::string team_name(std::string_view language, std::string_view given_name) {
  constexpr std::size_t longest_name = 100;  // characters, so that the whole stays within the column's 120
  const Words* found = words_of(language);
  const Words& words = found ? *found : kWords.front();
  if (given_name.empty() || utf8_length(given_name) > longest_name) return std::string(words.mine);
  return std::string(words.before).append(given_name).append(words.after);
}

}  // namespace hk::auth

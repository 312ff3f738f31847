#include "ingest/enrich/bot.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "ingest/enrich/pattern_set.h"

namespace hk::ingest {
namespace {

struct Token {
  std::string_view text;
  Bot bot;
  bool word;  // in any case, but only as a whole word; else exactly these bytes, anywhere
};
constexpr Token kTokens[] = {
#include "lists/bot_tokens.inc"
};

struct Pattern {
  std::string_view regex;
  Bot bot;
  bool any_case;
};
constexpr Pattern kPatterns[] = {
#include "lists/bot_patterns.inc"
};

/// What a word of a generic pattern may be part of: names of browsers and apps with people before them. Lower case.
constexpr std::string_view kSpared[] = {
#include "lists/bot_spared.inc"
};

constexpr std::array<std::string_view, static_cast<std::size_t>(Bot::kCount)> kNames = {
    "none",    "ai_crawler", "ai_search", "ai_assistant", "search",   "seo",        "monitor", "scanner", "advertising",
    "preview", "feed",       "library",   "archiver",     "academic", "automation", "other",   "suspect"};

/// Short words of the list of AI agents ("Code", "Spider") are words of other products too; then only the form
/// "Code/1.2" names the agent.
constexpr std::size_t kShortWord = 7;

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

bool stands_alone(std::string_view lower, std::size_t at, std::size_t size) {
  const std::size_t end = at + size;
  if (at > 0 && is_word(lower[at - 1])) return false;
  if (size < kShortWord && !lower.substr(at, size).ends_with("bot")) return end < lower.size() && lower[end] == '/';
  return end == lower.size() || !is_word(lower[end]);
}

/// Where a browser says which phone it runs on: the "HTC Butterfly 3" of "Mozilla/5.0 (Linux; Android 10; HTC Butterfly
/// 3 Build/QP1A) …". A maker may call it as he likes, so no word of it says bot. Empty where what stands there is no
/// phone's name: one that says a version or an address is a program's.
std::string_view phone_in(std::string_view lower) {
  const std::size_t open = lower.find('(');
  const std::size_t close = std::min(lower.find(')', open), lower.size());
  if (open == std::string_view::npos || !lower.substr(close).starts_with(") applewebkit/")) return {};
  std::string_view rest = lower.substr(open + 1, close - open - 1);
  const auto take = [&] {
    const std::size_t end = rest.find("; ");
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    return part;
  };
  if (take() != "linux") return {};
  std::string_view system = take();
  if (system == "u") system = take();
  if (!system.starts_with("android") && !system.starts_with("tizen")) return {};
  std::string_view phone = take();
  if (phone.size() == 5 && phone[2] == '-' && !rest.empty()) phone = take();  // "de-de"
  phone = phone.substr(0, phone.find(" build/"));
  constexpr std::string_view kOfPrograms = "/@+:";
  return phone == "compatible" || phone.find_first_of(kOfPrograms) != std::string_view::npos ? std::string_view{}
                                                                                             : phone;
}

/// "Googlebot/" is called Googlebot.
std::string_view name_in(std::string_view token) {
  constexpr std::string_view kAround = "/(); -_+";
  const auto begin = std::min(token.find_first_not_of(kAround), token.size());
  token.remove_prefix(begin);
  return token.substr(0, token.find_last_not_of(kAround) + 1);
}

std::vector<PatternSet::Pattern> patterns() {
  std::vector<PatternSet::Pattern> out;
  for (const Pattern& p : kPatterns) out.push_back({p.regex, p.any_case});
  return out;
}

std::vector<std::string> lower_tokens() {
  std::vector<std::string> out;
  for (const Token& t : kTokens) out.push_back(ascii_lower(t.text));
  return out;
}

}  // namespace

std::string_view name_of(Bot bot) {
  return kNames.at(static_cast<std::size_t>(bot));
}

struct BotFinder::Impl {
  std::vector<std::string> lower = lower_tokens();
  TokenFinder tokens{{lower.begin(), lower.end()}};
  TokenFinder spared{{std::begin(kSpared), std::end(kSpared)}};
  PatternSet regexes{patterns()};
};

BotFinder::BotFinder() : impl_(std::make_unique<Impl>()) {}
BotFinder::~BotFinder() = default;

BotFinder::Found BotFinder::find(std::string_view user_agent, std::string_view lower) const {
  if (user_agent.empty()) return {};
  std::string rest(user_agent), rest_lower(lower);
  // Underscores end no word and begin none, so that nothing new appears.
  const auto blank_out = [&](std::size_t at, std::size_t size) {
    rest.replace(at, size, size, '_');
    rest_lower.replace(at, size, size, '_');
  };
  if (const std::string_view phone = phone_in(lower); !phone.empty())
    blank_out(static_cast<std::size_t>(phone.data() - lower.data()), phone.size());

  // The list of AI agents stands first and says most; then the earliest entry.
  std::size_t best = std::size(kTokens);
  impl_->tokens.find(rest_lower, [&](std::size_t i, std::size_t at) {
    const Token& token = kTokens[i];
    const bool is = token.word ? stands_alone(rest_lower, at, token.text.size())
                               : std::string_view(rest).substr(at, token.text.size()) == token.text;
    if (is) best = std::min(best, i);
    return true;
  });
  if (best < std::size(kTokens)) return {.bot = kTokens[best].bot, .agent = name_in(kTokens[best].text)};

  impl_->spared.find(lower, [&](std::size_t i, std::size_t at) {
    blank_out(at, kSpared[i].size());
    return true;
  });
  const auto match = impl_->regexes.first(rest, rest_lower);
  return match ? Found{.bot = kPatterns[match->pattern].bot, .agent = {}} : Found{};
}

}  // namespace hk::ingest

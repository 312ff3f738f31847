#pragma once
// Which user agents are not people. From crawler-user-agents, isbot and ai.robots.txt (web/lists/).

#include <cstdint>
#include <memory>
#include <string_view>

namespace hk::ingest {

/// Classes of what is no browser with a person before it. Names are metric labels and API values.
enum class Bot : std::uint8_t {
  none,
  ai_crawler,    // collects for training
  ai_search,     // builds an index for an AI's answers
  ai_assistant,  // fetches because somebody asked an AI just now
  search,
  seo,
  monitor,
  scanner,
  advertising,
  preview,  // makes link previews
  feed,
  library,
  archiver,
  academic,
  automation,  // a browser run by a program
  other,
  suspect,  // a browser by its words, but from a data centre and with a second sign (enrich/kind.h)
  kCount,
};
std::string_view name_of(Bot bot);

/// What reads pages for an AI.
constexpr bool is_of_ai(Bot bot) {
  return bot == Bot::ai_crawler || bot == Bot::ai_search || bot == Bot::ai_assistant;
}

/// Immutable, thread-safe; some megabytes.
class BotFinder {
 public:
  BotFinder();
  ~BotFinder();
  /// `lower` is `user_agent` in lower case. An empty user agent is none: it says nothing.
  struct Found {
    Bot bot = Bot::none;
    std::string_view agent;  // what the list calls it; static; empty where only a generic sign stands there
  };
  Found find(std::string_view user_agent, std::string_view lower) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hk::ingest

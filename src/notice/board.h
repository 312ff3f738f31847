#pragma once
// What the operator or a site's owner should know now: each room tells its own, the dashboard shows it.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "json/shape.h"

namespace hk::notice {

/// In the order of their weight: alarm means that something is lost while nobody acts.
enum class Level : std::uint8_t { info, warning, alarm };
constexpr std::array<std::string_view, 3> names(json::Of<Level>) {
  return {"info", "warning", "alarm"};
}

/// One thing to know. It says what is the case now, so it goes by itself when that ends.
struct Notice {
  std::string kind;  // a name of docs/notices.md; the dashboard has its words in every language
  Level level = Level::info;
  std::optional<SiteKey> site;  // whose owners it concerns; none: the owner of the instance
  /// What the words need, by name. Neither an address nor a user agent of a visitor.
  json::Entries<std::string> facts;
};

/// Adds what is the case now. Runs on I/O threads while others wait: memory only, no lock that is held for long.
using NoticeSource = std::function<void(std::vector<Notice>&)>;

/// Collects from its sources. add() before the server listens; all() from any thread.
class Board {
 public:
  void add(NoticeSource source);
  /// The heaviest first, else in the order of the sources.
  std::vector<Notice> all() const;

 private:
  std::vector<NoticeSource> sources_;
};

}  // namespace hk::notice

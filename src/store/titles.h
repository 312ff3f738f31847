#pragma once
// What pages are called (table titles): a row when a page's title changes, once a day at most.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/duck.h"

namespace hk::store {

/// Used by the applier's thread only. What is in memory never decides: what is not there is read from the table.
class Titles {
 public:
  /// Pages kept in memory, about 50 bytes each.
  static constexpr std::size_t kMaxPages = 65'536;

  void forget() { known_.clear(); }
  void begin() {
    if (known_.size() > kMaxPages) known_.clear();
  }
  /// A batch is: begin(), want() for each page that may say a title, fetch(), then changes() and set() in log order.
  void want(SiteKey site, std::uint32_t page);
  Result<void> fetch(db::DuckConnection& connection);
  /// Whether a title that a page says at this time is a change. `id`: of the title, 0: it is a new text.
  bool changes(SiteKey site, std::uint32_t page, std::uint32_t id, TimeMs at) const;
  void set(SiteKey site, std::uint32_t page, std::uint32_t id, TimeMs at);

 private:
  struct Title {
    std::uint32_t id = 0;  // 0: it has none yet
    TimeMs since{};
  };
  static std::uint64_t key_of(SiteKey site, std::uint32_t page) {
    return static_cast<std::uint64_t>(site) << 32 | page;
  }

  std::unordered_map<std::uint64_t, Title> known_;
  std::set<std::pair<SiteKey, std::uint32_t>> wanted_;
};

}  // namespace hk::store

#pragma once
// Checks in a tab: the site is opened with a code in its address, and its script tells by that code what it found
// there. In memory alone.

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"

namespace hk::check {

/// How long a code is good.
inline constexpr std::chrono::minutes kTabLife{15};
/// Codes of all sites together; above, the oldest goes.
inline constexpr std::size_t kMaxTabs = 1'000;
/// Bytes of a host that a tab tells.
inline constexpr std::size_t kMaxTabHost = 253;

/// What the script found where it runs.
struct TabReport {
  std::string code;
  std::string host;           // of the page
  bool do_not_track = false;  // the browser says so, and the snippet respects it
  bool privacy_control = false;
  bool opted_out = false;  // hk.optOut() in this browser
  bool waits = false;      // data-consent
  bool manual = false;     // data-manual
  bool insecure = false;   // the script came by http
};

/// Thread-safe.
class TabChecks {
 public:
  /// A code for a tab of that site.
  std::string open(const SiteId& site, TimeMs now);
  /// False: the code is none, or too old. The first report of a code stays.
  bool take(TabReport report, TimeMs now);
  struct Told {
    bool known = false;  // the code is one of the site
    std::optional<TabReport> report = {};
  };
  Told told(const SiteId& site, std::string_view code, TimeMs now) const;

 private:
  struct Tab {
    SiteId site;
    std::string code;
    TimeMs until{};
    std::optional<TabReport> report;
  };
  mutable std::mutex mutex_;
  std::deque<Tab> tabs_;  // the oldest first
};

}  // namespace hk::check

#include "check/tabs.h"

#include <algorithm>
#include <utility>

#include "crypto/random.h"

namespace hk::check {

std::string TabChecks::open(const SiteId& site, TimeMs now) {
  constexpr std::size_t kCodeBytes = 12;
  const std::scoped_lock lock(mutex_);
  while (!tabs_.empty() && (tabs_.size() >= kMaxTabs || tabs_.front().until <= now)) tabs_.pop_front();
  tabs_.push_back({.site = site, .code = crypto::random_hex(kCodeBytes), .until = now + kTabLife, .report = {}});
  return tabs_.back().code;
}

bool TabChecks::take(TabReport report, TimeMs now) {
  const std::scoped_lock lock(mutex_);
  const auto found =
      std::ranges::find_if(tabs_, [&](const Tab& tab) { return tab.code == report.code && tab.until > now; });
  if (found == tabs_.end()) return false;
  if (!found->report) found->report = std::move(report);
  return true;
}

TabChecks::Told TabChecks::told(const SiteId& site, std::string_view code, TimeMs now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find_if(
      tabs_, [&](const Tab& tab) { return tab.code == code && tab.site == site && tab.until > now; });
  if (found == tabs_.end()) return {};
  return {.known = true, .report = found->report};
}

}  // namespace hk::check

#include "ingest/hosts.h"

#include <algorithm>
#include <array>

#include "ingest/limits.h"
#include "site/domain.h"

namespace hk::ingest {

bool looks_like_a_copy(std::string_view host, std::string_view domain) {
  static constexpr std::array<std::string_view, 3> kCopies = {"staging", "dev", "preview"};
  if (host.size() <= domain.size() + 1) return false;
  for (std::string_view rest = host.substr(0, host.size() - domain.size() - 1);;) {
    const std::size_t dot = rest.find('.');
    if (std::ranges::find(kCopies, rest.substr(0, dot)) != kCopies.end()) return true;
    if (dot == std::string_view::npos) return false;
    rest.remove_prefix(dot + 1);
  }
}

void Hosts::add(SiteKey site, std::string_view host) {
  if (!site::check_domain(host)) return;
  const std::lock_guard lock(mutex_);
  auto& seen = seen_[static_cast<std::uint32_t>(site)];
  const auto at = std::ranges::find(seen, host, &Seen::host);
  if (at != seen.end()) {
    ++at->hits;
  } else if (seen.size() < kHostsPerSite) {
    seen.push_back({std::string(host), 1});
  } else {
    const auto rarest = std::ranges::min_element(seen, {}, &Seen::hits);
    rarest->host = host;
    ++rarest->hits;
  }
}

std::vector<Hosts::Seen> Hosts::of(SiteKey site) const {
  std::vector<Seen> out;
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = seen_.find(static_cast<std::uint32_t>(site)); at != seen_.end()) out = at->second;
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &Seen::hits);
  return out;
}

}  // namespace hk::ingest

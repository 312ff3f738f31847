#include "site/directory.h"

namespace hk::site {

Sites::Sites(std::vector<Site> sites) : sites_(std::move(sites)) {
  for (const Site& site : sites_) {
    by_domain_.emplace(site.domain, &site);
    by_id_.emplace(site.id, &site);
    by_key_.emplace(static_cast<std::uint32_t>(site.key), &site);
  }
}

const Site* Sites::by_domain(std::string_view host) const {
  const auto at = by_domain_.find(host);
  return at == by_domain_.end() ? nullptr : at->second;
}

const Site* Sites::by_id(const SiteId& id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : at->second;
}

const Site* Sites::by_key(SiteKey key) const {
  const auto at = by_key_.find(static_cast<std::uint32_t>(key));
  return at == by_key_.end() ? nullptr : at->second;
}

}  // namespace hk::site

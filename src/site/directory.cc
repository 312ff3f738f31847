#include "site/directory.h"

#include <algorithm>

namespace hk::site {
namespace {

bool is_or_below(std::string_view host, std::string_view domain) {
  return host.ends_with(domain) && (host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.');
}

}  // namespace

Sites::Sites(std::vector<Site> sites) : sites_(std::move(sites)) {
  for (const Site& site : sites_) {
    by_domain_.emplace(site.domain, &site);
    for (const std::string& former : site.former_domains) by_domain_.emplace(former, &site);
    by_id_.emplace(site.id, &site);
    by_key_.emplace(static_cast<std::uint32_t>(site.key), &site);
  }
}

const Site* Sites::by_domain(std::string_view host) const {
  const auto at = by_domain_.find(host);
  return at == by_domain_.end() ? nullptr : at->second;
}

Place Sites::place_of(std::string_view host) const {
  const auto counts = [](const Site* site) {
    return Place{site, site->paused_at ? Standing::paused : Standing::counts};
  };
  if (const Site* site = by_domain(host)) return counts(site);
  for (std::size_t dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
    const Site* site = by_domain(host.substr(dot + 1));
    if (!site) continue;
    const bool excluded =
        std::ranges::any_of(site->excluded_hosts, [&](const std::string& out) { return is_or_below(host, out); });
    if (excluded) return {site, Standing::excluded};
    return site->subdomains.value_or(false) ? counts(site) : Place{site, Standing::below};
  }
  return {};
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

#include "ingest/drops.h"

namespace hk::ingest {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Reason::kCount)> kNames = {"navigation",
                                                                                           "origin_missing",
                                                                                           "origin_invalid",
                                                                                           "unknown_site",
                                                                                           "subdomain",
                                                                                           "excluded_host",
                                                                                           "excluded_network",
                                                                                           "excluded_country",
                                                                                           "excluded_path",
                                                                                           "excluded_query",
                                                                                           "bad_body",
                                                                                           "bad_text",
                                                                                           "too_large",
                                                                                           "event_unnamed",
                                                                                           "gpc",
                                                                                           "dnt",
                                                                                           "spam",
                                                                                           "address_bound",
                                                                                           "log_refused",
                                                                                           "clock",
                                                                                           "unstorable",
                                                                                           "paused",
                                                                                           "bad_report",
                                                                                           "not_kept"};

}  // namespace

std::string_view name_of(Reason reason) {
  return kNames.at(static_cast<std::size_t>(reason));
}

Drops::Drops(metrics::Registry& registry, TimeMs since) : since_(since) {
  for (std::size_t i = 0; i < reasons_.size(); ++i)
    reasons_[i] = &registry.counter("hitkeep_ingest_dropped_total", "Hits and events that do not count, by reason",
                                    {{"reason", kNames[i]}});
  for (std::size_t i = 1; i < bots_.size(); ++i)
    bots_[i] = &registry.counter("hitkeep_ingest_bots_total",
                                 "Hits and events of bots, which are kept apart from people's, by the bot's class",
                                 {{"class", name_of(static_cast<Bot>(i))}});
}

template <class Count>
void Drops::count(SiteKey site, Count count) {
  const std::lock_guard lock(mutex_);
  auto& drops = sites_[static_cast<std::uint32_t>(site)];
  if (!drops) drops = std::make_unique<SiteDrops>();
  count(*drops);
}

void Drops::add(Reason reason, const SiteKey* site) {
  const auto r = static_cast<std::size_t>(reason);
  reasons_[r]->add();
  if (site) count(*site, [r](SiteDrops& drops) { ++drops.reasons[r]; });
}

void Drops::hide(SiteKey site, Bot bot) {
  const auto b = static_cast<std::size_t>(bot);
  bots_[b]->add();
  count(site, [b](SiteDrops& drops) { ++drops.bots[b]; });
}

SiteDrops Drops::of(SiteKey site) const {
  const std::lock_guard lock(mutex_);
  const auto at = sites_.find(static_cast<std::uint32_t>(site));
  return at == sites_.end() ? SiteDrops{} : *at->second;
}

}  // namespace hk::ingest

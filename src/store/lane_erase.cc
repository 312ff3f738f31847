// Sites are erased.

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sql/store.h"
#include "store/for_rows.h"
#include "store/lane.h"

namespace hk::store {
namespace {

/// Every table with rows of a site, but for those that say what became of it (`sites`, `erased`). A test compares.
constexpr std::array<std::string_view, 25> kOfSite = {
    "hot_hits",      "hot_events",    "hot_event_texts", "hot_event_numbers", "hot_pings",
    "hot_vitals",    "hot_visits",    "hot_closed",      "hot_quiet",         "hot_order_items",
    "hot_visitors",  "sealed_visits", "sealed_hits",     "sealed_events",     "event_texts",
    "event_numbers", "order_items",   "vitals",          "ai_fetches",        "imported",
    "titles",        "counted",       "texts",           "sealed_days",       "numbers"};

}  // namespace

Result<void> Lane::load_gone() {
  gone_.clear();
  return for_rows(*connection_, sql::store::gone_sites, {},
                  [&](db::DuckRows& row) { gone_.insert(SiteKey{static_cast<std::uint32_t>(row.u64(0))}); });
}

std::uint64_t Lane::drop_gone(Batch& batch) const {
  if (gone_.empty()) return 0;
  const auto is_gone = [&](SiteKey key) { return gone_.contains(site_of(key)); };
  for (Batch::Arrived& arrived : batch.records)
    if (auto* counts = std::get_if<Counts>(&arrived.what))
      std::erase_if(counts->counts, [&](const Count& one) { return is_gone(one.site); });
  return std::erase_if(batch.records, [&](const Batch::Arrived& arrived) {
    const auto* hit = std::get_if<Hit>(&arrived.what);
    return hit != nullptr && is_gone(hit->site);
  });
}

Result<void> Lane::erase(const SitesErased& what, log::Offset offset) {
  std::set<SiteKey> keys;  // with those of machines
  for (const SiteKey site : what.sites) keys.insert({site, shadow_of(site)});
  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  auto to = connection_->append_to("temp.erased_sites");
  if (!to) return std::unexpected(to.error());
  for (const SiteKey key : keys) {
    (*to)->u32(static_cast<std::uint32_t>(key));
    if (auto done = (*to)->end_row(); !done) return done;
  }
  if (auto done = (*to)->flush(); !done) return done;
  if (auto done = connection_->exec(sql::store::erase_months); !done) return done;
  for (const std::string_view table : kOfSite)
    if (auto done = connection_->exec(fill(sql::store::erase_rows, {{"table", std::string(table)}})); !done)
      return done;
  if (what.gone)
    if (auto done = connection_->exec(fill(sql::store::erase_rows, {{"table", "sites"}})); !done) return done;
  if (auto done = note_erased(what, offset); !done) return done;
  if (auto done = connection_->exec(sql::store::forget_erased_sites); !done) return done;
  if (auto done = write_offset(offset); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  applied_ = offset;
  if (what.gone) gone_.insert(what.sites.begin(), what.sites.end());
  visits_.forget_sites(keys);
  outcomes_.forget_sites(keys);
  visitors_.forget_sites(keys);
  dictionary_.forget();
  titles_.forget();
  const auto is_erased = [&](const SiteDay& day) { return keys.contains(day.site); };
  const std::scoped_lock lock(hot_mutex_);
  std::erase_if(hot_, [&](const auto& day) { return is_erased(day.first); });
  std::erase_if(left_, [&](const auto& day) { return is_erased(day.first); });
  std::erase_if(damage_.days, is_erased);
  return {};
}

Result<void> Lane::note_erased(const SitesErased& what, log::Offset offset) {
  auto to = connection_->append_to("erased");
  if (!to) return std::unexpected(to.error());
  for (const SiteKey site : what.sites) {
    (*to)->u32(static_cast<std::uint32_t>(site));
    (*to)->u64(offset);
    (*to)->boolean(what.gone);
    if (auto done = (*to)->end_row(); !done) return done;
  }
  return (*to)->flush();
}

}  // namespace hk::store

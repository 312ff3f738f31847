#pragma once
// Why hits don't count, and which are kept apart. Every reason is a metric label, and the owner of a site sees those of
// his site.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/id.h"
#include "base/metrics.h"
#include "ingest/enrich/bot.h"

namespace hk::ingest {

/// Names are metric labels and API values: never rename.
enum class Reason : std::uint8_t {
  navigation,        // somebody opened the endpoint as a page
  origin_missing,    // no Origin header
  origin_invalid,    // an Origin that is no URL
  unknown_site,      // no site has this domain
  subdomain,         // a host below a site's domain, where those don't count
  excluded_host,     // a host that the site's owner left out
  excluded_network,  // an exclusion of the site or the instance, each
  excluded_country,
  excluded_path,
  excluded_query,
  bad_body,       // no JSON, or a wrong type
  bad_text,       // invalid UTF-8 or U+0000
  too_large,      // event properties over their limit
  event_unnamed,  // an event without a name
  gpc,            // Global Privacy Control
  dnt,            // Do Not Track, and the page's owner did not choose to count nevertheless
  spam,           // the referrer is on the spam list
  address_bound,  // one address brought more in a day than one address may
  log_refused,    // the log could not take it: full, or the disk refused
  clock,          // the server's clock is wrong
  unstorable,     // a value that no database file takes
  paused,         // the site's owner paused it
  bad_report,     // engagement without seconds, or a web vital without a metric, value or path
  not_kept,       // how a page was looked at, where the site keeps no engagement
  kCount,
};
std::string_view name_of(Reason reason);

/// Counts of one site since the process started.
struct SiteDrops {
  std::array<std::uint64_t, static_cast<std::size_t>(Reason::kCount)> reasons{};
  std::array<std::uint64_t, static_cast<std::size_t>(Bot::kCount)> bots{};  // kept apart, by class
};

/// Counts drops, for the process and for each site. Thread-safe; one short lock per drop, none for what counts.
class Drops {
 public:
  Drops(metrics::Registry& registry, TimeMs since);
  /// `site`: where the reason is one that comes after the site is known.
  void add(Reason reason, const SiteKey* site = nullptr);
  /// A hit that is kept, but not among people's.
  void hide(SiteKey site, Bot bot);
  SiteDrops of(SiteKey site) const;
  TimeMs since() const { return since_; }

 private:
  template <class Count>
  void count(SiteKey site, Count count);

  const TimeMs since_;
  std::array<metrics::Counter*, static_cast<std::size_t>(Reason::kCount)> reasons_{};
  std::array<metrics::Counter*, static_cast<std::size_t>(Bot::kCount)> bots_{};
  mutable std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::unique_ptr<SiteDrops>> sites_;  // as many as there are sites
};

}  // namespace hk::ingest

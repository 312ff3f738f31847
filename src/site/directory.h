#pragma once
// Sites in memory, for ingest and access checks: an immutable snapshot, swapped after each applied change.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "db/zones.h"
#include "json/of.h"

namespace hk::site {

struct Site {
  SiteKey key{};
  SiteId id;
  TeamId team;
  LaneKey lane{};
  UserId created_by;
  std::string domain;                       // lower case, without "www."
  std::optional<bool> subdomains;           // hosts below the domain count here; none: nobody decided, so they don't
  std::vector<std::string> excluded_hosts;  // below the domain; each is left out with whatever lies below it
  std::shared_ptr<const db::Zone> zone;     // with those that it had before
  std::int32_t retention_days = 0;          // 0: for ever
  TimeMs created_at{};
  std::optional<TimeMs> paused_at = {};            // since when nothing counts, whoever paused it
  std::optional<std::int64_t> first_weekday = {};  // 1 Monday … 7 Sunday; none: as the reader's language has it
  std::string currency = {};                       // ISO 4217; empty: as the reader's language has it
  std::vector<std::string> former_domains = {};    // which still count for it
  bool paused = false;                             // its owner paused it
  bool team_paused = false;                        // all of its team are paused
  std::vector<std::string> labels = {};            // ascending
  std::vector<UserId> pinned_by = {};              // ascending
};

/// Whose hits a host's are.
enum class Standing : std::uint8_t {
  unknown,   // of no site
  counts,    // the site's own domain, or a host below it that counts for it
  below,     // below the site's domain, and hosts below don't count there
  excluded,  // left out by the site's owner
  paused,    // it would count, but the site counts nothing now
};
constexpr std::array<std::string_view, 5> names(json::Of<Standing>) {
  return {"unknown", "counts", "below", "excluded", "paused"};
}
struct Place {
  const Site* site = nullptr;  // null where unknown
  Standing standing = Standing::unknown;
};

/// One state of all sites. Immutable; pointers live as long as the snapshot.
class Sites {
 public:
  explicit Sites(std::vector<Site> sites);
  Sites(const Sites&) = delete;  // the indexes point into it
  Sites& operator=(const Sites&) = delete;
  const Site* by_domain(std::string_view host) const;  // as normalise_host() gives it (site/domain.h)
  /// The site of that domain, else the nearest one above the host, which says whether it counts.
  Place place_of(std::string_view host) const;
  const Site* by_id(const SiteId& id) const;
  const Site* by_key(SiteKey key) const;
  const std::vector<Site>& all() const { return sites_; }

 private:
  std::vector<Site> sites_;
  std::unordered_map<std::string_view, const Site*> by_domain_;
  std::unordered_map<SiteId, const Site*> by_id_;
  std::unordered_map<std::uint32_t, const Site*> by_key_;
};

/// The current snapshot; readers keep theirs as long as they like. Thread-safe.
class Directory {
 public:
  std::shared_ptr<const Sites> now() const { return current_.load(); }
  void swap(std::shared_ptr<const Sites> next) { current_.store(std::move(next)); }

 private:
  std::atomic<std::shared_ptr<const Sites>> current_{std::make_shared<const Sites>(std::vector<Site>{})};
};

}  // namespace hk::site

#pragma once
// Sites in control.db: loading, creating, listing.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/granted.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "control/control.h"
#include "db/sqlite.h"
#include "db/zones.h"
#include "site/directory.h"
#include "site/granted.h"
#include "store/store.h"

namespace hk::site {

/// Every site, by key. A zone that ICU does not know any more is logged and counts as UTC, so that one site cannot
/// take the others down.
Result<std::vector<Site>> load_sites(db::Sqlite& sql, db::Zones& zones);

/// The lanes whose files must be there, because they have sites.
Result<std::vector<store::KnownLane>> known_lanes(db::Sqlite& sql);

/// Those whose teams were deleted.
Result<std::vector<store::RemovedLane>> removed_lanes(db::Sqlite& sql);

/// What refresh() reads (a test compares).
inline constexpr std::array<std::string_view, 7> kTables{"sites",       "site_excluded_hosts", "site_hosts", "teams",
                                                         "site_labels", "site_pins",           "site_zones"};

/// Puts what control.db holds into the directory; for Control::on_applied and for the start. A failure leaves the
/// directory as it is.
Result<void> refresh(Directory& directory, db::Sqlite& sql, db::Zones& zones);

/// A site as the API shows it.
struct Listing {
  SiteId id;
  std::optional<UserId> created_by;  // empty: that account is gone
  std::string domain;
  std::string zone;
  std::int64_t retention_days = 0;  // 0: for ever
  TimeMs created_at{};
  std::string owner_email;
  std::optional<bool> subdomains;           // none: nobody decided
  std::vector<std::string> excluded_hosts;  // ascending
  bool paused = false;
  std::optional<std::int64_t> first_weekday = {};  // 1 Monday … 7 Sunday
  std::string currency = {};                       // ISO 4217
  std::vector<std::string> former_domains = {};    // ascending; they still count for the site
  std::optional<TeamId> team = {};                 // none: who asks is no member of it
  std::vector<std::string> labels = {};            // ascending
  bool pinned = false;                             // by who asks
  bool team_paused = false;
  std::string zone_from = {};    // the date since which `zone` counts; empty: it always did
  std::string zone_before = {};  // until then
};

/// A site as the directory knows it.
Listing listing_of(const Site& site);

/// The sites that somebody may view, newest first.
std::vector<Listing> visible_sites(const Sites& sites, const Authority& authority, const access::Principal& who);

/// What a new site starts with.
struct NewSite {
  std::string domain;  // as check_domain() gives it
  std::shared_ptr<const db::Zone> zone;
  std::int64_t retention_days = 0;  // 0: for ever
  UserId owner;                     // whose it is
  bool unlimited = false;           // he may have any number
};

/// Sites that one member may have made; who manages the instance's sites has no limit. Above: 403.
inline constexpr std::int64_t kMaxSitesPerMember = 50;

/// Creates a site in a team and tells the team's lane (store::SiteAdded) at the same place of the log. It
/// counts from the moment `done` reports success. Code::conflict when the domain is taken. Call from a worker.
Result<Listing> create_site(control::Control& control,
                            const access::Granted<access::Permission::team_create_sites>& grant, const NewSite& site,
                            TimeMs now, control::Control::Done done);

/// Hosts that a site may leave out.
inline constexpr std::size_t kMaxExcludedHosts = 100;
/// The longest retention, in days.
inline constexpr std::int64_t kMaxRetentionDays = 36'500;

/// What changes of a site; what is not set stays.
struct SiteChange {
  std::optional<bool> subdomains;
  std::optional<std::vector<std::string>> excluded_hosts;  // as check_host_below() gives them; ascending, each once
  std::optional<std::int64_t> retention_days;              // 0: for ever
  std::optional<std::string> domain = {};                  // as check_domain() gives it; the one before still counts
  std::optional<std::int64_t> first_weekday = {};          // 0: none
  std::optional<std::string> currency = {};                // "": none
  std::optional<bool> paused = {};
  std::optional<std::vector<std::string>> former_domains = {};  // further ones that count, as check_domain() gives them
  std::optional<std::string> zone = {};                         // its days are cut by it from the next date on
  std::optional<std::vector<std::string>> labels = {};
};
/// Labels of a site, and characters of one.
inline constexpr std::size_t kMaxLabels = 20, kMaxLabel = 40;
/// Domains that a site may have beside its own: former ones, and others.
inline constexpr std::size_t kMaxFormerDomains = 20;

/// `typed` as check_domain() would give it, below `domain`. Code::invalid with field "excluded_hosts" otherwise.
Result<std::string> check_host_below(std::string_view domain, std::string_view typed);

/// Changes a site; its directory shows it when `done` reports success. `zone`: what change.zone names. Call from a
/// worker.
Result<Listing> change_site(control::Control& control, const Manage& grant, const SiteChange& change, TimeMs now,
                            control::Control::Done done, const db::Zone* zone = nullptr);

/// Puts a site in front of the others for one person, or back. Call from a worker.
Result<void> pin_site(control::Control& control, const View& grant, const UserId& user, bool pinned,
                      control::Control::Done done);

/// Makes the user of that email the one whose site it is, as if he had created it. It stays in its team. Code::invalid
/// with field "owner_email" where there is no such user. Call from a worker.
Result<Listing> hand_over_site(control::Control& control,
                               const access::Granted<access::Permission::instance_manage_sites>& grant,
                               const SiteId& site, std::string_view email, TimeMs now, control::Control::Done done);

}  // namespace hk::site

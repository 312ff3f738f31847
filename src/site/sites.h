#pragma once
// Sites in control.db: loading, creating, listing.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "control/control.h"
#include "db/sqlite.h"
#include "db/zones.h"
#include "http/granted.h"
#include "json/writer.h"
#include "site/directory.h"
#include "site/granted.h"

namespace hk::site {

/// Every site, by key. A zone that ICU does not know any more is logged and counts as UTC, so that one site cannot
/// take the others down.
Result<std::vector<Site>> load_sites(db::Sqlite& sql, db::Zones& zones);

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
};

/// A site as the directory knows it.
Listing listing_of(const Site& site);

/// The sites that a user may see, newest first.
Result<std::vector<Listing>> list_sites(db::Sqlite& sql, const UserId& user);

/// {id, user_id, domain, zone, data_retention_days, created_at, subdomains, excluded_hosts, owner_email?}
void write_json(json::Writer& out, const Listing& site);

/// What a new site starts with.
struct NewSite {
  std::string domain;  // as check_domain() gives it
  std::shared_ptr<const db::Zone> zone;
  std::int64_t retention_days = 0;  // 0: for ever
};

/// Sites that one member may have made; the owner of the instance has no limit. Above: 403.
inline constexpr std::int64_t kMaxSitesPerMember = 50;

/// Creates a site in the caller's team and tells the team's lane (store::SiteAdded) at the same place of the log. It
/// counts from the moment `done` reports success. Code::conflict when the domain is taken. Call from a worker.
Result<Listing> create_site(control::Control& control, const http::Granted<http::SignedIn>& caller, const NewSite& site,
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
};

/// `typed` as check_domain() would give it, below `domain`. Code::invalid with field "excluded_hosts" otherwise.
Result<std::string> check_host_below(std::string_view domain, std::string_view typed);

/// Changes a site; its directory shows it when `done` reports success. Call from a worker.
Result<Listing> change_site(control::Control& control, const http::Granted<Edit>& caller, const SiteChange& change,
                            control::Control::Done done);

/// Makes the user of that email the one whose site it is, as if he had created it. It stays in its team. Code::invalid
/// with field "owner_email" where there is no such user. Call from a worker.
Result<Listing> hand_over_site(control::Control& control, const http::Granted<http::InstanceOwner>& caller,
                               const SiteId& site, std::string_view email, control::Control::Done done);

}  // namespace hk::site

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
  std::int64_t retention_days = 0;
  TimeMs created_at{};
  std::string owner_email;
};

/// The sites that a user may see, newest first.
Result<std::vector<Listing>> list_sites(db::Sqlite& sql, const UserId& user);

/// {id, user_id, domain, zone, data_retention_days, created_at, owner_email?}
void write_json(json::Writer& out, const Listing& site);

/// What a new site starts with.
struct NewSite {
  std::string domain;  // as check_domain() gives it
  std::shared_ptr<const db::Zone> zone;
  std::int64_t retention_days = 365;
};

/// Creates a site in the caller's team and tells the team's lane (store::SiteAdded) at the same place of the log. It
/// counts from the moment `done` reports success. Code::conflict when the domain is taken. Call from a worker.
Result<Listing> create_site(control::Control& control, const http::Granted<http::SignedIn>& caller, const NewSite& site,
                            TimeMs now, control::Control::Done done);

}  // namespace hk::site

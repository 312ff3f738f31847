#include "site/sites.h"

#include "base/logging.h"
#include "control/counter.h"
#include "crypto/random.h"
#include "sql/site.h"
#include "store/fence.h"

namespace hk::site {
namespace sql = hk::sql::site;

Result<std::vector<Site>> load_sites(db::Sqlite& db, db::Zones& zones) {
  std::vector<Site> sites;
  std::vector<std::string> zone_names;
  const auto read = db.rows(sql::load_sites, {}, [&](const db::SqlRow& row) {
    Site site;
    site.key = static_cast<SiteKey>(row.i64(0));
    site.id = {row.uuid(1)};
    site.team = {row.uuid(2)};
    site.lane = static_cast<LaneKey>(row.i64(3));
    if (!row.is_null(4)) site.created_by = {row.uuid(4)};
    site.domain = row.text(5);
    zone_names.emplace_back(row.text(6));
    site.retention_days = static_cast<std::int32_t>(row.i64(7));
    site.created_at = from_ms(row.i64(8));
    sites.push_back(std::move(site));
  });
  if (!read) return std::unexpected(read.error());
  for (std::size_t i = 0; i < sites.size(); ++i) {
    auto zone = zones.find(zone_names[i]);
    if (!zone) {
      logging::error("a site's time zone is unknown; its days are cut in UTC",
                     {{"site", sites[i].id.str()}, {"zone", zone_names[i]}});
      zone = zones.find("UTC");
    }
    if (!zone) return std::unexpected(zone.error());
    sites[i].zone = std::move(*zone);
  }
  return sites;
}

Result<void> refresh(Directory& directory, db::Sqlite& db, db::Zones& zones) {
  auto sites = load_sites(db, zones);
  if (!sites) return std::unexpected(sites.error());
  directory.swap(std::make_shared<const Sites>(std::move(*sites)));
  return {};
}

Result<std::vector<Listing>> list_sites(db::Sqlite& db, const UserId& user) {
  std::vector<Listing> out;
  const auto read = db.rows(sql::list_sites, {user.uuid}, [&](const db::SqlRow& row) {
    Listing site;
    site.id = {row.uuid(0)};
    if (!row.is_null(1)) site.created_by = UserId{row.uuid(1)};
    site.domain = row.text(2);
    site.zone = row.text(3);
    site.retention_days = row.i64(4);
    site.created_at = from_ms(row.i64(5));
    if (!row.is_null(6)) site.owner_email = row.text(6);
    out.push_back(std::move(site));
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

void write_json(json::Writer& out, const Listing& site) {
  out.begin_object()
      .field("id", site.id)
      .field("user_id", site.created_by)
      .field("domain", site.domain)
      .field("zone", site.zone)
      .field("data_retention_days", site.retention_days)
      .field("created_at", site.created_at);
  if (!site.owner_email.empty()) out.field("owner_email", site.owner_email);
  out.end_object();
}

Result<Listing> create_site(control::Control& control, const http::Granted<http::SignedIn>& caller, const NewSite& site,
                            TimeMs now, control::Control::Done done) {
  Listing created{.id = {crypto::uuid_v7(now)},
                  .created_by = caller->user,
                  .domain = site.domain,
                  .zone = site.zone->name(),
                  .retention_days = site.retention_days,
                  .created_at = now,
                  .owner_email = {}};
  const auto taken = [] {
    return fail(Code::conflict, "Failed to create site (domain might already exist): another site has this domain",
                "domain");
  };
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    bool exists = false;
    auto read = db.rows(sql::site_of_domain, {site.domain}, [&](const db::SqlRow&) { exists = true; });
    if (!read) return read;
    if (exists) return taken();

    std::optional<TeamId> team;
    LaneKey lane{};
    read = db.rows(sql::team_for_new_site, {caller->user.uuid}, [&](const db::SqlRow& row) {
      team = TeamId{row.uuid(0)};
      lane = static_cast<LaneKey>(row.i64(1));
      created.owner_email = row.text(2);
    });
    if (!read) return read;
    if (!team) return fail(Code::forbidden, "Only members of a team can create sites");

    const auto key = control::next_number(db, "site");
    if (!key) return std::unexpected(key.error());
    const auto inserted =
        db.run(sql::insert_site, {static_cast<std::int64_t>(*key), created.id.uuid, team->uuid, created.domain,
                                  created.zone, created.retention_days, caller->user.uuid, to_ms(now)});
    if (!inserted) return std::unexpected(inserted.error());
    change.fence(lane, store::encode(store::SiteAdded{static_cast<SiteKey>(*key), created.id, created.domain, *team}));
    return {};
  };
  if (auto written = control.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return created;
}

}  // namespace hk::site

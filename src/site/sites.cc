#include "site/sites.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "audit/audit.h"
#include "base/logging.h"
#include "base/text.h"
#include "control/counter.h"
#include "crypto/random.h"
#include "site/domain.h"
#include "sql/site.h"
#include "store/fence.h"

namespace hk::site {
namespace sql = hk::sql::site;
namespace {

/// What group_concat made of hosts, which have no blanks.
std::vector<std::string> hosts_of(const db::SqlRow& row, int col) {
  std::vector<std::string> out;
  if (row.is_null(col)) return out;
  for (std::string_view rest = row.text(col); !rest.empty();) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    out.emplace_back(rest.substr(0, blank));
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  std::ranges::sort(out);
  return out;
}

/// As 2026-12-01.
std::string date_of(Day day) {
  return rfc3339(std::chrono::sys_days{std::chrono::days{day}}).substr(0, std::string_view("2026-12-01").size());
}

/// A row of show_site.sql.
Listing listing_of(const db::SqlRow& row) {
  Listing site;
  site.id = {row.uuid(0)};
  if (!row.is_null(1)) site.created_by = UserId{row.uuid(1)};
  site.domain = row.text(2);
  site.zone = db::iana_zone(row.text(3));
  site.retention_days = row.i64(4);
  site.created_at = from_ms(row.i64(5));
  if (!row.is_null(6)) site.owner_email = row.text(6);
  if (!row.is_null(7)) site.subdomains = row.i64(7) != 0;
  site.excluded_hosts = hosts_of(row, 8);
  site.paused = !row.is_null(9);
  if (!row.is_null(10)) site.first_weekday = row.i64(10);
  if (!row.is_null(11)) site.currency = row.text(11);
  site.former_domains = hosts_of(row, 12);
  site.team = TeamId{row.uuid(13)};
  site.team_paused = !row.is_null(14);
  return site;
}

Result<Listing> show_site(db::Sqlite& db, SiteKey key) {
  std::optional<Listing> site;
  const auto read =
      db.rows(sql::show_site, {static_cast<std::int64_t>(key)}, [&](const db::SqlRow& row) { site = listing_of(row); });
  if (!read) return std::unexpected(read.error());
  if (!site) return fail(Code::not_found, "There is no such site any more");
  const std::vector<db::SqlValue> of{static_cast<std::int64_t>(key)};
  auto more = db.rows(sql::labels_of, of, [&](const db::SqlRow& row) { site->labels.emplace_back(row.text(0)); });
  if (more)
    more = db.rows(sql::zone_before, of, [&](const db::SqlRow& row) {
      site->zone_from = date_of(static_cast<Day>(row.i64(0)));
      site->zone_before = row.text(1);
    });
  if (!more) return std::unexpected(more.error());
  return std::move(*site);
}

/// Of a value that may not be chosen.
std::string text_of(std::optional<bool> value) {
  return !value ? "" : *value ? "true" : "false";
}

std::string text_of(std::optional<std::int64_t> value) {
  return value ? std::to_string(*value) : "";
}

std::string text_of(const std::vector<std::string>& hosts) {
  std::string out;
  for (const std::string& host : hosts) out += (out.empty() ? "" : " ") + host;
  return out;
}

/// Labels may have blanks.
std::string list_of(const std::vector<std::string>& labels) {
  std::string out;
  for (const std::string& label : labels) out += (out.empty() ? "" : ", ") + label;
  return out;
}

db::SqlValue or_null(const std::optional<bool>& value) {
  return value ? db::SqlValue(std::int64_t{*value}) : db::SqlValue();
}
template <class T>
db::SqlValue or_null(const std::optional<T>& value) {
  return value ? db::SqlValue(*value) : db::SqlValue();
}

/// Code::conflict where another site has the domain, or had it.
Result<void> is_free(db::Sqlite& db, std::string_view domain, std::int64_t site, std::string_view field) {
  std::optional<std::int64_t> whose;
  auto read = db.rows(sql::site_of_domain, {std::string(domain)}, [&](const db::SqlRow& row) { whose = row.i64(0); });
  if (!read) return read;
  if (whose && *whose != site)
    return fail(Code::conflict, "Another site has the domain " + std::string(domain), std::string(field));
  return {};
}

/// Further domains as they are wanted, and the present one among them when it becomes a former one.
Result<void> change_domains(db::Sqlite& db, SiteKey site, const Listing& before, const SiteChange& change) {
  const auto key = static_cast<std::int64_t>(site);
  std::vector<std::string> former = before.former_domains;
  if (change.former_domains) {
    for (const std::string& host : *change.former_domains)
      if (host != before.domain && std::ranges::find(former, host) == former.end()) {
        if (auto free = is_free(db, host, key, "former_domains"); !free) return free;
        if (auto ran = db.run(sql::keep_host, {host, key}); !ran) return std::unexpected(ran.error());
      }
    for (const std::string& host : former)
      if (std::ranges::find(*change.former_domains, host) == change.former_domains->end())
        if (auto ran = db.run(sql::drop_host, {host, key}); !ran) return std::unexpected(ran.error());
    former = *change.former_domains;
  }
  if (!change.domain || *change.domain == before.domain) return {};
  if (auto free = is_free(db, *change.domain, key, "domain"); !free) return free;
  if (former.size() >= kMaxFormerDomains)
    return fail(Code::conflict,
                "A site keeps " + std::to_string(kMaxFormerDomains) + " further domains; leave some out",
                "former_domains");
  auto ran = db.run(sql::drop_host, {*change.domain, key});  // back to a former one
  if (ran) ran = db.run(sql::keep_host, {before.domain, key});
  if (!ran) return std::unexpected(ran.error());
  return {};
}

/// The days of a site from the next one on. A change that has not begun yet is taken back.
Result<void> change_zone(db::Sqlite& db, const Site& site, const db::Zone& next, TimeMs now) {
  const auto key = static_cast<std::int64_t>(site.key);
  const Day today = site.zone->day_of(now);
  if (auto ran = db.run(sql::drop_zones_after, {key, std::int64_t{today}}); !ran) return std::unexpected(ran.error());
  const std::string& present = site.zone->name_of(today);
  if (present == next.name()) return {};
  const Day from = site.zone->next_from(now, next);
  if (auto ran = db.run(sql::keep_zone, {key, std::int64_t{from}, present}); !ran) return std::unexpected(ran.error());
  return {};
}

Result<void> change_labels(db::Sqlite& db, std::int64_t site, const std::vector<std::string>& labels) {
  if (auto ran = db.run(sql::drop_labels, {site}); !ran) return std::unexpected(ran.error());
  for (const std::string& label : labels)
    if (auto ran = db.run(sql::add_label, {site, label}); !ran) return std::unexpected(ran.error());
  return {};
}

audit::Note entry_of(audit::Action action, const TeamId& team, const Listing& site, audit::Changes changes) {
  return {.action = action,
          .team = team,
          .site = site.id,
          .target = audit::Target::site,
          .target_id = site.id.str(),
          .target_label = site.domain,
          .changes = std::move(changes)};
}

audit::Changes difference(const Listing& before, const Listing& after) {
  audit::Changes out;
  out.add("subdomains", text_of(before.subdomains), text_of(after.subdomains))
      .add("excluded_hosts", text_of(before.excluded_hosts), text_of(after.excluded_hosts))
      .add("data_retention_days", std::to_string(before.retention_days), std::to_string(after.retention_days))
      .add("domain", before.domain, after.domain)
      .add("former_domains", text_of(before.former_domains), text_of(after.former_domains))
      .add("first_weekday", text_of(before.first_weekday), text_of(after.first_weekday))
      .add("currency", before.currency, after.currency)
      .add("paused", text_of(std::optional(before.paused)), text_of(std::optional(after.paused)))
      .add("zone", before.zone, after.zone)
      .add("labels", list_of(before.labels), list_of(after.labels))
      .add("owner_email", before.owner_email, after.owner_email);
  return out;
}

}  // namespace

Result<std::vector<store::KnownLane>> known_lanes(db::Sqlite& db) {
  std::vector<store::KnownLane> lanes;
  auto read = db.rows(sql::lanes, {}, [&](const db::SqlRow& row) {
    lanes.push_back({.lane = LaneKey{static_cast<std::uint32_t>(row.i64(0))},
                     .team = TeamId{row.uuid(1)},
                     .first_site = SiteKey{static_cast<std::uint32_t>(row.i64(2))}});
  });
  if (!read) return std::unexpected(std::move(read.error()));
  return lanes;
}

Result<std::vector<store::RemovedLane>> removed_lanes(db::Sqlite& db) {
  std::vector<store::RemovedLane> lanes;
  auto read = db.rows(sql::removed_lanes, {}, [&](const db::SqlRow& row) {
    lanes.push_back({.lane = static_cast<LaneKey>(row.i64(0)), .team = TeamId{row.uuid(1)}});
  });
  if (!read) return std::unexpected(std::move(read.error()));
  return lanes;
}

namespace {

/// One that ICU does not know any more counts as UTC.
Result<std::shared_ptr<const db::Zone>> zone_or_utc(db::Zones& zones, const std::string& name, const Site& site) {
  auto zone = zones.find(name);
  if (zone) return zone;
  logging::error("a site's time zone is unknown; its days are cut in UTC", {{"site", site.id.str()}, {"zone", name}});
  return zones.find("UTC");
}

/// Adds what stands in tables of its own. `sites` are by key, and so are the rows.
class More {
 public:
  explicit More(std::vector<Site>& sites) : sites_(sites) {}
  Site* of(const db::SqlRow& row) const {
    const auto at = std::ranges::lower_bound(sites_, static_cast<SiteKey>(row.i64(0)), {}, &Site::key);
    return at != sites_.end() && at->key == static_cast<SiteKey>(row.i64(0)) ? &*at : nullptr;
  }

 private:
  std::vector<Site>& sites_;
};

struct Era {
  SiteKey site{};
  Day until = 0;
  std::string zone;
};

/// The days of a site: what it had before, each until its date, then the present one.
Result<std::shared_ptr<const db::Zone>> days_of(db::Zones& zones, const Site& site, std::span<const Era> before,
                                                const std::string& present) {
  std::shared_ptr<const db::Zone> out;
  for (std::size_t i = 0; i <= before.size(); ++i) {
    auto zone = zone_or_utc(zones, i < before.size() ? before[i].zone : present, site);
    if (!zone) return zone;
    out = out ? std::make_shared<const db::Zone>(std::move(out), before[i - 1].until, **zone) : std::move(*zone);
  }
  return out;
}

}  // namespace

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
    zone_names.emplace_back(db::iana_zone(row.text(6)));
    site.retention_days = static_cast<std::int32_t>(row.i64(7));
    site.created_at = from_ms(row.i64(8));
    if (!row.is_null(9)) site.subdomains = row.i64(9) != 0;
    site.excluded_hosts = hosts_of(row, 10);
    site.paused = !row.is_null(11);
    site.team_paused = !row.is_null(15);
    for (const int pause : {11, 15})
      if (!site.paused_at && !row.is_null(pause)) site.paused_at = from_ms(row.i64(pause));
    if (!row.is_null(12)) site.first_weekday = row.i64(12);
    if (!row.is_null(13)) site.currency = row.text(13);
    site.former_domains = hosts_of(row, 14);
    sites.push_back(std::move(site));
  });
  if (!read) return std::unexpected(read.error());
  const More more(sites);
  std::vector<Era> eras;
  auto rest = db.rows(sql::load_labels, {}, [&](const db::SqlRow& row) {
    if (Site* site = more.of(row)) site->labels.emplace_back(row.text(1));
  });
  if (rest)
    rest = db.rows(sql::load_pins, {}, [&](const db::SqlRow& row) {
      if (Site* site = more.of(row)) site->pinned_by.push_back({row.uuid(1)});
    });
  if (rest)
    rest = db.rows(sql::load_zones, {}, [&](const db::SqlRow& row) {
      eras.push_back(
          {static_cast<SiteKey>(row.i64(0)), static_cast<Day>(row.i64(1)), std::string(db::iana_zone(row.text(2)))});
    });
  if (!rest) return std::unexpected(rest.error());
  for (std::size_t i = 0; i < sites.size(); ++i) {
    auto zone = days_of(zones, sites[i], std::ranges::equal_range(eras, sites[i].key, {}, &Era::site), zone_names[i]);
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

Listing listing_of(const Site& site) {
  return {.id = site.id,
          .created_by = site.created_by.uuid.is_nil() ? std::nullopt : std::optional(site.created_by),
          .domain = site.domain,
          .zone = site.zone->name(),
          .retention_days = site.retention_days,
          .created_at = site.created_at,
          .owner_email = {},
          .subdomains = site.subdomains,
          .excluded_hosts = site.excluded_hosts,
          .paused = site.paused,
          .first_weekday = site.first_weekday,
          .currency = site.currency,
          .former_domains = site.former_domains,
          .team = site.team,
          .labels = site.labels,
          .team_paused = site.team_paused,
          .zone_from = site.zone->before() ? date_of(site.zone->from()) : "",
          .zone_before = site.zone->before() ? site.zone->before()->name() : ""};
}

std::vector<Listing> visible_sites(const Sites& sites, const Authority& authority, const access::Principal& who) {
  std::vector<const Site*> visible;
  for (const Site& site : sites.all())
    if (authority.may(who, access::Permission::site_view, site)) visible.push_back(&site);
  std::ranges::sort(visible, std::greater(), [](const Site* site) { return std::pair(site->created_at, site->key); });
  std::vector<Listing> out;
  for (const Site* site : visible) {
    out.push_back(listing_of(*site));
    if (authority.may(who, access::Permission::site_manage_team, *site)) {
      out.back().owner_email = authority.email_of(site->created_by);
    } else {
      out.back().created_by = std::nullopt;  // guests learn nothing of the team
      out.back().team = std::nullopt;
    }
    if (const auto user = access::user_of(who)) out.back().pinned = std::ranges::binary_search(site->pinned_by, *user);
  }
  return out;
}

Result<Listing> create_site(control::Control& control,
                            const access::Granted<access::Permission::team_create_sites>& grant, const NewSite& site,
                            TimeMs now, control::Control::Done done) {
  Listing created{.id = {crypto::uuid_v7(now)},
                  .created_by = site.owner,
                  .domain = site.domain,
                  .zone = site.zone->name(),
                  .retention_days = site.retention_days,
                  .created_at = now,
                  .owner_email = {},
                  .subdomains = true,
                  .excluded_hosts = {},
                  .team = grant->team};
  const auto taken = [] {
    return fail(Code::conflict,
                "Failed to create site (domain might already exist): another site has this domain; the owner of this "
                "instance sees whose it is and can hand it over",
                "domain");
  };
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    bool exists = false;
    auto read = db.rows(sql::site_of_domain, {site.domain}, [&](const db::SqlRow&) { exists = true; });
    if (!read) return read;
    if (exists) return taken();

    std::optional<LaneKey> lane;
    read = db.rows(sql::team_for_new_site, {grant->team.uuid, site.owner.uuid}, [&](const db::SqlRow& row) {
      lane = static_cast<LaneKey>(row.i64(0));
      created.owner_email = row.text(1);
    });
    if (!read) return read;
    if (!lane) return fail(Code::forbidden, "The team, or the account of the site's owner, is gone");

    std::int64_t made = 0;
    read = db.rows(sql::sites_of_user, {site.owner.uuid}, [&](const db::SqlRow& row) { made = row.i64(0); });
    if (!read) return read;
    if (made >= kMaxSitesPerMember && !site.unlimited) {
      return fail(Code::forbidden, "You have made " + std::to_string(made) +
                                       " sites, as many as one member may; the owner of this instance can make more");
    }

    const auto key = control::next_number(db, "site");
    if (!key) return std::unexpected(key.error());
    if (*key >= kSiteKeyEnd)
      return fail(Code::unavailable, "This instance has given all the numbers that sites can have");
    const auto inserted =
        db.run(sql::insert_site, {static_cast<std::int64_t>(*key), created.id.uuid, grant->team.uuid, created.domain,
                                  created.zone, created.retention_days, site.owner.uuid, to_ms(now), std::int64_t{1}});
    if (!inserted) return std::unexpected(inserted.error());
    change.fence(*lane,
                 store::encode(store::SiteAdded{static_cast<SiteKey>(*key), created.id, created.domain, grant->team}));
    audit::Changes first;
    first.add("zone", std::nullopt, created.zone);
    return audit::record(db, grant.principal(), now,
                         entry_of(audit::Action::site_created, grant->team, created, std::move(first)));
  };
  if (auto written = control.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return created;
}

Result<std::string> check_host_below(std::string_view domain, std::string_view typed) {
  auto host = check_domain(typed);
  if (!host) {
    host.error().field = "excluded_hosts";
    return host;
  }
  if (!host->ends_with('.' + std::string(domain))) {
    return fail(Code::invalid, "Only hosts below " + std::string(domain) + " can be left out, not " + *host,
                "excluded_hosts");
  }
  return host;
}

Result<Listing> change_site(control::Control& control, const Manage& grant, const SiteChange& change, TimeMs now,
                            control::Control::Done done, const db::Zone* zone) {
  const auto key = static_cast<std::int64_t>(grant->site->key);
  Result<Listing> changed;
  const auto write = [&](control::Change& transaction) -> Result<void> {
    db::Sqlite& db = transaction.sql();
    const auto before = show_site(db, grant->site->key);
    if (!before) return std::unexpected(before.error());
    if (auto fits = change_domains(db, grant->site->key, *before, change); !fits) return fits;
    const auto ran = db.run(
        sql::change_site, {key, or_null(change.subdomains), or_null(change.retention_days), or_null(change.domain),
                           or_null(change.first_weekday), or_null(change.currency), or_null(change.paused), to_ms(now),
                           zone ? db::SqlValue(zone->name()) : db::SqlValue()});
    if (!ran) return std::unexpected(ran.error());
    if (zone)
      if (auto done = change_zone(db, *grant->site, *zone, now); !done) return done;
    if (change.labels)
      if (auto done = change_labels(db, key, *change.labels); !done) return done;
    if (change.excluded_hosts) {
      if (auto done = db.run(sql::include_hosts, {key}); !done) return std::unexpected(done.error());
      for (const std::string& host : *change.excluded_hosts)
        if (auto done = db.run(sql::exclude_host, {key, host}); !done) return std::unexpected(done.error());
    }
    changed = show_site(db, grant->site->key);
    if (!changed) return std::unexpected(changed.error());
    audit::Changes changes = difference(*before, *changed);
    if (changes.all().empty()) return {};
    return audit::record(db, grant.principal(), now,
                         entry_of(audit::Action::site_updated, grant->site->team, *changed, std::move(changes)));
  };
  if (auto written = control.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return changed;
}

Result<void> pin_site(control::Control& control, const View& grant, const UserId& user, bool pinned,
                      control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        auto ran =
            change.sql().run(pinned ? sql::pin : sql::unpin, {user.uuid, static_cast<std::int64_t>(grant->site->key)});
        if (!ran) return std::unexpected(ran.error());
        return {};
      },
      std::move(done));
}

Result<Listing> hand_over_site(control::Control& control,
                               const access::Granted<access::Permission::instance_manage_sites>& grant,
                               const SiteId& site, std::string_view email, TimeMs now, control::Control::Done done) {
  Result<Listing> changed;
  const auto write = [&](control::Change& transaction) -> Result<void> {
    db::Sqlite& db = transaction.sql();
    std::optional<SiteKey> key;
    TeamId team;
    std::optional<Uuid> user;
    auto read = db.rows(sql::site_of_id, {site.uuid}, [&](const db::SqlRow& row) {
      key = static_cast<SiteKey>(row.i64(0));
      team = TeamId{row.uuid(1)};
    });
    if (!read) return read;
    if (!key) return fail(Code::not_found, "There is no site with this ID");
    read = db.rows(sql::user_by_email, {std::string(email)}, [&](const db::SqlRow& row) { user = row.uuid(0); });
    if (!read) return read;
    if (!user) return fail(Code::invalid, "Nobody here has this email", "owner_email");
    const auto before = show_site(db, *key);
    if (!before) return std::unexpected(before.error());
    if (auto ran = db.run(sql::hand_over_site, {static_cast<std::int64_t>(*key), *user}); !ran)
      return std::unexpected(ran.error());
    changed = show_site(db, *key);
    if (!changed) return std::unexpected(changed.error());
    return audit::record(db, grant.principal(), now,
                         entry_of(audit::Action::site_handed_over, team, *changed, difference(*before, *changed)));
  };
  if (auto written = control.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return changed;
}

}  // namespace hk::site

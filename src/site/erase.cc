#include "site/erase.h"

#include <optional>
#include <string>
#include <utility>

#include "audit/audit.h"
#include "site/domain.h"
#include "sql/site.h"
#include "store/fence.h"

namespace hk::site {
namespace sql = hk::sql::site;
namespace {

Result<void> check_typed(const Site& site, std::string_view typed) {
  const auto domain = check_domain(typed);
  if (domain && *domain == site.domain) return {};
  return fail(Code::invalid, "must be the site's domain, " + site.domain, "domain");
}

Result<void> erase(control::Control& control, const Erase& grant, std::string_view typed, bool gone, TimeMs now,
                   control::Control::Done done) {
  const Site& site = *grant->site;
  if (auto fits = check_typed(site, typed); !fits) return fits;
  return control.write(
      [&](control::Change& change) -> Result<void> {
        std::optional<TeamId> team;
        auto read = change.sql().rows(sql::site_of_id, {site.id.uuid},
                                      [&](const db::SqlRow& row) { team = TeamId{row.uuid(1)}; });
        if (!read) return read;
        if (!team) return fail(Code::not_found, "There is no such site any more");
        if (*team != site.team) return fail(Code::conflict, "The site is in another team now; try again");
        change.fence(site.lane, store::encode(store::SitesErased{.sites = {site.key}, .gone = gone}));
        if (gone)
          if (auto ran = change.sql().run(sql::delete_site, {static_cast<std::int64_t>(site.key)}); !ran)
            return std::unexpected(ran.error());
        return audit::record(change.sql(), grant.principal(), now,
                             {.action = gone ? audit::Action::site_deleted : audit::Action::site_reset,
                              .team = site.team,
                              .site = site.id,
                              .target = audit::Target::site,
                              .target_id = site.id.str(),
                              .target_label = site.domain});
      },
      std::move(done));
}

}  // namespace

Result<void> reset_site(control::Control& control, const Erase& grant, std::string_view typed, TimeMs now,
                        control::Control::Done done) {
  return erase(control, grant, typed, false, now, std::move(done));
}

Result<void> delete_site(control::Control& control, const Erase& grant, std::string_view typed, TimeMs now,
                         control::Control::Done done) {
  return erase(control, grant, typed, true, now, std::move(done));
}

Result<void> erase_team(control::Change& change, const TeamId& team) {
  db::Sqlite& db = change.sql();
  std::optional<std::int64_t> lane;
  auto read = db.rows(sql::lane_of_team, {team.uuid}, [&](const db::SqlRow& row) { lane = row.i64(0); });
  if (!read) return read;
  if (!lane) return fail(Code::not_found, "There is no such team any more");
  change.fence(static_cast<LaneKey>(*lane), store::encode(store::LaneRemoved{team}));
  auto ran = db.run(sql::keep_removed_lane, {*lane, team.uuid});
  if (ran) ran = db.run(sql::delete_sites_of_team, {team.uuid});
  if (ran) ran = db.run(sql::delete_team, {team.uuid});
  if (!ran) return std::unexpected(ran.error());
  return {};
}

}  // namespace hk::site

#include "team/teams.h"

#include <optional>
#include <utility>

#include "audit/audit.h"
#include "base/text.h"
#include "control/counter.h"
#include "crypto/random.h"
#include "site/erase.h"
#include "sql/team.h"

namespace hk::team {
namespace sql = hk::sql::team;
namespace {

audit::Note entry(audit::Action action, const TeamId& team, std::string_view name) {
  return {.action = action,
          .team = team,
          .target = audit::Target::team,
          .target_id = team.str(),
          .target_label = std::string(name)};
}

Result<std::int64_t> count(db::Sqlite& db, std::string_view statement, const std::vector<db::SqlValue>& values) {
  std::int64_t found = 0;
  const auto read = db.rows(statement, values, [&](const db::SqlRow& row) { found = row.i64(0); });
  if (!read) return std::unexpected(read.error());
  return found;
}

}  // namespace

Result<Named> named(db::Sqlite& db, const TeamId& team) {
  std::optional<Named> found;
  const auto read = db.rows(sql::team_by_id, {team.uuid}, [&](const db::SqlRow& row) {
    found = Named{.name = std::string(row.text(0)),
                  .is_default = row.i64(1) != 0,
                  .sites = row.i64(2),
                  .paused = !row.is_null(3)};
  });
  if (!read) return std::unexpected(read.error());
  if (!found) return fail(Code::not_found, "There is no such team any more");
  return *found;
}

bool may_create(const auth::Identities& identities, const UserId& id) {
  const auth::User* user = identities.user(id);
  return user && (!identities.teams_of(id).empty() || user->role != access::InstanceRole::user);
}

Result<auth::TeamEntry> create(control::Control& control, const auth::Identities& identities,
                               const access::SignedIn& who, std::string_view name, TimeMs now,
                               control::Control::Done done) {
  if (!may_create(identities, who.user)) return fail(Code::forbidden, "Guests of single sites cannot make teams");
  auth::TeamEntry team{
      .id = {crypto::uuid_v7(now)}, .name = std::string(name), .role = access::TeamRole::owner, .created_at = now};
  const auto written = control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto owned = count(db, sql::owned_teams, {who.user.uuid});
        if (!owned) return std::unexpected(owned.error());
        if (*owned >= kMaxTeamsOfOwner)
          return fail(Code::forbidden, "Team limit reached: one person may own " + std::to_string(kMaxTeamsOfOwner));
        const auto lane = control::next_number(db, "lane");
        if (!lane) return std::unexpected(lane.error());
        auto ran = db.run(sql::insert_team, {team.id.uuid, team.name, static_cast<std::int64_t>(*lane), to_ms(now)});
        if (ran)
          ran = db.run(sql::insert_member, {team.id.uuid, who.user.uuid, std::string(name_of(team.role)), to_ms(now)});
        if (ran) ran = db.run(sql::choose_team, {who.user.uuid, team.id.uuid});
        if (!ran) return std::unexpected(ran.error());
        return audit::record(db, who, now, entry(audit::Action::team_created, team.id, name));
      },
      std::move(done));
  if (!written) return std::unexpected(written.error());
  return team;
}

Result<void> rename(control::Control& control, const access::Granted<access::Permission::team_manage_settings>& grant,
                    std::string_view name, TimeMs now, control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto before = named(db, grant->team);
        if (!before) return std::unexpected(before.error());
        audit::Note noted = entry(audit::Action::team_updated, grant->team, name);
        noted.changes.add("name", before->name, std::string(name));
        if (noted.changes.all().empty()) return {};
        if (auto ran = db.run(sql::rename_team, {grant->team.uuid, std::string(name)}); !ran)
          return std::unexpected(ran.error());
        return audit::record(db, grant.principal(), now, noted);
      },
      std::move(done));
}

Result<void> pause(control::Control& control, const access::Granted<access::Permission::team_manage_settings>& grant,
                   bool paused, TimeMs now, control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto before = named(db, grant->team);
        if (!before) return std::unexpected(before.error());
        if (before->paused == paused) return {};
        audit::Note noted = entry(audit::Action::team_updated, grant->team, before->name);
        noted.changes.add("paused", before->paused ? "true" : "false", paused ? "true" : "false");
        if (auto ran = db.run(sql::pause_team, {grant->team.uuid, paused ? db::SqlValue(to_ms(now)) : db::SqlValue()});
            !ran)
          return std::unexpected(ran.error());
        return audit::record(db, grant.principal(), now, noted);
      },
      std::move(done));
}

Result<void> choose(control::Control& control, const auth::Identities& identities, const access::SignedIn& who,
                    const TeamId& team, control::Control::Done done) {
  if (!identities.team_role(who.user, team)) return fail(Code::forbidden, "Access denied: you are not in this team");
  return control.write(
      [&](control::Change& change) -> Result<void> {
        if (auto ran = change.sql().run(sql::choose_team, {who.user.uuid, team.uuid}); !ran)
          return std::unexpected(ran.error());
        return {};
      },
      std::move(done));
}

Result<void> remove(control::Control& control, const access::Granted<access::Permission::team_delete>& grant,
                    std::string_view typed, TimeMs now, control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto team = named(db, grant->team);
        if (!team) return std::unexpected(team.error());
        if (trim(typed) != team->name)
          return fail(Code::invalid, "To delete the team, send its name exactly as it is", "name");
        if (team->is_default) return fail(Code::conflict, "The first team of the instance cannot be deleted");
        audit::Note noted = entry(audit::Action::team_deleted, grant->team, team->name);
        noted.changes.add("sites", std::to_string(team->sites), "0");
        if (auto written = audit::record(db, grant.principal(), now, noted); !written) return written;
        return site::erase_team(change, grant->team);
      },
      std::move(done));
}

}  // namespace hk::team

#include "team/members.h"

#include <optional>
#include <utility>

#include "audit/audit.h"
#include "base/text.h"
#include "sql/team.h"

namespace hk::team {
namespace sql = hk::sql::team;
namespace {

using access::TeamRole;

struct Present {
  TeamRole role;
  std::string email;
};

/// Code::not_found where he is no member.
Result<Present> find(db::Sqlite& db, const TeamId& team, const UserId& user) {
  std::optional<Present> found;
  const auto read = db.rows(sql::member_role, {team.uuid, user.uuid}, [&](const db::SqlRow& row) {
    found =
        Present{.role = access::team_role(row.text(0)).value_or(TeamRole::member), .email = std::string(row.text(1))};
  });
  if (!read) return std::unexpected(read.error());
  if (!found) return fail(Code::not_found, "Team member not found");
  return std::move(*found);
}

/// What a caller hears who names somebody that is no member.
std::unexpected<Error> instead_of_none(const Error& found, const Error& words) {
  return std::unexpected(found.code == Code::not_found ? words : found);
}

/// Somebody else is an owner, too.
Result<bool> has_other_owner(db::Sqlite& db, const TeamId& team, const UserId& user) {
  std::int64_t others = 0;
  const auto read =
      db.rows(sql::other_owners, {team.uuid, user.uuid}, [&](const db::SqlRow& row) { others = row.i64(0); });
  if (!read) return std::unexpected(read.error());
  return others > 0;
}

audit::Note entry(audit::Action action, const TeamId& team, const UserId& user, const Present& present) {
  return {.action = action,
          .team = team,
          .target = audit::Target::person,
          .target_id = user.str(),
          .target_label = present.email};
}

Result<void> put_role(db::Sqlite& db, const TeamId& team, const UserId& user, TeamRole role) {
  const auto ran = db.run(sql::set_member_role, {team.uuid, user.uuid, std::string(name_of(role))});
  if (!ran) return std::unexpected(ran.error());
  return {};
}

/// Takes everything that the team gave.
Result<void> take_out(db::Sqlite& db, const TeamId& team, const UserId& user) {
  for (const auto statement : {sql::delete_member, sql::strip_site_roles, sql::pass_sites_on, sql::forget_active_team})
    if (auto ran = db.run(statement, {team.uuid, user.uuid}); !ran) return std::unexpected(ran.error());
  return {};
}

}  // namespace

Result<std::vector<Member>> members_of(control::Control& control, const TeamId& team) {
  std::vector<Member> out;
  const auto read = control.read([&](db::Sqlite& db) {
    return db.rows(sql::list_members, {team.uuid}, [&](const db::SqlRow& row) {
      out.push_back({.id = {row.uuid(0)},
                     .user = {row.uuid(0)},
                     .email = std::string(row.text(1)),
                     .given_name = std::string(row.text(2)),
                     .last_name = std::string(row.text(3)),
                     .role = access::team_role(row.text(4)).value_or(TeamRole::member),
                     .added_at = from_ms(row.i64(5))});
    });
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<std::optional<UserId>> member_by_email(db::Sqlite& db, const TeamId& team, std::string_view email) {
  std::optional<UserId> found;
  const auto read = db.rows(sql::member_by_email, {team.uuid, ascii_lower(email)},
                            [&](const db::SqlRow& row) { found = UserId{row.uuid(0)}; });
  if (!read) return std::unexpected(read.error());
  return found;
}

Result<void> set_role(db::Sqlite& db, const ManagesMembers& grant, const UserId& user, TeamRole role, TimeMs now) {
  if (access::user_of(grant.principal()) == user) return fail(Code::conflict, "Cannot change your own role");
  const auto present = find(db, grant->team, user);
  if (!present) return std::unexpected(present.error());
  if (present->role == TeamRole::owner)
    return fail(Code::forbidden, "Forbidden role assignment: an owner stays one until the team is transferred");
  audit::Note noted = entry(audit::Action::member_role_updated, grant->team, user, *present);
  noted.changes.add("role", std::string(name_of(present->role)), std::string(name_of(role)));
  if (noted.changes.all().empty()) return {};
  if (auto put = put_role(db, grant->team, user, role); !put) return put;
  return audit::record(db, grant.principal(), now, noted);
}

Result<void> remove_member(control::Control& control, const ManagesMembers& grant, bool owners_too, const UserId& user,
                           TimeMs now, control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto present = find(db, grant->team, user);
        if (!present) return std::unexpected(present.error());
        if (present->role == TeamRole::owner) {
          if (!owners_too) return fail(Code::forbidden, "Only an owner may remove an owner");
          const auto other = has_other_owner(db, grant->team, user);
          if (!other) return std::unexpected(other.error());
          if (!*other) return fail(Code::invalid, "Cannot remove last owner");
        }
        if (auto noted = audit::record(db, grant.principal(), now,
                                       entry(audit::Action::member_removed, grant->team, user, *present));
            !noted)
          return noted;
        return take_out(db, grant->team, user);
      },
      std::move(done));
}

Result<void> leave(control::Control& control, const access::SignedIn& who, const TeamId& team, TimeMs now,
                   control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto present = find(db, team, who.user);
        if (!present) return instead_of_none(present.error(), {Code::forbidden, "You are not in this team", {}});
        const auto other = has_other_owner(db, team, who.user);
        if (!other) return std::unexpected(other.error());
        if (present->role == TeamRole::owner && !*other)
          return fail(Code::invalid, "The last owner cannot leave the team: transfer it first, or delete it");
        if (auto noted = audit::record(db, who, now, entry(audit::Action::member_left, team, who.user, *present));
            !noted)
          return noted;
        return take_out(db, team, who.user);
      },
      std::move(done));
}

Result<void> transfer(control::Control& control, const TransfersTeam& grant, const UserId& target, TimeMs now,
                      control::Control::Done done) {
  const UserId from = access::user_of(grant.principal()).value_or(UserId{});
  if (from == target) return fail(Code::conflict, "You are the owner already", "target_user_id");
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto present = find(db, grant->team, target);
        if (!present)
          return instead_of_none(present.error(), {Code::invalid, "must be a member of the team", "target_user_id"});
        if (present->role == TeamRole::owner)
          return fail(Code::conflict, "This member is an owner already", "target_user_id");
        audit::Note noted = entry(audit::Action::ownership_transferred, grant->team, target, *present);
        noted.changes.add("role", std::string(name_of(present->role)), std::string(name_of(TeamRole::owner)));
        if (auto put = put_role(db, grant->team, target, TeamRole::owner); !put) return put;
        if (auto put = put_role(db, grant->team, from, TeamRole::admin); !put) return put;
        return audit::record(db, grant.principal(), now, noted);
      },
      std::move(done));
}

}  // namespace hk::team

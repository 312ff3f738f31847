#include "team/guests.h"

#include <optional>
#include <utility>

#include "audit/audit.h"
#include "base/text.h"
#include "sql/team.h"

namespace hk::team {
namespace sql = hk::sql::team;
namespace {

using access::SiteRole;

struct Present {
  std::optional<SiteRole> role = {};  // none: he has no role of his own on the site
  std::string email = {};
};

Result<Present> find(db::Sqlite& db, SiteKey site, const UserId& user) {
  Present found;
  const auto read =
      db.rows(sql::site_member_role, {static_cast<std::int64_t>(site), user.uuid}, [&](const db::SqlRow& row) {
        found = Present{.role = access::site_role(row.text(0)).value_or(SiteRole::viewer),
                        .email = std::string(row.text(1))};
      });
  if (!read) return std::unexpected(read.error());
  return found;
}

/// The first columns of list_site_members.sql and list_guests.sql.
SiteMember member_of(const db::SqlRow& row, bool guest) {
  return {.id = {row.uuid(0)},
          .user = {row.uuid(0)},
          .email = std::string(row.text(1)),
          .given_name = std::string(row.text(2)),
          .last_name = std::string(row.text(3)),
          .role = access::site_role(row.text(4)).value_or(SiteRole::viewer),
          .added_at = from_ms(row.i64(5)),
          .guest = guest};
}

audit::Note entry(audit::Action action, const site::Site& site, const UserId& user, std::string email) {
  return {.action = action,
          .team = site.team,
          .site = site.id,
          .target = audit::Target::person,
          .target_id = user.str(),
          .target_label = std::move(email)};
}

std::unexpected<Error> only_owners() {
  return fail(Code::forbidden, "Forbidden role assignment: only an owner of the site decides about owners", "role");
}

}  // namespace

Result<std::vector<TeamGuest>> guests_of(control::Control& control, const TeamId& team) {
  std::vector<TeamGuest> out;
  const auto read = control.read([&](db::Sqlite& db) {
    return db.rows(sql::list_guests, {team.uuid}, [&](const db::SqlRow& row) {
      out.push_back({.member = member_of(row, true), .site = {row.uuid(6)}, .domain = std::string(row.text(7))});
    });
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<std::vector<SiteMember>> site_members_of(control::Control& control, SiteKey site) {
  std::vector<SiteMember> out;
  const auto read = control.read([&](db::Sqlite& db) {
    return db.rows(sql::list_site_members, {static_cast<std::int64_t>(site)},
                   [&](const db::SqlRow& row) { out.push_back(member_of(row, row.i64(6) != 0)); });
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<std::optional<UserId>> known_to_site(db::Sqlite& db, const site::Site& site, std::string_view email) {
  std::optional<UserId> found;
  const auto read =
      db.rows(sql::known_to_site, {static_cast<std::int64_t>(site.key), site.team.uuid, ascii_lower(email)},
              [&](const db::SqlRow& row) { found = UserId{row.uuid(0)}; });
  if (!read) return std::unexpected(read.error());
  return found;
}

Result<void> set_site_role(db::Sqlite& db, const ManagesSite& grant, bool owners_too, const UserId& user, SiteRole role,
                           TimeMs now) {
  const site::Site& site = *grant->site;
  const auto present = find(db, site.key, user);
  if (!present) return std::unexpected(present.error());
  const bool owner = role == SiteRole::owner || present->role == SiteRole::owner;
  if (owner && !owners_too) return only_owners();
  const auto ran = db.run(sql::put_site_member,
                          {static_cast<std::int64_t>(site.key), user.uuid, std::string(name_of(role)), to_ms(now)});
  if (!ran) return std::unexpected(ran.error());
  const auto after = find(db, site.key, user);
  if (!after) return std::unexpected(after.error());
  audit::Note noted =
      entry(present->role ? audit::Action::site_member_role_updated : audit::Action::site_member_granted, site, user,
            after->email);
  std::optional<std::string> before;
  if (const auto role_before = present->role) before = name_of(*role_before);
  noted.changes.add("role", before, std::string(name_of(role)));
  if (noted.changes.all().empty()) return {};
  return audit::record(db, grant.principal(), now, noted);
}

Result<void> remove_site_member(control::Control& control, const ManagesSite& grant, bool owners_too,
                                const UserId& user, TimeMs now, control::Control::Done done) {
  const site::Site& site = *grant->site;
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto present = find(db, site.key, user);
        if (!present) return std::unexpected(present.error());
        if (!present->role) return fail(Code::not_found, "Site member not found");
        if (present->role == SiteRole::owner && !owners_too) return only_owners();
        const auto ran = db.run(sql::delete_site_member, {static_cast<std::int64_t>(site.key), user.uuid});
        if (!ran) return std::unexpected(ran.error());
        return audit::record(db, grant.principal(), now,
                             entry(audit::Action::site_member_revoked, site, user, present->email));
      },
      std::move(done));
}

}  // namespace hk::team

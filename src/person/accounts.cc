#include "person/accounts.h"

#include <utility>

#include "audit/audit.h"
#include "auth/accounts.h"
#include "auth/second_factors.h"
#include "json/shape.h"
#include "site/erase.h"
#include "sql/person.h"

namespace hk::person {
namespace sql = hk::sql::person;
namespace {

using access::InstanceRole;

audit::Note about(audit::Action action, const UserId& user, std::string email) {
  return {.action = action, .target = audit::Target::person, .target_id = user.str(), .target_label = std::move(email)};
}

struct Present {
  std::string email;
  InstanceRole role = InstanceRole::user;
};

Result<Present> find(db::Sqlite& db, const UserId& user) {
  std::optional<Present> found;
  const auto read = db.rows(sql::user_by_id, {user.uuid}, [&](const db::SqlRow& row) {
    found = Present{.email = std::string(row.text(0)),
                    .role = access::instance_role(row.text(1)).value_or(InstanceRole::user)};
  });
  if (!read) return std::unexpected(read.error());
  if (!found) return fail(Code::not_found, "There is no such account");
  return std::move(*found);
}

/// The instance keeps an owner.
Result<void> keep_an_owner(db::Sqlite& db, const UserId& user, InstanceRole present) {
  if (present != InstanceRole::owner) return {};
  std::int64_t others = 0;
  auto read = db.rows(sql::other_instance_owners, {user.uuid}, [&](const db::SqlRow& row) { others = row.i64(0); });
  if (!read) return read;
  if (others == 0) return fail(Code::conflict, "This is the last owner of the instance; make somebody else one first");
  return {};
}

/// Deletes the teams that nobody but `user` is in and that have no site; every other one needs another owner first.
Result<void> leave_no_orphans(control::Change& change, const UserId& user) {
  std::vector<Uuid> empty;
  std::string kept;
  auto read = change.sql().rows(sql::owned_alone, {user.uuid}, [&](const db::SqlRow& row) {
    const bool holds_nothing = row.i64(2) == 0 && row.i64(3) == 0 && row.i64(4) == 0;
    if (holds_nothing)
      empty.push_back(row.uuid(0));
    else
      kept.append(kept.empty() ? "" : ", ").append(row.text(1));
  });
  if (!read) return read;
  if (!kept.empty()) return fail(Code::conflict, "Transfer or delete these teams first: " + kept);
  for (const Uuid& team : empty)
    if (auto gone = site::erase_team(change, TeamId{team}); !gone) return gone;
  return {};
}

}  // namespace

Result<void> set_names(control::Control& control, const auth::User& present, const access::SignedIn& who,
                       std::string_view given_name, std::string_view last_name, TimeMs now,
                       control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        audit::Note noted = about(audit::Action::profile_updated, who.user, present.email);
        noted.changes.add("given_name", present.given_name, std::string(given_name))
            .add("last_name", present.last_name, std::string(last_name));
        if (noted.changes.all().empty()) return {};
        const auto ran =
            change.sql().run(sql::set_profile, {who.user.uuid, std::string(given_name), std::string(last_name)});
        if (!ran) return std::unexpected(ran.error());
        return audit::record(change.sql(), who, now, noted);
      },
      std::move(done));
}

Result<void> set_preferences(control::Control& control, const access::SignedIn& who, std::string_view locale,
                             const auth::Choices& choices, control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        const auto ran =
            change.sql().run(sql::set_preferences,
                             {who.user.uuid, std::string(locale), std::string(json::name_of(choices.number_format)),
                              std::string(json::name_of(choices.clock)), std::string(json::name_of(choices.theme)),
                              choices.default_period});
        if (!ran) return std::unexpected(ran.error());
        return {};
      },
      std::move(done));
}

Result<void> delete_account(control::Control& control, const access::Principal& who, const UserId& user, TimeMs now,
                            control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto present = find(db, user);
        if (!present) return std::unexpected(present.error());
        if (auto kept = keep_an_owner(db, user, present->role); !kept) return kept;
        if (auto left = leave_no_orphans(change, user); !left) return left;
        if (auto noted = audit::record(db, who, now, about(audit::Action::account_deleted, user, present->email));
            !noted)
          return noted;
        if (auto forgotten = audit::forget(db, user); !forgotten) return forgotten;
        if (auto ran = db.run(sql::delete_user, {user.uuid}); !ran) return std::unexpected(ran.error());
        return {};
      },
      std::move(done));
}

Result<void> set_instance_role(control::Control& control, const access::Principal& who, const UserId& user,
                               InstanceRole role, TimeMs now, control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto present = find(db, user);
        if (!present) return std::unexpected(present.error());
        audit::Note noted = about(audit::Action::instance_role_updated, user, present->email);
        noted.changes.add("role", std::string(name_of(present->role)), std::string(name_of(role)));
        if (noted.changes.all().empty()) return {};
        if (auto kept = keep_an_owner(db, user, present->role); !kept) return kept;
        if (auto ran = db.run(sql::set_instance_role, {user.uuid, std::string(name_of(role))}); !ran)
          return std::unexpected(ran.error());
        return audit::record(db, who, now, noted);
      },
      std::move(done));
}

Result<void> replace_password(control::Control& control, const access::Principal& who, const UserId& user,
                              const std::string& hash, TimeMs now, control::Control::Done done) {
  return control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto present = find(db, user);
        if (!present) return std::unexpected(present.error());
        if (auto set = auth::set_password(db, user, hash, now); !set) return set;
        return audit::record(db, who, now, about(audit::Action::password_changed, user, present->email));
      },
      std::move(done));
}

Result<RemovedFactors> remove_factors(control::Control& control, const access::Principal& who, const UserId& user,
                                      TimeMs now, control::Control::Done done) {
  RemovedFactors removed;
  const auto written = control.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto present = find(db, user);
        if (!present) return std::unexpected(present.error());
        const auto state = auth::factors_of(db, user, now);
        if (!state) return std::unexpected(state.error());
        removed.app = state->on;
        removed.passkeys = static_cast<std::int64_t>(state->passkeys.size());
        if (auto gone = auth::remove_factors(db, user); !gone) return gone;
        const auto ended = auth::end_sessions_of(db, user);
        if (!ended) return std::unexpected(ended.error());
        removed.sessions = *ended;
        return audit::record(db, who, now, about(audit::Action::factors_removed, user, present->email));
      },
      std::move(done));
  if (!written) return std::unexpected(written.error());
  return removed;
}

Result<std::vector<Account>> accounts_of(control::Control& control) {
  std::vector<Account> out;
  const auto read = control.read([&](db::Sqlite& db) {
    return db.rows(sql::list_users, {}, [&](const db::SqlRow& row) {
      out.push_back({.id = {row.uuid(0)},
                     .email = std::string(row.text(1)),
                     .given_name = std::string(row.text(2)),
                     .last_name = std::string(row.text(3)),
                     .role = access::instance_role(row.text(4)).value_or(InstanceRole::user),
                     .created_at = from_ms(row.i64(5))});
    });
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<std::vector<TeamOverview>> teams_of(control::Control& control) {
  std::vector<TeamOverview> out;
  const auto read = control.read([&](db::Sqlite& db) {
    return db.rows(sql::list_teams, {}, [&](const db::SqlRow& row) {
      out.push_back({.id = {row.uuid(0)},
                     .name = std::string(row.text(1)),
                     .is_default = row.i64(2) != 0,
                     .members = row.i64(3),
                     .sites = row.i64(4),
                     .created_at = from_ms(row.i64(5))});
    });
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

}  // namespace hk::person

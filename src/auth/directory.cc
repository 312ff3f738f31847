#include "auth/directory.h"

#include <algorithm>
#include <utility>

#include "crypto/hash.h"
#include "sql/auth.h"

namespace hk::auth {
namespace sql = hk::sql::auth;
namespace {

template <class Map, class Key>
auto* find(Map& map, const Key& key) {
  const auto at = map.find(key);
  return at == map.end() ? nullptr : &at->second;
}

/// Of a column that may be NULL.
std::string text_of(const db::SqlRow& row, int col) {
  return row.is_null(col) ? std::string() : std::string(row.text(col));
}
template <class Named>
std::optional<Named> named(const db::SqlRow& row, int col) {
  constexpr auto kNames = names(json::Of<Named>{});
  const auto at = std::ranges::find(kNames, text_of(row, col));
  return at == kNames.end() ? std::nullopt : std::optional(static_cast<Named>(at - kNames.begin()));
}
std::optional<TimeMs> time_of(const db::SqlRow& row, int col) {
  return row.is_null(col) ? std::nullopt : std::optional(from_ms(row.i64(col)));
}

/// By which keys are found: less than a secret's hash, so that nobody learns the rest from how long it takes.
std::string start_of(std::string_view secret_hash) {
  constexpr std::size_t kDigits = 16;
  return std::string(secret_hash.substr(0, kDigits));
}

/// A row of load_api_keys.sql.
KnownKey key_of_row(const db::SqlRow& row) {
  KnownKey key{.id = {row.uuid(0)},
               .user = row.is_null(1) ? std::nullopt : std::optional(UserId{row.uuid(1)}),
               .team = row.is_null(2) ? std::nullopt : std::optional(TeamId{row.uuid(2)}),
               .scopes = 0,
               .instance_role = access::instance_role(row.text(6)).value_or(access::InstanceRole::user),
               .every_site = row.i64(7) != 0,
               .sites = {},
               .expires_at = time_of(row, 8),
               .revoked_at = time_of(row, 9),
               .secret_hash = std::string(row.text(10)),
               .old_secret_hash = row.is_null(11) ? "" : std::string(row.text(11)),
               .old_until = time_of(row, 12).value_or(TimeMs{})};
  int col = 3;
  for (const access::KeyScope scope : access::kKeyScopes)
    if (row.i64(col++) != 0) key.scopes |= access::bits(scope);
  return key;
}

Result<void> load_keys(db::Sqlite& db, Identities& out) {
  auto read = db.rows(sql::load_api_keys, {}, [&](const db::SqlRow& row) {
    KnownKey key = key_of_row(row);
    out.keys_by_secret.emplace(start_of(key.secret_hash), key.id);
    if (!key.old_secret_hash.empty()) out.keys_by_secret.emplace(start_of(key.old_secret_hash), key.id);
    out.keys.emplace(key.id, std::move(key));
  });
  if (!read) return read;
  return db.rows(sql::load_api_key_sites, {}, [&](const db::SqlRow& row) {
    const auto at = out.keys.find({row.uuid(0)});
    const auto role = access::site_role(row.text(2));
    if (at != out.keys.end() && role) at->second.sites.emplace(static_cast<SiteKey>(row.i64(1)), *role);
  });
}

}  // namespace

const KnownKey* Identities::key(const ApiKeyId& id) const {
  return find(keys, id);
}

const KnownKey* Identities::key_of(std::string_view secret_hash, TimeMs now) const {
  const auto [from, to] = keys_by_secret.equal_range(start_of(secret_hash));
  for (auto at = from; at != to; ++at) {
    const KnownKey* one = key(at->second);
    if (!one) continue;
    if (crypto::equal_in_constant_time(one->secret_hash, secret_hash)) return one;
    if (now < one->old_until && crypto::equal_in_constant_time(one->old_secret_hash, secret_hash)) return one;
  }
  return nullptr;
}

const User* Identities::user(const UserId& id) const {
  return find(users, id);
}

const Session* Identities::session(const SessionId& id) const {
  return find(sessions, id);
}

const Team* Identities::team(const TeamId& id) const {
  const auto at = std::ranges::find(teams, id, &Team::id);
  return at == teams.end() ? nullptr : &*at;
}

std::span<const Membership> Identities::teams_of(const UserId& user_id) const {
  const auto* list = find(memberships, user_id);
  return list ? std::span<const Membership>(*list) : std::span<const Membership>();
}

std::optional<access::TeamRole> Identities::team_role(const UserId& user_id, const TeamId& team_id) const {
  for (const Membership& m : teams_of(user_id)) {
    if (m.team == team_id) return m.role;
  }
  return std::nullopt;
}

std::optional<access::SiteRole> Identities::site_role(const UserId& user_id, SiteKey site) const {
  const auto* list = find(site_roles, user_id);
  if (!list) return std::nullopt;
  const auto at = std::ranges::find(*list, site, &SiteMembership::site);
  return at == list->end() ? std::nullopt : std::optional(at->role);
}

Result<Identities> load_identities(db::Sqlite& db) {
  Identities out;
  auto read = db.rows(sql::load_instance, {}, [&](const db::SqlRow&) { out.set_up = true; });
  if (!read) return std::unexpected(read.error());

  read = db.rows(sql::load_users, {}, [&](const db::SqlRow& row) {
    User user{.id = {row.uuid(0)},
              .email = std::string(row.text(1)),
              .given_name = std::string(row.text(2)),
              .last_name = std::string(row.text(3)),
              .locale = std::string(row.text(5)),
              .role = access::instance_role(row.text(4)).value_or(access::InstanceRole::user)};
    if (!row.is_null(6)) user.active_team = TeamId{row.uuid(6)};
    user.choices = {.number_format = named<NumberFormat>(row, 7).value_or(NumberFormat::language),
                    .clock = named<ClockFormat>(row, 8).value_or(ClockFormat::language),
                    .theme = named<Theme>(row, 9).value_or(Theme::system),
                    .default_period = text_of(row, 10)};
    out.users.emplace(user.id, std::move(user));
  });
  if (!read) return std::unexpected(read.error());

  read = db.rows(sql::load_teams, {}, [&](const db::SqlRow& row) {
    out.teams.push_back({.id = {row.uuid(0)},
                         .name = std::string(row.text(1)),
                         .is_default = row.i64(2) != 0,
                         .created_at = from_ms(row.i64(3)),
                         .paused = !row.is_null(4)});
  });
  if (!read) return std::unexpected(read.error());

  read = db.rows(sql::load_members, {}, [&](const db::SqlRow& row) {
    out.memberships[{row.uuid(0)}].push_back(
        {.team = {row.uuid(1)}, .role = access::team_role(row.text(2)).value_or(access::TeamRole::member)});
  });
  if (!read) return std::unexpected(read.error());

  read = db.rows(sql::load_site_members, {}, [&](const db::SqlRow& row) {
    out.site_roles[{row.uuid(0)}].push_back(
        {.site = SiteKey{static_cast<std::uint32_t>(row.i64(1))},
         .role = access::site_role(row.text(2)).value_or(access::SiteRole::viewer)});
  });
  if (!read) return std::unexpected(read.error());

  read = db.rows(sql::load_sessions, {}, [&](const db::SqlRow& row) {
    Session session{.id = {row.uuid(0)},
                    .user = {row.uuid(1)},
                    .created_at = from_ms(row.i64(2)),
                    .expires_at = from_ms(row.i64(3)),
                    .remember_at = time_of(row, 4),
                    .remember_next = time_of(row, 5),
                    .remember_expires_at = time_of(row, 6),
                    .how = named<How>(row, 7),
                    .proved_at = time_of(row, 8).value_or(TimeMs{}),
                    .factor = named<Factor>(row, 12),
                    .from = {.country = text_of(row, 9), .browser = text_of(row, 10), .os = text_of(row, 11)}};
    out.sessions.emplace(session.id, std::move(session));
  });
  if (!read) return std::unexpected(read.error());
  if (auto keys = load_keys(db, out); !keys) return std::unexpected(keys.error());
  return out;
}

Result<void> refresh(Directory& directory, db::Sqlite& db) {
  auto identities = load_identities(db);
  if (!identities) return std::unexpected(identities.error());
  directory.swap(std::make_shared<const Identities>(std::move(*identities)));
  return {};
}

}  // namespace hk::auth

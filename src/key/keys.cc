#include "key/keys.h"

#include <algorithm>
#include <utility>

#include "auth/api_key.h"
#include "auth/policy.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "sql/key.h"

namespace hk::key {
namespace sql = hk::sql::key;
namespace {

using access::KeyScope;
using access::SiteRole;

template <class Tag>
std::optional<Id<Tag>> id_of(const db::SqlRow& row, int col) {
  return row.is_null(col) ? std::nullopt : std::optional(Id<Tag>{row.uuid(col)});
}

std::optional<TimeMs> time_of(const db::SqlRow& row, int col) {
  return row.is_null(col) ? std::nullopt : std::optional(from_ms(row.i64(col)));
}

template <class Tag>
db::SqlValue value_of(const std::optional<Id<Tag>>& id) {
  return id ? db::SqlValue(id->uuid) : db::SqlValue();
}

db::SqlValue value_of(const std::optional<TimeMs>& time) {
  return time ? db::SqlValue(to_ms(*time)) : db::SqlValue();
}

db::SqlValue flag(const std::vector<KeyScope>& scopes, KeyScope scope) {
  return std::int64_t{std::ranges::find(scopes, scope) != scopes.end()};
}

/// A row of keys.sql and keys_near_site.sql.
ListedKey listing_of(const db::SqlRow& row) {
  ListedKey key;
  key.id = {row.uuid(0)};
  key.user = id_of<UserTag>(row, 1);
  key.team = id_of<TeamTag>(row, 2);
  key.owner_type = key.user ? "personal" : "team";
  key.name = row.text(3);
  key.description = row.text(4);
  int col = 5;
  for (const KeyScope scope : access::kKeyScopes)
    if (row.i64(col++) != 0) key.scopes.push_back(scope);
  key.instance_role = access::instance_role(row.text(8)).value_or(access::InstanceRole::user);
  key.all_sites = row.i64(9) != 0;
  key.prefix = row.text(10);
  key.old_secret_until = time_of(row, 11);
  key.created_by = id_of<UserTag>(row, 12);
  key.created_at = from_ms(row.i64(13));
  key.updated_at = from_ms(row.i64(14));
  key.expires_at = time_of(row, 15);
  key.revoked_at = time_of(row, 16);
  key.last_used_at = time_of(row, 17);
  return key;
}

Result<void> insert_sites(db::Sqlite& db, const ApiKeyId& id, const std::vector<std::pair<SiteKey, SiteRole>>& sites) {
  for (const auto& [site, role] : sites) {
    const auto inserted =
        db.run(sql::insert_site, {id.uuid, static_cast<std::int64_t>(site), std::string(access::name_of(role))});
    if (!inserted) return std::unexpected(inserted.error());
  }
  return {};
}

/// Who may use it and for what, as people read it.
std::string text_of(const std::vector<KeyScope>& scopes) {
  std::string out;
  for (const KeyScope scope : scopes) out += (out.empty() ? "" : " ") + std::string(access::name_of(scope));
  return out;
}

std::string sites_of(const ListedKey& key) {
  if (key.all_sites) return "all";
  std::string out;
  for (const SiteGrant& grant : key.site_roles)
    out += concat({out.empty() ? "" : " ", grant.site.str(), ":",
                   grant.role ? access::name_of(*grant.role) : std::string_view()});
  return out;
}

std::string text_of(const std::optional<TimeMs>& time) {
  return time ? rfc3339(*time) : "";
}

audit::Changes difference(const ListedKey& before, const ListedKey& after) {
  audit::Changes out;
  out.add("name", before.name, after.name)
      .add("description", before.description, after.description)
      .add("scopes", text_of(before.scopes), text_of(after.scopes))
      .add("instance_role", std::string(access::name_of(before.instance_role)),
           std::string(access::name_of(after.instance_role)))
      .add("sites", sites_of(before), sites_of(after))
      .add("expires_at", text_of(before.expires_at), text_of(after.expires_at))
      .add("prefix", before.prefix, after.prefix);
  return out;
}

audit::Action action_of(const ListedKey& before, const ListedKey& after) {
  if (before.revoked_at.has_value() == after.revoked_at.has_value()) return audit::Action::api_client_updated;
  return after.revoked_at ? audit::Action::api_client_revoked : audit::Action::api_client_reactivated;
}

std::unexpected<Error> no_such_key() {
  return fail(Code::not_found, "API client not found");
}

}  // namespace

Result<std::vector<ListedKey>> ApiKeys::read(db::Sqlite& db, const KeyOwner& owner,
                                             const std::optional<ApiKeyId>& id) const {
  std::vector<ListedKey> keys;
  auto read = db.rows(sql::keys, {value_of(owner.user), value_of(owner.team), value_of(id)},
                      [&](const db::SqlRow& row) { keys.push_back(listing_of(row)); });
  if (!read) return std::unexpected(read.error());
  for (ListedKey& key : keys) {
    read = db.rows(sql::sites_of_key, {key.id.uuid}, [&](const db::SqlRow& row) {
      key.site_roles.push_back({.site = {row.uuid(0)}, .role = access::site_role(row.text(1))});
    });
    if (!read) return std::unexpected(read.error());
    key.last_used_at = std::max(key.last_used_at, uses_.latest(key.id));
  }
  return keys;
}

Result<ListedKey> ApiKeys::read_one(db::Sqlite& db, const KeyOwner& owner, const ApiKeyId& id) const {
  auto keys = read(db, owner, id);
  if (!keys) return std::unexpected(keys.error());
  if (keys->empty()) return no_such_key();
  return std::move(keys->front());
}

Result<std::vector<ListedKey>> ApiKeys::list(const KeyOwner& owner) const {
  Result<std::vector<ListedKey>> keys;
  const auto done = control_.read([&](db::Sqlite& db) -> Result<void> {
    keys = read(db, owner, std::nullopt);
    return keys ? Result<void>() : std::unexpected(keys.error());
  });
  if (!done) return std::unexpected(done.error());
  return keys;
}

Result<std::vector<ListedKey>> ApiKeys::near(const site::Manage& grant) const {
  const auto identities = identities_.now();
  std::vector<ListedKey> keys;
  const auto done = control_.read([&](db::Sqlite& db) {
    return db.rows(sql::keys_near_site, {static_cast<std::int64_t>(grant->site->key)}, [&](const db::SqlRow& row) {
      ListedKey one = listing_of(row);
      const auth::KnownKey* key = identities->key(one.id);
      const auto role = key ? auth::site_role(*identities, *key, *grant->site) : std::nullopt;
      if (!role) return;
      one.site_roles = {{.site = grant->site->id, .role = role}};
      one.last_used_at = std::max(one.last_used_at, uses_.latest(one.id));
      keys.push_back(std::move(one));
    });
  });
  if (!done) return std::unexpected(done.error());
  return keys;
}

Result<std::vector<std::pair<SiteKey, SiteRole>>> ApiKeys::checked(const KeyOwner& owner,
                                                                   const std::vector<SiteGrant>& sites) const {
  const auto identities = identities_.now();
  const auto known = sites_.now();
  const auth::User* giver = identities->user(access::user_of(owner.by).value_or(UserId()));
  std::vector<std::pair<SiteKey, SiteRole>> out;
  for (const SiteGrant& wanted : sites) {
    const site::Site* site = known->by_id(wanted.site);
    const auto own = site && giver ? auth::site_role(*identities, *giver, *site) : std::nullopt;
    const bool of_team = !owner.team || (site && site->team == *owner.team);
    if (!own || !of_team)
      return fail(Code::forbidden,
                  concat({"You have no site with the ID ", wanted.site.str(), owner.team ? " in this team" : ""}),
                  "site_roles");
    const SiteRole role = wanted.role.value_or(*own);
    if (role < *own)
      return fail(Code::forbidden,
                  concat({"You are ", access::name_of(*own), " of ", site->domain,
                          ", and a key that you make is at most that"}),
                  "site_roles");
    if (std::ranges::find(out, site->key, &std::pair<SiteKey, SiteRole>::first) != out.end())
      return fail(Code::invalid, concat({"names ", site->domain, " twice"}), "site_roles");
    out.emplace_back(site->key, role);
  }
  return out;
}

Result<void> ApiKeys::check_rules(const KeyOwner& owner, const KeyWish& wish) const {
  const auto identities = identities_.now();
  const auth::User* giver = identities->user(access::user_of(owner.by).value_or(UserId()));
  if (wish.scopes && wish.scopes->empty())
    return fail(Code::invalid, "A key without a scope opens nothing: name read, manage or ingest", "scopes");
  if (wish.all_sites.value_or(false) && wish.site_roles && !wish.site_roles->empty())
    return fail(Code::invalid, "Either all sites, or those of a list", "site_roles");
  if (wish.expires_at && *wish.expires_at <= clock_.now())
    return fail(Code::invalid, "The key would have expired already", "expires_at");
  if (!wish.instance_role) return {};
  if (owner.team && wish.instance_role != access::InstanceRole::user)
    return fail(Code::invalid, "A team's key is nobody in the instance: its role is user", "instance_role");
  if (!giver || *wish.instance_role < giver->role)
    return fail(Code::forbidden, "Cannot delegate requested instance role: it is more than your own", "instance_role");
  return {};
}

Result<void> ApiKeys::note(db::Sqlite& db, const KeyOwner& owner, audit::Action action, const ListedKey& before,
                           const ListedKey& after) const {
  return audit::record(db, owner.by, clock_.now(),
                       {.action = action,
                        .team = owner.team,
                        .target = audit::Target::api_client,
                        .target_id = before.id.str(),
                        .target_label = after.name.empty() ? before.name : after.name,
                        .changes = difference(before, after)});
}

Result<Made> ApiKeys::make(const KeyOwner& owner, const KeyWish& wish, control::Control::Done done) {
  if (auto fine = check_rules(owner, wish); !fine) return std::unexpected(fine.error());
  const auto sites = checked(owner, wish.site_roles.value_or(std::vector<SiteGrant>()));
  if (!sites) return std::unexpected(sites.error());
  Made made{.client = {}, .token = auth::make_key_token()};
  const TimeMs now = clock_.now();
  const ApiKeyId id{crypto::uuid_v7(now)};
  const auto scopes = wish.scopes.value_or(std::vector<KeyScope>(access::kKeyScopes.begin(), access::kKeyScopes.end()));
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    std::int64_t there = 0;
    const auto counted = db.rows(sql::count_keys, {value_of(owner.user), value_of(owner.team)},
                                 [&](const db::SqlRow& row) { there = row.i64(0); });
    if (!counted) return counted;
    if (there >= kMaxKeys)
      return fail(Code::forbidden, concat({"There are ", std::to_string(there),
                                           " API keys, as many as may be: delete one that is not used"}));
    const auto inserted = db.run(
        sql::insert_key, {id.uuid, value_of(owner.user), value_of(owner.team), wish.name, wish.description,
                          flag(scopes, KeyScope::read), flag(scopes, KeyScope::manage), flag(scopes, KeyScope::ingest),
                          std::string(access::name_of(wish.instance_role.value_or(access::InstanceRole::user))),
                          std::int64_t{wish.all_sites.value_or(false)}, made.token.reveal().substr(0, auth::kKeyStart),
                          crypto::sha256_hex(made.token.reveal()), value_of(access::user_of(owner.by)), to_ms(now),
                          value_of(wish.expires_at)});
    if (!inserted) return std::unexpected(inserted.error());
    if (auto ok = insert_sites(db, id, *sites); !ok) return ok;
    auto listing = read_one(db, owner, id);
    if (!listing) return std::unexpected(listing.error());
    made.client = std::move(*listing);
    ListedKey nothing;
    nothing.id = id;
    return note(db, owner, audit::Action::api_client_created, nothing, made.client);
  };
  if (auto written = control_.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return made;
}

Result<ListedKey> ApiKeys::change(const KeyOwner& owner, const ApiKeyId& id, const KeyChange& wish,
                                  control::Control::Done done) {
  if (auto fine = check_rules(owner, wish); !fine) return std::unexpected(fine.error());
  const auto sites = checked(owner, wish.site_roles.value_or(std::vector<SiteGrant>()));
  if (!sites) return std::unexpected(sites.error());
  Result<ListedKey> changed;
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    auto before = read_one(db, owner, id);
    if (!before) return std::unexpected(before.error());
    const auto& scopes = wish.scopes ? *wish.scopes : before->scopes;
    const bool listed = wish.site_roles && !wish.site_roles->empty();
    const auto ran =
        db.run(sql::change_key,
               {id.uuid, wish.name, wish.description, flag(scopes, KeyScope::read), flag(scopes, KeyScope::manage),
                flag(scopes, KeyScope::ingest),
                std::string(access::name_of(wish.instance_role.value_or(before->instance_role))),
                std::int64_t{wish.all_sites.value_or(!listed && before->all_sites)}, value_of(wish.expires_at),
                std::int64_t{wish.revoked.value_or(before->revoked_at.has_value())}, to_ms(clock_.now())});
    if (!ran) return std::unexpected(ran.error());
    if (wish.site_roles || wish.all_sites.value_or(false)) {
      if (auto gone = db.run(sql::delete_sites, {id.uuid}); !gone) return std::unexpected(gone.error());
      if (auto ok = insert_sites(db, id, *sites); !ok) return ok;
    }
    changed = read_one(db, owner, id);
    if (!changed) return std::unexpected(changed.error());
    return note(db, owner, action_of(*before, *changed), *before, *changed);
  };
  if (auto written = control_.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return changed;
}

Result<Made> ApiKeys::rotate(const KeyOwner& owner, const ApiKeyId& id, std::chrono::hours overlap,
                             control::Control::Done done) {
  Made made{.client = {}, .token = auth::make_key_token()};
  const TimeMs now = clock_.now();
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    const auto before = read_one(db, owner, id);
    if (!before) return std::unexpected(before.error());
    if (before->revoked_at || (before->expires_at && now >= *before->expires_at))
      return fail(Code::conflict, "API client is revoked or expired");
    const auto ran =
        db.run(sql::rotate_key, {id.uuid, made.token.reveal().substr(0, auth::kKeyStart),
                                 crypto::sha256_hex(made.token.reveal()), to_ms(now + overlap), to_ms(now)});
    if (!ran) return std::unexpected(ran.error());
    auto after = read_one(db, owner, id);
    if (!after) return std::unexpected(after.error());
    made.client = std::move(*after);
    return note(db, owner, audit::Action::api_client_rotated, *before, made.client);
  };
  if (auto written = control_.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return made;
}

Result<void> ApiKeys::remove(const KeyOwner& owner, const ApiKeyId& id, control::Control::Done done) {
  const auto write = [&](control::Change& change) -> Result<void> {
    const auto there = read_one(change.sql(), owner, id);
    if (!there) return std::unexpected(there.error());
    const auto ran = change.sql().run(sql::delete_key, {id.uuid});
    if (!ran) return std::unexpected(ran.error());
    ListedKey nothing;
    nothing.id = id;
    return note(change.sql(), owner, audit::Action::api_client_deleted, *there, nothing);
  };
  return control_.write(write, std::move(done));
}

}  // namespace hk::key

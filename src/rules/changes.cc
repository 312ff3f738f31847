#include "rules/changes.h"

#include <utility>

#include "audit/audit.h"
#include "crypto/random.h"
#include "json/shape.h"
#include "sql/rules.h"

namespace hk::rules {
namespace sql = hk::sql::rules;
namespace {

/// Whose exclusions are changed.
struct Owner {
  const access::Principal& who;
  const site::Site* site = nullptr;  // null: those of the instance

  db::SqlValue key() const { return site ? db::SqlValue(static_cast<std::int64_t>(site->key)) : db::SqlValue(); }
};
Owner owner_of(const site::Manage& grant) {
  return {grant.principal(), grant->site};
}
Owner owner_of(const ManagesAll& grant) {
  return {grant.principal()};
}

Result<void> note(db::Sqlite& db, const Owner& owner, audit::Action action, TimeMs now, audit::Changes changes) {
  audit::Note note{.action = action, .target = audit::Target::instance, .changes = std::move(changes)};
  if (owner.site) {
    note.team = owner.site->team;
    note.site = owner.site->id;
    note.target = audit::Target::site;
    note.target_id = owner.site->id.str();
    note.target_label = owner.site->domain;
  }
  return audit::record(db, owner.who, now, note);
}

Result<Exclusion> add(control::Control& control, const Owner& owner, const NewExclusion& typed, TimeMs now,
                      control::Control::Done done) {
  Exclusion made{.id = crypto::uuid_v7(now),
                 .site = owner.site ? std::optional(owner.site->key) : std::nullopt,
                 .kind = typed.kind,
                 .value = typed.value,
                 .description = typed.description,
                 .created_at = now,
                 .created_by = access::user_of(owner.who)};
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    std::int64_t count = 0;
    auto read = db.rows(sql::count_exclusions, {owner.key()}, [&](const db::SqlRow& row) { count = row.i64(0); });
    if (!read) return read;
    if (count >= static_cast<std::int64_t>(kMaxExclusions))
      return fail(Code::conflict, "There are " + std::to_string(count) + " exclusions, as many as there may be");
    const auto inserted =
        db.run(sql::insert_exclusion,
               {made.id, owner.key(), std::string(json::name_of(made.kind)), made.value, made.description, to_ms(now),
                made.created_by ? db::SqlValue(made.created_by->uuid) : db::SqlValue()});
    if (!inserted) return std::unexpected(inserted.error());
    audit::Changes changes;
    changes.add(json::name_of(made.kind), std::nullopt, made.value);
    return note(db, owner, audit::Action::exclusion_created, now, std::move(changes));
  };
  if (auto written = control.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return made;
}

Result<void> remove(control::Control& control, const Owner& owner, const Uuid& id, TimeMs now,
                    control::Control::Done done) {
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    audit::Changes changes;
    auto read = db.rows(sql::exclusion_of_id, {id, owner.key()}, [&](const db::SqlRow& row) {
      changes.add(row.text(2), std::string(row.text(3)), std::nullopt);
    });
    if (!read) return read;
    if (changes.all().empty()) return fail(Code::not_found, "Not found");
    if (auto ran = db.run(sql::delete_exclusion, {id, owner.key()}); !ran) return std::unexpected(ran.error());
    return note(db, owner, audit::Action::exclusion_deleted, now, std::move(changes));
  };
  return control.write(write, std::move(done));
}

std::string text_of(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

template <class T>
void take(const std::optional<T>& wanted, T& value) {
  if (wanted) value = *wanted;
}

audit::Changes difference(const SiteRules& a, const SiteRules& b) {
  const auto spoken = [](bool on) { return std::string(on ? "true" : "false"); };
  audit::Changes out;
  out.add("location", std::string(json::name_of(a.location)), std::string(json::name_of(b.location)))
      .add("referrer", std::string(json::name_of(a.referrer)), std::string(json::name_of(b.referrer)))
      .add("network", spoken(a.network), spoken(b.network))
      .add("screen", spoken(a.screen), spoken(b.screen))
      .add("language", spoken(a.language), spoken(b.language))
      .add("title", spoken(a.title), spoken(b.title))
      .add("utm", spoken(a.utm), spoken(b.utm))
      .add("engagement", spoken(a.engagement), spoken(b.engagement))
      .add("kept_query", text_of(a.kept_query), text_of(b.kept_query))
      .add("search_query", text_of(a.search_query), text_of(b.search_query))
      .add("trusted_networks", text_of(a.trusted_networks), text_of(b.trusted_networks));
  return out;
}

}  // namespace

Result<Exclusion> exclude(control::Control& control, const site::Manage& grant, const NewExclusion& typed, TimeMs now,
                          control::Control::Done done) {
  return add(control, owner_of(grant), typed, now, std::move(done));
}
Result<Exclusion> exclude(control::Control& control, const ManagesAll& grant, const NewExclusion& typed, TimeMs now,
                          control::Control::Done done) {
  return add(control, owner_of(grant), typed, now, std::move(done));
}
Result<void> include_again(control::Control& control, const site::Manage& grant, const Uuid& id, TimeMs now,
                           control::Control::Done done) {
  return remove(control, owner_of(grant), id, now, std::move(done));
}
Result<void> include_again(control::Control& control, const ManagesAll& grant, const Uuid& id, TimeMs now,
                           control::Control::Done done) {
  return remove(control, owner_of(grant), id, now, std::move(done));
}

Result<SiteRules> change_rules(control::Control& control, const site::Manage& grant, const RulesChange& change,
                               TimeMs now, control::Control::Done done) {
  const auto key = static_cast<std::uint32_t>(grant->site->key);
  SiteRules next;
  const auto write = [&](control::Change& transaction) -> Result<void> {
    db::Sqlite& db = transaction.sql();
    auto all = load_rules(db);
    if (!all) return std::unexpected(all.error());
    const SiteRules before = (*all)[key];
    next = before;
    take(change.location, next.location);
    take(change.referrer, next.referrer);
    take(change.network, next.network);
    take(change.screen, next.screen);
    take(change.language, next.language);
    take(change.title, next.title);
    take(change.utm, next.utm);
    take(change.engagement, next.engagement);
    take(change.kept_query, next.kept_query);
    take(change.search_query, next.search_query);
    take(change.trusted_networks, next.trusted_networks);
    if (next == before) return {};
    const auto ran =
        db.run(sql::put_rules,
               {std::int64_t{key}, std::string(json::name_of(next.location)), std::string(json::name_of(next.referrer)),
                std::int64_t{next.network}, std::int64_t{next.screen}, std::int64_t{next.language},
                std::int64_t{next.title}, std::int64_t{next.utm}, std::int64_t{next.engagement},
                text_of(next.kept_query), text_of(next.search_query), text_of(next.trusted_networks)});
    if (!ran) return std::unexpected(ran.error());
    return note(db, owner_of(grant), audit::Action::rules_updated, now, difference(before, next));
  };
  if (auto written = control.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return next;
}

}  // namespace hk::rules

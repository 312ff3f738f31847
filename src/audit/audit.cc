#include "audit/audit.h"

#include <utility>
#include <variant>

#include "audit/stored.h"
#include "base/text.h"
#include "crypto/random.h"
#include "sql/audit.h"

namespace hk::audit {
namespace sql = hk::sql::audit;
namespace {

struct Actor {
  std::string kind;
  db::SqlValue id;
  std::string label;  // where the table of users does not know him
};

struct ActorOf {
  Actor operator()(const access::SignedIn& who) const { return {"person", who.user.uuid, ""}; }
  Actor operator()(const access::ApiKey& who) const { return {"key", who.key.uuid, ""}; }
  Actor operator()(const access::System& who) const { return {"system", {}, std::string(who.task)}; }
  /// Whoever changes something is known by then, if only by the link that he was sent.
  Actor operator()(const access::Nobody&) const { return {"person", {}, ""}; }
};

std::string country_of(const access::Principal& who) {
  if (const auto* person = std::get_if<access::SignedIn>(&who)) return person->country;
  const auto* program = std::get_if<access::ApiKey>(&who);
  return program ? program->country : std::string();
}

template <class Id>
db::SqlValue value_of(const std::optional<Id>& id) {
  return id ? db::SqlValue(id->uuid) : db::SqlValue();
}

std::optional<std::string> cut(std::optional<std::string> value) {
  if (value) value = std::string(utf8_prefix(*value, kMaxValueBytes));
  return value;
}

}  // namespace

Changes& Changes::add(std::string_view field, std::optional<std::string> before, std::optional<std::string> after) {
  if (before != after)
    all_.push_back({.field = std::string(field), .before = cut(std::move(before)), .after = cut(std::move(after))});
  return *this;
}

Result<void> record(db::Sqlite& db, const access::Principal& who, TimeMs now, const Note& entry) {
  const Actor actor = std::visit(ActorOf{}, who);
  auto ran = db.run(sql::delete_before, {to_ms(now - kKept)});
  if (ran)
    ran = db.run(sql::insert, {crypto::uuid_v7(now), to_ms(now), actor.kind, actor.id, actor.label,
                               std::string(json::name_of(entry.action)), value_of(entry.team), value_of(entry.site),
                               std::string(json::name_of(entry.target)), entry.target_id, entry.target_label,
                               stored(entry.changes.all()), country_of(who)});
  if (!ran) return std::unexpected(ran.error());
  return {};
}

Result<void> forget(db::Sqlite& db, const UserId& user) {
  auto ran = db.run(sql::forget_actor, {user.uuid});
  if (ran) ran = db.run(sql::forget_target, {user.str()});
  if (!ran) return std::unexpected(ran.error());
  return {};
}

}  // namespace hk::audit

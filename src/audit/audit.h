#pragma once
// Who changed what: each change of control data that somebody makes notes it in the same changeset.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/sqlite.h"
#include "json/of.h"

namespace hk::audit {

/// What somebody did. Names go into the table: one that was ever released stays.
enum class Action : std::uint8_t {
  signed_in,
  password_changed,
  password_reset,
  sessions_ended,
  instance_set_up,
  site_created,
  site_updated,
  site_handed_over,
  account_created,
  team_created,
  team_updated,
  team_deleted,
  member_invited,
  member_invite_resent,
  member_invite_revoked,
  member_invite_accepted,
  member_role_updated,
  member_removed,
  member_left,
  ownership_transferred,
  site_member_granted,
  site_member_role_updated,
  site_member_revoked,
  session_ended,
  profile_updated,
  email_change_asked,
  email_changed,
  account_deleted,
  instance_role_updated,
  exclusion_created,
  exclusion_deleted,
  rules_updated,
  api_client_created,
  api_client_updated,
  api_client_revoked,
  api_client_reactivated,
  api_client_rotated,
  api_client_deleted,
  totp_enabled,
  totp_disabled,
  recovery_codes_generated,
  factors_removed,
  site_reset,
  site_deleted,
  passkey_added,
  passkey_renamed,
  passkey_removed,
};
constexpr std::array<std::string_view, 47> names(json::Of<Action>) {
  return {"auth.login_succeeded",
          "auth.password_changed",
          "auth.password_reset",
          "auth.sessions_ended",
          "instance.set_up",
          "site.created",
          "site.updated",
          "site.owner_changed",
          "account.created",
          "team.created",
          "team.updated",
          "team.deleted",
          "member.invited",
          "member.invite_resent",
          "member.invite_revoked",
          "member.invite_accepted",
          "member.role_updated",
          "member.removed",
          "member.left",
          "ownership.transferred",
          "permission.site_member_granted",
          "permission.site_member_role_updated",
          "permission.site_member_revoked",
          "auth.session_ended",
          "profile.updated",
          "profile.email_change_asked",
          "profile.email_changed",
          "account.deleted",
          "role.updated",
          "site.exclusion_created",
          "site.exclusion_deleted",
          "site.rules_updated",
          "api_client.created",
          "api_client.updated",
          "api_client.revoked",
          "api_client.reactivated",
          "api_client.rotated",
          "api_client.deleted",
          "auth.totp_enabled",
          "auth.totp_disabled",
          "auth.recovery_codes_generated",
          "auth.factors_removed",
          "site.statistics_reset",
          "site.deleted",
          "auth.passkey_added",
          "auth.passkey_renamed",
          "auth.passkey_removed"};
}

/// To what it was done.
enum class Target : std::uint8_t { instance, team, site, person, invitation, api_client };
constexpr std::array<std::string_view, 6> names(json::Of<Target>) {
  return {"instance", "team", "site", "person", "invitation", "api_client"};
}

/// One value that is another now. Never a secret.
struct FieldChange {
  std::string field;
  std::optional<std::string> before = {};  // none: there was none
  std::optional<std::string> after = {};   // none: there is none any more
  bool operator==(const FieldChange&) const = default;
};
/// Bytes of a value that are kept; the rest is cut.
inline constexpr std::size_t kMaxValueBytes = 1'000;

/// The changes of one entry; what is as it was is none.
class Changes {
 public:
  Changes& add(std::string_view field, std::optional<std::string> before, std::optional<std::string> after);
  const std::vector<FieldChange>& all() const { return all_; }

 private:
  std::vector<FieldChange> all_;
};

struct Note {
  Action action;
  std::optional<TeamId> team = {};  // whose owners and admins may read it, beside the instance's
  std::optional<SiteId> site = {};
  Target target = Target::instance;
  std::string target_id = {};
  std::string target_label = {};  // how people call it: a domain, a name, an address
  Changes changes = {};
};

/// How long entries are kept; older ones go with the next entry.
inline constexpr std::chrono::days kKept{731};

/// Notes what a change does; call inside it. `who` is a person, a key, or the program itself.
Result<void> record(db::Sqlite& sql, const access::Principal& who, TimeMs now, const Note& entry);

/// Takes the names of somebody whose account is deleted out of all entries; call inside that change.
Result<void> forget(db::Sqlite& sql, const UserId& user);

}  // namespace hk::audit

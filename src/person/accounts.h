#pragma once
// What somebody changes of his own account, and what owners of the instance do with accounts.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/permission.h"
#include "access/principal.h"
#include "auth/directory.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "control/control.h"

namespace hk::person {

// Workers only, all of these; `done` as in Control::write.

Result<void> set_names(control::Control& control, const auth::User& present, const access::SignedIn& who,
                       std::string_view given_name, std::string_view last_name, TimeMs now,
                       control::Control::Done done);

Result<void> set_preferences(control::Control& control, const access::SignedIn& who, std::string_view locale,
                             const auth::Choices& choices, control::Control::Done done);

/// Deletes an account with its sessions, roles and links, and takes its names out of the audit log. Teams that it alone
/// owned and that hold nothing go with it. Code::conflict for the last owner of the instance, and where a team would be
/// left with members or sites but without an owner. Code::not_found.
Result<void> delete_account(control::Control& control, const access::Principal& who, const UserId& user, TimeMs now,
                            control::Control::Done done);

/// Code::conflict for the last owner of the instance, Code::not_found.
Result<void> set_instance_role(control::Control& control, const access::Principal& who, const UserId& user,
                               access::InstanceRole role, TimeMs now, control::Control::Done done);

/// Another password for an account whose holder cannot get in; its sessions end. Code::not_found.
Result<void> replace_password(control::Control& control, const access::Principal& who, const UserId& user,
                              const std::string& hash, TimeMs now, control::Control::Done done);

struct RemovedFactors {
  bool app = false;
  std::int64_t passkeys = 0;
  std::int64_t sessions = 0;  // that ended
};
/// Removes second factors of an account whose holder cannot get in, and ends its sessions. Code::not_found.
Result<RemovedFactors> remove_factors(control::Control& control, const access::Principal& who, const UserId& user,
                                      TimeMs now, control::Control::Done done);

struct Account {
  UserId id;
  std::string email;
  std::string given_name;
  std::string last_name;
  access::InstanceRole role = access::InstanceRole::user;
  TimeMs created_at{};
};
/// The oldest first.
Result<std::vector<Account>> accounts_of(control::Control& control);

struct TeamOverview {
  TeamId id;
  std::string name;
  bool is_default = false;
  std::int64_t members = 0;
  std::int64_t sites = 0;
  TimeMs created_at{};
};
Result<std::vector<TeamOverview>> teams_of(control::Control& control);

}  // namespace hk::person

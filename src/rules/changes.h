#pragma once
// Changes of rules, by somebody who may.

#include <optional>
#include <string>

#include "control/control.h"
#include "rules/rules.h"
#include "site/granted.h"

namespace hk::rules {

using ManagesAll = access::Granted<access::Permission::instance_manage_sites>;

/// What is typed of an exclusion, checked: `value` is as check_exclusion() gives it.
struct NewExclusion {
  Excludes kind{};
  std::string value;
  std::string description;
};

/// Code::conflict where the site, or the instance, has kMaxExclusions.
Result<Exclusion> exclude(control::Control& control, const site::Manage& grant, const NewExclusion& typed, TimeMs now,
                          control::Control::Done done);
Result<Exclusion> exclude(control::Control& control, const ManagesAll& grant, const NewExclusion& typed, TimeMs now,
                          control::Control::Done done);

/// Code::not_found where the site, or the instance, has none of that id.
Result<void> include_again(control::Control& control, const site::Manage& grant, const Uuid& id, TimeMs now,
                           control::Control::Done done);
Result<void> include_again(control::Control& control, const ManagesAll& grant, const Uuid& id, TimeMs now,
                           control::Control::Done done);

/// What is absent stays. Lists are checked and in order.
struct RulesChange {
  std::optional<Location> location;
  std::optional<ReferrerPart> referrer;
  std::optional<bool> network, screen, language, title, utm, engagement;
  std::optional<std::vector<std::string>> kept_query, search_query, trusted_networks;
};
Result<SiteRules> change_rules(control::Control& control, const site::Manage& grant, const RulesChange& change,
                               TimeMs now, control::Control::Done done);

}  // namespace hk::rules

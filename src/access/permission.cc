#include "access/permission.h"

#include <algorithm>

namespace hk::access {
namespace {

template <class Role>
std::optional<Role> find(std::string_view name) {
  constexpr auto kNames = names(json::Of<Role>{});
  const auto at = std::ranges::find(kNames, name);
  if (at == kNames.end()) return std::nullopt;
  return static_cast<Role>(at - kNames.begin());
}

template <class Role>
void collect(std::vector<Permission>& out, Role role) {
  for (const PermissionRow& row : kPermissions)
    if (has(role, row.permission)) out.push_back(row.permission);
}

}  // namespace

std::optional<InstanceRole> instance_role(std::string_view name) {
  return find<InstanceRole>(name);
}
std::optional<TeamRole> team_role(std::string_view name) {
  return find<TeamRole>(name);
}
std::optional<SiteRole> site_role(std::string_view name) {
  return find<SiteRole>(name);
}

std::vector<Permission> permissions_of(InstanceRole role) {
  std::vector<Permission> out;
  collect(out, role);
  if (const auto worth = on_every_site(role)) collect(out, *worth);
  return out;
}
std::vector<Permission> permissions_of(TeamRole role) {
  std::vector<Permission> out;
  collect(out, role);
  return out;
}
std::vector<Permission> permissions_of(SiteRole role) {
  std::vector<Permission> out;
  collect(out, role);
  return out;
}

}  // namespace hk::access

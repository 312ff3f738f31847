#include "auth/roles.h"

#include <algorithm>
#include <array>
#include <span>

namespace hk::auth {
namespace {

/// `roles` has one bit per role, by its number.
struct Permission {
  std::string_view name;
  unsigned roles;
};

constexpr unsigned kFirst = 1, kSecond = 2, kThird = 4, kFourth = 8;

constexpr Permission kInstance[] = {
    {"instance.manage_users", kFirst},
    {"instance.view_all_sites", kFirst | kSecond},
    {"instance.manage_settings", kFirst},
    {"instance.view_system", kFirst | kSecond},
    {"instance.view_activation", kFirst},
    {"instance.manage_system", kFirst},
    {"instance.run_maintenance", kFirst | kSecond},
    {"instance.view_audit", kFirst | kSecond},
    {"instance.export_audit", kFirst},
    {"instance.manage_site_exclusions", kFirst | kSecond},
    {"instance.manage_imports", kFirst | kSecond},
    {kSiteView, kFirst | kSecond},
    {kSiteManageData, kFirst},
    {"site.manage_goals", kFirst},
    {"site.manage_team", kFirst},
    {"site.delete", kFirst},
};

constexpr Permission kSite[] = {
    {kSiteView, kFirst | kSecond | kThird | kFourth},
    {kSiteManageData, kFirst | kSecond},
    {"site.manage_goals", kFirst | kSecond | kThird},
    {"site.manage_team", kFirst | kSecond},
    {"site.delete", kFirst},
};

constexpr Permission kTeam[] = {
    {"team.view_members", kFirst | kSecond | kThird},
    {"team.manage_members", kFirst | kSecond},
    {"team.view_audit", kFirst | kSecond},
    {"team.manage_settings", kFirst | kSecond},
    {"team.manage_api_clients", kFirst | kSecond},
    {"team.manage_integrations", kFirst | kSecond},
    {"team.transfer_ownership", kFirst},
    {"team.archive", kFirst},
};

constexpr std::array<std::string_view, 3> kInstanceNames = {"owner", "admin", "user"};
constexpr std::array<std::string_view, 4> kSiteNames = {"owner", "admin", "editor", "viewer"};
constexpr std::array<std::string_view, 3> kTeamNames = {"owner", "admin", "member"};

std::vector<std::string_view> pick(std::span<const Permission> table, unsigned role) {
  std::vector<std::string_view> out;
  for (const auto& [name, roles] : table) {
    if (roles >> role & 1) out.push_back(name);
  }
  return out;
}

template <class Role, std::size_t N>
std::optional<Role> find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Role>(at - names.begin());
}

}  // namespace

std::string_view name_of(InstanceRole role) {
  return kInstanceNames[static_cast<std::size_t>(role)];
}
std::string_view name_of(SiteRole role) {
  return kSiteNames[static_cast<std::size_t>(role)];
}
std::string_view name_of(TeamRole role) {
  return kTeamNames[static_cast<std::size_t>(role)];
}
std::optional<InstanceRole> instance_role(std::string_view name) {
  return find<InstanceRole>(kInstanceNames, name);
}
std::optional<TeamRole> team_role(std::string_view name) {
  return find<TeamRole>(kTeamNames, name);
}

std::vector<std::string_view> permissions_of(InstanceRole role) {
  return pick(kInstance, static_cast<unsigned>(role));
}
std::vector<std::string_view> permissions_of(SiteRole role) {
  return pick(kSite, static_cast<unsigned>(role));
}
std::vector<std::string_view> permissions_of(TeamRole role) {
  return pick(kTeam, static_cast<unsigned>(role));
}

bool may(SiteRole role, std::string_view permission) {
  return std::ranges::any_of(kSite, [&](const Permission& p) {
    return p.name == permission && (p.roles >> static_cast<unsigned>(role) & 1) != 0;
  });
}

}  // namespace hk::auth

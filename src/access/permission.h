#pragma once
// Roles, and the one table of what they may do. Access checks and the answers that tell the dashboard what to show both
// read it.

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "json/of.h"

namespace hk::access {

/// What an authority is about.
enum class Scope : std::uint8_t {
  anyone,     // nothing is needed
  signed_in,  // the caller's own account
  known,      // a person, or a program with a key that may read; what they see is theirs
  program,    // an API key, whatever it may: what it is about stands in the body
  instance,
  team,
  site,
};

/// In the order of their power.
enum class InstanceRole : std::uint8_t { owner, admin, user };
enum class TeamRole : std::uint8_t { owner, admin, member };
enum class SiteRole : std::uint8_t { owner, admin, editor, viewer };

/// What an API key may be for. What a key does needs its scope, and that its holder may do it now.
enum class KeyScope : std::uint8_t { read, manage, ingest };
inline constexpr std::array kKeyScopes{KeyScope::read, KeyScope::manage, KeyScope::ingest};

/// Everything that something checks, in the order of the table.
enum class Permission : std::uint8_t {
  instance_manage_sites,     // hand a site over, make any number of them
  instance_manage_system,    // see how the program is doing
  instance_manage_users,     // see, promote and delete accounts
  instance_run_maintenance,  // try what the instance needs: its mail
  instance_view_audit,       // who changed what, everywhere
  team_create_sites,
  team_view_members,        // who is in the team
  team_manage_members,      // invite, change roles, remove
  team_manage_settings,     // its name
  team_transfer_ownership,  // and whatever else is about its owners
  team_delete,
  team_view_audit,  // who changed what in the team and its sites
  team_manage_api_clients,
  site_view,
  site_manage_data,
  site_manage_team,  // who may see and change the site beside its team
  site_view_audit,   // who changed what of the site
  site_delete,       // and whatever else only an owner may
  site_ingest,       // send what programs count: server-side hits, fetches by AI crawlers
  none,              // of those of Access that need none
};

/// A line of the table: which roles of its scope have the permission, one bit each.
struct PermissionRow {
  Permission permission;
  std::string_view name;  // on the wire
  Scope scope;
  unsigned roles;
  std::optional<KeyScope> key = std::nullopt;  // what an API key needs for it; none: no key does it
};

template <class... Roles>
constexpr unsigned bits(Roles... roles) {
  return ((1u << static_cast<unsigned>(roles)) | ...);
}

inline constexpr PermissionRow kPermissions[] = {
    {Permission::instance_manage_sites, "instance.manage_sites", Scope::instance, bits(InstanceRole::owner),
     KeyScope::manage},
    {Permission::instance_manage_system, "instance.manage_system", Scope::instance, bits(InstanceRole::owner),
     KeyScope::read},
    {Permission::instance_manage_users, "instance.manage_users", Scope::instance, bits(InstanceRole::owner)},
    {Permission::instance_run_maintenance, "instance.run_maintenance", Scope::instance,
     bits(InstanceRole::owner, InstanceRole::admin)},
    {Permission::instance_view_audit, "instance.view_audit", Scope::instance,
     bits(InstanceRole::owner, InstanceRole::admin), KeyScope::manage},
    {Permission::team_create_sites, "team.create_sites", Scope::team,
     bits(TeamRole::owner, TeamRole::admin, TeamRole::member), KeyScope::manage},
    {Permission::team_view_members, "team.view_members", Scope::team,
     bits(TeamRole::owner, TeamRole::admin, TeamRole::member), KeyScope::read},
    {Permission::team_manage_members, "team.manage_members", Scope::team, bits(TeamRole::owner, TeamRole::admin)},
    {Permission::team_manage_settings, "team.manage_settings", Scope::team, bits(TeamRole::owner, TeamRole::admin)},
    {Permission::team_transfer_ownership, "team.transfer_ownership", Scope::team, bits(TeamRole::owner)},
    {Permission::team_delete, "team.delete", Scope::team, bits(TeamRole::owner)},
    {Permission::team_view_audit, "team.view_audit", Scope::team, bits(TeamRole::owner, TeamRole::admin),
     KeyScope::manage},
    {Permission::team_manage_api_clients, "team.manage_api_clients", Scope::team,
     bits(TeamRole::owner, TeamRole::admin)},
    {Permission::site_view, "site.view", Scope::site,
     bits(SiteRole::owner, SiteRole::admin, SiteRole::editor, SiteRole::viewer), KeyScope::read},
    {Permission::site_manage_data, "site.manage_data", Scope::site, bits(SiteRole::owner, SiteRole::admin),
     KeyScope::manage},
    {Permission::site_manage_team, "site.manage_team", Scope::site, bits(SiteRole::owner, SiteRole::admin)},
    {Permission::site_view_audit, "site.view_audit", Scope::site, bits(SiteRole::owner, SiteRole::admin),
     KeyScope::manage},
    {Permission::site_delete, "site.delete", Scope::site, bits(SiteRole::owner), KeyScope::manage},
    {Permission::site_ingest, "site.ingest", Scope::site, bits(SiteRole::owner, SiteRole::admin), KeyScope::ingest},
};

/// What a role of the instance, or of a site's team, is worth on the site.
constexpr std::optional<SiteRole> on_every_site(InstanceRole role) {
  constexpr std::array<std::optional<SiteRole>, 3> kWorth = {SiteRole::owner, SiteRole::viewer, std::nullopt};
  return kWorth[static_cast<std::size_t>(role)];
}
constexpr std::optional<SiteRole> on_sites_of_team(TeamRole role) {
  constexpr std::array<std::optional<SiteRole>, 3> kWorth = {SiteRole::owner, SiteRole::admin, std::nullopt};
  return kWorth[static_cast<std::size_t>(role)];
}

constexpr const PermissionRow* row_of(Permission permission) {
  for (const PermissionRow& row : kPermissions)
    if (row.permission == permission) return &row;
  return nullptr;
}
constexpr Scope scope_of(Permission permission) {
  const PermissionRow* row = row_of(permission);
  return row ? row->scope : Scope::anyone;
}
constexpr bool has(Scope scope, unsigned role, Permission permission) {
  const PermissionRow* row = row_of(permission);
  return row && row->scope == scope && (row->roles >> role & 1u) != 0;
}
constexpr bool has(InstanceRole role, Permission permission) {
  return has(Scope::instance, static_cast<unsigned>(role), permission);
}
constexpr bool has(TeamRole role, Permission permission) {
  return has(Scope::team, static_cast<unsigned>(role), permission);
}
constexpr bool has(SiteRole role, Permission permission) {
  return has(Scope::site, static_cast<unsigned>(role), permission);
}

constexpr std::array<std::string_view, 7> names(json::Of<Scope>) {
  return {"anyone", "signed_in", "known", "program", "instance", "team", "site"};
}
constexpr auto names(json::Of<Permission>) {
  std::array<std::string_view, std::size(kPermissions)> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = kPermissions[i].name;
  return out;
}
constexpr std::array<std::string_view, 3> names(json::Of<InstanceRole>) {
  return {"owner", "admin", "user"};
}
constexpr std::array<std::string_view, 3> names(json::Of<TeamRole>) {
  return {"owner", "admin", "member"};
}
constexpr std::array<std::string_view, 4> names(json::Of<SiteRole>) {
  return {"owner", "admin", "editor", "viewer"};
}
constexpr std::array<std::string_view, 3> names(json::Of<KeyScope>) {
  return {"read", "manage", "ingest"};
}
template <class Role>
constexpr std::string_view name_of(Role role) {
  return names(json::Of<Role>{})[static_cast<std::size_t>(role)];
}
std::optional<InstanceRole> instance_role(std::string_view name);
std::optional<TeamRole> team_role(std::string_view name);
std::optional<SiteRole> site_role(std::string_view name);

/// In the order of the table. Of a role of the instance also what it may do on every site.
std::vector<Permission> permissions_of(InstanceRole role);
std::vector<Permission> permissions_of(TeamRole role);
std::vector<Permission> permissions_of(SiteRole role);

}  // namespace hk::access

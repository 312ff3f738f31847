#pragma once
// Roles and what they may do: the one table (reference api 4.1 to 4.3). Access checks and the answers that tell the
// dashboard what to show both read it.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hk::auth {

enum class InstanceRole : std::uint8_t { owner, admin, user };
/// In the order of their power.
enum class SiteRole : std::uint8_t { owner, admin, editor, viewer };
enum class TeamRole : std::uint8_t { owner, admin, member };

std::string_view name_of(InstanceRole role);
std::string_view name_of(SiteRole role);
std::string_view name_of(TeamRole role);
std::optional<InstanceRole> instance_role(std::string_view name);
std::optional<TeamRole> team_role(std::string_view name);

/// Permission names in the order of the reference's tables.
std::vector<std::string_view> permissions_of(InstanceRole role);
std::vector<std::string_view> permissions_of(SiteRole role);
std::vector<std::string_view> permissions_of(TeamRole role);

inline constexpr std::string_view kSiteView = "site.view";
inline constexpr std::string_view kSiteManageData = "site.manage_data";
bool may(SiteRole role, std::string_view permission);

}  // namespace hk::auth

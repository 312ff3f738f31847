#include "auth/policy.h"

#include <gtest/gtest.h>

#include <string>

namespace hk::auth {
namespace {

using access::InstanceRole;
using access::Permission;
using access::SiteRole;
using access::TeamRole;

constexpr UserId user_of(std::uint8_t n) {
  return {Uuid{{n}}};
}

struct PolicyTest : ::testing::Test {
  /// What the user is on the site.
  std::optional<SiteRole> role(InstanceRole instance, std::optional<TeamRole> in_team, bool made) {
    who.role = instance;
    identities.memberships.clear();
    if (in_team) identities.memberships[who.id] = {{.team = site.team, .role = *in_team}};
    site.created_by = made ? who.id : user_of(2);
    identities.users[who.id] = who;
    return site_role(identities, who, site);
  }

  User who{.id = user_of(1)};
  site::Site site{.team = {Uuid{{9}}}};
  Identities identities;
};

TEST_F(PolicyTest, TheStrongestRoleOfAllCounts) {
  const std::string table[] = {
      // made by him:  no                       yes
      // team:  none, owner, admin, member
      "owner  owner owner owner   owner owner owner owner",  // instance owner
      "viewer owner admin viewer  owner owner owner owner",  // instance admin
      "none   owner admin none    owner owner owner owner",  // instance user
  };
  for (const auto instance : {InstanceRole::owner, InstanceRole::admin, InstanceRole::user}) {
    std::string line;
    for (const bool made : {false, true})
      for (const auto& in_team : {std::optional<TeamRole>(), std::optional(TeamRole::owner),
                                  std::optional(TeamRole::admin), std::optional(TeamRole::member)}) {
        const auto found = role(instance, in_team, made);
        line += found ? std::string(access::name_of(*found)) : "none";
        line += ' ';
      }
    std::string expected;
    for (const char c : table[static_cast<std::size_t>(instance)])
      if (c != ' ' || !expected.ends_with(' ')) expected += c;
    EXPECT_EQ(line, expected + ' ');
  }
}

TEST_F(PolicyTest, APersonMayWhatHisRolesMay) {
  const access::Principal person = access::SignedIn{.user = who.id};
  const TeamId other{Uuid{{8}}};
  for (const access::PermissionRow& row : access::kPermissions) {
    for (const auto instance : {InstanceRole::owner, InstanceRole::admin, InstanceRole::user})
      for (const auto in_team : {TeamRole::owner, TeamRole::admin, TeamRole::member}) {
        const auto on_site = role(instance, in_team, false);
        EXPECT_EQ(may(identities, person, row.permission), access::has(instance, row.permission)) << row.name;
        EXPECT_EQ(may(identities, person, row.permission, site.team), access::has(in_team, row.permission));
        EXPECT_EQ(may(identities, person, row.permission, site), on_site && access::has(*on_site, row.permission));
        EXPECT_FALSE(may(identities, person, row.permission, other)) << row.name;
      }
  }
  identities.users.clear();
  EXPECT_FALSE(may(identities, person, Permission::site_view, site)) << "his account is gone";
}

}  // namespace
}  // namespace hk::auth

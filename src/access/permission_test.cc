#include "access/permission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hk::access {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Permissions, OfEachRole) {
  EXPECT_THAT(permissions_of(InstanceRole::owner),
              ElementsAre(Permission::instance_manage_sites, Permission::instance_manage_system,
                          Permission::instance_manage_users, Permission::instance_run_maintenance,
                          Permission::instance_view_audit, Permission::site_view, Permission::site_manage_data,
                          Permission::site_manage_team, Permission::site_view_audit, Permission::site_delete,
                          Permission::site_ingest));
  EXPECT_THAT(permissions_of(InstanceRole::admin), ElementsAre(Permission::instance_run_maintenance,
                                                               Permission::instance_view_audit, Permission::site_view));
  EXPECT_THAT(permissions_of(InstanceRole::user), IsEmpty());
  EXPECT_THAT(permissions_of(TeamRole::owner),
              ElementsAre(Permission::team_create_sites, Permission::team_view_members, Permission::team_manage_members,
                          Permission::team_manage_settings, Permission::team_transfer_ownership,
                          Permission::team_delete, Permission::team_view_audit, Permission::team_manage_api_clients));
  EXPECT_THAT(permissions_of(TeamRole::member),
              ElementsAre(Permission::team_create_sites, Permission::team_view_members));
  EXPECT_THAT(permissions_of(SiteRole::owner),
              ElementsAre(Permission::site_view, Permission::site_manage_data, Permission::site_manage_team,
                          Permission::site_view_audit, Permission::site_delete, Permission::site_ingest));
  EXPECT_THAT(permissions_of(SiteRole::admin),
              ElementsAre(Permission::site_view, Permission::site_manage_data, Permission::site_manage_team,
                          Permission::site_view_audit, Permission::site_ingest));
  EXPECT_THAT(permissions_of(SiteRole::editor), ElementsAre(Permission::site_view));
  EXPECT_THAT(permissions_of(SiteRole::viewer), ElementsAre(Permission::site_view));
}

TEST(Permissions, EachStandsOnceInTheTable) {
  for (const PermissionRow& row : kPermissions) {
    EXPECT_EQ(row_of(row.permission), &row) << row.name;
    EXPECT_EQ(name_of(row.permission), row.name);
    EXPECT_NE(row.roles, 0u) << row.name;
    const auto dot = row.name.find('.');
    const std::string_view scope = row.name.substr(0, dot);
    EXPECT_EQ(scope, row.scope == Scope::instance ? "instance" : row.scope == Scope::team ? "team" : "site");
  }
  EXPECT_EQ(row_of(Permission::none), nullptr);
}

TEST(Permissions, AStrongerRoleHasWhatAWeakerOneHas) {
  for (const PermissionRow& row : kPermissions) {
    bool weaker = false;
    for (unsigned role = 4; role-- > 0;) {
      const bool now = has(row.scope, role, row.permission);
      EXPECT_TRUE(now || !weaker) << row.name << " of role " << role;
      weaker = now;
    }
  }
}

TEST(Permissions, OfAnotherScopeAreNoRoles) {
  EXPECT_FALSE(has(InstanceRole::owner, Permission::site_view));
  EXPECT_FALSE(has(SiteRole::owner, Permission::instance_manage_sites));
  EXPECT_FALSE(has(SiteRole::owner, Permission::none));
}

TEST(Permissions, NamesOfRolesRoundTrip) {
  for (const auto role : {InstanceRole::owner, InstanceRole::admin, InstanceRole::user})
    EXPECT_EQ(instance_role(name_of(role)), role);
  for (const auto role : {TeamRole::owner, TeamRole::admin, TeamRole::member})
    EXPECT_EQ(team_role(name_of(role)), role);
  EXPECT_EQ(name_of(SiteRole::editor), "editor");
  EXPECT_EQ(instance_role("root"), std::nullopt);
}

}  // namespace
}  // namespace hk::access

#include "auth/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hk::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Roles, FollowTheReferencesTables) {
  EXPECT_EQ(permissions_of(InstanceRole::owner).size(), 16u);
  EXPECT_THAT(
      permissions_of(InstanceRole::admin),
      ElementsAre("instance.view_all_sites", "instance.view_system", "instance.run_maintenance", "instance.view_audit",
                  "instance.manage_site_exclusions", "instance.manage_imports", "site.view"));
  EXPECT_THAT(permissions_of(InstanceRole::user), IsEmpty());
  EXPECT_EQ(permissions_of(SiteRole::owner).size(), 5u);
  EXPECT_THAT(permissions_of(SiteRole::editor), ElementsAre("site.view", "site.manage_goals"));
  EXPECT_THAT(permissions_of(SiteRole::viewer), ElementsAre("site.view"));
  EXPECT_EQ(permissions_of(TeamRole::owner).size(), 8u);
  EXPECT_EQ(permissions_of(TeamRole::admin).size(), 6u);
  EXPECT_THAT(permissions_of(TeamRole::member), ElementsAre("team.view_members"));
}

TEST(Roles, NamesRoundTrip) {
  for (const auto role : {InstanceRole::owner, InstanceRole::admin, InstanceRole::user}) {
    EXPECT_EQ(instance_role(name_of(role)), role);
  }
  for (const auto role : {TeamRole::owner, TeamRole::admin, TeamRole::member}) {
    EXPECT_EQ(team_role(name_of(role)), role);
  }
  EXPECT_EQ(instance_role("root"), std::nullopt);
}

TEST(Roles, ManagingDataIsForOwnersAndAdmins) {
  EXPECT_TRUE(may(SiteRole::owner, kSiteManageData));
  EXPECT_TRUE(may(SiteRole::admin, kSiteManageData));
  EXPECT_FALSE(may(SiteRole::editor, kSiteManageData));
  EXPECT_FALSE(may(SiteRole::viewer, kSiteManageData));
  EXPECT_FALSE(may(SiteRole::owner, "site.unknown"));
}

}  // namespace
}  // namespace hk::auth

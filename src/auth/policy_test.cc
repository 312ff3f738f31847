#include "auth/policy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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

/// The rules of docs/access.md once more, in words that a person would use: power is a number, the most powerful
/// counts.
struct Model {
  static int worth_of_instance(InstanceRole role) {
    return role == InstanceRole::owner ? 4 : role == InstanceRole::admin ? 1 : 0;
  }
  static int worth_of_team(TeamRole role) { return role == TeamRole::owner ? 4 : role == TeamRole::admin ? 3 : 0; }
  static int worth_of_site(SiteRole role) { return 4 - static_cast<int>(role); }
  static int needed(Permission permission) {
    switch (permission) {
      case Permission::site_view:
        return 1;
      case Permission::site_manage_data:
      case Permission::site_manage_team:
      case Permission::site_view_audit:
      case Permission::site_ingest:
        return 3;
      case Permission::site_delete:
        return 4;
      default:
        return 99;
    }
  }
};

/// Whoever he is, in whatever teams and with whatever roles on whatever sites: the decision is the model's.
RC_GTEST_FIXTURE_PROP(PolicyTest, DecidesAsThePlainModel, ()) {
  const auto one_of = [](auto... values) { return *rc::gen::element(values...); };
  const auto yes = [] { return *rc::gen::arbitrary<bool>(); };
  who.role = one_of(InstanceRole::owner, InstanceRole::admin, InstanceRole::user);
  site.key = SiteKey{7};
  int power = Model::worth_of_instance(who.role);
  site.created_by = yes() ? who.id : user_of(2);
  if (site.created_by == who.id) power = 4;
  std::optional<TeamRole> in_team;
  for (const TeamId& team : {site.team, TeamId{Uuid{{8}}}}) {
    if (!yes()) continue;
    const auto role = one_of(TeamRole::owner, TeamRole::admin, TeamRole::member);
    identities.memberships[who.id].push_back({.team = team, .role = role});
    if (team != site.team) continue;
    in_team = role;
    power = std::max(power, Model::worth_of_team(role));
  }
  for (const SiteKey key : {site.key, SiteKey{8}}) {
    if (!yes()) continue;
    const auto role = one_of(SiteRole::owner, SiteRole::admin, SiteRole::editor, SiteRole::viewer);
    identities.site_roles[who.id].push_back({.site = key, .role = role});
    if (key == site.key) power = std::max(power, Model::worth_of_site(role));
  }
  // Somebody else's roles are nobody's business.
  identities.memberships[user_of(3)] = {{.team = site.team, .role = TeamRole::owner}};
  identities.site_roles[user_of(3)] = {{.site = site.key, .role = SiteRole::owner}};
  identities.users[who.id] = who;
  const access::Principal person = access::SignedIn{.user = who.id};
  for (const access::PermissionRow& row : access::kPermissions) {
    RC_ASSERT(may(identities, person, row.permission, site) ==
              (row.scope == access::Scope::site && power >= Model::needed(row.permission)));
    RC_ASSERT(may(identities, person, row.permission, site.team) == (in_team && access::has(*in_team, row.permission)));
    RC_ASSERT(!may(identities, access::Nobody{}, row.permission, site));
  }
}

TEST_F(PolicyTest, OneWorksInTheTeamThatOneChose) {
  const TeamId other{Uuid{{8}}};
  identities.memberships[who.id] = {{.team = site.team, .role = TeamRole::owner},
                                    {.team = other, .role = TeamRole::member}};
  identities.users[who.id] = who;
  EXPECT_EQ(active_team(identities, who.id)->team, site.team);
  identities.users[who.id].active_team = other;
  EXPECT_EQ(active_team(identities, who.id)->team, other);
  identities.users[who.id].active_team = TeamId{Uuid{{7}}};
  EXPECT_EQ(active_team(identities, who.id)->team, site.team) << "one that he is not in";
  EXPECT_EQ(active_team(identities, user_of(5)), nullptr);
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

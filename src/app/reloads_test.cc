#include "app/reloads.h"

#include <gmock/gmock.h>

#include <regex>
#include <string>

#include "auth/testing/instance.h"
#include "site/sites.h"
#include "sql/auth.h"
#include "sql/site.h"

namespace hk::app {
namespace {

using ::testing::UnorderedElementsAreArray;

/// How often each was done.
struct Counts {
  int sites = 0, identities = 0, rules = 0, reviews = 0;
  bool operator==(const Counts&) const = default;
};
void PrintTo(const Counts& c, std::ostream* out) {
  *out << c.sites << " reloads of sites, " << c.identities << " of identities, " << c.rules << " of rules, "
       << c.reviews << " reviews";
}

/// A whole instance whose changes are counted.
class ReloadsTest : public auth::testing::InstanceTest {
 protected:
  ReloadsTest() {
    control_.on_applied([this](db::Sqlite& sql, const db::ChangedTables& changed) { reloads_.after(changed, sql); });
  }
  /// What was done since the last call.
  Counts taken() {
    control_.wait_until_applied();
    return std::exchange(counts_, {});
  }
  void run(const std::string& sql, const std::vector<db::SqlValue>& params = {}) {
    const auto done = control_.write_and_wait([&](control::Change& change) -> Result<void> {
      auto changed = change.sql().run(sql, params);
      if (!changed) return std::unexpected(changed.error());
      return {};
    });
    ASSERT_TRUE(done) << sql << done.error().message;
  }

  Counts counts_;  // of the apply thread, which a write that was waited for has left
  bool readable_ = true;
  Reloads reloads_{{.sites = [this](db::Sqlite&) -> Result<void> {
                      ++counts_.sites;
                      if (!readable_) return fail(Code::unavailable, "no");
                      return {};
                    },
                    .identities = [this](db::Sqlite&) -> Result<void> {
                      ++counts_.identities;
                      return {};
                    },
                    .rules = [this](db::Sqlite&) -> Result<void> {
                      ++counts_.rules;
                      return {};
                    },
                    .review_streams = [this] { ++counts_.reviews; }}};
};

TEST_F(ReloadsTest, AreThoseOfTheKindOfChange) {
  Jar jar;
  ASSERT_EQ(set_up(&jar).status, 201);
  taken();
  ASSERT_EQ(login("ada@example.com", "correct horse", &jar).status, 200);
  EXPECT_EQ(taken(), (Counts{.identities = 1})) << "a sign-in";
  ASSERT_EQ(post("/api/logout", "", &jar).status, 200);
  EXPECT_EQ(taken(), (Counts{.identities = 1, .reviews = 1})) << "a sign-out may end a stream";
  run("INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_at) "
      "SELECT 7, randomblob(16), id, 'example.com', 'UTC', 0, 0 FROM teams");
  EXPECT_EQ(taken(), (Counts{.sites = 1})) << "a new site takes nothing from anybody";
  run("UPDATE sites SET zone = 'Europe/Vienna' WHERE key = 7");
  EXPECT_EQ(taken(), (Counts{.sites = 1, .reviews = 1})) << "a changed site";
  run("INSERT INTO site_excluded_hosts VALUES (7, 'a.example.com')");
  EXPECT_EQ(taken(), (Counts{.sites = 1})) << "an excluded host";
  run("INSERT INTO exclusions (id, kind, value, description, created_at) VALUES (randomblob(16), 'path', '/a', '', 0)");
  EXPECT_EQ(taken(), (Counts{.rules = 1})) << "an exclusion";
  run("UPDATE users SET role = 'admin'");
  EXPECT_EQ(taken(), (Counts{.identities = 1, .reviews = 1})) << "another role";
  run("UPDATE teams SET name = 'New'");
  EXPECT_EQ(taken(), (Counts{.sites = 1, .identities = 1, .reviews = 1})) << "a team: its sites' lane, its members";
  run("DELETE FROM team_members");
  EXPECT_EQ(taken(), (Counts{.identities = 1, .reviews = 1})) << "a member less";
  run("INSERT INTO api_keys SELECT randomblob(16), id, NULL, 'k', '', 1, 1, 1, 'user', 1, 'hk_', "
      "lower(hex(randomblob(32))), NULL, NULL, NULL, 0, 0, NULL, NULL FROM users");
  EXPECT_EQ(taken(), (Counts{.identities = 1})) << "another key";
  run("UPDATE api_keys SET revoked_at = 1");
  EXPECT_EQ(taken(), (Counts{.identities = 1, .reviews = 1})) << "a key that is off may end a stream";
  run("INSERT INTO api_key_uses SELECT id, 1 FROM api_keys");
  EXPECT_EQ(taken(), Counts{}) << "when a key was used";
  run("UPDATE counters SET last = last + 1");
  EXPECT_EQ(taken(), Counts{}) << "nothing of it stands in memory";
}

TEST_F(ReloadsTest, AreMadeUpForBehindTheNextChange) {
  ASSERT_EQ(set_up().status, 201);
  taken();
  readable_ = false;
  run("INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_at) "
      "SELECT 7, randomblob(16), id, 'example.com', 'UTC', 0, 0 FROM teams");
  EXPECT_EQ(taken(), (Counts{.sites = 1}));
  readable_ = true;
  run("UPDATE counters SET last = last + 1");
  EXPECT_EQ(taken(), (Counts{.sites = 1}));
  run("UPDATE counters SET last = last + 1");
  EXPECT_EQ(taken(), Counts{});
}

/// The tables that a statement reads.
std::vector<std::string> tables_in(std::string_view sql) {
  const std::string text(sql);
  const std::regex from(R"((?:FROM|JOIN)\s+(\w+))");
  std::vector<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), from); at != std::sregex_iterator(); ++at)
    out.push_back((*at)[1]);
  return out;
}

TEST(Reloads, FollowTheTablesThatTheDirectoriesRead) {
  std::set<std::string> read;
  for (const auto sql : {sql::auth::load_instance, sql::auth::load_users, sql::auth::load_teams,
                         sql::auth::load_members, sql::auth::load_site_members, sql::auth::load_sessions,
                         sql::auth::load_api_keys, sql::auth::load_api_key_sites})
    for (const auto& table : tables_in(sql)) read.insert(table);
  EXPECT_THAT(read, UnorderedElementsAreArray(auth::kTables));
  read.clear();
  for (const auto sql : {sql::site::load_sites, sql::site::load_labels, sql::site::load_pins, sql::site::load_zones})
    for (const auto& table : tables_in(sql)) read.insert(table);
  EXPECT_THAT(read, UnorderedElementsAreArray(site::kTables));
}

}  // namespace
}  // namespace hk::app

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/testing/temp_dir.h"
#include "control/control.h"
#include "db/migrations.h"

namespace hk::auth {
namespace {

/// What an instance of the schema before 0003_sessions has of sessions and links is there afterwards.
TEST(SessionsMigration, SessionsAndLinksGoOnRememberMeCookiesEnd) {
  const hk::testing::TempDir dir;
  const auto file = dir / "control.db";
  const auto all = control::schema();
  ASSERT_EQ(all[3].name, "0003_sessions");
  {
    auto old = db::open_migrated(file, all.first(3));
    ASSERT_TRUE(old) << old.error().message;
    for (const auto* sql : {"INSERT INTO users VALUES (x'00000000000000000000000000000001', 'a@example.com', 'h', '', "
                            "'', 'owner', 'en', 1)",
                            "INSERT INTO sessions VALUES (x'00000000000000000000000000000002', "
                            "x'00000000000000000000000000000001', 10, 20,"
                            " NULL, NULL, NULL, NULL)",
                            "INSERT INTO sessions VALUES (x'00000000000000000000000000000003', "
                            "x'00000000000000000000000000000001', 11, 21,"
                            " replace(printf('%064d', 0), '0', 'a'), NULL, 11, 99)",
                            "INSERT INTO password_resets VALUES (x'00000000000000000000000000000001',"
                            " replace(printf('%064d', 0), '0', 'b'), 30)"}) {
      const auto done = (*old)->run(sql);
      ASSERT_TRUE(done) << done.error().message << ": " << sql;
    }
  }
  auto now = db::open_migrated(file, all);
  ASSERT_TRUE(now) << now.error().message;
  std::map<std::int64_t, std::int64_t> sessions;  // created → expires
  ASSERT_TRUE((*now)->rows("SELECT created_at, expires_at, remember_at, remember_expires_at FROM sessions", {},
                           [&](const db::SqlRow& row) {
                             sessions[row.i64(0)] = row.i64(1);
                             EXPECT_TRUE(row.is_null(2) && row.is_null(3));
                           }));
  EXPECT_EQ(sessions, (std::map<std::int64_t, std::int64_t>{{10, 20}, {11, 21}}));
  std::int64_t links = 0;
  ASSERT_TRUE((*now)->rows("SELECT count(*) FROM password_resets WHERE slot = user_id AND expires_at = 30", {},
                           [&](const db::SqlRow& row) { links = row.i64(0); }));
  EXPECT_EQ(links, 1);
}

}  // namespace
}  // namespace hk::auth

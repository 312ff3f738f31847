#include "control/control.h"
#include "sql/control.h"

namespace hk::control {

// Append only: a name that was ever released stays, and so does its text.
std::span<const db::Migration> schema() {
  static constexpr db::Migration kMigrations[] = {
      {"0000_lane", sql::control::migration_0000_lane},
      {"0001_identity", sql::control::migration_0001_identity},
      {"0002_password_resets", sql::control::migration_0002_password_resets},
      {"0003_sessions", sql::control::migration_0003_sessions},
      {"0004_site_hosts", sql::control::migration_0004_site_hosts},
      {"0030_timeline", sql::control::migration_0030_timeline},
      {"0031_sums", sql::control::migration_0031_sums},
  };
  return kMigrations;
}

}  // namespace hk::control

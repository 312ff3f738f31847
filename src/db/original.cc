#include "db/original.h"

#include <string>
#include <system_error>

#include "db/migrations.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;

bool belongs_to_original(const fs::path& file) {
  std::error_code ec;
  if (!fs::is_regular_file(file, ec)) return false;
  const auto owner = owner_of(file);
  return owner && *owner == FileOwner::original;
}

}  // namespace

Result<void> refuse_original(const DataPaths& paths) {
  std::error_code ec;
  if (fs::exists(paths.data / "control.db", ec)) return {};

  const fs::path own = paths.database.empty() ? paths.data / "hitkeep.db" : paths.database;
  if (fs::exists(own, ec)) {
    // Without control.db no file can be ours either, but a migrated one may be a restored backup: the lanes decide.
    const auto owner = owner_of(own);
    if (!owner) return std::unexpected(owner.error());
    if (auto fine = refuse_owner(own, *owner); !fine) return fine;
  }
  for (const auto& team : fs::directory_iterator(paths.data / "tenants", ec)) {
    const fs::path file = team.path() / "hitkeep.db";
    if (belongs_to_original(file)) return refuse_owner(file, FileOwner::original);
  }
  const fs::path beside = paths.current / "hitkeep.db";
  if (paths.database.empty() && !fs::equivalent(beside, own, ec) && belongs_to_original(beside))
    return fail(Code::unavailable,
                fs::absolute(beside).lexically_normal().string() +
                    " belongs to the original HitKeep, and this program would start beside it with no data at all. It "
                    "keeps data in another form and has not touched the file. To start afresh here, move that file "
                    "away, or say where the new database shall be with HITKEEP_DB_PATH.");
  return {};
}

}  // namespace hk::db

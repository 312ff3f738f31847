#pragma once
// The original HitKeep (2.8.1 and older) keeps other tables in files of the same names.

#include <filesystem>

#include "base/error.h"

namespace hk::db {

/// Where a start would look for databases.
struct DataPaths {
  std::filesystem::path data;           // HITKEEP_DATA_PATH
  std::filesystem::path database;       // HITKEEP_DB_PATH; empty where not set
  std::filesystem::path current = ".";  // the original's hitkeep.db lies here unless it is told otherwise
};

/// Fails with a sentence where a new instance would be started in, or right beside, the data of the original or of
/// another program. Call it before anything is made; it touches nothing. Where control.db exists, the instance is not
/// new and only `database` is looked at by its own migrations.
Result<void> refuse_original(const DataPaths& paths);

}  // namespace hk::db

#pragma once
// DuckDB's write-ahead log as bytes (docs/duckdb.md, 11).

#include <filesystem>

#include "base/error.h"

namespace hk::db {

/// Cuts off what follows the last commit in the write-ahead log of a closed file. DuckDB would show rows of it as if
/// they had been committed. What cannot be read as such a log stays as it is.
Result<void> cut_uncommitted(const std::filesystem::path& wal);

}  // namespace hk::db

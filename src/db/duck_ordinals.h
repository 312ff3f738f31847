#pragma once
// Makes `ordinals(x)` known to a database (db/ordinals.h).

#include <memory>

#include "base/error.h"
#include "db/ordinals.h"

struct _duckdb_connection;

namespace hk::db {

/// `ordinals(x UINTEGER) → UBIGINT`: how many different values there are, NULL left out. The same as count(DISTINCT x),
/// several times as fast for numbers that lie close together, and bounded by `budget`, which must outlive the database;
/// beyond it the statement fails with DuckCause::memory. For the whole instance of the connection.
Result<void> make_ordinals_known(_duckdb_connection* connection, OrdinalBudget& budget);

}  // namespace hk::db

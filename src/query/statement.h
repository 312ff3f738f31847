#pragma once
// Plan -> SQL. Identifiers come from enums, values are bound, each with the type of its column (a cast would keep
// DuckDB from skipping row groups: docs/duckdb.md, 3). The fixed parts are in sql/.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/id.h"
#include "db/duck.h"
#include "db/zones.h"
#include "query/matcher.h"
#include "query/plan.h"
#include "query/query.h"

namespace hk::query {

/// Columns of the result, in this order: time (where asked), keys of each dimension, their names, metrics, and the
/// number of rows without the limit.
struct Statement {
  std::string sql;
  std::vector<db::DuckValue> params;
  bool time = false;
  std::vector<std::size_t> keys;  // per dimension other than time: how many key columns
  std::vector<bool> told_keys;    // per key column: it is a property (query/matcher.h)
  std::size_t metrics = 0;
};

/// The keys of one row, one value per key column: an id, a code, or a property (query/matcher.h).
/// Only these groups are wanted.
using Keys = std::vector<std::variant<std::uint32_t, std::int64_t>>;

struct StatementContext {
  SiteKey site{};
  const db::Zone& zone;
  const TextIds& properties;       // those of the query and its filter
  std::int64_t days = 1;           // of the period, as far as anything is known of it
  std::int64_t first_weekday = 1;  // 1 Monday … 7 Sunday
};

/// `plan` has at least one part; `filter` is in normal form. `only`: the groups of a comparison; without it the query's
/// limit holds.
Statement statement_for(const Query& query, const Plan& plan, const ResolvedPredicate& filter,
                        const StatementContext& context, const std::vector<Keys>* only = nullptr);

/// What a row of a part adds to a measure that sheets add, other than visitors; empty: 1.
std::string value_in_row(const Part& part, Measure m);

}  // namespace hk::query

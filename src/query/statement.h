#pragma once
// Plan -> SQL. Identifiers come from enums, values are bound, each with the type of its column (a cast would keep
// DuckDB from skipping row groups: reference storage.md §6.1). The fixed parts are in sql/.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "db/duck.h"
#include "query/plan.h"
#include "query/query.h"
#include "store/text_kind.h"

namespace hk::query {

/// How long after its start a visit's page views and events are looked for (and before it, the other way round).
inline constexpr Day kLongestVisitDays = 7;

/// A filter whose texts were looked up in the dictionary.
struct ResolvedFilter {
  Dimension dimension{};
  bool negate = false;
  /// Text ids, or codes where the dimension is an enum. Any of them matches.
  std::vector<std::uint32_t> ids;
  /// Referrers: ids of host and path.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  /// Set of ids in the temporary table picked_texts; of a referrer's host. Its path has its own.
  std::optional<std::uint32_t> pick;
  std::optional<std::uint32_t> path_pick;
  /// Referrers that contain a text across the border of host and path: sets of host ends and path beginnings.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pick_pairs;
};

/// Columns of the result, in this order: time (where asked), keys of each dimension, their names, metrics, and the
/// number of rows without the limit.
struct Statement {
  std::string sql;
  std::vector<db::DuckValue> params;
  bool time = false;
  std::vector<std::size_t> keys;  // per dimension other than time: how many key columns (0: no dimension)
  std::size_t metrics = 0;

  std::size_t key_columns() const;
};

/// The keys of one row, one value per key column; only these groups are wanted.
using Keys = std::vector<std::uint32_t>;

struct StatementContext {
  SiteKey site{};
  std::string_view zone;  // IANA name
};

/// `plan` has at least one part. `only`: the groups of a comparison; without it the query's limit holds.
Statement statement_for(const Query& query, const Plan& plan, const std::vector<ResolvedFilter>& filters,
                        const StatementContext& context, const std::vector<Keys>* only = nullptr);

/// Makes the temporary table hot_outcomes of the site $1; exit pages only where some query of the question asks.
std::string hot_outcomes_sql(bool exits);

/// Dimensions stored as a small number instead of a text id: names in order of their codes; empty for the others.
std::vector<std::string_view> codes_of(Dimension dimension);

/// What the texts of a dimension are: one kind per key column, none where it has codes.
std::vector<store::TextKind> kinds_of(Dimension dimension);

/// Replaces {{name}} in an SQL text; every name must be there.
std::string fill(std::string_view sql, const std::vector<std::pair<std::string_view, std::string>>& parts);

}  // namespace hk::query

#pragma once
// Many queries over the same rows in one statement: rows come as numbers, and are added up here. What it gives are sums
// by keys; names, order and limits come after all parts are added (tally.h).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "query/grid.h"
#include "query/metric.h"
#include "query/plan.h"
#include "query/query.h"
#include "query/rows.h"
#include "query/snapshot.h"
#include "query/sums.h"

namespace hk::query {

/// By what the groups of a query are told apart, where that is one number.
struct By {
  /// Nothing: totals. Days and what is made of days: that on which a visit began. Other times: the key of a bucket. An
  /// attribute: its id or code; of a referrer host and path. A property: what was told (matcher.h).
  std::optional<Dimension> dimension;
  bool operator==(const By&) const = default;
};
inline bool is_time(const By& by) {
  return by.dimension && is_time(*by.dimension);
}
/// Null where groups are told apart by more, several dimensions, or where metrics are made of more than sums.
std::optional<By> by_of(const Query& query);

/// One part of one query.
struct Piece {
  Part part;
  By by;
  std::span<const Bucket> times = {};  // where `by` is a time: those of all rows of the part, in order
};

/// Whether a statement that reads `rows` may as well read those of `part`, under one filter: they stand in the same
/// table, and little lies between.
bool read_together(const Part& rows, const Part& part);
/// Lets `rows` be those of `part`, too.
void widen(Part& rows, const Part& part);

/// Its columns are numbers of 32 bits, instants and properties apart.
struct SheetStatement {
  std::string sql;
  std::vector<db::DuckValue> params;
  bool one_window = false;  // all rows are in the window of each piece
  // Columns; none: nothing needs it.
  std::optional<std::size_t> day;
  std::optional<std::size_t> instant;  // quarters where the rows are what is told alone
  std::optional<std::size_t> bits;
  std::optional<std::size_t> visitor;
  std::optional<std::size_t> visit;
  std::array<std::optional<std::size_t>, kSums> measures;  // what a row adds; none: 1
  std::vector<std::vector<std::size_t>> keys;              // of each piece
};
/// `rows` are those of all pieces. What the filter asks of other rows is for the reader of the visits' numbers.
/// `properties`: those of filter and pieces.
SheetStatement sheet_statement(const Part& rows, const std::vector<Piece>& pieces, const Divided& filter, SiteKey site,
                               const TextIds& properties);

/// The sums of each piece. `where` is the filter of all of them. Code::limited: sets of visitors find no room in
/// the budget.
Result<std::vector<SumsByKey>> read_sheet(Snapshot& snapshot, const Part& rows, const std::vector<Piece>& pieces,
                                          const Predicate& where, db::OrdinalBudget& budget);

}  // namespace hk::query

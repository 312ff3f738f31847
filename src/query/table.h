#pragma once
// Figures in rows: totals, lines over time, lists.

#include <cstddef>
#include <optional>

#include "base/error.h"
#include "query/query.h"
#include "query/snapshot.h"
#include "query/tally.h"

namespace hk::query {

/// Answers one query of a question, which has this place in it. `tallies` may have its figures already. `until`: where
/// totals and lists of the other period end, when that is before its end.
Result<QueryResult> answer_table(Snapshot& snapshot, const Question& question, std::size_t query,
                                 const Tallies& tallies, const std::optional<LocalTime>& until);

}  // namespace hk::query

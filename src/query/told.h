#pragma once
// Events by a property that all of them have: the rows of the property are narrower than those of the events, in order
// of name and key, they say when by the quarter of an hour, and one bit says which is the first of its visitor's day
// (docs/storage.md, "Properties"). Whole days of a range are read so, what is cut of others by its events.

#include "query/matcher.h"
#include "query/plan.h"
#include "query/query.h"
#include "query/snapshot.h"

namespace hk::query {

/// Lets parts of a plan, or pieces of them, read such rows alone, where that answers the same. `where` is what all rows
/// must pass.
Result<void> read_told_alone(Snapshot& snapshot, const Query& query, const Predicate& where, Plan& plan);

}  // namespace hk::query

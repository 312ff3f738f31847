#pragma once
// Events by a property that all of them have: the rows of the property are narrower than those of the events, in order
// of name and key, and one bit says which is the first of its visitor's day (docs/storage.md, "Properties").

#include "query/matcher.h"
#include "query/plan.h"
#include "query/query.h"
#include "query/snapshot.h"

namespace hk::query {

/// Lets the parts of a plan read such rows alone, where that answers the same. `where` is what their rows must pass.
Result<void> read_told_alone(Snapshot& snapshot, const Query& query, const Predicate& where, Plan& plan);

}  // namespace hk::query

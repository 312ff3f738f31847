#pragma once
// Filters on what stands in other rows of a visit than those that are counted: the visits that have such a row are read
// once, as numbers. DuckDB would put every such row into a hash table.

#include <cstdint>
#include <map>
#include <vector>

#include "base/error.h"
#include "db/ordinals.h"
#include "query/plan.h"
#include "query/rows.h"
#include "query/snapshot.h"

namespace hk::query {

/// The visits that have the other rows.
class Elsewhere {
 public:
  explicit Elsewhere(db::OrdinalBudget& budget) : budget_(budget) {}
  ~Elsewhere();
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;
  /// For rows of `window`. Code::limited: the budget has no room.
  Result<void> read(Snapshot& snapshot, const std::map<Table, ResolvedMatcher>& rows, const Window& window);
  bool has(std::uint32_t visit) const;
  /// Nothing was asked for.
  bool everything() const { return sets_.empty(); }

 private:
  db::OrdinalBudget& budget_;
  std::vector<db::OrdinalSet> sets_;
};

}  // namespace hk::query

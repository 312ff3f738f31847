#pragma once
// What the visits of a range did, one after the other: the rows that funnels and journeys walk along.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "query/matcher.h"
#include "query/paged.h"
#include "query/plan.h"
#include "query/query.h"
#include "query/snapshot.h"

namespace hk::query {

/// One page view or event.
struct Act {
  std::uint64_t order = 0;  // of acts with one instant
  std::uint32_t at = 0;     // ms since a moment that all acts of a walk share
  std::uint32_t what = 0;   // what its reader made of it
};

/// Whose acts are one walk.
enum class Walker : std::uint8_t { visit, visitor_day };

/// What is made of rows; 0 leaves a row out. No function: no rows of this table.
struct ActsOf {
  std::function<std::uint32_t(std::uint32_t page)> views;
  std::function<std::string(Parameters&)> events;  // SQL of a number over the columns of an event
};

/// A range by local months; the one in which something that is not sealed begins to matter is in two.
Result<std::vector<Window>> months_of(Snapshot& snapshot, const Range& range);

/// Of the visits that began in `window` and pass `where`: calls `walk` with the acts of each walk that has any, in
/// order. They are in memory together: ask for a month at a time.
Result<void> each_walk(Snapshot& snapshot, const Window& window, const Predicate& where, Walker walker,
                       const ActsOf& acts, const std::function<void(std::span<const Act>)>& walk);

/// Acts put in order. Of one month.
class Walks {
 public:
  /// The walk of a visit. Later acts of the visit belong to it.
  void add_visit(std::uint32_t visit, std::uint32_t walk);
  /// An act of a visit that was added; of others it is nothing.
  void add(std::uint32_t visit, Act act);
  /// Calls `walk` for each that has acts, in the order of their numbers. Ends what was added.
  void each(const std::function<void(std::span<const Act>)>& walk);

 private:
  struct Row {
    std::uint32_t walk;
    Act act;
  };
  Paged<std::uint32_t> walk_of_;     // by visit: number of the walk + 1
  std::vector<std::uint32_t> ends_;  // by walk: how many acts; in each(): where they end
  std::vector<Row> rows_;
};

}  // namespace hk::query

#pragma once
// What the visits of a range did, one after the other: the rows that funnels and journeys walk along.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/paged.h"
#include "query/matcher.h"
#include "query/part_cache.h"
#include "query/plan.h"
#include "query/query.h"
#include "query/snapshot.h"

namespace hk::query {

/// One page view or event.
struct Act {
  std::uint32_t at = 0;     // ms since a moment that all acts of a walk share
  std::uint32_t what = 0;   // what its reader made of it
  std::uint32_t place = 0;  // among those of one instant; told by Walks alone
};

/// Whose acts are one walk.
enum class Walker : std::uint8_t { visit, visitor_day };

/// What is made of rows; 0 leaves a row out. No function: no rows of this table.
struct ActsOf {
  std::function<void(std::span<const std::uint32_t> pages, std::span<std::uint32_t> whats)> views;
  std::vector<std::uint32_t> pages;                // the only ones of which something is made; none: it may be of any
  std::function<std::string(Parameters&)> events;  // SQL of a number over the columns of an event
};

/// Acts put in order. Of one month.
class Walks {
 public:
  /// As new, with the room that it has: memory that is used for the first time costs as much as what is done with it.
  void clear();
  /// The walk of a visit. Later acts of the visit belong to it.
  void add_visit(std::uint32_t visit, std::uint32_t walk) {
    walk_of_[visit] = walk + 1;
    walks_ = std::max(walks_, walk + 1);
  }
  /// Rows of sealed tables, by columns: of visits that were added, others are nothing; and of what is not 0. `numbers`:
  /// in their visits.
  void add(std::span<const std::uint32_t> visits, std::span<const std::uint32_t> times,
           std::span<const std::uint32_t> whats, std::span<const std::uint32_t> numbers);
  /// Hot rows, with their offsets in the log: in a tie they come behind sealed ones.
  void add(std::span<const std::uint32_t> visits, std::span<const std::uint32_t> times,
           std::span<const std::uint32_t> whats, std::span<const std::uint64_t> offsets);
  /// Calls `walk(acts)` for each that has acts, in the order of their numbers, with its acts in order.
  template <class Walk>
  void each(const Walk& walk) {
    put_side_by_side();
    std::uint32_t begin = 0;
    for (const std::uint32_t end : ends_) {
      if (begin < end) walk(in_order(std::span(acts_).subspan(begin, end - begin)));
      begin = end;
    }
  }

 private:
  struct Row {
    std::uint32_t walk = 0;  // + 1
    Act act;
  };
  template <class PlaceOf>
  void add_rows(std::span<const std::uint32_t> visits, std::span<const std::uint32_t> times,
                std::span<const std::uint32_t> whats, const PlaceOf& place_of);
  bool before(const Act& a, const Act& b) const;
  void put_side_by_side();
  std::span<const Act> in_order(std::span<Act> acts) const;

  Paged<std::uint32_t> walk_of_;  // by visit: number of the walk + 1
  std::uint32_t walks_ = 0;
  std::vector<Row> rows_;
  std::size_t used_ = 0;                // of rows_; the rest is room
  std::vector<std::uint64_t> offsets_;  // of hot rows, in the order in which they came
  std::vector<Act> acts_;               // once they are side by side, by walk
  std::vector<std::uint32_t> ends_;     // by walk: how many acts it has; once they are side by side, where these end
};

/// Of the visits that began in `window` and pass `where`, the acts of each walk. They are in memory together: ask for a
/// month at a time. `into` is as new.
Result<void> read_walks(Snapshot& snapshot, const Window& window, const Predicate& where, Walker walker,
                        const ActsOf& acts, Walks& into);

/// A month of which nothing is known from before.
struct UnreadMonth {
  Window window;
  std::string key;  // under which what it comes to is kept; empty: it is not
};
/// The months of a range that have to be read. What others came to is kept: `add` gets it. `what` tells the analysis
/// from others over the same rows.
Result<std::vector<UnreadMonth>> unread_months(Snapshot& snapshot, const Range& range, const std::string& what,
                                               const std::function<void(const Groups&)>& add);

/// An analysis of what visits did, month by month. Snapshots of one commit read its months side by side.
class Walked {
 public:
  virtual ~Walked() = default;
  /// Of how many nothing is known from before.
  virtual std::size_t months() const = 0;
  /// Each once; thread-safe, with a snapshot for each thread.
  virtual Result<void> read(std::size_t month, Snapshot& here) = 0;
  /// Once all are read.
  virtual Result<Finding> finding(Snapshot& snapshot) = 0;
};

/// Rooms for walks, one for each thread that reads months of an analysis. Thread-safe.
class WalkRooms {
 public:
  class Room {
   public:
    explicit Room(WalkRooms& from) : from_(from), walks_(from.take()) {}
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    ~Room() { from_.give_back(std::move(walks_)); }
    Walks& walks() { return walks_; }

   private:
    WalkRooms& from_;
    Walks walks_;
  };

 private:
  Walks take();
  void give_back(Walks walks);

  std::mutex mutex_;
  std::vector<Walks> idle_;
};

}  // namespace hk::query

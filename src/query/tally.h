#pragma once
// The queries of a question whose groups are few enough to be added in C++: parts that were asked before come from the
// cache, and all that read the same rows are one statement.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "query/grid.h"
#include "query/part_cache.h"
#include "query/plan.h"
#include "query/query.h"
#include "query/sheet.h"
#include "query/snapshot.h"
#include "query/sums.h"

namespace hk::query {

/// A stretch of sealed days is one part up to this length; a longer one is cut into local months.
inline constexpr Day kOnePartDays = 62;

/// A row of a result before it is named.
struct Ranked {
  std::uint64_t key = 0;
  std::vector<std::string> names;  // one; none for totals and times
  std::vector<std::optional<double>> metrics;
};
struct Ranking {
  std::vector<Ranked> rows;  // in order, up to the limit; of totals and times all
  std::uint64_t all = 0;     // without the limit
};

/// Of one question, in one view. plan(), then read() for each sheet in any order and on any thread, then rank().
class Tallies {
 public:
  Tallies(const Question& question, const std::optional<LocalTime>& until, Kept& kept)
      : question_(question), until_(until), kept_(kept) {}

  /// Decides what is read.
  Result<void> plan(Snapshot& snapshot);
  std::size_t sheets() const { return sheets_.size(); }
  Result<void> read(std::size_t sheet, Snapshot& snapshot);
  /// Puts groups in order and looks their names up, all at once.
  Result<void> rank(Snapshot& snapshot);

  /// Of a query by its place in the question. Null: it is asked with a statement of its own.
  const Ranking* of(std::size_t query) const;
  /// The sums of the other period, by key.
  const SumsByKey& before(std::size_t query) const { return tallied_.at(query).sums[1]; }
  /// The buckets of a query by time, of the range or the other period.
  const std::vector<Bucket>& times(std::size_t query, bool other) const {
    return tallied_.at(query).times[other ? 1 : 0];
  }

 private:
  struct Tallied {
    By by;
    Predicate where;
    std::vector<Bucket> times[2];  // of the range and the other period
    SumsByKey sums[2];
    Ranking ranking;
  };
  struct Need {
    std::size_t query = 0;
    bool other = false;
    std::string key;  // in the cache; empty: not kept
  };
  struct Sheet {
    std::string filter;  // its text
    const Predicate* where = nullptr;
    Part rows;  // of all pieces
    std::vector<Piece> pieces;
    std::vector<Need> needs;  // of each piece
  };

  Result<void> plan_range(Snapshot& snapshot, std::size_t query, bool other, const Range& range, const SiteDays& days);
  Result<void> need(Snapshot& snapshot, std::size_t query, bool other, Part part);
  Result<std::string> key_of(Snapshot& snapshot, const Tallied& tallied, const By& by, const Part& part) const;
  static void add(const Groups& groups, Tallied& tallied, bool other);
  void note_many(const Snapshot& snapshot, const By& by);
  bool candidates(const Query& query, Tallied& tallied) const;
  Result<void> name(Snapshot& snapshot);
  std::string name_of_group(const By& by, std::uint64_t key) const;
  Result<void> look_up(Snapshot& snapshot, const std::map<store::TextKind, std::vector<std::uint32_t>>& unknown);

  const Question& question_;
  const std::optional<LocalTime>& until_;
  Kept& kept_;
  std::shared_ptr<const Regions::Places> regions_;  // where a query goes by them
  std::map<std::size_t, Tallied> tallied_;          // by query
  std::int64_t days_ = 0;                           // of the range, as far as anything is known of it
  std::vector<Sheet> sheets_;
  std::map<std::pair<store::TextKind, std::uint32_t>, std::string> texts_;
  std::mutex mutex_;  // of sums, while sheets are read
};

}  // namespace hk::query

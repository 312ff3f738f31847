#pragma once
// Decides what a query reads and how visitors are counted, before any SQL is written. Pure functions.

#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "db/zones.h"
#include "query/query.h"

namespace hk::query {

/// Additive measures: those of a range are the sums of those of its days. Metrics are made of them.
enum class Measure : std::uint8_t { visitors, visits, bounces, duration, pageviews, events };
inline constexpr std::size_t kMeasures = 6;
using Measures = std::bitset<kMeasures>;

inline constexpr std::size_t at(Measure m) {
  return static_cast<std::size_t>(m);
}

/// What the lane knows of a site's days: where sealed and hot rows lie.
struct SiteDays {
  std::optional<DayRange> sealed;
  std::optional<DayRange> hot;

  /// The first local day with data.
  std::optional<Day> first() const;
};

/// A range in the two forms in which tables are asked: instants [from, to) and the days that they touch.
struct Window {
  TimeMs from{};
  TimeMs to{};
  DayRange days;
  bool whole_days = false;  // the instants are exactly those of the days
};
Window window_of(const Range& range, const db::Zone& zone);

enum class Table : std::uint8_t { visits, hits, events };

/// How the visitors of a part are counted (reference storage.md §2).
enum class Counting : std::uint8_t {
  bits,      // count rows whose first-of-day bit is set: sealed rows only
  distinct,  // count distinct visitors: vd where sealed, the hash where hot
};

/// One aggregation over one table. A site-day is either hot or sealed, so parts are added.
struct Part {
  Table table = Table::visits;
  Window window;  // the plan's, or a piece of it
  bool hot = false;
  Measures measures;
  Counting counting = Counting::distinct;
  std::uint8_t mask = 0;     // the bit, for Counting::bits
  bool with_visits = false;  // hits or events need something that stands in their visits' rows
  bool with_exits = false;   // hot visits whose exit page is asked
};

struct Plan {
  Window window;
  std::vector<Part> parts;  // empty: there is nothing to read
};

/// `query` has passed check(). `range` is its range or its comparison.
Plan plan(const Query& query, const Range& range, const db::Zone& zone, const SiteDays& days);

/// The part needs the temporary table hot_outcomes (sql/hot_outcomes.sql).
bool reads_outcomes(const Part& part);

/// The measures that metrics are made of.
Measures measures_of(const std::vector<Metric>& metrics);

/// A visit's row holds it (all but times, page and event_name).
bool belongs_to_visit(Dimension dimension);

}  // namespace hk::query

#pragma once
// Decides what a query reads and how visitors are counted, before any SQL is written. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/zones.h"
#include "query/query.h"

namespace hk::query {

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
/// The whole days of a window and, apart from them, the days that it has only a part of: one to three windows.
std::vector<Window> days_apart(const Window& window, const db::Zone& zone);
/// How many days of a window there are from the site's first day with data until today.
std::int64_t days_known(const Window& window, const SiteDays& days, Day today);
inline bool running(const Window& window, TimeMs now) {
  return window.from <= now && now < window.to;
}

/// How the visitors of a part are counted (docs/storage.md, Bits).
enum class Counting : std::uint8_t {
  bits,      // count rows whose first-of-day bit is set: sealed rows only
  distinct,  // count distinct ordinals of visitors
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
  /// Of visits that are counted for the page that this attribute of theirs is: that is what `page` means, in dimensions
  /// and filters.
  std::optional<store::Attribute> page = {};
  /// Not 0: all these events have the property of this name, by its id, and its rows alone are read (query/told.h).
  std::uint32_t told = 0;
};

struct Plan {
  Window window;
  std::vector<Part> parts;  // empty: there is nothing to read
};

/// `query` has passed check(); `filter` is all that its rows must pass (filter_of()). `range` is that of its question,
/// or the other period.
Plan plan(const Query& query, const Predicate& filter, const Range& range, const db::Zone& zone, const SiteDays& days);

/// The part needs the temporary table of open visits (Snapshot::make_hot_visits()).
inline bool reads_hot_visits(const Part& part) {
  return part.hot && (part.table == Table::visits || part.with_visits);
}

/// The measures that metrics are made of.
Measures measures_of(const std::vector<Metric>& metrics);

}  // namespace hk::query

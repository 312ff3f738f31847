#pragma once
// What became of what came to a site, from the rows of `counted` and from what is gathered since.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "ingest/counters.h"
#include "query/snapshot.h"
#include "store/counts.h"

namespace hk::counted {

/// Names that are told of a reason and of a class of machines, the most frequent first.
inline constexpr std::size_t kNamesTold = 10;

/// CountedDays [from, until).
struct CountedDays {
  Day from = 0, until = 0;
  bool holds(Day day) const { return day >= from && day < until; }
};

/// Hits with one outcome.
struct CountedSum {
  std::uint8_t reason = 0, kind = 0;  // as in the table
  std::string agent, example;
  std::uint64_t hits = 0;
  TimeMs last{};
};

/// What is known of a site.
struct KnownCounts {
  std::vector<CountedSum> sums;   // of the days that were asked for
  std::vector<CountedSum> lasts;  // of what was counted, on any day
  std::optional<Day> first_day;
};
Result<KnownCounts> read_known(query::Snapshot& snapshot, const CountedDays& days);
/// With what is in no row yet.
void add_gathered(KnownCounts& known, const std::vector<store::Count>& gathered, const CountedDays& days);

struct NamedHits {
  std::string name;
  std::uint64_t hits = 0;
};
struct DropTold {
  std::string_view reason;
  ingest::Remedy remedy{};
  std::uint64_t hits = 0;
  TimeMs last{};
  std::vector<NamedHits> names;  // kNamesTold at most
};
struct MachinesTold {
  std::string_view of;  // their class
  std::uint64_t hits = 0;
  TimeMs last{};
  std::vector<NamedHits> names;
  std::string example;  // a page that one of them opened
};
struct Became {
  std::uint64_t pageviews = 0, events = 0, reports = 0, fetches = 0, kept_apart = 0, dropped = 0, not_kept = 0;
  std::optional<TimeMs> last_pageview, last_event, last_server_hit;
  std::optional<Day> first_day;
  std::vector<DropTold> drops;         // the most frequent first; `not_kept` is a wish, and none of them
  std::vector<MachinesTold> machines;  // the same
};
/// Adds up what is known.
Became tell(const KnownCounts& known);

}  // namespace hk::counted

#pragma once
// The rows of a result by time: every hour, day or month of a range in the site's zone, so that nothing is missing.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "db/duck.h"
#include "db/zones.h"
#include "query/plan.h"
#include "query/query.h"

namespace hk::query {

struct Bucket {
  /// As statements give it: days since 1970 (of what is made of days their first), ms of the start of an hour or
  /// minute, or hours since the week began. Those of a week come back, so that several buckets are of one key.
  std::int64_t key = 0;
  TimeMs start{};
  TimeMs end{};
  std::string label;
};

/// The first day of the week, month or quarter of a day; of a day itself. `first_weekday`: 1 Monday … 7 Sunday.
Day first_day_of(Dimension::Kind time, Day day, std::int64_t first_weekday);

/// In order of time. Days and what is made of them come from the zone, others from DuckDB's ICU through `connection`.
Result<std::vector<Bucket>> grid(Dimension::Kind time, const Window& window, const db::Zone& zone,
                                 std::int64_t first_weekday, db::DuckConnection& connection);
/// The rows of a result by these times: those of a week stand once, by their hours.
std::vector<Bucket> rows_by(std::vector<Bucket> times, Dimension::Kind time);

}  // namespace hk::query

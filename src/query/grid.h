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
  std::int64_t key = 0;  // as statements give it: days since 1970 (month: its first), or ms of the hour's start
  TimeMs start{};
  TimeMs end{};
  std::string label;
};

/// In order of time. Days and months come from the zone, hours from DuckDB's ICU through `connection`.
Result<std::vector<Bucket>> grid(Dimension::Kind time, const Window& window, const db::Zone& zone,
                                 db::DuckConnection& connection);

}  // namespace hk::query

#pragma once
// Zones for tests that need no DuckDB.

#include <memory>
#include <string>
#include <vector>

#include "db/zones.h"
#include "query/dates.h"

namespace hk::query::testing {

/// A zone whose clocks never change.
inline std::shared_ptr<const db::Zone> fixed_zone(std::string name, std::chrono::minutes offset) {
  std::vector<std::int64_t> midnights;
  for (Day day = kFirstDay; day <= kLastDay + 1; ++day) {
    midnights.push_back(to_ms(TimeMs(std::chrono::days(day)) - offset));
  }
  return std::make_shared<const db::Zone>(std::move(name), kFirstDay, std::move(midnights));
}

inline std::shared_ptr<const db::Zone> utc() {
  return fixed_zone("UTC", std::chrono::minutes(0));
}

}  // namespace hk::query::testing

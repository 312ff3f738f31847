#pragma once
// Site zones: local dates and their UTC bounds, taken from DuckDB's ICU so that SQL and C++ agree
// (docs/duckdb.md, 5).

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "db/duck.h"

namespace hk::db {

/// One IANA zone as the sorted UTC instants of its local midnights, 2000-01-01 to 2060-01-01.
/// Immutable, shared between threads.
class Zone {
 public:
  Zone(std::string name, Day first, std::vector<std::int64_t> midnights_ms);
  const std::string& name() const { return name_; }
  /// The local date of an instant; instants outside the table count to its first or last day.
  Day day_of(TimeMs t) const;
  /// First instant of a local date. A date's end is the start of the next.
  TimeMs start_of(Day day) const;

 private:
  std::string name_;
  Day first_;
  std::vector<std::int64_t> midnights_;
};

/// The IANA name of a zone. ICU knows zones that browsers do not (old three-letter names, "SystemV/…", "Factory"), and
/// a dashboard that is told one of them fails; other names come back as they are.
std::string_view iana_zone(std::string_view name);

/// Loads zones on first use and keeps them. Thread-safe; loading costs some milliseconds.
class Zones {
 public:
  explicit Zones(std::shared_ptr<DuckDatabase> icu);
  /// Code::invalid with an example, or with the right name, when the name is no IANA zone.
  Result<std::shared_ptr<const Zone>> find(std::string_view name);

 private:
  std::shared_ptr<DuckDatabase> icu_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Zone>> loaded_;
};

}  // namespace hk::db

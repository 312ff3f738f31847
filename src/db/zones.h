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

/// The days of a site: those of one IANA zone as the sorted UTC instants of its local midnights, 2000-01-01 to
/// 2060-01-01; or, where the site's zone was changed, of one until a date and of another from it on. Immutable, shared
/// between threads.
class Zone {
 public:
  Zone(std::string name, Day first, std::vector<std::int64_t> midnights_ms);
  /// `next` from a date on, `before` until then. The last day of `before` ends when `from` begins in `next`: it may be
  /// shorter or longer than others.
  Zone(std::shared_ptr<const Zone> before, Day from, const Zone& next);
  /// Of the newest one.
  const std::string& name() const { return name_; }
  /// Of the one by which this date is cut, and that by which clocks go now.
  const std::string& name_of(Day day) const { return before_ && day < from_ ? before_->name_of(day) : name_; }
  const std::string& name_at(TimeMs t) const { return before_ && t < switched_ ? before_->name_at(t) : name_; }
  /// What was before the newest one; null: nothing.
  const Zone* before() const { return before_.get(); }
  /// The first date of the newest one, and when it begins; with `before` only.
  Day from() const { return from_; }
  TimeMs switched() const { return switched_; }
  /// The first date from which another zone can count: it has not begun in either.
  Day next_from(TimeMs now, const Zone& next) const;
  /// The local date of an instant; instants outside the table count to its first or last day.
  Day day_of(TimeMs t) const;
  /// First instant of a local date. A date's end is the start of the next.
  TimeMs start_of(Day day) const;

 private:
  std::string name_;
  Day first_;
  std::shared_ptr<const std::vector<std::int64_t>> midnights_;
  std::shared_ptr<const Zone> before_;
  Day from_ = 0;
  TimeMs switched_{};
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

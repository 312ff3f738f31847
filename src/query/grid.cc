#include "query/grid.h"

#include <algorithm>
#include <string>

#include "query/dates.h"
#include "sql/query.h"

namespace hk::query {
namespace {

constexpr std::int64_t kQuarterMs = 15 * 60 * 1000;

std::vector<Bucket> days(const DayRange& range, const db::Zone& zone) {
  std::vector<Bucket> out;
  for (Day day = range.first; day <= range.last; ++day) {
    out.push_back({.key = day, .start = zone.start_of(day), .end = zone.start_of(day + 1), .label = date_text(day)});
  }
  return out;
}

std::vector<Bucket> months(const DayRange& range, const db::Zone& zone) {
  std::vector<Bucket> out;
  for (Day month = month_of(range.first); month <= range.last; month = add_months(month, 1)) {
    out.push_back({.key = month,
                   .start = zone.start_of(month),
                   .end = zone.start_of(add_months(month, 1)),
                   .label = date_text(month)});
  }
  return out;
}

/// Of one IANA zone.
Result<void> hours(InstantRange range, const std::string& zone, db::DuckConnection& connection,
                   std::vector<Bucket>& out) {
  const std::int64_t first = to_ms(range.from) / kQuarterMs;
  const std::int64_t last = (to_ms(range.to) + kQuarterMs - 1) / kQuarterMs;
  auto rows = connection.query(sql::query::hours, {zone, first, last});
  if (!rows) return std::unexpected(rows.error());
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const TimeMs start = from_ms((*rows)->i64(0));
    if (!out.empty()) out.back().end = start;
    out.push_back({.key = (*rows)->i64(0),
                   .start = start,
                   .end = start + std::chrono::hours(1),
                   .label = local_text(start, std::chrono::minutes((*rows)->i64(1)))});
  }
}

Result<std::vector<Bucket>> hours(const Window& window, const db::Zone& zone, db::DuckConnection& connection) {
  std::vector<std::pair<InstantRange, const std::string*>> pieces;  // the newest first
  InstantRange left{window.from, window.to};
  for (const db::Zone* one = &zone; one != nullptr && left.from < left.to; one = one->before()) {
    const TimeMs from = one->before() ? std::clamp(one->switched(), left.from, left.to) : left.from;
    if (from < left.to) pieces.emplace_back(InstantRange{from, left.to}, &one->name());
    left.to = from;
  }
  std::vector<Bucket> out;
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece)
    if (auto done = hours(piece->first, *piece->second, connection, out); !done) return std::unexpected(done.error());
  return out;
}

}  // namespace

Result<std::vector<Bucket>> grid(Dimension::Kind time, const Window& window, const db::Zone& zone,
                                 db::DuckConnection& connection) {
  if (time == Dimension::time_hour) return hours(window, zone, connection);
  return time == Dimension::time_day ? days(window.days, zone) : months(window.days, zone);
}

}  // namespace hk::query

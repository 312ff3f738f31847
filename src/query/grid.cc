#include "query/grid.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "base/text.h"
#include "query/dates.h"
#include "sql/query.h"

namespace hk::query {
namespace {

constexpr std::int64_t kQuarterMs = 15 * 60 * 1000;
constexpr Day kWeek = 7;
// Of the label of an hour, "2026-10-25T02:00:00+02:00":
constexpr std::size_t kDateChars = 10;
constexpr std::size_t kHourBegins = 11;
constexpr std::size_t kMinuteBegins = 14;
constexpr std::size_t kMinuteEnds = 16;

Day day_after(Dimension::Kind time, Day first) {
  switch (time) {
    case Dimension::time_week:
      return first + kWeek;
    case Dimension::time_month:
      return add_months(first, 1);
    case Dimension::time_quarter:
      return add_months(first, 3);
    default:
      return first + 1;
  }
}

std::vector<Bucket> of_days(Dimension::Kind time, const DayRange& range, const db::Zone& zone,
                            std::int64_t first_weekday) {
  std::vector<Bucket> out;
  for (Day first = first_day_of(time, range.first, first_weekday); first <= range.last;) {
    const Day next = day_after(time, first);
    out.push_back({.key = first, .start = zone.start_of(first), .end = zone.start_of(next), .label = date_text(first)});
    first = next;
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

/// Every minute of the window; those of an hour have its offset from UTC.
std::vector<Bucket> minutes(const std::vector<Bucket>& hours, const Window& window) {
  constexpr std::chrono::minutes kMinute{1};
  std::vector<Bucket> out;
  for (const Bucket& hour : hours) {
    const std::string rest = hour.label.substr(kMinuteEnds);
    for (TimeMs at = hour.start; at < hour.end; at += kMinute) {
      if (at + kMinute <= window.from || at >= window.to) continue;
      std::string number = std::to_string((at - hour.start) / kMinute);
      if (number.size() < 2) number.insert(0, "0");
      out.push_back({.key = to_ms(at),
                     .start = at,
                     .end = at + kMinute,
                     .label = concat({hour.label.substr(0, kMinuteBegins), number, rest})});
    }
  }
  return out;
}

/// The same hours, by what the clocks show since the week began.
std::vector<Bucket> by_week(std::vector<Bucket> hours) {
  for (Bucket& hour : hours) {
    const Day day = *parse_date(hour.label.substr(0, kDateChars));
    int of_day = 0;
    std::from_chars(hour.label.data() + kHourBegins, hour.label.data() + kHourBegins + 2, of_day);
    hour.key = weekday_of(day) * 24 + of_day;
    hour.label =
        concat({std::to_string(weekday_of(day) + 1), hour.label.substr(kDateChars, kMinuteBegins - kDateChars - 1)});
  }
  return hours;
}

}  // namespace

Day first_day_of(Dimension::Kind time, Day day, std::int64_t first_weekday) {
  switch (time) {
    case Dimension::time_week:
      return day - static_cast<Day>((weekday_of(day) + kWeek - (first_weekday - 1)) % kWeek);
    case Dimension::time_month:
      return month_of(day);
    case Dimension::time_quarter:
      return quarter_year_of(day);
    default:
      return day;
  }
}

Result<std::vector<Bucket>> grid(Dimension::Kind time, const Window& window, const db::Zone& zone,
                                 std::int64_t first_weekday, db::DuckConnection& connection) {
  if (!cuts_days(time)) return of_days(time, window.days, zone, first_weekday);
  auto out = hours(window, zone, connection);
  if (!out || time == Dimension::time_hour) return out;
  return time == Dimension::time_minute ? minutes(*out, window) : by_week(std::move(*out));
}

std::vector<Bucket> rows_by(std::vector<Bucket> times, Dimension::Kind time) {
  if (time != Dimension::hour_of_week) return times;
  std::vector<Bucket> out(static_cast<std::size_t>(kWeek) * 24);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string hour = std::to_string(i % 24);
    out[i] = {.key = static_cast<std::int64_t>(i),
              .label = concat({std::to_string(i / 24 + 1), hour.size() < 2 ? "T0" : "T", hour})};
  }
  if (times.empty()) return out;
  for (Bucket& hour : out) {
    hour.start = times.front().start;
    hour.end = times.back().end;
  }
  return out;
}

}  // namespace hk::query

#pragma once
// Calendar dates and instants as text, and steps by month. Dates know no zone here.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/instant.h"

namespace hk::query {

/// What a range may touch: inside what db::Zone knows.
inline constexpr Day kFirstDay = 10'957;  // 2000-01-01
inline constexpr Day kLastDay = 32'871;   // 2059-12-31

using hk::parse_date;
using hk::parse_instant;

std::string date_text(Day day);

/// Local time with its offset: "2026-10-25T02:00:00+02:00".
std::string local_text(TimeMs time, std::chrono::minutes offset);

/// The first day of the month of `day`.
Day month_of(Day day);
/// The first day of the quarter of the year.
Day quarter_year_of(Day day);
/// 0 Monday … 6 Sunday.
Day weekday_of(Day day);
/// The same day `months` later (or earlier); the last of the month where it is shorter.
Day add_months(Day day, int months);

}  // namespace hk::query

#pragma once
// Calendar dates and instants as text, and steps by month. Dates know no zone here.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hk::query {

/// What a range may touch: inside what db::Zone knows.
inline constexpr Day kFirstDay = 10'957;  // 2000-01-01
inline constexpr Day kLastDay = 32'871;   // 2059-12-31

/// "2026-10-26"; nullopt for anything else, and for dates that do not exist.
std::optional<Day> parse_date(std::string_view text);
std::string date_text(Day day);

/// RFC 3339 with "Z" or an offset, fractions of a second cut to milliseconds: "2026-10-26T08:00:00.5+01:00".
std::optional<TimeMs> parse_instant(std::string_view text);
/// Local time with its offset: "2026-10-25T02:00:00+02:00".
std::string local_text(TimeMs time, std::chrono::minutes offset);

/// The first day of the month of `day`.
Day month_of(Day day);
/// The same day `months` later (or earlier); the last of the month where it is shorter.
Day add_months(Day day, int months);

}  // namespace hk::query

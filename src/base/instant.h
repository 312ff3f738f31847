#pragma once
// Calendar dates and instants, read from text.

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace hk {

/// "2026-10-26"; nullopt for anything else, and for dates that do not exist.
std::optional<Day> parse_date(std::string_view text);

/// RFC 3339 with "Z" or an offset, fractions of a second cut to milliseconds: "2026-10-26T08:00:00.5+01:00".
std::optional<TimeMs> parse_instant(std::string_view text);

}  // namespace hk

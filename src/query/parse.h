#pragma once
// The body of POST /api/sites/{id}/query -> Question (docs/query-language.md).

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "db/zones.h"
#include "query/query.h"

namespace hk::query {

/// Names come from enums only; every query in the result has passed check(). "today" and its like are taken from `now`
/// in the site's zone. Fails with Code::invalid and the field's path.
Result<Question> parse(std::string_view body, const db::Zone& zone, TimeMs now);

/// A range by name, "28d" or "last_month": see the language. `months` is how many calendar months it names (0: it is
/// counted in days), which decides what comes before it.
struct NamedRange {
  DayRange range;
  int months = 0;
};
std::optional<NamedRange> named_range(std::string_view name, Day today);

/// The period before, of the same length or, after a period in months, the same days of the months before.
Range previous(const Range& range, int months = 0);
/// The period of the same length that starts on the same date a year earlier.
Range year_before(const Range& range);

}  // namespace hk::query

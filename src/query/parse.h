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
/// `first_weekday`: of the site, 1 Monday … 7 Sunday.
Result<Question> parse(std::string_view body, const db::Zone& zone, TimeMs now, std::int64_t first_weekday = 1);

/// How far back that lies which comes before a period; neither: as far as it is long.
struct Back {
  int months = 0;
  Day days = 0;
};
/// A range by name, "28d" or "last_month": see the language.
struct NamedRange {
  Range range;
  Back step = {};
  bool everything = false;
};
std::optional<NamedRange> named_range(std::string_view name, const db::Zone& zone, TimeMs now,
                                      std::int64_t first_weekday);

/// The period before, of the same length or, after a period in months, the same days of the months before.
Range previous(const Range& range, Back step = {});
/// `other`, as long as the range, moved so that its weekdays are those of the range, and no day is in both.
Range with_weekdays(const Range& range, const Range& other);
/// The period of the same length that starts on the same date a year earlier.
Range year_before(const Range& range);

}  // namespace hk::query

#include "query/dates.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/text.h"

namespace hk::query {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

year_month_day calendar(Day day) {
  return year_month_day(sys_days(std::chrono::days(day)));
}

Day days_since_epoch(year_month_day date) {
  return static_cast<Day>(sys_days(date).time_since_epoch().count());
}

}  // namespace

std::string date_text(Day day) {
  return rfc3339(TimeMs(std::chrono::days(day))).substr(0, 10);
}

std::string local_text(TimeMs time, std::chrono::minutes offset) {
  std::string out = rfc3339(time + offset).substr(0, 19);
  const auto minutes = std::abs(offset.count());
  out += offset.count() < 0 ? '-' : '+';
  for (const auto part : {minutes / 60, minutes % 60}) {
    if (out.back() != '+' && out.back() != '-') out += ':';
    out += static_cast<char>('0' + part / 10);
    out += static_cast<char>('0' + part % 10);
  }
  return out;
}

Day month_of(Day day) {
  const auto date = calendar(day);
  return days_since_epoch(date.year() / date.month() / 1);
}

Day quarter_year_of(Day day) {
  const Day month = month_of(day);
  return add_months(month, -static_cast<int>((unsigned(calendar(month).month()) - 1) % 3));
}

Day weekday_of(Day day) {
  constexpr Day kThursday = 3;  // 1970-01-01
  return ((day + kThursday) % 7 + 7) % 7;
}

Day add_months(Day day, int months) {
  const auto date = calendar(day);
  const auto month = std::chrono::year_month(date.year(), date.month()) + std::chrono::months(months);
  const auto last = (month / std::chrono::last).day();
  return days_since_epoch(month / std::min(date.day(), last));
}

}  // namespace hk::query

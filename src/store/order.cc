#include "store/order.h"

#include <chrono>

#include "store/bytes.h"
#include "store/hit.h"

namespace hk::store {
namespace {

// 2000-01-01 and 2100-01-01 as days, with a day of play for zones: what hits can have.
constexpr std::int64_t kEarliestDay = 10'956;
constexpr std::int64_t kLatestDay = 47'483;

}  // namespace

bool fits_in_tables(std::int64_t day) {
  return day >= kEarliestDay && day <= kLatestDay;
}

Day next_month(Day first) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{first}}};
  const std::chrono::year_month_day next = date.year() / date.month() / std::chrono::day{1} + std::chrono::months{1};
  return static_cast<Day>(std::chrono::sys_days{next}.time_since_epoch().count());
}

std::string encode(const SealOrder& order) {
  ByteWriter out;
  out.varint(order.days.size());
  for (const SiteDay& d : order.days) {
    out.varint(static_cast<std::uint32_t>(d.site));
    out.zigzag(d.day);
  }
  return out.take();
}

std::string encode(const RewriteOrder& order) {
  ByteWriter out;
  out.zigzag(order.month);
  return out.take();
}

Result<SealOrder> decode_seal(std::string_view payload, std::uint8_t version) {
  ByteReader in(payload);
  SealOrder order;
  const std::uint64_t count = in.varint();
  if (!is_readable(version) || count > kMaxSealDays) return fail(Code::invalid, "seal order cannot be read");
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const SiteKey site{in.u32()};
    const std::int64_t day = in.zigzag();
    if (!fits_in_tables(day)) return fail(Code::invalid, "seal order names a day outside 2000 to 2100");
    order.days.push_back({site, static_cast<Day>(day)});
  }
  if (!in.done()) return fail(Code::invalid, "seal order is cut short or too long");
  return order;
}

Result<RewriteOrder> decode_rewrite(std::string_view payload, std::uint8_t version) {
  ByteReader in(payload);
  const std::int64_t month = in.zigzag();
  if (!is_readable(version) || !in.done() || !fits_in_tables(month))
    return fail(Code::invalid, "rewrite order cannot be read");
  return RewriteOrder{static_cast<Day>(month)};
}

}  // namespace hk::store

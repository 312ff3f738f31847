#include "store/outcome_rows.h"

#include <algorithm>

namespace hk::store {
namespace {

std::uint16_t counted(std::uint32_t rows) {
  return static_cast<std::uint16_t>(std::min(rows, std::uint32_t{UINT16_MAX}));
}

constexpr std::size_t place(Attribute attribute) {
  return static_cast<std::size_t>(std::ranges::find(kCarried, attribute) - kCarried.begin());
}

}  // namespace

void put(db::DuckAppender& to, Attribute attribute, std::uint32_t value) {
  switch (row_of(attribute).column) {
    case Column::text:
      return to.u32(value);
    case Column::code:
      return to.u8(static_cast<std::uint8_t>(value));
    case Column::number:
      return to.u16(static_cast<std::uint16_t>(value));
    case Column::wide:
      return to.u32(value);
  }
}

Result<void> append(db::DuckAppender& to, const Outcome& v) {
  const std::uint32_t source = v.carried.at(place(Attribute::source));
  const std::uint32_t channel = v.carried.at(place(Attribute::channel));
  to.u32(static_cast<std::uint32_t>(v.site));
  to.date(v.day);
  to.time(v.start);
  to.time(v.last);
  to.u32(v.visit);
  to.u32(v.vd);
  to.u8(v.bits);
  to.u16(counted(v.pageviews));
  to.u16(counted(v.events));
  to.u32(static_cast<std::uint32_t>((v.last - v.first) / std::chrono::seconds(1)));
  to.u32(v.entry_page);
  to.u32(v.exit_page);
  to.u16(v.import);
  to.u32(v.engaged);
  to.u8(v.interactive ? kInteractive : kNotInteractive);
  to.u32(v.last_source == source ? 0 : v.last_source);
  to.u8(static_cast<std::uint8_t>(v.last_channel == channel ? 0 : v.last_channel));
  for (std::size_t i = 0; i < kCarried.size(); ++i) put(to, kCarried.at(i), v.carried.at(i));
  return to.end_row();
}

}  // namespace hk::store

#pragma once
// What a text is: every kind has its own ids, so that a column's ids lie close together and pack into few bits.

#include <cstddef>
#include <cstdint>

namespace hk::store {

/// `kind` of the table texts; numbers are stored, never renumber. Named like the columns that hold their ids.
enum class TextKind : std::uint8_t {
  page = 0,  // entry and exit pages too
  hostname,
  referrer_host,
  referrer_path,
  source,
  utm_source,
  utm_medium,
  utm_campaign,
  utm_term,
  utm_content,
  browser,
  os,
  language,
  country,
  tracker,
  event_name,
  screen,  // "1920x1080"
};
inline constexpr std::size_t kTextKinds = 17;

}  // namespace hk::store

#pragma once
// Orders: log records that tell a lane to seal or rewrite. Being records, they cut every copy of a lane at the
// same row.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"

namespace hk::store {

struct SiteDay {
  SiteKey site{};
  Day day = 0;

  auto operator<=>(const SiteDay&) const = default;
};

/// RecordKind::seal: the hot rows of these site-days become sealed rows.
struct SealOrder {
  std::vector<SiteDay> days;  // at most kMaxSealDays
};
inline constexpr std::size_t kMaxSealDays = 10'000;

/// RecordKind::rewrite_month: the sealed rows of this UTC month are written again in order of site and time.
struct RewriteOrder {
  Day month = 0;  // its first day
};

/// Whether it is a day that hits can have: of 2000 to 2100.
bool fits_in_tables(std::int64_t day);

/// The first day of the month after the one that begins with `first`.
Day next_month(Day first);

std::string encode(const SealOrder& order);
std::string encode(const RewriteOrder& order);
/// Code::invalid when the bytes are not one whole order of a version that is read.
Result<SealOrder> decode_seal(std::string_view payload, std::uint8_t version);
Result<RewriteOrder> decode_rewrite(std::string_view payload, std::uint8_t version);

}  // namespace hk::store

#pragma once
// Who is a visitor: a keyed hash that only means something on one site and one day (docs/visits.md).

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"
#include "db/zones.h"
#include "ingest/salts.h"

namespace hk::ingest {

/// SipHash-2-4 of site, address and user agent under the date's salt. Never 0, which means "none" in a record.
std::uint64_t visitor_hash(const Salts::Salt& salt, SiteKey site, std::string_view ip, std::string_view user_agent);

struct Visitor {
  Day day = 0;               // site-local date of the hit
  std::uint64_t hash = 0;    // under the salt of `day`
  std::uint64_t before = 0;  // under the salt of the day before, in the first kVisitGap of a day only
};
Visitor visitor_of(Salts& salts, const db::Zone& zone, TimeMs at, SiteKey site, std::string_view ip,
                   std::string_view user_agent);

}  // namespace hk::ingest

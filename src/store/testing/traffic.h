#pragma once
// Random traffic: people who come and go over some days, often around midnight.

#include <rapidcheck.h>

#include <cstdint>
#include <ostream>
#include <vector>

#include "store/hit.h"

namespace hk::store::testing {

/// How many ms site `site`'s clock is ahead of UTC: sites of the random traffic live in fixed offsets.
std::int64_t site_offset_ms(std::uint32_t site);
/// A hit of person `person` at `at`, with day and hashes as records had them until a visit kept its hash over midnight.
Hit hit_of(std::uint32_t site, std::uint32_t person, TimeMs at);

/// One hit to be, told so that a failing case shrinks to little: fewer acts, and plain ones.
struct Act {
  std::uint32_t person = 0;
  bool night = false;       // in a new visit, `pause` before the person's next midnight; otherwise
  std::uint32_t away = 0;   // in a new visit, so many minutes after it could have gone on; 0: the visit goes on
  std::uint32_t pause = 0;  // after so many seconds
  std::uint32_t look = 0;   // page, referrer and all the rest; 0 is the plainest
};
std::ostream& operator<<(std::ostream& out, const Act& act);

/// The hits of these acts, by time. No pause is so near to a visit's end that the order of arrival could decide; some
/// are exactly as long as ends one.
std::vector<Hit> traffic(const std::vector<Act>& acts);
/// With what pages tell of every third view, and the next act as long after that.
std::vector<Hit> looked_at(const std::vector<Act>& acts);
/// As threads bring hits into the log: some overtake their neighbour by a moment.
std::vector<Hit> out_of_order(std::vector<Hit> hits);

/// For rapidcheck: up to 600 acts of 12 people on four sites.
rc::Gen<std::vector<Act>> any_acts();
/// The same acts with every run, as many as a full-sized case has.
std::vector<Act> some_acts(std::uint64_t seed);

}  // namespace hk::store::testing

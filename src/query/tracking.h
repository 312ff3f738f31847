#pragma once
// Whether a site's snippet works, told from what the lane has applied.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "query/snapshot.h"
#include "site/directory.h"

namespace hk::query {

/// A site without a hit for this long is dormant.
inline constexpr std::chrono::days kDormantAfter{7};

struct Tracking {
  std::optional<TimeMs> first_hit;
  std::optional<TimeMs> last_hit;
  std::optional<TimeMs> last_event;
};

Result<Tracking> read_tracking(Snapshot& snapshot);

/// "waiting" before the first hit, "dormant" after kDormantAfter without one, else "live".
std::string_view status_of(const Tracking& tracking, TimeMs now);

/// What is shown of it; times that never were are left out.
struct TrackingStatus {
  SiteId site;
  TeamId team;
  std::string_view status;
  std::string domain;
  std::optional<TimeMs> first_hit;
  std::optional<TimeMs> last_hit;
  std::optional<TimeMs> last_event;
  std::optional<TimeMs> newest;  // of hits and events
};
TrackingStatus tracking_status(const site::Site& site, const Tracking& tracking, TimeMs now);

}  // namespace hk::query

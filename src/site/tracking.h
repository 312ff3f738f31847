#pragma once
// Whether a site's snippet works, told from what the lane has applied.

#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "json/writer.h"
#include "site/directory.h"
#include "store/store.h"

namespace hk::site {

/// A site without a hit for this long is dormant.
inline constexpr std::chrono::days kDormantAfter{7};

struct Tracking {
  std::optional<TimeMs> first_hit;
  std::optional<TimeMs> last_hit;
  std::optional<TimeMs> last_event;
};

/// Reads the site's lane. Call from a worker.
Result<Tracking> read_tracking(store::Store& store, const Site& site);

/// "waiting" before the first hit, "dormant" after kDormantAfter without one, else "live".
std::string_view status_of(const Tracking& tracking, TimeMs now);

/// {site_id, tenant_id, status, configured_domain, first_hit_at?, last_hit_at?, last_event_at?, updated_at?}
void write_json(json::Writer& out, const Site& site, const Tracking& tracking, TimeMs now);

}  // namespace hk::site

#include "query/tracking.h"

#include <algorithm>

#include "sql/query.h"

namespace hk::query {
namespace {

std::optional<TimeMs> time_at(const db::DuckRows& rows, std::size_t col) {
  if (rows.is_null(col)) return std::nullopt;
  return from_ms(rows.i64(col));
}

}  // namespace

Result<Tracking> read_tracking(Snapshot& snapshot) {
  Tracking out;
  const std::vector<db::DuckValue> key{static_cast<std::uint32_t>(snapshot.site().key)};
  auto hits = one_row(snapshot.connection(), sql::query::tracking_hits, key);
  if (!hits) return std::unexpected(hits.error());
  out.first_hit = time_at(**hits, 0);
  out.last_hit = time_at(**hits, 1);
  auto events = one_row(snapshot.connection(), sql::query::tracking_events, key);
  if (!events) return std::unexpected(events.error());
  out.last_event = time_at(**events, 0);
  return out;
}

std::string_view status_of(const Tracking& tracking, TimeMs now) {
  if (!tracking.last_hit) return "waiting";
  return now - *tracking.last_hit > kDormantAfter ? "dormant" : "live";
}

TrackingStatus tracking_status(const site::Site& site, const Tracking& tracking, TimeMs now) {
  return {.site = site.id,
          .team = site.team,
          .status = status_of(tracking, now),
          .domain = site.domain,
          .first_hit = tracking.first_hit,
          .last_hit = tracking.last_hit,
          .last_event = tracking.last_event,
          .newest = std::max(tracking.last_hit, tracking.last_event)};
}

}  // namespace hk::query

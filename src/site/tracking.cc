#include "site/tracking.h"

#include <algorithm>

#include "sql/site.h"

namespace hk::site {
namespace {

std::optional<TimeMs> time_at(const db::DuckRows& rows, std::size_t col) {
  if (rows.is_null(col)) return std::nullopt;
  return from_ms(rows.i64(col));
}

}  // namespace

Result<Tracking> read_tracking(store::Store& store, const Site& site) {
  auto lease = store.read(site.lane);
  if (!lease) return std::unexpected(lease.error());
  Tracking out;
  const std::vector<db::DuckValue> key{static_cast<std::uint32_t>(site.key)};
  auto hits = (*lease)->query(sql::site::tracking_hits, key);
  if (!hits) return std::unexpected(hits.error());
  auto row = (*hits)->next();
  if (!row) return std::unexpected(row.error());
  if (*row) {
    out.first_hit = time_at(**hits, 0);
    out.last_hit = time_at(**hits, 1);
  }
  auto events = (*lease)->query(sql::site::tracking_events, key);
  if (!events) return std::unexpected(events.error());
  row = (*events)->next();
  if (!row) return std::unexpected(row.error());
  if (*row) out.last_event = time_at(**events, 0);
  return out;
}

std::string_view status_of(const Tracking& tracking, TimeMs now) {
  if (!tracking.last_hit) return "waiting";
  return now - *tracking.last_hit > kDormantAfter ? "dormant" : "live";
}

void write_json(json::Writer& out, const Site& site, const Tracking& tracking, TimeMs now) {
  out.begin_object()
      .field("site_id", site.id)
      .field("tenant_id", site.team)
      .field("status", status_of(tracking, now))
      .field("configured_domain", site.domain);
  if (tracking.first_hit) out.field("first_hit_at", *tracking.first_hit);
  if (tracking.last_hit) out.field("last_hit_at", *tracking.last_hit);
  if (tracking.last_event) out.field("last_event_at", *tracking.last_event);
  if (const auto newest = std::max(tracking.last_hit, tracking.last_event)) out.field("updated_at", *newest);
  out.end_object();
}

}  // namespace hk::site

#include "store/maintenance.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "store/order.h"

namespace hk::store {
namespace {

/// No zone's date ends later than this after the same date in UTC began to be over there (UTC-12).
constexpr Millis kLatestZone = std::chrono::hours(12);

TimeMs utc_start(Day day) {
  return std::chrono::sys_days{std::chrono::days{day}};
}

}  // namespace

Maintenance::Maintenance(Store& store, log::Log& log, const Clock& clock, ZoneOf zone_of)
    : store_(store), log_(log), clock_(clock), zone_of_(std::move(zone_of)) {}

bool Maintenance::is_over(const SiteDay& day, TimeMs now) const {
  const auto zone = zone_of_(day.site);
  const TimeMs end = zone ? zone->start_of(day.day + 1) : utc_start(day.day + 1) + kLatestZone;
  return now >= end + kSealDelay;
}

/// Lanes that have not applied all of their orders.
std::set<LaneKey> Maintenance::waiting() const {
  std::set<LaneKey> lanes;
  for (const auto& [lane, pending] : pending_)
    if (pending->in_flight > 0 || store_.applied(lane) < pending->last) lanes.insert(lane);
  return lanes;
}

std::size_t Maintenance::run() {
  const auto busy = waiting();  // asked first: what an order seals is then no longer hot
  const TimeMs now = clock_.now();
  std::size_t orders = 0;

  // Days in their order: a visit that crosses midnight is sealed with its first day and grows with its second.
  auto hot = store_.hot_days();
  std::erase_if(hot, [&](const HotDay& h) { return busy.contains(h.lane); });
  std::ranges::sort(hot, {}, [](const HotDay& h) { return std::tuple(h.lane, h.day.day, h.day.site); });
  std::map<LaneKey, Day> oldest_hot;  // of the days that are not over
  SealOrder order;
  std::uint64_t rows = 0;
  const auto finish = [&](LaneKey lane) {
    if (order.days.empty()) return;
    append(lane, RecordKind::seal, encode(order));
    ++orders;
    order.days.clear();
    rows = 0;
  };
  for (std::size_t i = 0; i < hot.size(); ++i) {
    const HotDay& h = hot[i];
    if (is_over(h.day, now)) {
      if (!order.days.empty() && (rows + h.rows > kSealRows || order.days.size() == kMaxSealDays)) finish(h.lane);
      order.days.push_back(h.day);
      rows += h.rows;
    } else {
      oldest_hot.try_emplace(h.lane, h.day.day);
    }
    if (i + 1 == hot.size() || hot[i + 1].lane != h.lane) finish(h.lane);
  }
  // First everything sealed, then sorted: the same month isn't written twice.
  if (orders > 0) return orders;

  for (const SealedMonth& month : store_.sealed_months()) {
    const Day end = next_month(month.month);
    const auto open = oldest_hot.find(month.lane);
    // A local date may reach a day into the UTC month before or after it.
    const bool over = now >= utc_start(end) && (open == oldest_hot.end() || open->second > end);
    if (!over || !month.worth_sorting() || busy.contains(month.lane)) continue;
    append(month.lane, RecordKind::rewrite_month, encode(RewriteOrder{month.month}));
    ++orders;
  }
  return orders;
}

void Maintenance::append(LaneKey lane, RecordKind kind, const std::string& payload) {
  auto& pending = pending_[lane];
  if (!pending) pending = std::make_shared<Pending>();
  ++pending->in_flight;
  log_.append({.lane = static_cast<std::uint32_t>(lane),
               .kind = static_cast<std::uint8_t>(kind),
               .version = kRecordVersion,
               .payload = payload},
              [pending](Result<log::Offset> at) {
                if (at)
                  pending->last = std::max(pending->last.load(), *at);
                else
                  logging::warn("an order to seal or sort was refused; it comes again",
                                {{"error", at.error().message}});
                --pending->in_flight;
              });
}

}  // namespace hk::store

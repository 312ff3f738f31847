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
    : store_(store), log_(log), clock_(clock), zone_of_(std::move(zone_of)), began_(log.durable_end()) {}

bool Maintenance::is_over(const SiteDay& day, TimeMs now) const {
  const auto zone = zone_of_(day.site);
  const TimeMs end = zone ? zone->start_of(day.day + 1) : utc_start(day.day + 1) + kLatestZone;
  return now >= end + kSealDelay;
}

/// Whether a day that is over is to be sealed now.
bool Maintenance::is_due(const HotDay& h, TimeMs now) {
  if (h.rows.late < h.rows.all || h.rows.all >= kLateRows) return true;
  return now - late_since_.try_emplace({h.lane, h.day}, now).first->second >= kLateWait;
}

Maintenance::OnTheirWay Maintenance::on_their_way() const {
  OnTheirWay out;
  std::set<LaneKey> stopped;
  for (const LaneState& state : store_.states()) {
    if (state.stopped) stopped.insert(state.lane);
    if (state.stopped || state.catching_up || store_.applied(state.lane) < began_) out.lanes.insert(state.lane);
  }
  for (const auto& [lane, pending] : pending_)
    if (pending->in_flight || store_.applied(lane) < pending->last)
      out.add(lane, stopped.contains(lane) ? 0 : pending->rows);
  return out;
}

std::size_t Maintenance::tick() {
  const auto held = on_their_way().lanes;
  const bool one_is_free = std::ranges::any_of(held_, [&](LaneKey lane) { return !held.contains(lane); });
  const Millis passed = clock_.now() - looked_;  // negative: the clock was set back
  return one_is_free || passed < Millis{0} || passed >= kLookEvery ? run() : 0;
}

std::size_t Maintenance::run() {
  auto on_their_way = this->on_their_way();  // asked first: what an order seals is then no longer hot
  const TimeMs now = looked_ = clock_.now();
  std::erase_if(late_since_, [&](const auto& late) { return now - late.second >= 2 * kLateWait; });
  auto due = store_.hot_days();
  std::map<LaneKey, Day> oldest_hot;  // of the days that are not over
  std::erase_if(due, [&](const HotDay& h) {
    if (on_their_way.lanes.contains(h.lane)) return true;
    if (is_over(h.day, now)) return !is_due(h, now);
    const auto oldest = oldest_hot.try_emplace(h.lane, h.day.day).first;
    oldest->second = std::min(oldest->second, h.day.day);
    return true;
  });
  // First everything sealed, then sorted: the same month isn't written twice.
  const auto orders =
      due.empty() ? sort_months(oldest_hot, on_their_way, now) : seal_days(std::move(due), on_their_way);
  held_ = std::move(on_their_way.lanes);
  return orders;
}

/// An order for each lane, of its oldest days.
std::size_t Maintenance::seal_days(std::vector<HotDay> due, OnTheirWay& on_their_way) {
  // Days in their order: a visit that crosses midnight is sealed with its first day and grows with its second.
  std::ranges::sort(due, {}, [](const HotDay& h) { return std::tuple(h.lane, h.day.day, h.day.site); });
  std::size_t orders = 0;
  SealOrder order;
  std::uint64_t rows = 0;
  bool whole = false;
  for (auto h = due.begin(); h != due.end(); ++h) {
    whole = whole || (!order.days.empty() && (rows + h->rows.all > kOrderRows || order.days.size() == kMaxSealDays));
    if (!whole) {
      order.days.push_back(h->day);
      rows += h->rows.all;
    }
    if (std::next(h) != due.end() && std::next(h)->lane == h->lane) continue;
    if (on_their_way.has_room(rows)) {
      for (const SiteDay& day : order.days) late_since_.erase({h->lane, day});
      append(h->lane, RecordKind::seal, encode(order), rows, on_their_way);
      ++orders;
    }
    order.days.clear();
    rows = 0;
    whole = false;
  }
  return orders;
}

std::size_t Maintenance::sort_months(const std::map<LaneKey, Day>& oldest_hot, OnTheirWay& on_their_way, TimeMs now) {
  std::size_t orders = 0;
  for (const SealedMonth& month : store_.sealed_months()) {
    const Day end = next_month(month.month);
    const auto open = oldest_hot.find(month.lane);
    // A local date may reach a day into the UTC month before or after it.
    const bool over = now >= utc_start(end) && (open == oldest_hot.end() || open->second > end);
    const auto rows = month.sorted + month.appended;
    if (!over || !month.worth_sorting() || on_their_way.lanes.contains(month.lane) || !on_their_way.has_room(rows))
      continue;
    append(month.lane, RecordKind::rewrite_month, encode(RewriteOrder{month.month}), rows, on_their_way);
    ++orders;
  }
  return orders;
}

void Maintenance::append(LaneKey lane, RecordKind kind, const std::string& payload, std::uint64_t rows,
                         OnTheirWay& on_their_way) {
  on_their_way.add(lane, rows);
  auto& pending = pending_[lane];
  if (!pending) pending = std::make_shared<Pending>();
  pending->in_flight = true;
  pending->rows = rows;
  log_.append({.lane = static_cast<std::uint32_t>(lane),
               .kind = static_cast<std::uint8_t>(kind),
               .version = kRecordVersion,
               .payload = payload},
              [pending](Result<log::Offset> at) {
                if (at)
                  pending->last = *at;
                else
                  logging::warn("an order to seal or sort was refused; it comes again",
                                {{"error", at.error().message}});
                pending->in_flight = false;
              });
}

}  // namespace hk::store

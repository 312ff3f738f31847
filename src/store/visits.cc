#include "store/visits.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/ensure.h"

namespace hk::store {
namespace {

constexpr Millis kSweepEvery = std::chrono::minutes(5);

}  // namespace

const OpenVisits::Entry* OpenVisits::find(const VisitorDay& who) const {
  const auto it = open_.find(who);
  return it == open_.end() ? nullptr : &it->second;
}

const OpenVisits::Open* OpenVisits::continued(const Entry& entry, TimeMs at) const {
  const auto near = [at](TimeMs time) { return at < time + kVisitGap && at > time - kVisitGap; };
  const Open* newest = nullptr;
  for (const Open& open : entry.visits) {
    if ((!near(open.now) && !near(open.last)) || open.last <= horizon()) continue;
    if (newest == nullptr || std::pair(open.now, open.visit) > std::pair(newest->now, newest->visit)) newest = &open;
  }
  return newest;
}

void OpenVisits::drop_expired(Entry& entry) const {
  std::erase_if(entry.visits, [cut = horizon()](const Open& open) { return open.last <= cut; });
}

void OpenVisits::expire() {
  if (log_time_ < swept_ + kSweepEvery && log_time_ >= swept_) return;
  swept_ = log_time_;
  for (auto& [who, entry] : open_) drop_expired(entry);
  std::erase_if(open_, [](const auto& entry) { return entry.second.visits.empty(); });
}

Millis OpenVisits::turn_back(TimeMs at) {
  const Millis back = log_time_ - at;
  for (auto& [who, entry] : open_)
    for (Open& open : entry.visits) open.now -= back;
  restore_time(at, turned_back_ + back);
  return turned_back_;
}

OpenVisits::Decision OpenVisits::decide(const VisitorDay& who, std::uint64_t before, TimeMs at, bool late,
                                        const Pinned& pinned) {
  // Late hits have old times; they must not turn the clock back.
  if (!late && (at > log_time_ || turns_back(at, late))) log_time_ = at;
  const auto own = open_.find(who);
  if (const Open* open = own == open_.end() ? nullptr : continued(own->second, at)) {
    const std::uint32_t visit = open->visit;
    keep({who, visit}, at);
    return {visit, false};
  }
  const auto yesterday = before == 0 ? open_.end() : open_.find({who.site, who.day - 1, before});
  const Open* open = yesterday == open_.end() ? nullptr : continued(yesterday->second, at);
  const Decision decision =
      open != nullptr ? Decision{open->visit, false} : Decision{++numbers_[static_cast<std::uint32_t>(who.site)], true};
  ensure(decision.visit != 0, "the numbers of a site's visits do not run out");
  Entry& entry = open_.try_emplace(who, Entry{.pinned = pinned, .visits = {}}).first->second;
  drop_expired(entry);
  entry.visits.push_back({decision.visit, at, at});
  return decision;
}

std::optional<OpenVisits::Found> OpenVisits::going_on(const VisitorDay& who, std::uint64_t before, TimeMs at) const {
  for (const VisitorDay& day : {who, VisitorDay{who.site, who.day - 1, before}}) {
    const auto known = open_.find(day);
    if (known == open_.end()) continue;
    if (const Open* open = continued(known->second, at)) return Found{day, open->visit};
  }
  return std::nullopt;
}

void OpenVisits::keep(const Found& found, TimeMs at) {
  const auto known = open_.find(found.who);
  if (known == open_.end()) return;
  for (Open& open : known->second.visits) {
    if (open.visit != found.visit) continue;
    open.last = std::max(open.last, at);
    open.now = std::max(open.now, at);
  }
}

void OpenVisits::restore(const VisitorDay& who, const Open& visit, const Pinned& pinned) {
  Entry& entry = open_.try_emplace(who, Entry{.pinned = pinned, .visits = {}}).first->second;
  const auto known = std::ranges::find(entry.visits, visit.visit, &Open::visit);
  if (known == entry.visits.end()) {
    entry.visits.push_back(visit);
    return;
  }
  known->last = std::max(known->last, visit.last);
  known->now = std::max(known->now, visit.now);
}

void OpenVisits::forget(std::span<const SiteDay> sealed) {
  std::erase_if(open_, [&](const auto& entry) {
    return std::ranges::binary_search(sealed, SiteDay{entry.first.site, entry.first.day});
  });
}

void OpenVisits::forget_sites(const std::set<SiteKey>& sites) {
  std::erase_if(open_, [&](const auto& entry) { return sites.contains(entry.first.site); });
  for (const SiteKey site : sites) numbers_.erase(static_cast<std::uint32_t>(site));
}

void OpenVisits::restore_number(SiteKey site, std::uint32_t highest) {
  std::uint32_t& number = numbers_[static_cast<std::uint32_t>(site)];
  number = std::max(number, highest);
}

}  // namespace hk::store

#include "store/outcomes.h"

#include <algorithm>

namespace hk::store {

void Outcome::add(const Activity& activity) {
  ++(activity.is_view ? pageviews : events);
  const std::tuple when(activity.at, activity.place);
  if (when >= std::tuple(exited, last_place)) {
    exit_page = activity.page;
    exited = activity.at;
    last_place = activity.place;
  }
  interactive = interactive || (!activity.is_view && activity.interactive);
  if (activity.is_view) {
    View& oldest = *std::ranges::min_element(views, {}, &View::place);
    if (activity.place > oldest.place) oldest = {.place = activity.place, .page = activity.page};
  }
  if (activity.source != 0 && when >= std::tuple(sourced, sourced_place)) {
    sourced = activity.at;
    sourced_place = activity.place;
    last_source = activity.source;
    last_channel = activity.channel;
  }
  first = std::min(first, activity.at);
  last = std::max(last, activity.at);
}

void Outcome::see(const Look& look) {
  const auto view = std::ranges::find(views, look.view, &View::place);
  const std::uint32_t before = view != views.end() ? view->engaged : 0;
  if (view != views.end()) view->engaged = std::max(before, look.engaged);
  engaged = std::max(engaged, 1u) + std::max(before, look.engaged) - before;
  last = std::max(last, look.at);
}

const Outcome::View* Outcome::view_of(std::uint32_t page) const {
  const View* newest = nullptr;
  for (const View& view : views)
    if (view.place != 0 && view.page == page && (newest == nullptr || view.place > newest->place)) newest = &view;
  return newest;
}

void Outcomes::open(const Outcome& visit) {
  const Key key = key_of(visit.site, visit.visit);
  due_.push({visit.last, key});
  visits_.emplace(key, visit);
}

void Outcomes::add(SiteKey site, std::uint32_t visit, const Activity& activity) {
  if (const auto known = visits_.find(key_of(site, visit)); known != visits_.end()) known->second.add(activity);
}

void Outcomes::see(SiteKey site, std::uint32_t visit, const Look& look) {
  if (const auto known = visits_.find(key_of(site, visit)); known != visits_.end()) known->second.see(look);
}

const Outcome* Outcomes::find(SiteKey site, std::uint32_t visit) const {
  const auto known = visits_.find(key_of(site, visit));
  return known == visits_.end() ? nullptr : &known->second;
}

std::optional<Outcome> Outcomes::take_ended(TimeMs horizon) {
  while (!due_.empty() && due_.top().last <= horizon) {
    const Due due = due_.top();
    due_.pop();
    const auto visit = visits_.find(due.visit);
    if (visit == visits_.end()) continue;
    if (visit->second.last <= horizon) return visits_.extract(visit).mapped();
    due_.push({visit->second.last, due.visit});
  }
  return std::nullopt;
}

void Outcomes::forget(std::span<const SiteDay> sealed, const std::set<std::pair<SiteKey, std::uint32_t>>& left) {
  std::erase_if(visits_, [&](const auto& visit) {
    const Outcome& v = visit.second;
    return std::ranges::binary_search(sealed, SiteDay{v.site, v.day}) && !left.contains({v.site, v.vd});
  });
}

void Outcomes::forget_sites(const std::set<SiteKey>& sites) {
  std::erase_if(visits_, [&](const auto& visit) { return sites.contains(visit.second.site); });
}

void Outcomes::clear() {
  visits_.clear();
  due_ = {};
}

}  // namespace hk::store

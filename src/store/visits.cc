#include "store/visits.h"

#include <algorithm>
#include <chrono>

namespace hk::store {
namespace {

constexpr Millis kSweepEvery = std::chrono::minutes(5);

}  // namespace

const OpenVisits::Entry* OpenVisits::find(const VisitorDay& who) const {
  const auto it = open_.find(who);
  return it == open_.end() ? nullptr : &it->second;
}

bool OpenVisits::continues(const Entry& entry, TimeMs at) const {
  return entry.last > horizon() && at < entry.last + kVisitGap && at > entry.last - kVisitGap;
}

void OpenVisits::expire() {
  if (log_time_ < swept_ + kSweepEvery && log_time_ >= swept_) return;
  swept_ = log_time_;
  std::erase_if(open_, [cut = horizon()](const auto& entry) { return entry.second.last <= cut; });
}

OpenVisits::Decision OpenVisits::decide(const VisitorDay& who, std::uint64_t before, TimeMs at, bool late,
                                        const Pinned& pinned) {
  // Late hits have old times; they must not turn the clock back.
  if (!late && (at > log_time_ || turns_back(at, late))) log_time_ = at;
  const auto own = open_.find(who);
  if (own != open_.end() && continues(own->second, at)) {
    own->second.last = std::max(own->second.last, at);
    return {own->second.visit, false};
  }
  Decision decision;
  if (const auto yesterday = before == 0 ? open_.end() : open_.find({who.site, who.day - 1, before});
      yesterday != open_.end() && continues(yesterday->second, at)) {
    decision = {yesterday->second.visit, false};
  } else {
    decision = {++numbers_[static_cast<std::uint32_t>(who.site)], true};
  }
  // A straggler that opens a visit of its own must not hide the newer one.
  if (own == open_.end())
    open_.emplace(who, Entry{decision.visit, at, pinned});
  else if (at > own->second.last)
    own->second = Entry{decision.visit, at, pinned};
  return decision;
}

void OpenVisits::forget(const std::vector<SiteDay>& sealed) {
  std::erase_if(open_, [&](const auto& entry) {
    return std::ranges::binary_search(sealed, SiteDay{entry.first.site, entry.first.day});
  });
}

void OpenVisits::restore_number(SiteKey site, std::uint32_t highest) {
  std::uint32_t& number = numbers_[static_cast<std::uint32_t>(site)];
  number = std::max(number, highest);
}

}  // namespace hk::store

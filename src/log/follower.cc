#include "log/follower.h"

#include <algorithm>
#include <utility>

namespace hk::log {
namespace {

bool over(const Allowance& allowance, std::uint64_t bytes, Millis time) {
  return bytes > allowance.bytes || time > allowance.time;
}

}  // namespace

Offset release_floor(std::span<Follower* const> followers, Offset end) {
  Offset floor = end;
  for (Follower* follower : followers) {
    const auto needs = follower->needs();
    if (!needs) continue;
    const auto allowance = follower->allowance();
    if (allowance && over(*allowance, end - std::min(end, *needs), follower->behind()))
      follower->cut_off();
    else
      floor = std::min(floor, *needs);
  }
  return floor;
}

Offset wish_floor(std::span<Follower* const> followers, Offset floor) {
  for (const Follower* follower : followers) floor = std::min(floor, follower->wants().value_or(floor));
  return floor;
}

Result<void> readiness(std::span<Follower* const> followers, Millis patience) {
  Result<void> lanes;  // why none of them works
  bool any_works = false;
  for (const Follower* follower : followers) {
    if (follower->kind() == Follower::Kind::guest) continue;
    auto working = follower->working();
    if (follower->kind() == Follower::Kind::control) {
      if (!working) return working;
      continue;
    }
    any_works = any_works || working.has_value();
    if (!working && lanes) lanes = std::move(working);
    if (follower->behind() > patience) return fail(Code::unavailable, "figures are more than a minute behind");
  }
  return any_works ? Result<void>{} : lanes;
}

std::size_t stopped(std::span<Follower* const> followers) {
  return static_cast<std::size_t>(
      std::ranges::count_if(followers, [](const Follower* follower) { return !follower->working(); }));
}

Result<std::shared_ptr<void>> hold(std::span<Follower* const> followers) {
  auto held = std::make_shared<std::vector<std::shared_ptr<void>>>();
  for (Follower* follower : followers) {
    auto one = follower->hold();
    if (!one) return one;
    held->push_back(std::move(*one));
  }
  return std::shared_ptr<void>(std::move(held));
}

Result<void> stop(std::span<Follower* const> followers) {
  Result<void> outcome;
  for (Follower* follower : followers)
    if (auto stopped = follower->stop(); !stopped && outcome) outcome = std::move(stopped);
  return outcome;
}

}  // namespace hk::log

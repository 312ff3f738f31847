#include "query/turns.h"

#include <algorithm>

namespace hk::query {

std::optional<Turns::Turn> Turns::beside(Steady::time_point until) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, until, [&] { return !alone_ && wish_ == 0; })) return std::nullopt;
  running_.push_front({.since = Steady::now(), .give_way = {}});
  return Turn(*this, running_.begin());
}

std::optional<Turns::Turn> Turns::alone(Steady::time_point until) {
  std::unique_lock lock(mutex_);
  ++wish_;
  while (!running_.empty()) {
    const auto now = Steady::now();
    if (now >= until) break;
    auto next = until;
    for (Running& other : running_) {
      if (alone_ || other.give_way.stop_requested()) continue;
      if (const auto due = other.since + kGiveWay; due <= now)
        other.give_way.request_stop();
      else
        next = std::min(next, due);
    }
    changed_.wait_until(lock, next);
  }
  --wish_;
  if (!running_.empty()) {
    changed_.notify_all();
    return std::nullopt;
  }
  alone_ = true;
  running_.push_front({.since = Steady::now(), .give_way = {}});
  return Turn(*this, running_.begin());
}

void Turns::blame(std::string_view who, Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(blamed_, [&](const auto& entry) { return now - entry.second > kAloneAgain; });
  blamed_.insert_or_assign(std::string(who), now);
}

bool Turns::blamed(std::string_view who, Steady::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto found = blamed_.find(who);
  return found != blamed_.end() && now - found->second <= kAloneAgain;
}

Turns::Turn::~Turn() {
  if (owner_ == nullptr) return;
  {
    const std::lock_guard lock(owner_->mutex_);
    owner_->running_.erase(mine_);
    owner_->alone_ = owner_->alone_ && !owner_->running_.empty();
  }
  owner_->changed_.notify_all();
}

}  // namespace hk::query

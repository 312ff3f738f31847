#include "query/part_cache.h"

#include <utility>

namespace hk::query {

void Groups::add(std::uint64_t key, const Sums& sums) {
  keys_.push_back(key);
  for (std::size_t m = 0; m < kSums; ++m) {
    if (measures_.test(m)) values_.push_back(sums[m]);
  }
}

std::size_t Groups::bytes() const {
  return sizeof *this + keys_.capacity() * sizeof keys_[0] + values_.capacity() * sizeof values_[0];
}

std::shared_ptr<const Groups> PartCache::find(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->groups;
}

void PartCache::keep(std::string key, std::shared_ptr<const Groups> groups) {
  constexpr std::size_t kAround = 200;  // of an entry's own bookkeeping
  const std::size_t bytes = groups->bytes() + 2 * key.size() + kAround;
  if (bytes > most_) return;
  const std::scoped_lock lock(mutex_);
  if (by_key_.contains(key)) return;  // somebody else asked the same
  entries_.push_front({.key = key, .groups = std::move(groups), .bytes = bytes});
  by_key_.emplace(std::move(key), entries_.begin());
  bytes_ += bytes;
  while (bytes_ > most_) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

std::size_t PartCache::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

std::optional<std::string> Names::find(const Id& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = texts_.find(id);
  return found == texts_.end() ? std::nullopt : std::optional(found->second);
}

void Names::keep(const Id& id, std::string text) {
  const std::scoped_lock lock(mutex_);
  if (texts_.size() >= kMost) texts_.clear();
  texts_.emplace(id, std::move(text));
}

}  // namespace hk::query

#include "query/sums.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <span>
#include <utility>

namespace hk::query {
namespace {

std::uint32_t spread(std::uint32_t pair, std::uint32_t bits) {
  return pair * 0x9e3779b1u >> (32 - bits);
}

}  // namespace

const Sums* SumsByKey::find(std::uint64_t key) const {
  const bool direct = key < direct_.size();
  if (!direct && slots_.empty()) return nullptr;
  const std::uint32_t place = direct ? direct_[key] : slots_[slot_of(key)];
  return place != 0 ? &sums_[place - 1] : nullptr;
}

std::uint32_t SumsByKey::place_in_slots(std::uint64_t key) {
  // Up to so many for each key: ids are given in the order in which texts come, so a few rows may have large ones.
  constexpr std::size_t kNear = 16;
  constexpr std::size_t kAlways = 1024;
  if (key < kAlways || key < keys_.size() * kNear) {
    reach(key);
    return place_of(key);
  }
  if (in_slots_ * 2 >= slots_.size()) grow();
  std::uint32_t& place = slots_[slot_of(key)];
  if (place != 0) return place - 1;
  ++in_slots_;
  return make(key, place);
}

/// Keys from 0 to this one have their places in direct_ from now on.
void SumsByKey::reach(std::uint64_t key) {
  direct_.resize(std::bit_ceil(key + 1), 0);
  for (std::size_t i = 0; i < keys_.size(); ++i)
    if (keys_[i] < direct_.size()) direct_[keys_[i]] = static_cast<std::uint32_t>(i + 1);
}

void SumsByKey::grow() {
  constexpr std::size_t kFirstSlots = 16;
  slots_.assign(slots_.empty() ? kFirstSlots : slots_.size() * 2, 0);
  shift_ = 64 - static_cast<unsigned>(std::bit_width(slots_.size() - 1));
  in_slots_ = 0;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] < direct_.size()) continue;
    slots_[slot_of(keys_[i])] = static_cast<std::uint32_t>(i + 1);
    ++in_slots_;
  }
}

std::uint32_t SumsByKey::make(std::uint64_t key, std::uint32_t& place) {
  keys_.push_back(key);
  sums_.emplace_back();
  place = static_cast<std::uint32_t>(keys_.size());
  return place - 1;
}

/// Null: the budget has no room.
SeenVisitors::Numbers SeenVisitors::take(std::size_t numbers) {
  const std::size_t bytes = numbers * sizeof(std::uint32_t);
  full_ = full_ || !budget_.take(bytes);
  if (full_) return nullptr;
  bytes_ += bytes;
  auto out = std::make_unique_for_overwrite<std::uint32_t[]>(numbers);
  std::fill_n(out.get(), numbers, kNone);
  return out;
}

SeenVisitors::Some* SeenVisitors::make(std::uint32_t number) {
  if (all_.empty()) begin_ = number;
  if (number < begin_) {
    std::vector<Some> more(begin_ - number);
    std::ranges::move(all_, std::back_inserter(more));
    all_ = std::move(more);
    begin_ = number;
  }
  if (number - begin_ >= all_.size()) all_.resize(number - begin_ + 1);
  Some& some = all_[number - begin_];
  some.few = take(std::size_t{kTogether} * lists_ * few_);
  return some.few ? &some : nullptr;
}

bool SeenVisitors::add_other(Some& some, std::uint32_t list, std::uint32_t group, std::uint32_t visitor) {
  full_ = full_ || group >= kNone / kTogether;
  if (full_) return false;
  if (!some.others) some.others = std::make_unique<Others[]>(lists_);
  Others& others = some.others[list];
  if (others.used * 2 >= (others.pairs ? 1u << others.bits : 0) && !grow(others)) return false;
  const std::uint32_t pair = group * kTogether + visitor;
  const std::uint32_t mask = (1u << others.bits) - 1;
  std::uint32_t* const pairs = others.pairs.get();
  std::uint32_t at = spread(pair, others.bits);
  for (; pairs[at] != kNone; at = (at + 1) & mask)
    if (pairs[at] == pair) return false;
  pairs[at] = pair;
  ++others.used;
  return true;
}

bool SeenVisitors::grow(Others& others) {
  constexpr std::uint32_t kFirstBits = 4;
  const std::uint32_t bits = others.pairs ? others.bits + 1 : kFirstBits;
  const std::uint32_t before = others.pairs ? 1u << others.bits : 0;
  auto grown = take(std::size_t{1} << bits);
  if (!grown) return false;
  for (const std::uint32_t pair : std::span(others.pairs.get(), before)) {
    if (pair == kNone) continue;
    std::uint32_t at = spread(pair, bits);
    while (grown[at] != kNone) at = (at + 1) & ((1u << bits) - 1);
    grown[at] = pair;
  }
  others.pairs = std::move(grown);
  others.bits = bits;
  bytes_ -= before * sizeof(std::uint32_t);
  budget_.give_back(before * sizeof(std::uint32_t));
  return true;
}

}  // namespace hk::query

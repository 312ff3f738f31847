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

void SumsByKey::grow() {
  constexpr std::size_t kFirstSlots = 16;
  slots_.assign(slots_.empty() ? kFirstSlots : slots_.size() * 2, 0);
  shift_ = 64 - static_cast<unsigned>(std::bit_width(slots_.size() - 1));
  for (std::size_t i = 0; i < keys_.size(); ++i) slots_[slot_of(keys_[i])] = static_cast<std::uint32_t>(i + 1);
}

std::uint32_t SumsByKey::make(std::uint64_t key, std::uint32_t& place) {
  keys_.push_back(key);
  sums_.emplace_back();
  place = static_cast<std::uint32_t>(keys_.size());
  return place - 1;
}

/// Null: the budget has no room.
std::unique_ptr<std::uint32_t[]> SeenVisitors::take(std::size_t numbers) {
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
  some.first = take(kTogether);
  return some.first ? &some : nullptr;
}

bool SeenVisitors::add_other(Some& some, std::uint32_t group, std::uint32_t visitor) {
  full_ = full_ || group >= kNone / kTogether;
  if (full_ || (some.used * 2 >= (some.others ? 1u << some.bits : 0) && !grow(some))) return false;
  const std::uint32_t pair = group * kTogether + visitor;
  const std::uint32_t mask = (1u << some.bits) - 1;
  std::uint32_t at = spread(pair, some.bits);
  for (; some.others[at] != kNone; at = (at + 1) & mask)
    if (some.others[at] == pair) return false;
  some.others[at] = pair;
  ++some.used;
  return true;
}

bool SeenVisitors::grow(Some& some) {
  constexpr std::uint32_t kFirstBits = 4;
  const std::uint32_t bits = some.others ? some.bits + 1 : kFirstBits;
  const std::uint32_t before = some.others ? 1u << some.bits : 0;
  auto grown = take(std::size_t{1} << bits);
  if (!grown) return false;
  for (const std::uint32_t pair : std::span(some.others.get(), before)) {
    if (pair == kNone) continue;
    std::uint32_t at = spread(pair, bits);
    while (grown[at] != kNone) at = (at + 1) & ((1u << bits) - 1);
    grown[at] = pair;
  }
  some.others = std::move(grown);
  some.bits = bits;
  bytes_ -= before * sizeof(std::uint32_t);
  budget_.give_back(before * sizeof(std::uint32_t));
  return true;
}

}  // namespace hk::query

#include "db/ordinals.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace hk::db {
namespace {

constexpr std::uint32_t kFirstSlots = 4;  // many groups have few visitors
constexpr std::uint32_t kFirstLines = 16;
/// From so many on, and so near to each other on average, lines are the smaller form.
constexpr std::uint32_t kManyOrdinals = 256;
constexpr std::uint32_t kNear = 64;

/// Fibonacci hashing.
std::uint32_t spread(std::uint32_t key) {
  key *= 0x9e3779b1u;
  return key ^ key >> 15;
}

}  // namespace

bool OrdinalBudget::take(std::size_t bytes) {
  if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_) return true;
  give_back(bytes);
  return false;
}

OrdinalSet::Slot& OrdinalSet::slot_of(std::uint32_t key) const {
  const std::uint32_t mask = capacity_ - 1;
  std::uint32_t at = spread(key) & mask;
  while (slots_[at].place != 0 && slots_[at].key != key) at = (at + 1) & mask;
  return slots_[at];
}

/// Room for one more slot.
bool OrdinalSet::reserve_slot(OrdinalBudget& budget) {
  if (used_ * 4 < capacity_ * 3) return true;
  const OrdinalSet before = *this;
  const std::uint32_t capacity = capacity_ == 0 ? kFirstSlots : capacity_ * 2;
  if (!budget.take(capacity * sizeof(Slot))) return false;
  auto* slots = static_cast<Slot*>(std::calloc(capacity, sizeof(Slot)));
  if (slots == nullptr) {
    budget.give_back(capacity * sizeof(Slot));
    return false;
  }
  slots_ = slots;
  capacity_ = capacity;
  for (std::uint32_t i = 0; i < before.capacity_; ++i)
    if (before.slots_[i].place != 0) slot_of(before.slots_[i].key) = before.slots_[i];
  std::free(before.slots_);
  budget.give_back(before.capacity_ * sizeof(Slot));
  return true;
}

/// Room for one more line.
bool OrdinalSet::reserve_line(OrdinalBudget& budget) {
  if (used_ < line_capacity_) return true;
  const std::uint32_t capacity = line_capacity_ == 0 ? kFirstLines : line_capacity_ * 2;
  const std::size_t more = (capacity - line_capacity_) * sizeof(Line);
  if (!budget.take(more)) return false;
  auto* lines = static_cast<Line*>(std::realloc(lines_, capacity * sizeof(Line)));
  if (lines == nullptr) {
    budget.give_back(more);
    return false;
  }
  lines_ = lines;
  line_capacity_ = capacity;
  return true;
}

bool OrdinalSet::add_sparse(std::uint32_t ordinal, OrdinalBudget& budget) {
  if (capacity_ != 0 && slot_of(ordinal).place != 0) return true;
  if (!reserve_slot(budget)) return false;
  slot_of(ordinal) = {.key = ordinal, .place = 1};
  ++used_;
  ++count_;
  least_ = std::min(least_, ordinal);
  most_ = std::max(most_, ordinal);
  const bool near = (most_ - least_) / kNear < used_;
  return used_ < kManyOrdinals || !std::has_single_bit(used_) || !near || change_over(budget);
}

bool OrdinalSet::change_over(OrdinalBudget& budget) {
  OrdinalSet dense;
  if (!dense.reserve_line(budget)) return true;  // it may stay as it is
  const bool moved = each([&](std::uint32_t ordinal) { return dense.add_dense(ordinal, budget); });
  (moved ? *this : dense).clear(budget);
  if (moved) *this = dense;
  return true;
}

/// The line of that number; null where the budget has no room for a new one.
OrdinalSet::Line* OrdinalSet::line_of(std::uint32_t number, OrdinalBudget& budget) {
  if (capacity_ != 0) {
    if (const std::uint32_t place = slot_of(number).place; place != 0) return &lines_[last_place_ = place - 1];
  }
  if (!reserve_slot(budget) || !reserve_line(budget)) return nullptr;
  slot_of(number) = {.key = number, .place = ++used_};
  last_place_ = used_ - 1;
  return &(lines_[last_place_] = {});
}

bool OrdinalSet::add_dense(std::uint32_t ordinal, OrdinalBudget& budget) {
  const std::uint32_t number = ordinal / kLineBits;
  Line* line = number == last_ ? &lines_[last_place_] : line_of(number, budget);
  if (line == nullptr) return false;
  last_ = number;
  std::uint64_t& word = line->words[ordinal % kLineBits / 64];
  const std::uint64_t bit = std::uint64_t{1} << (ordinal % 64);
  count_ += (word & bit) == 0 ? 1 : 0;
  word |= bit;
  return true;
}

bool OrdinalSet::add(std::uint32_t ordinal, OrdinalBudget& budget) {
  return dense() ? add_dense(ordinal, budget) : add_sparse(ordinal, budget);
}

bool OrdinalSet::contains(std::uint32_t ordinal) const {
  if (capacity_ == 0) return false;
  if (!dense()) return slot_of(ordinal).place != 0;
  const std::uint32_t place = slot_of(ordinal / kLineBits).place;
  return place != 0 && (lines_[place - 1].words[ordinal % kLineBits / 64] >> (ordinal % 64) & 1) != 0;
}

/// Calls f(ordinal) for each until it returns false.
template <class F>
bool OrdinalSet::each(F&& f) const {
  for (const Slot* slot = slots_; slot != slots_ + capacity_; ++slot) {
    if (slot->place == 0) continue;
    if (!dense()) {
      if (!f(slot->key)) return false;
      continue;
    }
    for (std::uint32_t i = 0; i < kLineBits / 64; ++i) {
      for (std::uint64_t bits = lines_[slot->place - 1].words[i]; bits != 0; bits &= bits - 1) {
        const auto bit = static_cast<std::uint32_t>(std::countr_zero(bits));
        if (!f(slot->key * kLineBits + i * 64 + bit)) return false;
      }
    }
  }
  return true;
}

bool OrdinalSet::add_all(const OrdinalSet& other, OrdinalBudget& budget) {
  return other.each([&](std::uint32_t ordinal) { return add(ordinal, budget); });
}

void OrdinalSet::clear(OrdinalBudget& budget) {
  std::free(slots_);
  std::free(lines_);
  budget.give_back(capacity_ * sizeof(Slot) + line_capacity_ * sizeof(Line));
  *this = {};
}

}  // namespace hk::db

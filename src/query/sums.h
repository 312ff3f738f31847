#pragma once
// Sums by key, put together in C++: many rows, few or many groups.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "db/ordinals.h"
#include "query/metric.h"

namespace hk::query {

/// Keys are days, ids, or a host's id above that of its path; totals have the key 0. In the order in which they came.
class SumsByKey {
 public:
  /// Which group it is, from 0; made where it is not there.
  std::uint32_t place_of(std::uint64_t key) {
    if (key >= direct_.size()) return place_in_slots(key);
    std::uint32_t& place = direct_.data()[key];
    return place != 0 ? place - 1 : make(key, place);
  }
  /// Those of the places behind it follow.
  Sums& at_place(std::uint32_t place) { return sums_[place]; }
  Sums& operator[](std::uint64_t key) { return sums_[place_of(key)]; }
  /// Null where it is not there.
  const Sums* find(std::uint64_t key) const;
  std::size_t size() const { return keys_.size(); }
  /// By place.
  std::uint64_t key_at(std::uint32_t place) const { return keys_[place]; }
  const Sums& at_place(std::uint32_t place) const { return sums_[place]; }
  /// Calls `see(key, sums)` for each.
  template <class See>
  void each(const See& see) const {
    for (std::size_t i = 0; i < keys_.size(); ++i) see(keys_[i], sums_[i]);
  }

 private:
  /// Where a key stands, or would stand. Fibonacci hashing: ids lie close together.
  std::size_t slot_of(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = (key ^ key >> 31) * 0x9e3779b97f4a7c15u >> shift_;
    while (slots_[slot] != 0 && keys_[slots_[slot] - 1] != key) slot = (slot + 1) & mask;
    return slot;
  }
  std::uint32_t place_in_slots(std::uint64_t key);
  std::uint32_t make(std::uint64_t key, std::uint32_t& place);
  void grow();
  void reach(std::uint64_t key);

  std::vector<std::uint64_t> keys_;
  std::vector<Sums> sums_;
  std::vector<std::uint32_t> direct_;  // by the key: place + 1; ids are small numbers as a rule
  std::vector<std::uint32_t> slots_;   // by a hash of a key beyond direct_: the same; a power of two of them
  std::size_t in_slots_ = 0;
  unsigned shift_ = 64;
};

/// Which visitors were seen in which groups of some lists. The first groups of each visitor stand in an array, those of
/// all lists side by side, others in a hash table of each 256 visitors, who come near each other in time.
class SeenVisitors {
 public:
  /// In how many groups of a list most visitors are: 4 or 32 bytes for each visitor and list, 8 to 16 for each group
  /// beyond.
  enum class Groups : std::uint8_t { one, some };
  /// `budget` outlives it.
  SeenVisitors(db::OrdinalBudget& budget, Groups groups) : budget_(budget), few_(groups == Groups::one ? 1 : kSome) {}
  ~SeenVisitors() { budget_.give_back(bytes_); }
  SeenVisitors(const SeenVisitors&) = delete;
  SeenVisitors& operator=(const SeenVisitors&) = delete;
  /// The number of one more list. Before the first visitor.
  std::uint32_t add_list() { return lists_++; }
  /// Whether the visitor is new in the group of the list.
  bool add(std::uint32_t list, std::uint32_t group, std::uint32_t visitor) {
    const std::uint32_t number = visitor / kTogether;
    Some* some = number - begin_ < all_.size() ? all_.data() + (number - begin_) : nullptr;
    if (some == nullptr || !some->few) some = make(number);
    if (some == nullptr) return false;
    std::uint32_t* const own = some->few.get() + (std::size_t{visitor % kTogether} * lists_ + list) * few_;
    std::uint32_t used = 0;
    bool known = false;
    if (few_ == 1) {
      known = *own == group;
      used = *own != kNone ? 1 : 0;
    } else {
      for (std::uint32_t i = 0; i < kSome; ++i) {  // without a branch: the compiler compares four at once
        known |= own[i] == group;
        used += own[i] != kNone ? 1 : 0;
      }
    }
    if (known) return false;
    if (used == few_) return add_other(*some, list, group, visitor % kTogether);
    own[used] = group;
    return true;
  }
  /// The budget had no room: not everything was added.
  bool full() const { return full_; }

 private:
  static constexpr std::uint32_t kTogether = 256;
  static constexpr std::uint32_t kSome = 8;
  static constexpr std::uint32_t kNone = UINT32_MAX;
  using Numbers = std::unique_ptr<std::uint32_t[]>;
  struct Others {
    Numbers pairs;           // visitor and group in one number, by a hash of it; kNone: nothing
    std::uint32_t bits = 0;  // of the number of places
    std::uint32_t used = 0;
  };
  struct Some {
    Numbers few;                       // of each visitor the first groups of each list
    std::unique_ptr<Others[]> others;  // of each list
  };
  Some* make(std::uint32_t number);
  bool add_other(Some& some, std::uint32_t list, std::uint32_t group, std::uint32_t visitor);
  bool grow(Others& others);
  Numbers take(std::size_t numbers);

  db::OrdinalBudget& budget_;
  const std::uint32_t few_;
  std::uint32_t lists_ = 0;
  std::size_t bytes_ = 0;
  bool full_ = false;
  std::uint32_t begin_ = 0;  // the number of all_.front()
  std::vector<Some> all_;
};

}  // namespace hk::query

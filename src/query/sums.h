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
    if (keys_.size() * 2 >= slots_.size()) grow();
    std::uint32_t& place = slots_[slot_of(key)];
    return place != 0 ? place - 1 : make(key, place);
  }
  Sums& at_place(std::uint32_t place) { return sums_[place]; }
  Sums& operator[](std::uint64_t key) { return sums_[place_of(key)]; }
  std::size_t size() const { return keys_.size(); }
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
  std::uint32_t make(std::uint64_t key, std::uint32_t& place);
  void grow();

  std::vector<std::uint64_t> keys_;
  std::vector<Sums> sums_;
  std::vector<std::uint32_t> slots_;  // by a hash of the key: place + 1; a power of two of them
  unsigned shift_ = 64;
};

/// Which visitors were seen in which group. Most have one: it stands in an array, others in a hash table of each 256
/// visitors, who come near each other in time. 4 bytes for each visitor, 8 to 16 for each group beyond the first.
class SeenVisitors {
 public:
  /// `budget` outlives it.
  explicit SeenVisitors(db::OrdinalBudget& budget) : budget_(budget) {}
  ~SeenVisitors() { budget_.give_back(bytes_); }
  SeenVisitors(const SeenVisitors&) = delete;
  SeenVisitors& operator=(const SeenVisitors&) = delete;
  /// Whether the pair is new.
  bool add(std::uint32_t group, std::uint32_t visitor) {
    const std::uint32_t number = visitor / kTogether;
    Some* some = number - begin_ < all_.size() && all_[number - begin_].first ? &all_[number - begin_] : make(number);
    if (some == nullptr) return false;
    std::uint32_t& first = some->first[visitor % kTogether];
    if (first == group) return false;
    if (first != kNone) return add_other(*some, group, visitor % kTogether);
    first = group;
    return true;
  }
  /// The budget had no room: not everything was added.
  bool full() const { return full_; }

 private:
  static constexpr std::uint32_t kTogether = 256;
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Some {
    std::unique_ptr<std::uint32_t[]> first;   // of each visitor the group
    std::unique_ptr<std::uint32_t[]> others;  // visitor and group in one number, by a hash of it; kNone: nothing
    std::uint32_t bits = 0;                   // of the number of others' places
    std::uint32_t used = 0;
  };
  Some* make(std::uint32_t number);
  bool add_other(Some& some, std::uint32_t group, std::uint32_t visitor);
  bool grow(Some& some);
  std::unique_ptr<std::uint32_t[]> take(std::size_t numbers);

  db::OrdinalBudget& budget_;
  std::size_t bytes_ = 0;
  bool full_ = false;
  std::uint32_t begin_ = 0;  // the number of all_.front()
  std::vector<Some> all_;
};

}  // namespace hk::query

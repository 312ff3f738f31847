#pragma once
// Exact distinct counts: sets of ordinals, and the aggregate `ordinals(x UINTEGER)` that counts with them in SQL.

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hk::db {

/// What all sets of a database may take together, in bytes: they lie outside of DuckDB's own limit. Thread-safe.
class OrdinalBudget {
 public:
  explicit OrdinalBudget(std::size_t limit) : limit_(limit) {}
  /// Whether there is room; then it is taken.
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_ = 0;
};

/// A set of numbers. Few, or far apart, they stand in a hash table, 5 to 16 bytes each; where they lie close together,
/// as ordinals of visitors do, in lines of 512 bits, at most 11 bytes each when it changes over. Plain memory, so that
/// DuckDB may move it: whoever made it clear()s it. One thread at a time.
class OrdinalSet {
 public:
  /// False, and nothing is added, where the budget has no room.
  bool add(std::uint32_t ordinal, OrdinalBudget& budget);
  /// Adds all of another; false where the budget has no room.
  bool add_all(const OrdinalSet& other, OrdinalBudget& budget);
  bool contains(std::uint32_t ordinal) const;
  std::uint64_t count() const { return count_; }
  void clear(OrdinalBudget& budget);

 private:
  static constexpr std::uint32_t kLineBits = 512;
  struct Line {
    std::uint64_t words[kLineBits / 64];
  };
  /// Before the change an ordinal; after it the number of a line, and where that lies.
  struct Slot {
    std::uint32_t key;
    std::uint32_t place;  // 0: the slot is empty; 1 for an ordinal; the line's index + 1
  };

  bool dense() const { return lines_ != nullptr; }
  Slot& slot_of(std::uint32_t key) const;
  bool add_sparse(std::uint32_t ordinal, OrdinalBudget& budget);
  bool add_dense(std::uint32_t ordinal, OrdinalBudget& budget);
  Line* line_of(std::uint32_t number, OrdinalBudget& budget);
  bool reserve_slot(OrdinalBudget& budget);
  bool reserve_line(OrdinalBudget& budget);
  bool change_over(OrdinalBudget& budget);
  template <class F>
  bool each(F&& f) const;

  Slot* slots_ = nullptr;
  Line* lines_ = nullptr;
  std::uint32_t capacity_ = 0;       // of slots, a power of two, or 0
  std::uint32_t used_ = 0;           // slots
  std::uint32_t line_capacity_ = 0;  // of lines; as many are used as slots
  std::uint32_t least_ = UINT32_MAX, most_ = 0;
  std::uint32_t last_ = UINT32_MAX, last_place_ = 0;  // the line that was asked for last
  std::uint64_t count_ = 0;
};

}  // namespace hk::db

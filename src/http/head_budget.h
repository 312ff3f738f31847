#pragma once
// Memory for heads that do not fit a connection's own buffer.

#include <atomic>
#include <cstddef>
#include <utility>

namespace hk::http {

/// What all long heads may take together, bytes. Thread-safe; outlives its leases.
class HeadBudget {
 public:
  explicit HeadBudget(std::size_t bytes) : most_(bytes) {}

  /// Bytes taken from the budget until it is gone or reset. Empty: nothing is taken.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Lease& operator=(Lease&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Lease() {
      if (budget_) budget_->taken_.fetch_sub(bytes_, std::memory_order_relaxed);
    }
    explicit operator bool() const { return budget_ != nullptr; }

   private:
    friend class HeadBudget;
    Lease(HeadBudget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {}
    HeadBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

  /// Empty where it would be too much.
  Lease take(std::size_t bytes) {
    if (taken_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= most_) return {*this, bytes};
    taken_.fetch_sub(bytes, std::memory_order_relaxed);
    return {};
  }
  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace hk::http

#pragma once
// An array by numbers that lie close together, somewhere: only pages that are touched take room.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace hk {

/// Every number has a T{} until it is given another.
template <class T>
class Paged {
 public:
  T get(std::uint32_t number) const {
    const T* const page = page_of(number);
    return page != nullptr ? page[number % kPage] : T{};
  }
  T& operator[](std::uint32_t number) {
    T* page = page_of(number);
    if (page == nullptr) page = make(number / kPage);
    return page[number % kPage];
  }
  /// Calls `see(number, value)` for every number of the pages that were touched, in order.
  template <class See>
  void each(const See& see) const {
    for (std::size_t page = 0; page < pages_.size(); ++page) {
      for (std::size_t i = 0; pages_[page] && i < kPage; ++i)
        see(static_cast<std::uint32_t>(page * kPage + i), (*pages_[page])[i]);
    }
  }

 private:
  static constexpr std::size_t kPage = 1'024;
  // Plain pointers: millions of rows look here, and checked access takes as long as the rest of it.
  T* page_of(std::uint32_t number) const {
    const std::size_t page = number / kPage;
    auto* const at = page < pages_.size() ? pages_.data()[page].get() : nullptr;
    return at != nullptr ? at->data() : nullptr;
  }
  T* make(std::size_t page) {
    if (page >= pages_.size()) pages_.resize(page + 1);
    pages_[page] = std::make_unique<std::array<T, kPage>>();
    return pages_[page]->data();
  }
  std::vector<std::unique_ptr<std::array<T, kPage>>> pages_;
};

}  // namespace hk

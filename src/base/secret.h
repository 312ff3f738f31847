#pragma once
// A value that must not reach logs, errors or URLs, and does not stay in memory.

#include <cstring>
#include <string>
#include <utility>

namespace hk {

/// Overwrites a text with zeros, what a shorter value left behind included.
inline void wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

/// Wraps a secret; it has no stream operator and no implicit conversion. `reveal()` is the one way
/// out, so that a reader can find every use. T has a wipe(T&), which runs when the value goes.
template <class T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {
    wipe(value);  // a short text is copied, not moved
  }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }
  Secret& operator=(Secret other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Secret() { wipe(value_); }
  const T& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  T value_;
};

}  // namespace hk

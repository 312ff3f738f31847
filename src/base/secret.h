#pragma once
// A value that must not reach logs, errors or URLs.

#include <utility>

namespace hk {

/// Wraps a secret; it has no stream operator and no implicit conversion. `reveal()` is the one way
/// out, so that a reader can find every use.
template <class T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  const T& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  T value_;
};

}  // namespace hk

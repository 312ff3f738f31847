#pragma once
// What OpenSSL made, and how it is freed.

#include <memory>

namespace hk::crypto {

template <auto F>
struct FreedBy {
  template <class T>
  void operator()(T* value) const {
    F(value);
  }
};
/// Freed by OpenSSL's function F.
template <class T, auto F>
using Owned = std::unique_ptr<T, FreedBy<F>>;

}  // namespace hk::crypto

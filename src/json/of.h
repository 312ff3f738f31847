#pragma once

namespace hk::json {

/// Names a type for shape() (shape.h) and names(), which are found in the type's own namespace.
template <class T>
struct Of {};

}  // namespace hk::json

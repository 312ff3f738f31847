#pragma once
// What loading a lane and applying to it share. Nobody else includes this.

#include <cstddef>

#include "db/duck.h"
#include "store/visits.h"

namespace hk::store {

/// A visitor's pinned attributes, which stand in a row from column `first` on.
Pinned pinned_at(const db::DuckRows& row, std::size_t first);

}  // namespace hk::store

#pragma once
// What a visit came to as a row.

#include <cstdint>

#include "base/error.h"
#include "db/duck.h"
#include "store/attributes.h"
#include "store/outcomes.h"

namespace hk::store {

/// In the column of an attribute, as wide as that is.
void put(db::DuckAppender& to, Attribute attribute, std::uint32_t value);
/// A row of hot_closed, or of a table with its columns.
Result<void> append(db::DuckAppender& to, const Outcome& visit);

}  // namespace hk::store

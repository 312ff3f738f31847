#pragma once
// What a lane's file holds, as text.

#include <string>
#include <vector>

#include "db/duck.h"

namespace hk::store::testing {

/// Every row of every table, sorted: what two copies of a lane must have in common.
std::vector<std::string> all_rows(db::DuckConnection& connection);
/// The first row that only one of them has; empty when they are alike.
std::string first_difference(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace hk::store::testing

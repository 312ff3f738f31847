#pragma once
// Numbers that are given once and never again, whatever is deleted.

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "db/sqlite.h"

namespace hk::control {

/// The next number of `counter` ("site", "lane"), from 1. Call within a Change: a number of a change that fails is free
/// again, one of a change that was logged is not.
Result<std::uint32_t> next_number(db::Sqlite& sql, std::string_view counter);

}  // namespace hk::control

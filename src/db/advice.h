#pragma once
// What is said of a database that cannot be read.

#include <string>
#include <string_view>

#include "base/error.h"

namespace hk::db {

/// What every sentence about a damaged database ends with.
inline constexpr std::string_view kDamagedAdvice =
    " It is left as it is. Restore the whole data directory from a snapshot (a backup); if this is a copy that was "
    "taken "
    "while HitKeep ran, take it with `hitkeep snapshot DIR`.";

/// What follows the name of a file whose reading failed so: it is damaged, or there is too little memory for it.
std::string unreadable(const Error& why);

}  // namespace hk::db

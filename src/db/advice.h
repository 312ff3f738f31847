#pragma once
// What every sentence about a damaged database ends with.

#include <string_view>

namespace hk::db {

inline constexpr std::string_view kDamagedAdvice =
    " It is left as it is. Restore the whole data directory from a snapshot (a backup); if this is a copy that was "
    "taken "
    "while HitKeep ran, take it with `hitkeep snapshot DIR`.";

}  // namespace hk::db

#pragma once
// What every sentence about a damaged database ends with.

#include <string_view>

namespace hk::db {

inline constexpr std::string_view kDamagedAdvice =
    " It is left as it is. Restore the whole data directory from a snapshot (a backup); if this is a copy that was "
    "taken "
    "while HitKeep ran, take it with `hitkeep snapshot DIR`.";

/// Of a database that would be read with more memory.
inline constexpr std::string_view kMemoryAdvice =
    " needs more memory to be opened than there may be taken. Give HITKEEP_MEMORY_LIMIT_MB more.";

}  // namespace hk::db

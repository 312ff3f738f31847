#pragma once
// The form of a lane's file, and how one of the earlier form becomes one (docs/storage.md).

#include <filesystem>

#include "db/rebuild.h"

namespace hk::store {

/// The migrations of a lane's file, in order; append only, a name never changes once it was released.
const db::Forms& lane_forms();

/// How a file of the earlier form becomes one of the present.
db::Rebuild lane_rebuild(const std::filesystem::path& file);

}  // namespace hk::store

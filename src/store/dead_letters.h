#pragma once
// Records that would fail for ever are put aside, so that those behind them are applied.

#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "base/id.h"
#include "log/log.h"

namespace hk::store {

/// Writes and syncs `dead-letter/<lane>-<offset>.record`, the payload as it came. Doing it again changes nothing.
Result<void> put_aside(const std::filesystem::path& folder, LaneKey lane, const log::Entry& entry);

}  // namespace hk::store

#pragma once
// Records that would fail for ever are put aside, so that those behind them are applied.

#include <filesystem>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "log/log.h"

namespace hk::log {

/// Writes and syncs `<follower>-<offset>.record`, the payload as it came, and beside it what people want to know of it
/// (.txt). Only their owner may read them. Doing it again changes nothing but `now`.
Result<void> put_aside(const std::filesystem::path& folder, std::string_view follower, const Entry& entry,
                       const Error& why, TimeMs now);

}  // namespace hk::log

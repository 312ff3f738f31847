#pragma once
// Opens a log on any FileSystem; Log::open is this on the machine's own. For tests that break the disk.

#include "log/file.h"
#include "log/log.h"

namespace hk::log {

/// The one that is written, the next one, and one that is being recycled.
inline constexpr std::uint64_t kMinSegments = 3;

/// `files` must outlive the log and its readers.
Result<std::unique_ptr<Log>> open_on(FileSystem& files, const Options& options, const Clock& clock,
                                     metrics::Registry& metrics, Recovery& recovery);

}  // namespace hk::log

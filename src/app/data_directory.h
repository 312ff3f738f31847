#pragma once
// Who may look into the data directory.

#include <filesystem>

#include "base/error.h"

namespace hk::app {

/// Makes the directory where there is none, for its owner alone. One that everybody may write to is closed to them
/// where it is ours; otherwise, and where many share it (/tmp), it is refused with what to do. One that a group may
/// write to, as Kubernetes' fsGroup makes it, is taken with a line in the log.
Result<void> prepare_data_directory(const std::filesystem::path& directory);

/// Takes from everybody else what earlier versions, or a copy, let them read: files are 0600. What is not ours is left.
void close_files_to_others(const std::filesystem::path& directory);

}  // namespace hk::app

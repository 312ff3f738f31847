#pragma once
// Small files beside databases: replaced as a whole, and told from torn or rotten ones by a checksum.

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"

namespace hk::store {

/// Durable when it returns; until then the file is as it was. Its directory is there. Code::unavailable: it cannot be
/// written.
Result<void> save_sidecar(const std::filesystem::path& file, std::string bytes);
/// The same bytes; nullopt where the file is not there, or not whole.
std::optional<std::string> read_sidecar(const std::filesystem::path& file);

}  // namespace hk::store

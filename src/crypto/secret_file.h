#pragma once
// A secret that the program makes once and keeps in its data directory.

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace hk::crypto {

/// Reads the secret in `file`, or makes one of `bytes` random bytes (kept as hex), durable before it returns. The
/// file has mode 0600 from its first moment, and appears whole or not at all. Code::invalid when the file is readable
/// by group or others, is no ordinary file, or holds less than 2 × `bytes` characters; Code::internal when the disk
/// refuses. Two processes that race agree on one secret.
Result<Secret<std::string>> load_or_create_secret(const std::filesystem::path& file, std::size_t bytes = 32);

}  // namespace hk::crypto

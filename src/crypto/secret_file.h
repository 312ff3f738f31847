#pragma once
// A secret that the program makes once and keeps in its data directory.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace hk::crypto {

/// Reads the secret in `file`, or makes one of `bytes` random bytes (kept as hex), durable before it returns. The
/// file has mode 0600 from its first moment, and appears whole or not at all. Code::invalid when the file is readable
/// by group or others, is no ordinary file, or holds less than 2 × `bytes` characters; Code::internal when the disk
/// refuses. Two processes that race agree on one secret.
Result<Secret<std::string>> load_or_create_secret(const std::filesystem::path& file, std::size_t bytes = 32);

/// Of a file that keeps keys in another form, bytes.
inline constexpr std::size_t kMaxKeptBytes = std::size_t{64} * 1024;

/// The text in `file`; nullopt where there is none. Code::invalid when the file is readable by group or others, is no
/// ordinary file, or is longer than kMaxKeptBytes.
Result<std::optional<Secret<std::string>>> read_secret_file(const std::filesystem::path& file);
/// Puts a file with that text in the place of what was there: durable before it returns, with mode 0600 from its first
/// moment, and whole or as it was whatever happens meanwhile. Code::internal when the disk refuses.
Result<void> replace_secret_file(const std::filesystem::path& file, const Secret<std::string>& text);

}  // namespace hk::crypto

#pragma once
// `hitkeep version -check FILE|URL`: whether there is a newer version. Only what the operator names is read or asked.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hk::app {

using VersionNumber = std::array<unsigned, 3>;

/// The highest N.N.N in a text, wherever it stands: a release's SHA256SUMS, or a line with a version.
std::optional<VersionNumber> highest_version(std::string_view text);

/// At most so many bytes of the file or the answer are read.
inline constexpr std::size_t kMaxVersionBytes = std::size_t{64} * 1024;

struct VersionNews {
  bool newer = false;
  std::string sentence;  // that says so
};
/// Whether what `where` (a file, or an https URL) tells of is newer than `own`.
Result<VersionNews> version_news(const std::string& where, std::string_view own);

}  // namespace hk::app

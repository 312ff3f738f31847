#pragma once
// Paths of pages and of referrers in one spelling.

#include <cstddef>
#include <string>
#include <string_view>

namespace hk {

/// The one spelling of a path, for all spellings that RFC 3986 (6.2.2) calls the same, readable: escapes of unreserved
/// characters and of UTF-8 become these characters, hex digits upper case, "." and ".." go. What is no text that shows
/// as it is (base/text.h), blanks and what no URL may hold are escaped; escapes of reserved characters ("%2F") and
/// malformed ones stay. UTF-8 in, UTF-8 out; normal forms stay as they are.
std::string normal_path(std::string_view path);

/// The longest beginning of a normal path of at most `max_bytes` that cuts neither a character nor an escape.
std::string_view path_prefix(std::string_view normal, std::size_t max_bytes);

}  // namespace hk

#pragma once
// Percent-encoding and paths.

#include <optional>
#include <string>
#include <string_view>

namespace hk::http {

/// nullopt for a '%' that isn't followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// Whether percent-decoded text is what handlers and databases take: UTF-8 without U+0000.
bool is_text(std::string_view decoded);

/// A parameter of a query that does not decode to text, by name; an empty name where the name itself does not.
std::optional<std::string> unreadable_param(std::string_view query);

/// A request path decoded once, with "//" and "/./" collapsed. nullopt for what has no business in a path and is
/// used to confuse: "..", an encoded slash or backslash, control characters and NUL, what is no UTF-8, a malformed
/// escape, no leading '/'.
std::optional<std::string> normalise_path(std::string_view raw);

/// Calls `pair(name, value)` with the raw halves of each pair of a query until it returns false.
template <class F>
void for_each_pair(std::string_view query, F&& pair) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view item = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (item.empty()) continue;
    const auto equals = item.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
    if (!pair(item.substr(0, equals), value)) return;
  }
}

}  // namespace hk::http

#pragma once
// What somebody could be known by, in addresses of pages: kept parameters and hidden ones.

#include <span>
#include <string>
#include <string_view>

namespace hk::ingest {

/// The parameters of `address`'s query that are in `keys` (lower case), as "?a=1&b=2" in the order of their names, so
/// that two orders are one page; empty without any.
std::string query_kept(std::string_view address, std::span<const std::string> keys);

/// What the first of `keys` in the query of `address` says, decoded and at most kMaxSearchBytes long; empty without
/// one, and where it looks private.
std::string searched_for(std::string_view address, std::span<const std::string> keys);

/// Whether a text looks like a mail address, a secret (a token of 20 or more mixed letters and digits, a JSON Web
/// Token) or the number of a card (13 to 19 digits whose check digit fits). A UUID and a long number are none: pages
/// have such names.
bool looks_private(std::string_view text);

/// Puts "…" in the place of each part of a path, and of each value of its query, that looks private.
void hide_private(std::string& path);

}  // namespace hk::ingest

#pragma once
// What a site may be called (docs/sites.md).

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hk::site {

inline constexpr std::size_t kMaxDomainBytes = 253;
inline constexpr std::size_t kMaxLabelBytes = 63;

/// Trims, lower-cases and turns names in other scripts into their ASCII form (idna.h), then checks: DNS labels, at
/// least two of them, the last alphabetic or punycode; or `localhost`. No protocol, port, path or "www." (which the
/// bare domain covers). Code::invalid with field "domain" otherwise.
Result<std::string> check_domain(std::string_view typed);

/// How a host is looked up: in ASCII, lower case, without a trailing dot and without "www."; the addresses of this
/// machine are `localhost`, because a developer opens the page by either.
std::string normalise_host(std::string_view host);

}  // namespace hk::site

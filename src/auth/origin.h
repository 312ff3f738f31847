#pragma once
// Requests that a foreign page makes a signed-in browser send (docs/differences.md).

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace hk::auth {

/// "https://stats.example.com" of a URL or Origin header: http and https only, lower case, without the scheme's own
/// port; IPv6 literals stay. nullopt for anything else ("null" included).
std::optional<std::string> canonical_origin(std::string_view url);

/// Lets reads pass: they change nothing, and other origins cannot see the answers. A request that may change something
/// passes when the browser says same-origin (Sec-Fetch-Site) or, where it says nothing, when Origin or else Referer is
/// `public_origin` or the very host that was asked. One without any of these headers isn't from a page; it passes as
/// long as it carries no session cookie. So does one that shows an API key. Else Code::forbidden.
Result<void> check_origin(const http::Request& request, std::string_view public_origin);

}  // namespace hk::auth

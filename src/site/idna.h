#pragma once
// Names in other scripts than Latin: from what people type to what DNS, browsers' headers and our tables say.

#include <optional>
#include <string>
#include <string_view>

namespace hk::site {

/// "Blåbær.example" -> "xn--blbr-roah.example", as a browser does it (UTS 46, not transitional: lower case, NFKC, "ß"
/// and final sigma stay; then RFC 3492). nullopt where it is no UTF-8 or holds what is no letter, mark, digit or hyphen
/// (RFC 5892): signs and emoji, and the few letters that are allowed beside certain others only (joiners, middle
/// dots) or that browsers disagree about, go by their ASCII form. Names in ASCII come back in lower case and unchecked.
std::optional<std::string> domain_to_ascii(std::string_view domain);

}  // namespace hk::site

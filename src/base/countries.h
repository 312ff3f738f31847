#pragma once
// Which countries there are.

#include <string>
#include <string_view>

namespace hk {

/// Upper-case ISO 3166-1 alpha-2; empty when `text` is no country (also "XX", "T1", "EU", "ZZ").
std::string country_code(std::string_view text);

}  // namespace hk

#pragma once
// The country that a trusted edge has written into the request.

#include <string>
#include <string_view>

#include "http/message.h"

namespace hk::ingest {

/// Upper-case ISO 3166-1 alpha-2; empty when `text` is no country (also "XX", "T1", "EU", "ZZ").
std::string country_code(std::string_view text);

/// The country in the header that the operator named, as a proxy that he named sent it; Akamai's list of values
/// (`country_code=`) is understood. Empty if it is none.
std::string edge_country(const http::Request& request);

}  // namespace hk::ingest

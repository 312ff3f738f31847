#pragma once
// The country that a trusted edge has written into the request (reference ingest 7).

#include <string>
#include <string_view>

#include "http/message.h"

namespace hk::ingest {

/// Upper-case ISO 3166-1 alpha-2; empty when `text` is no country (also "XX", "T1", "EU", "ZZ").
std::string country_code(std::string_view text);

/// The first of the edges' headers that is there counts, if it is a country; else the generic ones. Empty unless the
/// peer is a proxy that the operator named, because anybody can write these headers.
std::string edge_country(const http::Request& request);

}  // namespace hk::ingest

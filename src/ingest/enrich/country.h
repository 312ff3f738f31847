#pragma once
// The country that a trusted edge has written into the request.

#include <string>

#include "http/message.h"

namespace hk::ingest {

/// The country in the header that the operator named, as a proxy that he named sent it; Akamai's list of values
/// (`country_code=`) is understood. Empty if it is none.
std::string edge_country(const http::Request& request);

}  // namespace hk::ingest

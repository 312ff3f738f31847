#pragma once

#include <string>
#include <string_view>

#include "http/router.h"

namespace hk::app {

/// OpenAPI 3.1 of a route table: parameters, requests, answers and failures with their schemas; x-access is who may
/// call (docs/access.md), x-rate the class of the rate limit.
std::string openapi(const http::Router& router, std::string_view version);

}  // namespace hk::app

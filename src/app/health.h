#pragma once

#include <string>
#include <string_view>

namespace hk::app {

/// Asks the server that listens on `http_addr` for /healthz, at most 2 seconds.
/// True when it answers 200. For `hitkeep -healthcheck` in containers.
bool healthy(std::string_view http_addr);

}  // namespace hk::app

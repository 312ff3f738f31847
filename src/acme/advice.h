#pragma once
// An authority's problem as a sentence of what to do.

#include <string>
#include <string_view>

#include "acme/message.h"

namespace hk::acme {

inline constexpr std::string_view kHttp01 = "http-01";
inline constexpr std::string_view kTlsAlpn01 = "tls-alpn-01";

/// `name` is the host that it is about, or those that are asked for; `challenge` the way in which it was to be proven,
/// empty where none was under way.
std::string advice(const Problem& problem, std::string_view name, std::string_view challenge = {});

}  // namespace hk::acme

#pragma once
// What Chromium's browsers say beside the user agent, which they no longer tell much in
// (https://wicg.github.io/ua-client-hints/).

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "ingest/enrich/user_agent.h"
#include "store/hit.h"

namespace hk::ingest {

/// As they were sent; empty: not sent. Views into the request.
struct ClientHints {
  std::string_view brands;            // Sec-CH-UA
  std::string_view platform;          // Sec-CH-UA-Platform, without quotes
  std::string_view platform_version;  // Sec-CH-UA-Platform-Version, without quotes
  std::string_view model;             // Sec-CH-UA-Model, without quotes
  std::optional<bool> mobile;         // Sec-CH-UA-Mobile
};
ClientHints hints_of(const http::Request& request);

/// The browser that is named beside "Chromium", and its major version; empty where none is that people know.
struct Brand {
  std::string_view name;  // static
  std::string_view version;
};
Brand brand_of(std::string_view brands);

/// Puts what the hints know better into the hit, behind enrich_client(): which Chromium it is, Windows 10 or 11,
/// versions that user agents have stopped to tell, a tablet that asks for desktop pages.
void apply_hints(store::Hit& hit, const ClientHints& hints);

/// Whether user agent and hints cannot be of one browser: another system, or hints of a browser that sends none.
bool contradict(const UserAgent& user_agent, const ClientHints& hints);

}  // namespace hk::ingest

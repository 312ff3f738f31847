#pragma once
// Looks at a site's first page, once, because somebody who manages it pressed a button.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "json/of.h"
#include "net/https.h"

namespace hk::check {

/// Requests of one look: the page, where it leads to, the script.
inline constexpr std::size_t kMaxLooks = 3;
/// Of each answer, bytes; what is longer is cut.
inline constexpr std::size_t kLookBytes = std::size_t{64} * 1024;
inline constexpr std::chrono::seconds kLookTime{8};

/// Why hits do not come, as far as the page shows it. Names are API values.
enum class PageFinding : std::uint8_t {
  unreachable,      // no connection, no TLS, or no address on the internet
  status,           // the page's own
  moved,            // it leads to another site
  no_script,        // none in what was read of it
  tag_manager,      // none, but one that may bring it
  other_server,     // one that is not from here
  insecure_script,  // http on a page that is https
  csp_script,       // the page's policy does not let it load
  csp_connect,      // … or not send
  script_status,    // the script's
  waits,            // data-consent
  manual,           // data-manual
};
constexpr std::array<std::string_view, 12> names(json::Of<PageFinding>) {
  return {"unreachable",     "status",     "moved",       "no_script",     "tag_manager", "other_server",
          "insecure_script", "csp_script", "csp_connect", "script_status", "waits",       "manual"};
}

struct FoundOnPage {
  PageFinding what{};
  std::string detail;  // a host, a status, an address, or why there was no answer
};
struct SiteLook {
  std::string page;    // what was asked last
  std::string script;  // of ours; empty: none was seen
  std::vector<FoundOnPage> found;
};

using AskOutside = std::function<Result<net::HttpsResponse>(const net::HttpsRequest&, const std::stop_token&)>;

/// `server`: where browsers reach this program, with a slash at the end. Blocks, for kMaxLooks requests at most.
SiteLook look_at_site(const std::string& domain, std::string_view server, const AskOutside& ask,
                      const std::stop_token& stop);

}  // namespace hk::check

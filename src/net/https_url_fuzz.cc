// A URL that is taken leads to one host, and means the same when it is written anew.

#include <cstdlib>
#include <string>

#include "net/https.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto url = hk::net::HttpsUrl::parse({reinterpret_cast<const char*>(data), size});
  if (!url) return 0;
  if (url->host.empty() || url->port == 0 || !url->target.starts_with('/')) std::abort();
  if (url->target.find_first_of(" \r\n#") != std::string::npos) std::abort();
  const auto again = hk::net::HttpsUrl::parse("https://" + url->authority() + url->target);
  if (!again) return size > hk::net::kHttpsUrlBytes - 16 ? 0 : (std::abort(), 0);
  if (again->host != url->host || again->port != url->port || again->target != url->target) std::abort();
  return 0;
}

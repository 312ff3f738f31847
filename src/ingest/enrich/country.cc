#include "ingest/enrich/country.h"

#include <string_view>

#include "base/countries.h"

namespace hk::ingest {

std::string edge_country(const http::Request& request) {
  constexpr std::string_view kKey = "country_code=";  // X-Akamai-Edgescape
  const std::string_view value = request.edge_country;
  const auto at = value.find(kKey);
  return country_code(at == std::string_view::npos ? value : value.substr(at + kKey.size(), 2));
}

}  // namespace hk::ingest

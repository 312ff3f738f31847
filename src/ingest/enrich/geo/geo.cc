#include "ingest/enrich/geo/geo.h"

#include <utility>

#include "ingest/enrich/geo/mmdb.h"

namespace hk::ingest {

Geo::Geo(Files files) : files_(std::move(files)) {}
Geo::~Geo() = default;

Result<void> Geo::reload() {
  Result<void> out;
  for (const auto& [path, kept] : {std::pair{&files_.cities, &cities_}, {&files_.networks, &networks_}}) {
    if (path->empty()) continue;
    auto opened = MmdbFile::open(*path);
    if (opened)
      kept->store(std::move(*opened));
    else if (out)
      out = std::unexpected(std::move(opened.error()));
  }
  return out;
}

Geo::Located Geo::locate(const net::Ip& ip) const {
  if (ip.internal()) return {};
  const GeoTables& built_in = GeoTables::built_in();
  const auto cities = cities_.load(), networks = networks_.load();
  Located out{.place = cities ? cities->place_of(ip) : built_in.place_of(ip)};
  if (networks)
    out.asn = networks->asn_of(ip);
  else if (cities)
    out.asn = cities->asn_of(ip);
  if (out.asn == 0 && !networks) out.asn = built_in.asn_of(ip);
  return out;
}

}  // namespace hk::ingest

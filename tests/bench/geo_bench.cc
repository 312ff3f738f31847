// What it costs to find the place and the network of an address.

#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "ingest/enrich/geo/geo_tables.h"

int main() {
  using namespace hk;
  const auto& geo = ingest::GeoTables::built_in();
  std::mt19937_64 random(1);
  for (const bool v4 : {true, false}) {
    std::vector<net::Ip> ips(1'000'000);
    for (net::Ip& ip : ips) {
      ip.v4 = v4;
      for (auto& byte : ip.bytes) byte = static_cast<std::uint8_t>(random());
      if (!v4) ip.bytes[0] = 0x2a, ip.bytes[1] &= 0x0F;  // where IPv6 is given out
    }
    std::size_t found = 0;
    const auto nanos = [&](auto&& look) {
      const auto begin = std::chrono::steady_clock::now();
      for (const net::Ip& ip : ips) found += look(ip);
      return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() / 1e6;
    };
    const double place = nanos([&](const net::Ip& ip) { return geo.place_of(ip).country.size(); });
    const double network = nanos([&](const net::Ip& ip) { return geo.asn_of(ip) != 0; });
    std::printf("%s: place %.0f ns, network %.0f ns (%zu found)\n", v4 ? "IPv4" : "IPv6", place, network, found);
  }
}

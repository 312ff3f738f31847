#pragma once
// Which place and which network an address is of, from the tables that are built in (web/lists/geo_table.cc, from DB-IP
// and RouteViews; docs/places.md). No address is kept.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "ingest/enrich/geo/range_table.h"
#include "net/ip.h"

namespace hk::ingest {

/// What pages that show places have to say, and where it leads.
inline constexpr std::string_view kGeoAttribution = "IP Geolocation by DB-IP";
inline constexpr std::string_view kGeoAttributionUrl = "https://db-ip.com";

/// Where an address is. Empty: unknown.
struct Locality {
  std::string country;  // ISO 3166-1 alpha-2
  std::string region;   // in English
  std::string city;
};

/// What is stored of a place: "Linz, Upper Austria, AT"; without a city "Upper Austria, AT"; empty without both. A
/// comma stands in no region, so that the last two parts are the region.
std::string city_text(const Locality& place);

/// One file of tables, read in place.
namespace geo_format {
inline constexpr std::uint64_t kMagic = 0x31304F45474B48;  // "HKGEO01"
enum Section : std::uint8_t {
  city_v4,           // RangeTable over key_of(); values: a place's number, from 1
  city_v6,           // the same
  asn_v4,            // the same; values: a network's number, from 1
  asn_v6,            // the same
  place_names,       // u32: where the city's name is, by place number
  place_regions,     // u16: which region, by place number
  region_names,      // u32: where the region's name is
  region_countries,  // two letters each
  asns,              // u32: AS number, by network number; ascending
  asn_names,         // u32: where the name of each of those is
  name_codes,        // u16[kCodes]: codes of bytes (bits.h)
  names,             // a byte that says how many the name has; their codes, to a whole byte; 8 bytes of zeros end all
  kParts,
};
struct Header {
  std::uint64_t magic;
  struct {
    std::uint64_t at, size;  // bytes of the file; `at` is a multiple of 8
  } parts[kParts];
};
/// What tables know of an address: its /24, of IPv6 its /48. Nothing smaller is routed on its own.
constexpr unsigned kKeyBits4 = 24, kKeyBits6 = 48;
constexpr std::uint64_t key_of(const net::Ip& ip) {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < (ip.v4 ? kKeyBits4 : kKeyBits6) / 8; ++i) key = key << 8 | ip.bytes[i];
  return key;
}
}  // namespace geo_format

/// Immutable, thread-safe; a look-up takes well under a microsecond (tests/bench/geo_bench.cc).
class GeoTables {
 public:
  /// Those of the program.
  static const GeoTables& built_in();
  /// Views `bytes`, which must outlive it. Code::invalid where they are no such file.
  static Result<GeoTables> open(std::string_view bytes);

  Locality place_of(const net::Ip& ip) const;
  /// The number of the autonomous system; 0: none.
  std::uint32_t asn_of(const net::Ip& ip) const;
  /// Who runs that network; empty: unknown.
  std::string provider_of(std::uint32_t asn) const;

 private:
  template <class T>
  T number(geo_format::Section part, std::size_t index) const;
  std::string name(std::uint32_t at) const;

  RangeTable city_v4_, city_v6_, asn_v4_, asn_v6_;
  std::array<std::string_view, geo_format::kParts> parts_;
  std::span<const std::uint16_t> name_codes_;
};

}  // namespace hk::ingest

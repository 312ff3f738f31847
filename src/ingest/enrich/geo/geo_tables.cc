#include "ingest/enrich/geo/geo_tables.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/ensure.h"
#include "base/text.h"
#include "store/attributes.h"

extern "C" {
// gen/geo.S (cmake/geo.cmake)
extern const char hk_geo[];
extern const char hk_geo_end[];
}

namespace hk::ingest {

using namespace geo_format;

namespace {
/// Of a city's and of a region's name; what is longer is cut.
constexpr std::size_t kMaxPlaceBytes = 61;
static_assert(2 * kMaxPlaceBytes + std::string_view(", , AT").size() <= store::longest(store::Attribute::city));
/// Zeros behind the last name, so that its bits can be read eight bytes at a time.
constexpr std::size_t kNamesTail = 8;
}  // namespace

std::string city_text(const Locality& place) {
  std::string out;
  if (place.region.empty() && place.city.empty()) return out;
  const std::string_view city = utf8_prefix(place.city, kMaxPlaceBytes);
  const std::string_view region = utf8_prefix(place.region, kMaxPlaceBytes);
  out.reserve(city.size() + region.size() + place.country.size() + 4);
  if (!city.empty()) (out += city) += ", ";
  (out += region) += ", ";
  out += place.country;
  return out;
}

const GeoTables& GeoTables::built_in() {
  static const GeoTables tables = [] {
    auto opened = open({hk_geo, static_cast<std::size_t>(hk_geo_end - hk_geo)});
    ensure(opened.has_value(), "the tables of places are whole");
    return *opened;
  }();
  return tables;
}

Result<GeoTables> GeoTables::open(std::string_view bytes) {
  Header header;
  if (bytes.size() < sizeof header) return fail(Code::invalid, "no tables of places");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMagic) return fail(Code::invalid, "no tables of places");
  GeoTables out;
  for (std::size_t p = 0; p < kParts; ++p) {
    const auto [at, size] = header.parts[p];
    if (at > bytes.size() || size > bytes.size() - at) return fail(Code::invalid, "tables of places are cut short");
    out.parts_[p] = bytes.substr(at, size);
  }
  for (const auto& [part, table] :
       {std::pair{city_v4, &out.city_v4_}, {city_v6, &out.city_v6_}, {asn_v4, &out.asn_v4_}, {asn_v6, &out.asn_v6_}}) {
    auto opened = RangeTable::open(out.parts_[part]);
    if (!opened) return std::unexpected(std::move(opened.error()));
    *table = *opened;
  }
  const std::string_view codes = out.parts_[name_codes];
  if (codes.size() != kCodes * sizeof(std::uint16_t)) return fail(Code::invalid, "tables of places without names");
  out.name_codes_ = {reinterpret_cast<const std::uint16_t*>(codes.data()), kCodes};
  return out;
}

/// 0 behind the end.
template <class T>
T GeoTables::number(Section part, std::size_t index) const {
  T out{};
  if (index < parts_[part].size() / sizeof(T)) std::memcpy(&out, parts_[part].data() + index * sizeof(T), sizeof out);
  return out;
}

std::string GeoTables::name(std::uint32_t at) const {
  const std::string_view all = parts_[names];
  if (at + kNamesTail >= all.size()) return {};
  std::string out(static_cast<unsigned char>(all[at]), '\0');
  // A code has at most kCodeBits, so damage reads no further than this.
  if (at + 1 + (out.size() * kCodeBits + 7) / 8 + kNamesTail > all.size()) out.clear();
  Bits bits(all.data() + at + 1);
  for (char& c : out) c = static_cast<char>(bits.symbol(name_codes_));
  return out;
}

Locality GeoTables::place_of(const net::Ip& ip) const {
  const std::uint32_t place = (ip.v4 ? city_v4_ : city_v6_).find(key_of(ip));
  if (place == 0) return {};
  const auto region = number<std::uint16_t>(place_regions, place);
  return {.country = std::string(parts_[region_countries].substr(std::size_t{region} * 2, 2)),
          .region = name(number<std::uint32_t>(region_names, region)),
          .city = name(number<std::uint32_t>(place_names, place))};
}

std::uint32_t GeoTables::asn_of(const net::Ip& ip) const {
  const std::uint32_t network = (ip.v4 ? asn_v4_ : asn_v6_).find(key_of(ip));
  return network == 0 ? 0 : number<std::uint32_t>(asns, network - 1);
}

std::string GeoTables::provider_of(std::uint32_t asn) const {
  const std::string_view all = parts_[asns];
  std::size_t low = 0, high = all.size() / sizeof asn;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (number<std::uint32_t>(asns, middle) < asn)
      low = middle + 1;
    else
      high = middle;
  }
  if (low >= all.size() / sizeof asn || number<std::uint32_t>(asns, low) != asn) return {};
  return name(number<std::uint32_t>(asn_names, low));
}

}  // namespace hk::ingest

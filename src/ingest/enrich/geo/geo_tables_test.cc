#include "ingest/enrich/geo/geo_tables.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "base/text.h"
#include "store/attributes.h"

namespace hk::ingest {
namespace {

std::string city_of(const char* ip) {
  return city_text(GeoTables::built_in().place_of(*net::Ip::parse(ip)));
}

TEST(GeoTables, KnowsPlacesAndNetworksOfBothFamilies) {
  const GeoTables& geo = GeoTables::built_in();
  EXPECT_EQ(geo.place_of(*net::Ip::parse("8.8.8.8")).country, "US");
  EXPECT_EQ(city_of("8.8.8.8"), "Mountain View, California, US");
  EXPECT_EQ(geo.asn_of(*net::Ip::parse("8.8.8.8")), 15169u);
  EXPECT_EQ(geo.provider_of(15169), "Google LLC");
  EXPECT_EQ(city_of("2a02:8388::1"), "Vienna, Vienna, AT");
  EXPECT_EQ(geo.provider_of(geo.asn_of(*net::Ip::parse("2a00:1450:4001:82a::200e"))), "Google LLC");
}

TEST(GeoTables, KnowsNothingOfAddressesThatAreNowhere) {
  const GeoTables& geo = GeoTables::built_in();
  for (const char* ip : {"10.1.2.3", "127.0.0.1", "192.168.1.1", "::1", "fe80::1", "0.0.0.0", "255.255.255.255"}) {
    EXPECT_EQ(geo.place_of(*net::Ip::parse(ip)).country, "") << ip;
    EXPECT_EQ(city_of(ip), "") << ip;
    EXPECT_EQ(geo.asn_of(*net::Ip::parse(ip)), 0u) << ip;
  }
  EXPECT_EQ(geo.provider_of(0), "");
  EXPECT_EQ(geo.provider_of(4'294'967'295), "");
}

TEST(GeoTables, WhatIsStoredOfAPlace) {
  EXPECT_EQ(city_text({"AT", "Upper Austria", "Linz"}), "Linz, Upper Austria, AT");
  EXPECT_EQ(city_text({"AT", "Upper Austria", ""}), "Upper Austria, AT");
  EXPECT_EQ(city_text({"SG", "", "Singapore"}), "Singapore, , SG");
  EXPECT_EQ(city_text({"AT", "", ""}), "");
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "ü";
  const std::string cut = city_text({"AT", longest, longest});
  EXPECT_TRUE(valid_utf8(cut));
  EXPECT_LE(cut.size(), store::longest(store::Attribute::city));
}

TEST(GeoTables, RefusesWhatIsNoFileOfTables) {
  EXPECT_FALSE(GeoTables::open(""));
  EXPECT_FALSE(GeoTables::open(std::string(1000, 'x')));
  geo_format::Header header{.magic = geo_format::kMagic, .parts = {}};
  header.parts[0] = {.at = 0, .size = 1'000'000};
  EXPECT_FALSE(GeoTables::open({reinterpret_cast<const char*>(&header), sizeof header}));
}

}  // namespace
}  // namespace hk::ingest

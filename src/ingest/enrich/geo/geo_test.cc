#include "ingest/enrich/geo/geo.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temp_dir.h"
#include "ingest/testing/mmdb_file.h"

namespace hk::ingest {
namespace {

using namespace testing;

const net::Ip kGoogle = *net::Ip::parse("8.8.8.8");
constexpr std::string_view kItsNetwork = "000010000000100000001000";  // 8.8.8.0/24

std::string city(std::string_view name) {
  return mmdb_map({{"city", mmdb_map({{"names", mmdb_map({{"de", mmdb_text("anders")}, {"en", mmdb_text(name)}})}})},
                   {"country", mmdb_map({{"iso_code", mmdb_text("AT")}})},
                   {"subdivisions", mmdb_list({mmdb_map({{"names", mmdb_map({{"en", mmdb_text("Up, North")}})}})})}});
}

TEST(Geo, AsksTheBuiltInTables) {
  const Geo geo;
  const auto found = geo.locate(kGoogle);
  EXPECT_EQ(found.place.country, "US");
  EXPECT_EQ(found.asn, 15169u);
  EXPECT_EQ(geo.locate(*net::Ip::parse("10.0.0.1")).place.country, "");
}

TEST(Geo, AsksTheOperatorsFiles) {
  const hk::testing::TempDir dir;
  write_mmdb(dir.path() / "cities", kItsNetwork, city("Linz"));
  write_mmdb(dir.path() / "networks", kItsNetwork, mmdb_map({{"autonomous_system_number", mmdb_number(64500)}}));
  Geo geo({.cities = dir.path() / "cities", .networks = dir.path() / "networks"});
  if (const auto read = geo.reload(); !read) FAIL() << read.error().message;
  const auto found = geo.locate(kGoogle);
  EXPECT_EQ(city_text(found.place), "Linz, Up  North, AT") << "a region has no comma";
  EXPECT_EQ(found.asn, 64500u);
  const auto other = geo.locate(*net::Ip::parse("8.8.9.1"));
  EXPECT_EQ(other.place.country, "") << "the file does not know it";
  EXPECT_EQ(other.asn, 0u);
  EXPECT_EQ(geo.locate(*net::Ip::parse("2a02:8388::1")).place.country, "") << "a file of IPv4";
}

TEST(Geo, ReadsFlatFilesAndTextsOfNumbers) {
  const hk::testing::TempDir dir;
  write_mmdb(dir.path() / "cities", kItsNetwork,
             mmdb_map({{"city", mmdb_text("Wien")},
                       {"state1", mmdb_text("Wien")},
                       {"country_code", mmdb_text("AT")},
                       {"asn", mmdb_text("AS1901")}}));
  Geo geo({.cities = dir.path() / "cities", .networks = ""});
  if (const auto read = geo.reload(); !read) FAIL() << read.error().message;
  EXPECT_EQ(city_text(geo.locate(kGoogle).place), "Wien, Wien, AT");
  EXPECT_EQ(geo.locate(kGoogle).asn, 1901u);
  EXPECT_EQ(geo.locate(*net::Ip::parse("1.1.1.1")).asn, 13335u)
      << "the built-in table, as no file of networks is named";
}

TEST(Geo, KeepsWhatItReadWhereTheNextCannotBeRead) {
  const hk::testing::TempDir dir;
  const std::string file = dir.path() / "cities";
  Geo geo({.cities = file, .networks = ""});
  const auto missing = geo.reload();
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().message.contains(file)) << missing.error().message;
  EXPECT_EQ(geo.locate(kGoogle).place.country, "US") << "the built-in table until a file is there";

  write_mmdb(file + ".new", kItsNetwork, city("Linz"));
  std::filesystem::rename(file + ".new", file);
  if (const auto read = geo.reload(); !read) FAIL() << read.error().message;
  EXPECT_EQ(geo.locate(kGoogle).place.city, "Linz");

  std::ofstream(file + ".new") << "no database";
  std::filesystem::rename(file + ".new", file);
  EXPECT_FALSE(geo.reload());
  EXPECT_EQ(geo.locate(kGoogle).place.city, "Linz");
}

}  // namespace
}  // namespace hk::ingest

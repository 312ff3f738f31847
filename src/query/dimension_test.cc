#include "query/dimension.h"

#include <gtest/gtest.h>

namespace hk::query {
namespace {

TEST(Dimensions, TheRegionIsTheEndOfAPlace) {
  EXPECT_EQ(region_of("Linz, Upper Austria, AT"), "Upper Austria, AT");
  EXPECT_EQ(region_of("Upper Austria, AT"), "Upper Austria, AT");
  EXPECT_EQ(region_of("Washington, D.C., District of Columbia, US"), "District of Columbia, US");
  for (const char* none : {"", "AT", ", AT", "Vienna, , AT", "Upper Austria, ", ", "})
    EXPECT_EQ(region_of(none), "") << none;
}

TEST(Dimensions, TwoTextsAreOneName) {
  const Dimension version = *dimension_named("browser_version");
  EXPECT_EQ(joined(version, "Firefox", "146"), "Firefox 146");
  EXPECT_EQ(joined(version, "Firefox", ""), "Firefox");
  EXPECT_EQ(joined(Dimension::referrer, "example.com", "/a"), "example.com/a");
}

TEST(Dimensions, ANetworkIsItsNumberAndWhoRunsIt) {
  const ProviderOf provider = [](std::uint32_t asn) { return asn == 3320 ? "Deutsche Telekom AG" : ""; };
  EXPECT_EQ(network_text(3320, provider), "AS3320 Deutsche Telekom AG");
  EXPECT_EQ(network_text(7, provider), "AS7");
  EXPECT_EQ(network_text(0, provider), "");
  EXPECT_EQ(network_in("AS3320 Deutsche Telekom AG"), 3320u);
  EXPECT_EQ(network_in("AS4294967295"), 4'294'967'295u);
  EXPECT_EQ(network_in(""), 0u);
  for (const char* none : {"3320", "AS", "ASx", "AS0", "AS4294967296", "AS3320x", "as3320"})
    EXPECT_EQ(network_in(none), std::nullopt) << none;
}

}  // namespace
}  // namespace hk::query

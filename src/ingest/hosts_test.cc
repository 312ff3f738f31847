#include "ingest/hosts.h"

#include <gtest/gtest.h>

#include "ingest/limits.h"

namespace hk::ingest {
namespace {

std::string host(std::size_t n) {
  return "h" + std::to_string(n) + ".example";
}

TEST(Hosts, TheCommonestStayInBoundedMemory) {
  Hosts hosts;
  for (int i = 0; i < 100; ++i) hosts.add_unknown("real.example");
  for (std::size_t i = 0; i < 50 * kHostsPerSite; ++i) hosts.add_unknown(host(i));
  const auto seen = hosts.unknown();
  EXPECT_EQ(seen.size(), kHostsPerSite);
  EXPECT_EQ(seen[0].host, "real.example");
  EXPECT_EQ(seen[0].hits, 100u);
  EXPECT_TRUE(hosts.of(SiteKey{1}).empty()) << "each site has its own";
}

TEST(Hosts, WhatIsNoHostIsNotKept) {
  Hosts hosts;
  for (const std::string& junk : {std::string(300, 'a') + ".com", std::string("10.0.0.1"), std::string("<b>.com"),
                                  std::string("a b.com"), std::string("")})
    hosts.add(SiteKey{1}, junk);
  EXPECT_TRUE(hosts.of(SiteKey{1}).empty());
}

TEST(Hosts, CopiesOfASiteAreKnownByTheirLabels) {
  EXPECT_TRUE(looks_like_a_copy("staging.example.com", "example.com"));
  EXPECT_TRUE(looks_like_a_copy("pr-7.preview.example.com", "example.com"));
  EXPECT_TRUE(looks_like_a_copy("dev.shop.example.com", "example.com"));
  EXPECT_FALSE(looks_like_a_copy("developer.example.com", "example.com"));
  EXPECT_FALSE(looks_like_a_copy("dev.example.com", "dev.example.com")) << "a site of its own is meant";
  EXPECT_FALSE(looks_like_a_copy("blog.dev.example.com", "dev.example.com"));
}

}  // namespace
}  // namespace hk::ingest

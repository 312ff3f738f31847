#include "site/directory.h"

#include <gtest/gtest.h>

#include "json/shape.h"

namespace hk::site {
namespace {

std::vector<Site> two_sites() {
  std::vector<Site> sites(2);
  sites[0].key = SiteKey{1};
  sites[0].id = *SiteId::parse("0190163d-8694-739b-aea5-966c26f8ad91");
  sites[0].domain = "a.example";
  sites[1].key = SiteKey{7};
  sites[1].id = *SiteId::parse("0190163d-8694-739b-aea5-966c26f8ad92");
  sites[1].domain = "b.example";
  return sites;
}

TEST(Sites, AreFoundEachWay) {
  const Sites sites(two_sites());
  EXPECT_EQ(sites.by_domain("b.example")->key, SiteKey{7});
  EXPECT_EQ(sites.by_id(sites.all()[0].id)->domain, "a.example");
  EXPECT_EQ(sites.by_key(SiteKey{7})->domain, "b.example");
  EXPECT_EQ(sites.by_domain("c.example"), nullptr);
  EXPECT_EQ(sites.by_id(SiteId{}), nullptr);
  EXPECT_EQ(sites.by_key(SiteKey{2}), nullptr);
}

TEST(Sites, AHostIsOfTheNearestSiteAboveIt) {
  std::vector<Site> all(3);
  for (std::uint32_t i = 0; i < 3; ++i) all[i].key = SiteKey{i + 1};
  all[0].domain = "example.com";
  all[0].subdomains = true;
  all[0].excluded_hosts = {"dev.example.com"};
  all[1].domain = "shop.example.com";
  all[2].domain = "example.org";
  const Sites sites(std::move(all));
  const auto place = [&](std::string_view host) {
    const Place found = sites.place_of(host);
    return std::string(found.site ? found.site->domain : "") + " " + std::string(json::name_of(found.standing));
  };
  EXPECT_EQ(place("example.com"), "example.com counts");
  EXPECT_EQ(place("a.b.example.com"), "example.com counts");
  EXPECT_EQ(place("dev.example.com"), "example.com excluded");
  EXPECT_EQ(place("a.dev.example.com"), "example.com excluded");
  EXPECT_EQ(place("xdev.example.com"), "example.com counts");
  EXPECT_EQ(place("shop.example.com"), "shop.example.com counts");
  EXPECT_EQ(place("a.shop.example.com"), "shop.example.com below") << "the nearest decides, here not yet";
  EXPECT_EQ(place("a.example.org"), "example.org below");
  EXPECT_EQ(place("notexample.com"), " unknown");
  EXPECT_EQ(place("com"), " unknown");
  EXPECT_EQ(place(""), " unknown");
  EXPECT_EQ(place("."), " unknown");
}

TEST(Directory, ReadersKeepTheirSnapshot) {
  Directory directory;
  EXPECT_TRUE(directory.now()->all().empty());
  directory.swap(std::make_shared<const Sites>(two_sites()));
  const auto before = directory.now();
  const Site* site = before->by_domain("a.example");
  directory.swap(std::make_shared<const Sites>(std::vector<Site>{}));
  EXPECT_EQ(site->domain, "a.example");
  EXPECT_EQ(directory.now()->by_domain("a.example"), nullptr);
}

}  // namespace
}  // namespace hk::site

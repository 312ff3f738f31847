#include "site/directory.h"

#include <gtest/gtest.h>

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

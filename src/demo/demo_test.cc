#include "demo/demo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace hk::demo {
namespace {

class Demo : public testing::Test {
 protected:
  void SetUp() override {
    auto icu = db::DuckDatabase::memory({});
    ASSERT_TRUE(icu) << icu.error().message;
    zones_ = std::make_unique<db::Zones>(*icu);
    traffic_ = demo_sites(3);
    for (std::size_t i = 0; i < traffic_.size(); ++i) {
      auto zone = zones_->find(traffic_[i].zone);
      ASSERT_TRUE(zone);
      sites_.push_back(
          {.key = SiteKey{static_cast<std::uint32_t>(i + 1)}, .domain = traffic_[i].domain, .zone = *zone});
    }
    for (const auto& site : sites_) pointers_.push_back(&site);
  }

  std::vector<store::Hit> make(std::uint64_t seed, std::int64_t hits = 20'000, Variety variety = Variety::low) {
    std::vector<store::Hit> out;
    const auto made = generate(
        {.hits = hits, .seed = seed, .variety = variety}, traffic_, pointers_, now_,
        [&](const store::Hit& hit) -> Result<void> {
          out.push_back(hit);
          return {};
        },
        [](double) {});
    EXPECT_TRUE(made);
    return out;
  }

  const TimeMs now_ = from_ms(1'795'600'000'000);  // 2026-11-25 14:26:40 UTC
  std::unique_ptr<db::Zones> zones_;
  std::vector<DemoSite> traffic_;
  std::vector<site::Site> sites_;
  std::vector<const site::Site*> pointers_;
};

TEST_F(Demo, TheYearAddsUpToAboutWhatWasAskedFor) {
  const auto hits = make(1);
  const auto views = std::ranges::count_if(hits, [](const store::Hit& hit) {
    return hit.kind == store::HitKind::pageview && hit.site == store::site_of(hit.site);
  });
  EXPECT_NEAR(static_cast<double>(views), 20'000, 2'000);
  std::map<std::uint32_t, int> per_site;
  for (const auto& hit : hits) ++per_site[static_cast<std::uint32_t>(store::site_of(hit.site))];
  EXPECT_GT(per_site[1], per_site[2]);
  EXPECT_GT(per_site[2], per_site[3]);
}

TEST_F(Demo, TheSameSeedGivesTheSameHits) {
  const auto a = make(7, 2'000);
  const auto b = make(7, 2'000);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(store::encode(a[i]), store::encode(b[i]));
  const auto other = make(8, 2'000);
  EXPECT_TRUE(other.size() != a.size() || store::encode(other[0]) != store::encode(a[0]));
}

TEST_F(Demo, OfHighVarietyThereIsMuchToTellApart) {
  std::set<std::string> pages, hosts, referrers, browsers, campaigns;
  std::size_t events = 0;
  const auto hits = make(5, 30'000, Variety::high);
  for (const auto& hit : hits) {
    pages.insert(hit.hostname + hit.path);
    hosts.insert(hit.referrer_host);
    referrers.insert(hit.referrer_host + hit.referrer_path);
    browsers.insert(hit.browser + std::to_string(hit.browser_major) + hit.os);
    campaigns.insert(hit.utm_campaign + hit.utm_term + hit.utm_content);
    ASSERT_FALSE(hit.country.empty());
    if (hit.kind != store::HitKind::event) continue;
    ++events;
    ASSERT_EQ(std::ranges::count(hit.event_json, ':'), 3) << hit.event_json;
  }
  const auto share = static_cast<double>(pages.size()) / static_cast<double>(hits.size());
  EXPECT_GT(share, 0.12);
  EXPECT_LT(share, 0.22);
  EXPECT_GT(hosts.size(), 700u);
  EXPECT_GT(referrers.size(), hosts.size() * 2);
  EXPECT_GT(browsers.size(), 200u);
  EXPECT_GT(campaigns.size(), 500u);
  EXPECT_GT(events, 500u);
  const auto some = make(6, 2'000, Variety::high);
  const auto again = make(6, 2'000, Variety::high);
  ASSERT_EQ(again.size(), some.size());
  for (std::size_t i = 0; i < some.size(); ++i) ASSERT_EQ(store::encode(again[i]), store::encode(some[i]));
}

TEST_F(Demo, EveryHitLiesInItsSitesDayAndNotAfterNow) {
  Day before = 0;
  for (const auto& hit : make(3)) {
    const auto& zone = *sites_[static_cast<std::size_t>(store::site_of(hit.site)) - 1].zone;
    ASSERT_EQ(zone.day_of(hit.at), hit.day);
    ASSERT_LE(hit.at, now_);
    ASSERT_GE(hit.day, before - 1) << "days come in order (zones differ by at most one)";
    before = std::max(before, hit.day);
  }
}

TEST_F(Demo, MachinesAreKeptApartAndPagesTellHowTheyWereLookedAt) {
  std::set<std::string> regions, classes;
  std::size_t people = 0, machines = 0, reports = 0;
  std::map<std::uint64_t, std::set<std::string>> seen;  // pages of each visitor
  for (const auto& hit : make(9)) {
    if (hit.site != store::site_of(hit.site)) {
      ++machines;
      classes.insert(hit.os);
      EXPECT_EQ(hit.device, store::Device::bot);
    } else if (hit.kind == store::HitKind::ping) {
      ++reports;
      EXPECT_TRUE(seen[hit.visitor].contains(hit.path));
      EXPECT_GT(hit.scroll, 20);
    } else if (hit.kind == store::HitKind::pageview) {
      ++people;
      seen[hit.visitor].insert(hit.path);
      regions.insert(hit.city);
      EXPECT_NE(hit.asn, 0u);
    }
  }
  EXPECT_GT(regions.size(), 30u);
  EXPECT_TRUE(classes.contains("ai_crawler"));
  EXPECT_TRUE(classes.contains("search"));
  EXPECT_GT(machines, people / 50);
  EXPECT_GT(reports, people / 2);
}

TEST_F(Demo, ThePipelineHasEnrichedThem) {
  std::set<std::string> browsers;
  std::set<store::Channel> channels;
  for (const auto& hit : make(4)) {
    if (hit.site != store::site_of(hit.site)) continue;
    browsers.insert(hit.browser);
    channels.insert(hit.channel);
  }
  EXPECT_TRUE(browsers.contains("Chrome"));
  EXPECT_TRUE(browsers.contains("Safari"));
  EXPECT_TRUE(channels.contains(store::Channel::organic_search));
  EXPECT_TRUE(channels.contains(store::Channel::ai_assistant));
  EXPECT_TRUE(channels.contains(store::Channel::email));
}

TEST_F(Demo, RefusesNumbersOutOfRange) {
  for (const std::int64_t hits : {std::int64_t{999}, kMostHits + 1}) {
    const auto made = generate(
        {.hits = hits}, traffic_, pointers_, now_, [](const store::Hit&) { return Result<void>{}; }, [](double) {});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().field, "hits");
  }
}

}  // namespace
}  // namespace hk::demo

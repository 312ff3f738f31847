#include "ingest/bounds.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "ingest/limits.h"

namespace hk::ingest {
namespace {

constexpr TimeMs kNow = TimeMs{Millis{1'795'600'800'000}};  // 2026-11-25 10:00 UTC
constexpr std::string_view kIp = "203.0.113.9";

store::Hit view(std::uint64_t visitor, std::size_t page, SiteKey site = SiteKey{1}) {
  store::Hit hit;
  hit.site = site;
  hit.visitor = visitor;
  hit.hostname = "example.com";
  hit.path = "/page/" + std::to_string(page);
  hit.language = "de-AT";
  return hit;
}

/// Sends new pages of one visitor until one is refused; how many passed.
std::size_t fill_with_pages(Bounds& bounds, std::string_view ip) {
  for (std::size_t page = 0;; ++page) {
    const auto crossed = bounds.take(ip, view(1, page), kNow);
    if (!crossed) continue;
    EXPECT_EQ(*crossed, Bound::texts);
    return page;
  }
}

TEST(Bounds, AnOfficeOf500BehindOneAddressPasses) {
  Bounds bounds;
  for (std::uint64_t person = 1; person <= 500; ++person) {
    for (std::size_t i = 0; i < 60; ++i) {
      store::Hit hit = view(person, person * 7 + i);  // some 3,500 pages
      hit.referrer_host = "news.example";
      hit.referrer_path = "/" + std::to_string(i);
      if (i % 2 == 0) {
        hit.kind = store::HitKind::event;
        hit.event_name = "click";
        hit.event_json = R"({"id":)" + std::to_string(person) + R"(,"text":")" + std::string(400, 'x') + R"("})";
      }
      ASSERT_FALSE(bounds.take(kIp, hit, kNow)) << person << ' ' << i;
    }
  }
  EXPECT_EQ(bounds.refused(SiteKey{1}).hits(), 0u);
}

TEST(Bounds, NewTextsOfAnAddressHaveALimit) {
  Bounds bounds;
  const std::size_t passed = fill_with_pages(bounds, kIp);
  EXPECT_NEAR(static_cast<double>(passed), kMaxNewTextsPerAddress, kMaxNewTextsPerAddress * 0.01)
      << "texts that share a bit are one";
  EXPECT_FALSE(bounds.take(kIp, view(1, 0), kNow)) << "what brings nothing new passes";
  EXPECT_TRUE(bounds.take(kIp, view(1, passed), kNow)) << "what was refused is still new";
  EXPECT_EQ(bounds.refused(SiteKey{1}).hits(), 2u);
  EXPECT_EQ(bounds.refused(SiteKey{1}).by_bound, (std::array<std::uint64_t, 3>{0, 2, 0}));
  EXPECT_EQ(bounds.refused(SiteKey{1}).addresses, 1u);
  EXPECT_EQ(bounds.refused(SiteKey{2}).hits(), 0u);
  EXPECT_FALSE(bounds.take(kIp, view(1, passed, SiteKey{2}), kNow)) << "each site for itself";
  EXPECT_FALSE(bounds.take("203.0.113.10", view(1, passed), kNow)) << "each address for itself";
}

TEST(Bounds, NewVisitorsOfAnAddressHaveALimit) {
  Bounds bounds;
  std::uint64_t passed = 0;
  // Hashes, as they come.
  while (!bounds.take(kIp, view((passed + 1) * 0x9e3779b97f4a7c15u, 0), kNow)) ++passed;
  EXPECT_NEAR(static_cast<double>(passed), kMaxNewVisitorsPerAddress, kMaxNewVisitorsPerAddress * 0.01);
  EXPECT_EQ(bounds.take(kIp, view((passed + 1) * 0x9e3779b97f4a7c15u, 0), kNow), Bound::visitors);
}

TEST(Bounds, BytesOfAnAddressHaveALimit) {
  Bounds bounds;
  store::Hit hit = view(1, 0);
  hit.event_json = std::string(kMaxPropertiesBytes, 'x');
  std::size_t passed = 0;
  while (!bounds.take(kIp, hit, kNow)) ++passed;
  EXPECT_LE(passed * kMaxPropertiesBytes, kMaxBytesPerAddress);
  EXPECT_GE((passed + 1) * (kMaxPropertiesBytes + 300), kMaxBytesPerAddress);
  EXPECT_EQ(bounds.take(kIp, hit, kNow), Bound::bytes);
}

TEST(Bounds, ANetworkOfIpv6IsOneAddress) {
  Bounds bounds;
  const std::size_t passed = fill_with_pages(bounds, "2001:db8:1:2::1");
  EXPECT_TRUE(bounds.take("2001:db8:1:2:ffff::2", view(1, passed), kNow));
  EXPECT_FALSE(bounds.take("2001:db8:1:3::1", view(1, passed), kNow));
}

TEST(Bounds, ADayBeginsAnew) {
  Bounds bounds;
  const std::size_t passed = fill_with_pages(bounds, kIp);
  const TimeMs midnight = kNow + std::chrono::hours(14);
  EXPECT_TRUE(bounds.take(kIp, view(1, passed), midnight - Millis(1)));
  EXPECT_FALSE(bounds.take(kIp, view(1, passed), midnight));
  EXPECT_EQ(bounds.refused(SiteKey{1}).hits(), 0u);
  std::size_t again = 0;  // what was known yesterday is new today
  while (!bounds.take(kIp, view(1, again), midnight)) ++again;
  EXPECT_NEAR(static_cast<double>(again), static_cast<double>(passed), kMaxNewTextsPerAddress * 0.01);
}

TEST(Bounds, ProxiesThatNobodyNamedAreNotBounded) {
  for (const std::string ip : {"127.0.0.1", "::1", "10.1.2.3", "172.18.0.2", "192.168.0.9", "fd00::1", ""}) {
    Bounds bounds;
    for (std::uint64_t i = 1; i <= kMaxNewVisitorsPerAddress + 100; ++i)
      ASSERT_FALSE(bounds.take(ip, view(i * 0x9e3779b97f4a7c15u, 0), kNow)) << ip;
  }
}

TEST(Bounds, ManyThreadsCountTogether) {
  Bounds bounds;
  std::atomic<std::size_t> passed = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < kMaxNewTextsPerAddress / 2; ++i)
          passed += !bounds.take(kIp, view(1, t * 1'000'000 + i), kNow).has_value();
      });
    }
  }
  EXPECT_NEAR(static_cast<double>(passed), kMaxNewTextsPerAddress, kMaxNewTextsPerAddress * 0.02);
}

}  // namespace
}  // namespace hk::ingest

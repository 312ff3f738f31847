#include "app/notices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace hk::app {
namespace {

using notice::Notice;

struct HostNotices : ::testing::Test {
  /// example.com, and blog.example.com as a site of its own.
  void sites(std::optional<bool> subdomains, std::vector<std::string> excluded = {}) {
    std::vector<site::Site> all(2);
    all[0].key = SiteKey{1};
    all[0].domain = "example.com";
    all[0].subdomains = subdomains;
    all[0].excluded_hosts = std::move(excluded);
    all[1].key = SiteKey{2};
    all[1].domain = "blog.example.com";
    directory = std::make_unique<site::Sites>(std::move(all));
  }
  std::string told() {
    std::vector<Notice> out;
    tell_hosts(hosts, *directory, out);
    std::string text;
    for (const Notice& notice : out) {
      text += notice.kind + (notice.site ? " " + std::to_string(static_cast<unsigned>(*notice.site)) : "");
      for (const auto& [name, value] : notice.facts) text.append(" ").append(name).append("=").append(value);
      text += '\n';
    }
    return text;
  }
  ingest::Hosts hosts;
  std::unique_ptr<site::Sites> directory;
};

TEST_F(HostNotices, TheOwnerOfAnUndecidedSiteIsAsked) {
  hosts.add(SiteKey{1}, "shop.example.com");
  hosts.add(SiteKey{1}, "shop.example.com");
  hosts.add(SiteKey{1}, "help.example.com");
  sites(std::nullopt);
  EXPECT_EQ(told(), "subdomains_asked 1 hits=3 hosts=shop.example.com, help.example.com\n");
  sites(false);
  EXPECT_EQ(told(), "") << "he has answered";
  sites(true);
  EXPECT_EQ(told(), "") << "they count now";
}

TEST_F(HostNotices, CopiesThatCountAreOffered) {
  hosts.add(SiteKey{1}, "staging.example.com");
  sites(true);
  EXPECT_EQ(told(), "copies_counted 1 hits=1 hosts=staging.example.com\n");
  sites(true, {"staging.example.com"});
  EXPECT_EQ(told(), "");
}

TEST_F(HostNotices, UnknownHostsAreToldWhenTheyAreMoreThanNoise) {
  sites(std::nullopt);
  for (std::uint64_t i = 1; i < kUnknownHitsToTell; ++i) hosts.add_unknown("other.example");
  hosts.add_unknown("noise.example");
  EXPECT_EQ(told(), "");
  hosts.add_unknown("other.example");
  EXPECT_EQ(told(), "hosts_unknown hits=11 host=other.example\n");
}

TEST_F(HostNotices, AHostThatGotItsSiteIsNoLongerUnknown) {
  for (std::uint64_t i = 0; i < kUnknownHitsToTell; ++i) hosts.add_unknown("blog.example.com");
  sites(std::nullopt);
  EXPECT_EQ(told(), "");
}

TEST_F(HostNotices, OneNoticeNamesSomeHosts) {
  for (std::size_t i = 0; i <= kHostsToName; ++i) hosts.add(SiteKey{1}, "h" + std::to_string(i) + ".example.com");
  sites(std::nullopt);
  const std::string all = told();
  EXPECT_EQ(std::ranges::count(all, ','), static_cast<std::ptrdiff_t>(kHostsToName) - 1) << all;
  EXPECT_TRUE(all.contains("hits=6 ")) << all;
}

TEST(BoundNotices, AlarmTheOwnersOfASite) {
  ingest::Bounds bounds;
  store::Hit hit;
  hit.site = SiteKey{2};
  hit.event_json = std::string(std::size_t{16} << 10, 'x');
  std::vector<site::Site> all(2);
  all[0].key = SiteKey{1};
  all[1].key = SiteKey{2};
  const site::Sites sites(std::move(all));
  std::vector<Notice> out;
  tell_bounds(bounds, sites, out);
  EXPECT_TRUE(out.empty());
  while (!bounds.take("203.0.113.9", hit, TimeMs{Millis{1'795'600'800'000}})) continue;
  tell_bounds(bounds, sites, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].kind, "bound_reached");
  EXPECT_EQ(out[0].level, notice::Level::alarm);
  EXPECT_EQ(out[0].site, SiteKey{2});
  EXPECT_EQ(out[0].facts,
            (std::vector<std::pair<std::string, std::string>>{
                {"refused", "1"}, {"addresses", "1"}, {"bytes", "1"}, {"texts", "0"}, {"visitors", "0"}}));
}

store::LaneState lane(const std::string& file, store::Trouble trouble, bool stopped) {
  store::LaneState out;
  out.file = "/srv/hitkeep/" + file;
  out.trouble = trouble;
  out.stopped = stopped;
  out.since = TimeMs{Millis{1'795'600'800'000}};  // 2026-11-25
  return out;
}

std::string told_of(const std::vector<store::LaneState>& lanes) {
  std::vector<Notice> out;
  tell_lanes(lanes, "/srv/hitkeep", out);
  std::string text;
  for (const Notice& notice : out) {
    text += notice.kind;
    for (const auto& [name, value] : notice.facts) text.append(" ").append(name).append("=").append(value);
    text += '\n';
  }
  return text;
}

TEST(LaneNotices, SayWhichFileIsInWhatTrouble) {
  using store::Trouble;
  EXPECT_EQ(told_of({lane("hitkeep.db", Trouble::none, false)}), "");
  EXPECT_EQ(told_of({lane("tenants/a/hitkeep.db", Trouble::damaged, false)}),
            "damaged_rows file=tenants/a/hitkeep.db day=2026-11-25\n");
  EXPECT_EQ(told_of({lane("hitkeep.db", Trouble::damaged, true)}),
            "damaged_rows file=hitkeep.db day=2026-11-25\nlane_stopped file=hitkeep.db\n");
  EXPECT_EQ(told_of({lane("hitkeep.db", Trouble::stopped, true)}), "lane_stopped file=hitkeep.db\n");
  auto lost = lane("tenants/a/hitkeep.db", Trouble::stopped, true);
  lost.dropped = 12;
  EXPECT_EQ(told_of({lost}),
            "lane_stopped file=tenants/a/hitkeep.db\nhits_dropped file=tenants/a/hitkeep.db hits=12\n");
}

TEST(CertificateNotices, TellWhenItEndsSoonAndAlarmOnceItHas) {
  const TimeMs now{Millis{1'795'600'800'000}};  // 2026-11-25
  const auto told = [&](std::optional<TimeMs> end) {
    std::vector<Notice> out;
    tell_certificate(end, now, out);
    if (out.empty()) return std::string();
    return out[0].kind + (out[0].level == notice::Level::alarm ? " alarm " : " ") + out[0].facts[0].second;
  };
  EXPECT_EQ(told({}), "") << "there is none yet: https is not answered";
  EXPECT_EQ(told(now + std::chrono::days(14)), "");
  EXPECT_EQ(told(now + std::chrono::days(13)), "certificate_ends 2026-12-08");
  EXPECT_EQ(told(now), "certificate_ends alarm 2026-11-25");
}

TEST(ControlNotices, NameTheTablesThatAreDamaged) {
  std::vector<Notice> out;
  tell_control({}, out);
  EXPECT_TRUE(out.empty());
  const std::string tables[] = {"sites", "users"};
  tell_control(tables, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].kind, "control_damaged");
  EXPECT_EQ(out[0].facts[0].second, "sites, users");
}

TEST(LaneNotices, AFullDiskIsToldOnceForAllFiles) {
  using store::Trouble;
  EXPECT_EQ(
      told_of({lane("hitkeep.db", Trouble::disk_full, true), lane("tenants/a/hitkeep.db", Trouble::disk_full, true)}),
      "disk_full\n");
}

}  // namespace
}  // namespace hk::app

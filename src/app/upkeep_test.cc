#include "app/upkeep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "app/notices.h"
#include "base/testing/temp_dir.h"

namespace hk::app {
namespace {

constexpr Day kDay = 20'782;  // 2026-11-25
constexpr std::int64_t kHour = 3'600'000;

class Machine final : public TimeSource {
 public:
  TimeMs wall() const override { return from_ms(kDay * 24 * kHour + ms_ + leap_); }
  Millis steady() const override { return Millis{ms_}; }
  void go_to(std::int64_t hour, std::int64_t minute = 0) { ms_ = hour * kHour + minute * 60'000; }
  void leap(std::chrono::hours by) { leap_ = Millis(by).count(); }

 private:
  std::int64_t ms_ = 0;
  std::int64_t leap_ = 0;
};

std::shared_ptr<const db::Zone> zone(const std::string& name, int hours) {
  std::vector<std::int64_t> midnights;
  for (Day day = kDay - 5; day < kDay + 5; ++day) midnights.push_back((day * 24 - hours) * kHour);
  return std::make_shared<const db::Zone>(name, kDay - 5, std::move(midnights));
}

/// Three sites in two zones.
struct World {
  std::shared_ptr<const db::Zone> utc = zone("UTC", 0), pago = zone("Pacific/Pago_Pago", -11);
  site::Sites sites = [this] {
    std::vector<site::Site> list(3);
    for (std::uint32_t i = 0; i < 3; ++i) {
      list[i].key = SiteKey{i + 1};
      list[i].domain = std::to_string(i) + ".example";
      list[i].zone = i == 1 ? pago : utc;
    }
    return site::Sites(std::move(list));
  }();
  hk::testing::TempDir dir;
  Machine machine;
  TrustedClock clock{machine};
  std::unique_ptr<ingest::Salts> salts = *ingest::Salts::open(dir / "salts", Secret<std::string>{});

  bool lives(const std::shared_ptr<const db::Zone>& in, Day day) const {
    return std::ranges::count(salts->days(*in), day) > 0;
  }
};

TEST(Upkeep, EveryZoneIsTendedOnce) {
  World w;
  EXPECT_EQ(zones_of(w.sites).size(), 2u);
}

TEST(Upkeep, ASaltLivesUntilItsDateIsOverInItsOwnZone) {
  World w;
  w.machine.go_to(12);
  tend_salts(w.clock, *w.salts, w.sites);
  EXPECT_TRUE(w.lives(w.utc, kDay) && w.lives(w.pago, kDay));
  w.machine.go_to(24, 35);
  tend_salts(w.clock, *w.salts, w.sites);
  EXPECT_FALSE(w.lives(w.utc, kDay));
  EXPECT_TRUE(w.lives(w.pago, kDay)) << "there it is early afternoon";
  w.machine.go_to(35, 35);
  tend_salts(w.clock, *w.salts, w.sites);
  EXPECT_FALSE(w.lives(w.pago, kDay));
  EXPECT_TRUE(w.lives(w.utc, kDay + 1));
}

TEST(Upkeep, AClockThatLeapsDestroysNoSalt) {
  World w;
  w.machine.go_to(12);
  tend_salts(w.clock, *w.salts, w.sites);
  w.machine.leap(std::chrono::hours(48));
  for (const int minute : {0, 1, 5}) {
    w.machine.go_to(12, minute);
    tend_salts(w.clock, *w.salts, w.sites);
  }
  EXPECT_TRUE(w.lives(w.utc, kDay) && w.lives(w.pago, kDay));
  EXPECT_FALSE(w.lives(w.utc, kDay + 2));
  w.machine.go_to(12, 10);
  tend_salts(w.clock, *w.salts, w.sites);
  EXPECT_FALSE(w.lives(w.utc, kDay)) << "it stayed so";
  EXPECT_TRUE(w.lives(w.utc, kDay + 2));
}

TEST(Upkeep, AClockThatLeapsSealsNoDay) {
  World w;
  const auto given = [&] { return seal_what_is_over(w.clock, [] { return 3uz; }); };
  w.machine.go_to(12);
  EXPECT_EQ(given(), 3u);
  w.machine.leap(std::chrono::hours(48));
  EXPECT_EQ(given(), 0u);
  w.machine.go_to(12, 9);
  EXPECT_EQ(given(), 0u);
  w.machine.go_to(12, 10);
  EXPECT_EQ(given(), 3u) << "it stayed so";
}

TEST(Upkeep, TheOwnerIsToldOfAClockInDoubt) {
  World w;
  const auto told = [&] {
    std::vector<notice::Notice> out;
    tell_clock(w.clock, out);
    return out.empty() ? std::string() : out[0].kind + " " + std::string(json::name_of(out[0].level));
  };
  w.machine.go_to(12);
  EXPECT_EQ(told(), "");
  w.machine.leap(std::chrono::hours(48));
  EXPECT_EQ(told(), "clock_wrong warning");
  w.machine.leap(std::chrono::hours(0));
  EXPECT_EQ(told(), "");
  w.clock.start_after(w.clock.now() + std::chrono::hours(2));
  EXPECT_EQ(told(), "clock_wrong alarm");
}

}  // namespace
}  // namespace hk::app

#include "ingest/salts.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "base/testing/temp_dir.h"
#include "ingest/limits.h"
#include "ingest/testing/fixture.h"
#include "ingest/visitor.h"
#include "ingest/visitor_secret.h"
#include "store/testing/property.h"

namespace hk::ingest {
namespace {

using hk::testing::TempDir;
using testing::fixed_zone;

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHour;
constexpr Day kDay = 20'782;  // 2026-11-25

TimeMs at(Day day, std::int64_t ms_of_day = 0) {
  return from_ms(day * kDayMs + ms_of_day);
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

/// UTC, unless a test says otherwise.
const std::shared_ptr<const db::Zone> kUtc = fixed_zone(0);

std::unique_ptr<Salts> open(const std::filesystem::path& file, const std::string& second_half = "") {
  auto salts = Salts::open(file, Secret<std::string>(second_half));
  if (!salts) ADD_FAILURE() << salts.error().message;
  return salts ? std::move(*salts) : nullptr;
}

/// As the timer does it while the clock is settled.
Result<void> tend(Salts& salts, TimeMs now, const std::vector<std::shared_ptr<const db::Zone>>& zones) {
  return salts.tend(now, zones, Salts::Destroy::what_is_over);
}

std::string bytes_of(const Salts::Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

TEST(Salts, AreRandomPerZoneAndDateAndStay) {
  TempDir dir;
  auto salts = open(dir / "salts");
  const auto today = salts->of(*kUtc, kDay);
  EXPECT_EQ(salts->of(*kUtc, kDay), today);
  EXPECT_NE(salts->of(*kUtc, kDay + 1), today);
  EXPECT_NE(salts->of(*fixed_zone(1), kDay), today);
  EXPECT_EQ(salts->of(*fixed_zone(0), kDay), today) << "the name is what counts";
  TempDir other;
  EXPECT_NE(open(other / "salts")->of(*kUtc, kDay), today);
}

TEST(Salts, SurviveARestart) {
  for (const std::string half : {"", "the other half"}) {
    TempDir dir;
    Salts::Salt today, tomorrow;
    {
      auto salts = open(dir / "salts", half);
      today = salts->of(*kUtc, kDay);
      tomorrow = salts->of(*kUtc, kDay + 1);
    }
    auto salts = open(dir / "salts", half);
    EXPECT_EQ(salts->of(*kUtc, kDay), today);
    EXPECT_EQ(salts->of(*kUtc, kDay + 1), tomorrow);
  }
}

TEST(Salts, AreReadableByTheirOwnerOnly) {
  TempDir dir;
  open(dir / "salts");
  struct stat info{};
  ASSERT_EQ(::stat((dir / "salts").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ::chmod((dir / "salts").c_str(), 0640);
  const auto refused = Salts::open(dir / "salts", Secret<std::string>{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  EXPECT_NE(refused.error().message.find("chmod 600"), std::string::npos);
}

TEST(Salts, ADirectoryInTheirPlaceIsRefused) {
  TempDir dir;
  std::filesystem::create_directory(dir / "salts");
  EXPECT_FALSE(Salts::open(dir / "salts", Secret<std::string>{}));
  std::filesystem::create_symlink(dir / "elsewhere", dir / "link");
  EXPECT_FALSE(Salts::open(dir / "link", Secret<std::string>{}));
}

/// A site far to the west keeps no other's salt.
TEST(Salts, DieWhenTheirDateIsOverInTheirZone) {
  TempDir dir;
  auto salts = open(dir / "salts");
  const auto zones = std::vector{fixed_zone(14), fixed_zone(0), fixed_zone(-11)};
  ASSERT_TRUE(tend(*salts, at(kDay, 9 * kHour), zones));
  std::vector<std::string> old;
  for (const auto& zone : zones) old.push_back(bytes_of(salts->of(*zone, kDay)));
  for (std::size_t i = 0; i < zones.size(); ++i) {
    const TimeMs end = zones[i]->start_of(kDay + 1) + Salts::kSaltGrace;
    ASSERT_TRUE(tend(*salts, end - Millis{1}, zones));
    EXPECT_EQ(bytes_of(salts->of(*zones[i], kDay)), old[i]);
    EXPECT_NE(read(dir / "salts").find(old[i]), std::string::npos);
    ASSERT_TRUE(tend(*salts, end, zones));
    EXPECT_EQ(std::ranges::count(salts->days(*zones[i]), kDay), 0);
    EXPECT_EQ(read(dir / "salts").find(old[i]), std::string::npos) << "both slots are overwritten";
    for (std::size_t later = i + 1; later < zones.size(); ++later)
      EXPECT_EQ(bytes_of(salts->of(*zones[later], kDay)), old[later]);
  }
}

TEST(Salts, DieWithTheLastSiteOfTheirZone) {
  TempDir dir;
  auto salts = open(dir / "salts");
  ASSERT_TRUE(tend(*salts, at(kDay), {fixed_zone(0), fixed_zone(1)}));
  const auto old = bytes_of(salts->of(*fixed_zone(1), kDay));
  ASSERT_TRUE(tend(*salts, at(kDay), {fixed_zone(0)}));
  EXPECT_TRUE(salts->days(*fixed_zone(1)).empty());
  EXPECT_EQ(read(dir / "salts").find(old), std::string::npos);
}

TEST(Salts, WithoutSitesTheyLiveAsLongAsAnyZoneCouldNeedThem) {
  TempDir dir;
  auto salts = open(dir / "salts");
  const auto old = salts->of(*kUtc, kDay);
  const TimeMs end = at(kDay + 1, 12 * kHour) + Salts::kSaltGrace;
  ASSERT_TRUE(tend(*salts, end - Millis{1}, {}));
  EXPECT_EQ(salts->of(*kUtc, kDay), old);
  ASSERT_TRUE(tend(*salts, end, {}));
  EXPECT_EQ(salts->size(), 0u);
}

TEST(Salts, WhatIsOverAtTheStartGoesAsSoonAsTheClockIsSettled) {
  TempDir dir;
  std::string old;
  {
    auto salts = open(dir / "salts");
    old = bytes_of(salts->of(*kUtc, kDay));
  }
  auto salts = open(dir / "salts");
  ASSERT_TRUE(salts->tend(at(kDay + 7), {kUtc}, Salts::Destroy::nothing));
  EXPECT_EQ(bytes_of(salts->of(*kUtc, kDay)), old);
  EXPECT_EQ(salts->days(*kUtc), (std::vector<Day>{kDay, kDay + 7})) << "what is needed comes nevertheless";
  ASSERT_TRUE(tend(*salts, at(kDay + 7), {kUtc}));
  EXPECT_EQ(salts->days(*kUtc), std::vector<Day>{kDay + 7});
  EXPECT_EQ(read(dir / "salts").find(old), std::string::npos);
}

TEST(Salts, ComingDatesAreMadeAhead) {
  TempDir dir;
  auto salts = open(dir / "salts");
  ASSERT_TRUE(tend(*salts, at(kDay, 22 * kHour), {kUtc}));
  EXPECT_EQ(salts->days(*kUtc), std::vector<Day>{kDay});
  ASSERT_TRUE(tend(*salts, at(kDay, 23 * kHour), {kUtc}));
  EXPECT_EQ(salts->days(*kUtc), (std::vector<Day>{kDay, kDay + 1}));
}

/// A clock that leaps from date to date asks for salts of all of them: what is crowded out is gone from the disk.
TEST(Salts, AZoneKeepsNoMoreDatesThanCanBeAliveAtOnce) {
  TempDir dir;
  auto salts = open(dir / "salts");
  std::map<Day, std::string> made;
  for (Day day = kDay; day < kDay + 20; ++day) {
    made[day] = bytes_of(salts->of(*kUtc, day));
    const std::string file = read(dir / "salts");
    for (const auto& [old, salt] : made)
      EXPECT_EQ(file.find(salt) == std::string::npos, old <= day - static_cast<Day>(Salts::kMaxDates))
          << old << " on " << day;
  }
  EXPECT_EQ(salts->days(*kUtc).size(), Salts::kMaxDates);
  const auto first = salts->of(*kUtc, kDay - 100);
  EXPECT_EQ(salts->of(*kUtc, kDay - 100), first) << "also when it is the oldest";
  const auto other = salts->of(*fixed_zone(1), kDay);
  EXPECT_EQ(salts->of(*kUtc, kDay - 100), first) << "other zones have their own";
  EXPECT_EQ(salts->of(*fixed_zone(1), kDay), other);
}

TEST(Salts, NeverMoreThanTheFileHolds) {
  TempDir dir;
  std::vector<std::shared_ptr<const db::Zone>> zones;
  const std::int64_t midnight = kDay * kDayMs;
  for (std::size_t i = 0; i < Salts::kMaxSalts + 10; ++i)
    zones.push_back(
        std::make_shared<const db::Zone>("Test/" + std::to_string(i), kDay, std::vector{midnight, midnight + kDayMs}));
  {
    auto salts = open(dir / "salts");
    ASSERT_TRUE(tend(*salts, at(kDay), zones));
    EXPECT_EQ(salts->size(), Salts::kMaxSalts);
    salts->of(*zones.back(), kDay);
    EXPECT_EQ(salts->size(), Salts::kMaxSalts);
  }
  EXPECT_EQ(open(dir / "salts")->size(), Salts::kMaxSalts);
}

// --- the second half -------------------------------------------------------------------------------------------------

/// The file alone does not hold what is hashed with.
TEST(Salts, TheKeyNeedsBothHalves) {
  TempDir dir;
  auto salts = open(dir / "salts", "the other half");
  const auto key = bytes_of(salts->of(*kUtc, kDay));
  EXPECT_EQ(read(dir / "salts").find(key), std::string::npos);
  EXPECT_EQ(read(dir / "salts").find("the other half"), std::string::npos);
}

TEST(Salts, AnotherSecondHalfBeginsAnew) {
  TempDir dir;
  const auto old = open(dir / "salts", "one")->of(*kUtc, kDay);
  const auto fresh = open(dir / "salts", "two")->of(*kUtc, kDay);
  EXPECT_NE(fresh, old);
  EXPECT_EQ(open(dir / "salts", "two")->of(*kUtc, kDay), fresh);
  EXPECT_NE(open(dir / "salts")->of(*kUtc, kDay), fresh) << "none is another one, too";
}

/// Whoever names a second place, by an update for example, counts nobody twice on that day.
TEST(Salts, ADateThatBeganWithoutASecondHalfEndsWithoutIt) {
  TempDir dir;
  const auto today = open(dir / "salts")->of(*kUtc, kDay);
  std::string tomorrow;
  {
    auto salts = open(dir / "salts", "half");
    EXPECT_EQ(salts->of(*kUtc, kDay), today);
    tomorrow = bytes_of(salts->of(*kUtc, kDay + 1));
  }
  EXPECT_EQ(read(dir / "salts").find(tomorrow), std::string::npos);
  auto salts = open(dir / "salts", "half");
  EXPECT_EQ(salts->of(*kUtc, kDay), today);
  EXPECT_EQ(bytes_of(salts->of(*kUtc, kDay + 1)), tomorrow);
}

TEST(VisitorSecret, LiesWhereTheOperatorOrTheServiceManagerSays) {
  TempDir dir;
  const SecretPlaces none{.named = {}, .runtime = {}, .data = dir / "data"};
  EXPECT_EQ(visitor_secret(none)->reveal(), "");
  std::filesystem::create_directories(dir / "run");
  SecretPlaces run = none;
  run.runtime = dir / "run";
  const std::string made = visitor_secret(run)->reveal();
  EXPECT_GE(made.size(), 32u);
  EXPECT_EQ(visitor_secret(run)->reveal(), made);
  EXPECT_TRUE(std::filesystem::exists(dir / "run" / "visitor-secret"));
  run.named = dir / "named";
  const std::string named = visitor_secret(run)->reveal();
  EXPECT_NE(named, made);
  EXPECT_EQ(visitor_secret(run)->reveal(), named);
}

TEST(VisitorSecret, IsRefusedInsideOfTheDataDirectory) {
  TempDir dir;
  std::filesystem::create_directories(dir / "data" / "deep");
  const auto refused = visitor_secret({.named = dir / "data" / "deep" / "secret", .runtime = {}, .data = dir / "data"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("outside"), std::string::npos);
  EXPECT_EQ(visitor_secret({.named = {}, .runtime = dir / "data" / "deep", .data = dir / "data"})->reveal(), "");
  EXPECT_FALSE(visitor_secret({.named = dir / "nowhere" / "secret", .runtime = {}, .data = dir / "data"}));
  EXPECT_EQ(visitor_secret({.named = {}, .runtime = dir / "nowhere", .data = dir / "data"})->reveal(), "");
}

// --- files of version 1 ----------------------------------------------------------------------------------------------

/// As the program before this one wrote them: two slots of 4 KiB, one salt per date.
std::string version_1(const std::map<Day, Salts::Salt>& salts) {
  std::string slot = "HKSALTS1";
  const auto put = [&](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) slot.push_back(static_cast<char>(value >> (8 * i)));
  };
  put(7, 8);
  put(salts.size(), 4);
  for (const auto& [day, salt] : salts) {
    put(static_cast<std::uint32_t>(day), 4);
    slot += bytes_of(salt);
  }
  slot.resize(4096 - 32);
  const auto sum = crypto::sha256(slot);
  slot.append(reinterpret_cast<const char*>(sum.data()), sum.size());
  return slot + slot;
}

TEST(Salts, FilesOfVersion1AreReadOnce) {
  const Salts::Salt today{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  for (const std::string half : {"", "half"}) {
    TempDir dir;
    write(dir / "salts", version_1({{kDay, today}}));
    ::chmod((dir / "salts").c_str(), 0600);
    const auto zones = std::vector{fixed_zone(0), fixed_zone(-11)};
    {
      auto salts = open(dir / "salts", half);
      ASSERT_TRUE(tend(*salts, at(kDay, 12 * kHour), zones));
      for (const auto& zone : zones) EXPECT_EQ(salts->of(*zone, kDay), today) << "nobody is counted twice";
    }
    EXPECT_EQ(read(dir / "salts").find("HKSALTS1"), std::string::npos);
    auto salts = open(dir / "salts", half);
    for (const auto& zone : zones) EXPECT_EQ(salts->of(*zone, kDay), today);
    ASSERT_TRUE(tend(*salts, at(kDay + 1, 11 * kHour), zones));
    EXPECT_EQ(salts->of(*zones[1], kDay), today) << "the last zone needs it";
    EXPECT_NE(salts->of(*zones[0], kDay + 1), salts->of(*zones[1], kDay + 1));
    ASSERT_TRUE(tend(*salts, at(kDay + 1, 11 * kHour) + Salts::kSaltGrace, zones));
    EXPECT_EQ(read(dir / "salts").find(bytes_of(today)), std::string::npos);
  }
}

/// Killed while the file becomes one of this version: at any byte there is one whole slot of either.
TEST(Salts, ACrashWhileVersion1IsRewrittenLosesNothing) {
  const Salts::Salt today{9, 2, 3};
  TempDir dir;
  const auto file = dir / "salts";
  const std::string before = version_1({{kDay, today}});
  write(file, before);
  ::chmod(file.c_str(), 0600);
  open(file);
  const std::string after = read(file);
  for (const std::size_t written : {std::size_t{0}, std::size_t{1}, Salts::kSlotBytes - 1, Salts::kSlotBytes}) {
    std::string bytes = before;
    bytes.resize(Salts::kSlotBytes);
    bytes += after.substr(Salts::kSlotBytes, written);  // the second slot is the first to be written
    write(file, bytes);
    EXPECT_EQ(open(file)->of(*kUtc, kDay), today) << written;
    if (written < Salts::kSlotBytes) continue;
    for (const std::size_t first : {std::size_t{1}, std::size_t{4096}, Salts::kSlotBytes}) {
      write(file, after.substr(0, first) + bytes.substr(first));
      EXPECT_EQ(open(file)->of(*kUtc, kDay), today) << first;
    }
  }
}

/// What a crash can leave: any slot as it was before, whole, or cut off anywhere.
TEST(Salts, ACrashBetweenTheSlotsLosesNothingAndKeepsNoSecret) {
  TempDir dir;
  const auto file = dir / "salts";
  const auto zones = std::vector{fixed_zone(0)};
  std::string before, old, kept;
  {
    auto salts = open(file);
    ASSERT_TRUE(tend(*salts, at(kDay, 23 * kHour), zones));
    old = bytes_of(salts->of(*kUtc, kDay));
    kept = bytes_of(salts->of(*kUtc, kDay + 1));
    // The last write went to one slot only: bring both up to date, as the next start does.
  }
  {
    open(file);
  }
  before = read(file);
  {
    auto salts = open(file);
    before = read(file);
    ASSERT_TRUE(tend(*salts, at(kDay + 1, kHour), zones));
    ASSERT_EQ(salts->days(*kUtc), std::vector<Day>{kDay + 1});
  }
  const std::string after = read(file);
  ASSERT_EQ(before.size(), 2 * Salts::kSlotBytes);
  ASSERT_EQ(after.size(), 2 * Salts::kSlotBytes);
  for (const std::size_t first : {std::size_t{0}, Salts::kSlotBytes}) {
    for (const std::size_t written :
         {std::size_t{0}, std::size_t{1}, std::size_t{100}, Salts::kSlotBytes - 1, Salts::kSlotBytes}) {
      std::string bytes = before;
      bytes.replace(first, written, after.substr(first, written));
      write(file, bytes);
      auto salts = open(file);
      EXPECT_EQ(bytes_of(salts->of(*kUtc, kDay + 1)), kept)
          << "slot at " << first << ", " << written << " bytes written";
      ASSERT_TRUE(tend(*salts, at(kDay + 1, kHour), zones));
      EXPECT_EQ(read(file).find(old), std::string::npos) << "slot at " << first << ", " << written << " bytes written";
    }
  }
}

/// The disk refuses: the salt is gone from memory at once, and from the file as soon as the disk takes it.
TEST(Salts, AFailedWriteIsMadeUpFor) {
  TempDir dir;
  const auto zones = std::vector{fixed_zone(0)};
  auto salts = open(dir / "salts");
  ASSERT_TRUE(tend(*salts, at(kDay, 23 * kHour), zones));
  const auto old = bytes_of(salts->of(*kUtc, kDay));
  {
    // Files of no size: every write fails with EFBIG.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
    const auto tended = tend(*salts, at(kDay + 1, kHour), zones);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
    ASSERT_FALSE(tended);
    EXPECT_EQ(tended.error().code, Code::unavailable);
  }
  EXPECT_EQ(salts->days(*kUtc), std::vector<Day>{kDay + 1});
  EXPECT_NE(read(dir / "salts").find(old), std::string::npos);
  ASSERT_TRUE(tend(*salts, at(kDay + 1, kHour), zones));
  EXPECT_EQ(read(dir / "salts").find(old), std::string::npos);
}

TEST(Salts, ADamagedFileStartsAnew) {
  TempDir dir;
  Salts::Salt old;
  {
    auto salts = open(dir / "salts");
    old = salts->of(*kUtc, kDay);
  }
  std::string bytes = read(dir / "salts");
  bytes[60] ^= 1;
  bytes[Salts::kSlotBytes + 60] ^= 1;
  write(dir / "salts", bytes);
  auto salts = open(dir / "salts");
  EXPECT_NE(salts->of(*kUtc, kDay), old);
}

/// Whatever the zones and whenever it is: a hit finds the same salt for its date from its first to its last moment,
/// and a salt is gone when its date has been over for the grace.
/// Every zone's salts come and go in time, whatever the hours (of the zones from UTC) and the steps (minutes).
void rotates(const std::set<int>& hours, const std::vector<int>& steps) {
  std::vector<std::shared_ptr<const db::Zone>> zones;
  for (const int h : hours) zones.push_back(fixed_zone(h));
  TempDir dir;
  TimeMs now = at(kDay);
  auto salts = open(dir / "salts");
  std::map<std::pair<std::string, Day>, std::string> seen;
  for (const int step : steps) {
    now += std::chrono::minutes(step);
    RC_ASSERT(tend(*salts, now, zones).has_value());
    const std::string file = read(dir / "salts");
    for (const auto& zone : zones) {
      std::erase_if(seen, [&](const auto& one) {
        const auto& [place, salt] = one;
        if (place.first != zone->name() || now < zone->start_of(place.second + 1) + Salts::kSaltGrace) return false;
        RC_ASSERT(std::ranges::count(salts->days(*zone), place.second) == 0);
        RC_ASSERT(file.find(salt) == std::string::npos);
        return true;
      });
    }
    for (const auto& zone : zones) {
      for (const TimeMs needs : {now, now - kVisitGap}) {
        const Day day = zone->day_of(needs);
        const std::string salt = bytes_of(salts->of(*zone, day));
        RC_ASSERT(seen.emplace(std::pair(zone->name(), day), salt).first->second == salt);
      }
    }
  }
}

TEST(Salts, RotateOverAllZones) {
  const auto any =
      rc::gen::pair(rc::gen::resize(6, rc::gen::nonEmpty(rc::gen::container<std::set<int>>(rc::gen::inRange(-12, 15)))),
                    rc::gen::container<std::vector<int>>(40, rc::gen::inRange(1, 240)));
  store::testing::holds(10, any, [](const auto& drawn) { rotates(drawn.first, drawn.second); });  // each syncs files
}

// --- visitors --------------------------------------------------------------------------------------------------------

/// A browser on a site of the zone.
struct Browser {
  Visitors& visitors;
  std::shared_ptr<const db::Zone> zone;
  std::string ip = "192.0.2.1";
  SiteKey site{1};

  Visitor see(TimeMs when) const { return visitors.see(*zone, when, site, ip, "ua"); }
};

struct Watch {
  TempDir dir;
  std::unique_ptr<Salts> salts = open(dir / "salts");
  Visitors visitors{*salts};
};

TEST(Visitor, KeepsItsHashUntilTheVisitThatCrossesMidnightEnds) {
  Watch w;
  const Browser anna{w.visitors, fixed_zone(2)}, bert{w.visitors, fixed_zone(2), "192.0.2.2"};
  const TimeMs midnight = anna.zone->start_of(kDay + 1);
  const auto minute = [&](int n) { return anna.see(midnight + std::chrono::minutes(n)); };
  const Visitor evening = minute(-10);
  EXPECT_EQ(evening.day, kDay);
  EXPECT_EQ(evening.before, 0u);
  // The visit goes on until 01:05, behind the death of yesterday's salt.
  for (const int n : {0, 10, 36, 65}) {
    ASSERT_TRUE(tend(*w.salts, midnight + std::chrono::minutes(n), {anna.zone}));
    const Visitor night = minute(n);
    EXPECT_EQ(night.day, kDay + 1) << n;
    EXPECT_EQ(night.hash, evening.hash) << n;
    EXPECT_EQ(night.before, evening.hash) << n;
  }
  EXPECT_EQ(w.salts->days(*anna.zone), std::vector<Day>{kDay + 1});
  const Visitor morning = minute(95);
  EXPECT_NE(morning.hash, evening.hash) << "30 minutes of silence";
  EXPECT_EQ(morning.before, 0u);
  EXPECT_EQ(minute(600).hash, morning.hash);
  // Who was not here before midnight has today's hash from the first moment.
  const Visitor late = bert.see(midnight);
  EXPECT_EQ(late.before, 0u);
  EXPECT_EQ(bert.see(midnight + std::chrono::minutes(40)).hash, late.hash);
}

TEST(Visitor, ThirtyMinutesOverMidnightAreTooMany) {
  Watch w;
  const Browser anna{w.visitors, kUtc};
  const TimeMs midnight = kUtc->start_of(kDay + 1);
  const Visitor evening = anna.see(midnight - kVisitGap + Millis{1});
  EXPECT_EQ(anna.see(midnight).hash, evening.hash);
  const Browser bert{w.visitors, kUtc, "192.0.2.2"};
  const Visitor earlier = bert.see(midnight - kVisitGap);
  EXPECT_NE(bert.see(midnight).hash, earlier.hash);
  const Browser carl{w.visitors, kUtc, "192.0.2.3"};
  const Visitor before = carl.see(midnight - std::chrono::minutes(10));
  EXPECT_NE(carl.see(midnight - std::chrono::minutes(10) + kVisitGap).hash, before.hash);
}

/// No record, whenever it comes, holds what belongs to two days: only so does nothing join them.
TEST(Visitor, NoHitCarriesTwoHashes) {
  Watch w;
  const Browser anna{w.visitors, kUtc};
  for (std::int64_t minute = 0; minute < std::int64_t{5} * 24 * 60; minute += 1 + minute % 47) {
    const Visitor v = anna.see(at(kDay, minute * 60'000));
    EXPECT_TRUE(v.before == 0 || v.before == v.hash) << minute;
  }
}

TEST(Visitor, SitesAndPeopleAreRememberedApart) {
  Watch w;
  const TimeMs midnight = kUtc->start_of(kDay + 1);
  const Browser anna{w.visitors, kUtc};
  anna.see(midnight - std::chrono::minutes(5));
  const Browser elsewhere{w.visitors, kUtc, "192.0.2.1", SiteKey{2}};
  EXPECT_EQ(elsewhere.see(midnight).before, 0u);
  EXPECT_EQ((Browser{w.visitors, kUtc, "192.0.2.2"}).see(midnight).before, 0u);
}

/// The clock was set back over midnight by a little: the same visit, the same hash.
TEST(Visitor, AStepBackOverMidnightChangesNothing) {
  Watch w;
  const Browser anna{w.visitors, kUtc};
  const TimeMs midnight = kUtc->start_of(kDay + 1);
  const Visitor evening = anna.see(midnight - std::chrono::seconds(30));
  EXPECT_EQ(anna.see(midnight + std::chrono::seconds(20)).hash, evening.hash);
  const Visitor again = anna.see(midnight - std::chrono::seconds(20));
  EXPECT_EQ(again.hash, evening.hash);
  EXPECT_EQ(again.day, kDay);
}

TEST(Visitor, MemoryIsBoundedAndEndsWithTheVisit) {
  Watch w;
  Visitors few{*w.salts, 160};
  const TimeMs midnight = kUtc->start_of(kDay + 1);
  for (int i = 0; i < 1'000; ++i) {
    const Browser one{few, kUtc, "192.0.2." + std::to_string(i)};
    const Visitor v = one.see(midnight - std::chrono::minutes(1));
    EXPECT_EQ(one.see(midnight - std::chrono::minutes(1)).hash, v.hash) << "remembered or not";
  }
  EXPECT_LE(few.remembered(), 160u);
  EXPECT_GT(few.remembered(), 100u);
  for (int i = 0; i < 1'000; ++i) (Browser{few, kUtc, "192.0.2." + std::to_string(i)}).see(midnight + kVisitGap);
  EXPECT_EQ(few.remembered(), 0u);
  // By day nobody is remembered at all.
  (Browser{few, kUtc}).see(at(kDay, 12 * kHour));
  EXPECT_EQ(few.remembered(), 0u);
}

/// A day of 23 or 25 hours is one day.
TEST(Visitor, DaysOfSummerTimeAreWhole) {
  Watch w;
  // Midnights around a change: the second day has 25 hours, the third 23.
  const std::int64_t first = kDay * kDayMs;
  const Browser anna{w.visitors,
                     std::make_shared<const db::Zone>("Test/Changing", kDay,
                                                      std::vector{first, first + 24 * kHour, first + 49 * kHour,
                                                                  first + 72 * kHour, first + 96 * kHour})};
  const auto see = [&](std::int64_t ms) { return anna.see(from_ms(first + ms)); };
  const auto hash = see(24 * kHour).hash;
  for (std::int64_t hour = 24; hour < 49; ++hour) EXPECT_EQ(see(hour * kHour).hash, hash) << hour;
  EXPECT_NE(see(49 * kHour).hash, hash);
  EXPECT_EQ(see(72 * kHour - kHour).hash, see(50 * kHour).hash);
  EXPECT_NE(see(72 * kHour).hash, see(50 * kHour).hash);
}

TEST(Visitor, HashesDependOnEveryPart) {
  Salts::Salt salt{1, 2, 3}, other{1, 2, 4};
  std::set<std::uint64_t> hashes;
  hashes.insert(visitor_hash(salt, SiteKey{1}, "192.0.2.1", "ua"));
  hashes.insert(visitor_hash(other, SiteKey{1}, "192.0.2.1", "ua"));
  hashes.insert(visitor_hash(salt, SiteKey{2}, "192.0.2.1", "ua"));
  hashes.insert(visitor_hash(salt, SiteKey{1}, "192.0.2.11", "a"));
  hashes.insert(visitor_hash(salt, SiteKey{1}, "192.0.2.1", "1ua"));
  hashes.insert(visitor_hash(salt, SiteKey{1}, "192.0.2.11", "ua"));
  EXPECT_EQ(hashes.size(), 6u);
  EXPECT_EQ(hashes.count(0), 0u);
}

}  // namespace
}  // namespace hk::ingest

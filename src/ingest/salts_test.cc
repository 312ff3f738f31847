#include "ingest/salts.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <set>

#include "base/testing/temp_dir.h"
#include "ingest/limits.h"
#include "ingest/testing/fixture.h"
#include "ingest/visitor.h"

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

std::string bytes_of(const Salts::Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

TEST(Salts, AreRandomPerDateAndStay) {
  TempDir dir;
  auto salts = *Salts::open(dir / "salts", at(kDay));
  const auto today = salts->of(kDay);
  EXPECT_EQ(salts->of(kDay), today);
  EXPECT_NE(salts->of(kDay + 1), today);
  TempDir other;
  EXPECT_NE((*Salts::open(other / "salts", at(kDay)))->of(kDay), today);
}

TEST(Salts, SurviveARestart) {
  TempDir dir;
  Salts::Salt today, tomorrow;
  {
    auto salts = *Salts::open(dir / "salts", at(kDay));
    today = salts->of(kDay);
    tomorrow = salts->of(kDay + 1);
  }
  auto salts = *Salts::open(dir / "salts", at(kDay, 5 * kHour));
  EXPECT_EQ(salts->of(kDay), today);
  EXPECT_EQ(salts->of(kDay + 1), tomorrow);
}

TEST(Salts, AreReadableByTheirOwnerOnly) {
  TempDir dir;
  {
    ASSERT_TRUE(Salts::open(dir / "salts", at(kDay)));
  }
  struct stat info{};
  ASSERT_EQ(::stat((dir / "salts").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ::chmod((dir / "salts").c_str(), 0640);
  const auto refused = Salts::open(dir / "salts", at(kDay));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  EXPECT_NE(refused.error().message.find("chmod 600"), std::string::npos);
}

TEST(Salts, ADirectoryInTheirPlaceIsRefused) {
  TempDir dir;
  std::filesystem::create_directory(dir / "salts");
  EXPECT_FALSE(Salts::open(dir / "salts", at(kDay)));
  std::filesystem::create_symlink(dir / "elsewhere", dir / "link");
  EXPECT_FALSE(Salts::open(dir / "link", at(kDay)));
}

TEST(Salts, DieWhenTheirDateIsOverInTheLastZone) {
  TempDir dir;
  auto salts = *Salts::open(dir / "salts", at(kDay));
  const auto zones = std::vector{fixed_zone(14), fixed_zone(0), fixed_zone(-5)};
  ASSERT_TRUE(salts->tend(at(kDay), zones));
  const auto old = bytes_of(salts->of(kDay));
  const TimeMs end = at(kDay + 1, 5 * kHour) + Salts::kSaltGrace;  // UTC-5 is the last of these zones
  ASSERT_TRUE(salts->tend(end - Millis{1}, zones));
  EXPECT_EQ(bytes_of(salts->of(kDay)), old);
  EXPECT_NE(read(dir / "salts").find(old), std::string::npos);
  ASSERT_TRUE(salts->tend(end, zones));
  EXPECT_EQ(std::ranges::count(salts->days(), kDay), 0);
  EXPECT_EQ(read(dir / "salts").find(old), std::string::npos) << "both slots are overwritten";
}

TEST(Salts, WithoutSitesTheyLiveAsLongAsAnyZoneCouldNeedThem) {
  TempDir dir;
  auto salts = *Salts::open(dir / "salts", at(kDay));
  const auto old = salts->of(kDay);
  const TimeMs end = at(kDay + 1, 12 * kHour) + Salts::kSaltGrace;
  ASSERT_TRUE(salts->tend(end - Millis{1}, {}));
  EXPECT_EQ(salts->of(kDay), old);
  ASSERT_TRUE(salts->tend(end, {}));
  EXPECT_TRUE(salts->days().empty());
}

TEST(Salts, AStartAfterALongPauseDestroysWhatIsOver) {
  TempDir dir;
  std::string old;
  {
    auto salts = *Salts::open(dir / "salts", at(kDay));
    old = bytes_of(salts->of(kDay));
  }
  auto salts = *Salts::open(dir / "salts", at(kDay + 7));
  EXPECT_TRUE(salts->days().empty());
  EXPECT_EQ(read(dir / "salts").find(old), std::string::npos);
}

TEST(Salts, ComingDatesAreMadeAhead) {
  TempDir dir;
  auto salts = *Salts::open(dir / "salts", at(kDay));
  ASSERT_TRUE(salts->tend(at(kDay, 22 * kHour), {fixed_zone(0)}));
  EXPECT_EQ(salts->days(), std::vector<Day>{kDay});
  ASSERT_TRUE(salts->tend(at(kDay, 23 * kHour), {fixed_zone(0)}));
  EXPECT_EQ(salts->days(), (std::vector<Day>{kDay, kDay + 1}));
}

TEST(Salts, NeverMoreThanTheFileHolds) {
  TempDir dir;
  auto salts = *Salts::open(dir / "salts", at(kDay));
  for (Day day = kDay; day < kDay + 20; ++day) salts->of(day);
  EXPECT_EQ(salts->days().size(), Salts::kMaxSalts);
  EXPECT_EQ(salts->days().back(), kDay + 19);
  const auto first = salts->of(kDay - 100);
  EXPECT_EQ(salts->of(kDay - 100), first) << "also when it is the oldest";
}

/// What a crash can leave: any slot as it was before, whole, or cut off anywhere.
TEST(Salts, ACrashBetweenTheSlotsLosesNothingAndKeepsNoSecret) {
  TempDir dir;
  const auto file = dir / "salts";
  const auto zones = std::vector{fixed_zone(0)};
  std::string before, old, kept;
  {
    auto salts = *Salts::open(file, at(kDay));
    ASSERT_TRUE(salts->tend(at(kDay, 23 * kHour), zones));
    old = bytes_of(salts->of(kDay));
    kept = bytes_of(salts->of(kDay + 1));
    // The last write went to one slot only: bring both up to date, as the next start does.
  }
  {
    ASSERT_TRUE(Salts::open(file, at(kDay, 23 * kHour)));
  }
  before = read(file);
  {
    auto salts = *Salts::open(file, at(kDay, 23 * kHour));
    before = read(file);
    ASSERT_TRUE(salts->tend(at(kDay + 1, kHour), zones));
    ASSERT_EQ(salts->days(), std::vector<Day>{kDay + 1});
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
      auto salts = *Salts::open(file, at(kDay + 1, kHour));
      EXPECT_EQ(bytes_of(salts->of(kDay + 1)), kept) << "slot at " << first << ", " << written << " bytes written";
      ASSERT_TRUE(salts->tend(at(kDay + 1, kHour), zones));
      EXPECT_EQ(read(file).find(old), std::string::npos) << "slot at " << first << ", " << written << " bytes written";
    }
  }
}

/// The disk refuses: the salt is gone from memory at once, and from the file as soon as the disk takes it.
TEST(Salts, AFailedWriteIsMadeUpFor) {
  TempDir dir;
  const auto zones = std::vector{fixed_zone(0)};
  auto salts = *Salts::open(dir / "salts", at(kDay));
  ASSERT_TRUE(salts->tend(at(kDay, 23 * kHour), zones));
  const auto old = bytes_of(salts->of(kDay));
  {
    // Files of no size: every write fails with EFBIG.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
    const auto tended = salts->tend(at(kDay + 1, kHour), zones);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
    ASSERT_FALSE(tended);
    EXPECT_EQ(tended.error().code, Code::unavailable);
  }
  EXPECT_EQ(salts->days(), std::vector<Day>{kDay + 1});
  EXPECT_NE(read(dir / "salts").find(old), std::string::npos);
  ASSERT_TRUE(salts->tend(at(kDay + 1, kHour), zones));
  EXPECT_EQ(read(dir / "salts").find(old), std::string::npos);
}

TEST(Salts, ADamagedFileStartsAnew) {
  TempDir dir;
  Salts::Salt old;
  {
    auto salts = *Salts::open(dir / "salts", at(kDay));
    old = salts->of(kDay);
  }
  std::string bytes = read(dir / "salts");
  bytes[50] ^= 1;
  bytes[Salts::kSlotBytes + 50] ^= 1;
  write(dir / "salts", bytes);
  auto salts = *Salts::open(dir / "salts", at(kDay));
  EXPECT_NE(salts->of(kDay), old);
}

/// Whatever the zones and whenever it is: a hit finds the same salt for its date from its first to its last moment,
/// and a salt is gone 51 hours after its date began somewhere.
RC_GTEST_PROP(Salts, RotateOverAllZones, ()) {
  const auto hours = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(-12, 15)));
  const auto steps = *rc::gen::container<std::vector<int>>(40, rc::gen::inRange(1, 240));  // minutes
  std::vector<std::shared_ptr<const db::Zone>> zones;
  zones.reserve(hours.size());
  for (const int h : hours) zones.push_back(fixed_zone(h));
  TempDir dir;
  TimeMs now = at(kDay);
  auto salts = *Salts::open(dir / "salts", now);
  std::map<Day, std::string> seen;
  for (const int step : steps) {
    now += std::chrono::minutes(step);
    RC_ASSERT(salts->tend(now, zones).has_value());
    for (const auto& zone : zones) {
      for (const TimeMs needs : {now, now - kVisitGap}) {
        const Day day = zone->day_of(needs);
        const std::string salt = bytes_of(salts->of(day));
        RC_ASSERT(seen.emplace(day, salt).first->second == salt);
      }
    }
    const auto days = salts->days();
    const std::string file = read(dir / "salts");
    for (const auto& [day, salt] : seen) {
      const TimeMs begins = at(day, -14 * kHour);
      if (now - begins >= std::chrono::hours(51)) {
        RC_ASSERT(std::ranges::count(days, day) == 0);
        RC_ASSERT(file.find(salt) == std::string::npos);
      }
    }
  }
}

// --- visitors --------------------------------------------------------------------------------------------------------

TEST(Visitor, CarriesYesterdaysHashForHalfAnHour) {
  TempDir dir;
  auto salts = *Salts::open(dir / "salts", at(kDay));
  const auto zone = fixed_zone(2);
  const auto see = [&](TimeMs when) { return visitor_of(*salts, *zone, when, SiteKey{1}, "192.0.2.1", "ua"); };
  const TimeMs midnight = zone->start_of(kDay + 1);
  const Visitor evening = see(midnight - Millis{1});
  EXPECT_EQ(evening.day, kDay);
  EXPECT_EQ(evening.before, 0u);
  const Visitor night = see(midnight);
  EXPECT_EQ(night.day, kDay + 1);
  EXPECT_NE(night.hash, evening.hash);
  EXPECT_EQ(night.before, evening.hash);
  EXPECT_EQ(see(midnight + kVisitGap - Millis{1}).before, evening.hash);
  EXPECT_EQ(see(midnight + kVisitGap).before, 0u);
  EXPECT_EQ(see(midnight + kVisitGap).hash, night.hash);
}

/// A day of 23 or 25 hours is one day.
TEST(Visitor, DaysOfSummerTimeAreWhole) {
  TempDir dir;
  auto salts = *Salts::open(dir / "salts", at(kDay));
  // Midnights around a change: the second day has 25 hours, the third 23.
  const std::int64_t first = kDay * kDayMs;
  const db::Zone zone("Test/Changing", kDay,
                      {first, first + 24 * kHour, first + 49 * kHour, first + 72 * kHour, first + 96 * kHour});
  const auto see = [&](std::int64_t ms) {
    return visitor_of(*salts, zone, from_ms(first + ms), SiteKey{1}, "192.0.2.1", "ua");
  };
  const auto hash = see(24 * kHour).hash;
  for (std::int64_t hour = 24; hour < 49; ++hour) {
    EXPECT_EQ(see(hour * kHour).hash, hash) << hour;
    EXPECT_EQ(see(hour * kHour).before != 0, hour == 24) << hour;
  }
  EXPECT_NE(see(49 * kHour).hash, hash);
  EXPECT_EQ(see(49 * kHour).before, hash);
  EXPECT_EQ(see(72 * kHour - 1).hash, see(49 * kHour).hash);
  EXPECT_NE(see(72 * kHour).hash, see(49 * kHour).hash);
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

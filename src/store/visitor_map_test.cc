#include "store/visitor_map.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <random>
#include <set>

#include "log/testing/memory_files.h"
#include "store/testing/property.h"
#include "store/testing/scratch.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using testing::holds;

const fs::path kDirectory = "/data/hitkeep.db.visitors";
constexpr Day kMonday = 20'786;

/// A record as this room cares for it.
struct Said {
  VisitorDay who;
  std::vector<SiteDay> seal = {};  // not empty: an order
};
using Log = std::vector<Said>;

/// What a lane's file says when it has applied so much of the log, and the ordinals that were given on the way: worked
/// out from the beginning, with nothing but maps.
struct Rows {
  std::set<KnownVisitor> hot;
  std::map<SiteKey, std::uint32_t> numbers;
  std::vector<std::uint32_t> given;  // by record; 0: an order

  Rows(const Log& log, std::size_t applied) {
    std::map<SiteDay, std::map<std::uint64_t, std::uint32_t>> days;
    for (std::size_t i = 0; i < applied; ++i) {
      const auto& [who, seal] = log[i];
      for (const SiteDay& day : seal) {
        days.erase(day);
        std::erase_if(hot, [&](const KnownVisitor& v) { return v.day == day; });
      }
      if (!seal.empty()) {
        given.push_back(0);
        continue;
      }
      auto& vd = days[{who.site, who.day}][who.visitor];
      if (vd == 0) {
        vd = ++numbers[who.site];
        hot.insert({{who.site, who.day}, vd, i + 1});
      }
      given.push_back(vd);
    }
  }
};

/// What a start does: the files, then the log for what they lack.
std::unique_ptr<VisitorMap> start(log::MemoryFiles& files, const Log& log, std::size_t applied) {
  auto map = std::make_unique<VisitorMap>(kDirectory, files);
  const Rows rows(log, applied);
  for (const KnownVisitor& lost : map->load({rows.hot.begin(), rows.hot.end()}))
    map->restore(log[lost.first - 1].who, lost.vd, lost.first);
  for (const auto& [site, highest] : rows.numbers) map->restore_number(site, highest);
  return map;
}

VisitorDay who(std::uint32_t site, Day day, std::uint64_t hash) {
  return {SiteKey{site}, day, hash};
}

bool anywhere(const log::MemoryFiles& files, std::uint64_t hash) {
  const std::string bytes(reinterpret_cast<const char*>(&hash), sizeof hash);
  return std::ranges::any_of(files.everything(), [&](const auto& file) { return file.second.contains(bytes); });
}

TEST(VisitorMap, OrdinalsArePerSiteWithoutGaps) {
  VisitorMap map;
  map.restore_number(SiteKey{2}, 40);
  EXPECT_EQ(map.number(who(1, kMonday, 7), 10).vd, 1u);
  EXPECT_EQ(map.number(who(2, kMonday, 7), 20).vd, 41u);
  EXPECT_EQ(map.number(who(1, kMonday + 1, 7), 30).vd, 2u);
  const auto again = map.number(who(1, kMonday, 7), 40);
  EXPECT_EQ(again.vd, 1u);
  EXPECT_FALSE(again.fresh);
  EXPECT_EQ(map.find(who(2, kMonday, 8)), std::nullopt);
  EXPECT_EQ(map.size(), 3u);
}

TEST(VisitorMap, ManyOfADay) {
  VisitorMap map;
  std::mt19937_64 random(1);
  std::map<std::uint64_t, std::uint32_t> expected;
  for (int i = 0; i < 5'000; ++i) {
    const std::uint64_t hash = random() % 3'000 << (i % 2 * 40);
    const auto vd = map.number(who(1, kMonday, hash), 1).vd;
    EXPECT_EQ(expected.try_emplace(hash, vd).first->second, vd);
  }
  std::size_t seen = 0;
  map.for_each([&](const VisitorDay& visitor, std::uint32_t vd) {
    ++seen;
    EXPECT_EQ(expected.at(visitor.visitor), vd);
  });
  EXPECT_EQ(seen, expected.size());
}

TEST(VisitorMap, ASealLeavesNothing) {
  log::MemoryFiles files;
  VisitorMap map(kDirectory, files);
  constexpr std::uint64_t kHash = 0x1122334455667788;
  map.number(who(1, kMonday, kHash), 10);
  map.number(who(2, kMonday, kHash + 1), 20);
  ASSERT_TRUE(map.sync());
  EXPECT_TRUE(anywhere(files, kHash));
  map.number(who(1, kMonday, kHash + 2), 30);  // it waits, and is not written any more
  const std::vector<SiteDay> sealed{{SiteKey{1}, kMonday}};
  map.forget(sealed);
  EXPECT_EQ(map.find(who(1, kMonday, kHash)), std::nullopt);
  EXPECT_TRUE(anywhere(files, kHash)) << "a file whose seal may be lost still needs it";
  map.number(who(1, kMonday, kHash + 3), 40);  // somebody new, though of a sealed day
  ASSERT_TRUE(map.sync());
  EXPECT_FALSE(anywhere(files, kHash + 2));
  ASSERT_TRUE(map.erase());
  for (const std::uint64_t hash : {kHash, kHash + 2}) EXPECT_FALSE(anywhere(files, hash));
  for (const std::uint64_t hash : {kHash + 1, kHash + 3}) EXPECT_TRUE(anywhere(files, hash));
  const std::vector<SiteDay> rest{{SiteKey{1}, kMonday}, {SiteKey{2}, kMonday}};
  map.forget(rest);
  ASSERT_TRUE(map.erase());
  EXPECT_TRUE(files.everything().empty());
}

TEST(VisitorMap, WhatALanesRowsDoNotSayIsOverwritten) {
  log::MemoryFiles files;
  {
    VisitorMap map(kDirectory, files);
    for (std::uint64_t hash = 101; hash <= 104; ++hash) map.number(who(1, kMonday, hash), hash);
    ASSERT_TRUE(map.sync());
  }
  // The second entry rots, the last one is torn.
  files.flip(kDirectory / "2026-11-29", VisitorMap::kEntryBytes + 9);
  files.put(kDirectory / "2026-11-29", files.content(kDirectory / "2026-11-29").substr(0, 3 * 32 + 20));
  VisitorMap map(kDirectory, files);
  const SiteDay day{SiteKey{1}, kMonday};
  // Another record than the file says has brought the third.
  const auto lost = map.load({{day, 1, 101}, {day, 2, 102}, {day, 3, 99}, {day, 4, 104}});
  ASSERT_EQ(lost.size(), 3u);
  EXPECT_EQ(lost.front().vd, 3u) << "by the place of their records";
  EXPECT_EQ(map.find(who(1, kMonday, 101)), 1u);
  for (std::uint64_t hash = 102; hash <= 104; ++hash) EXPECT_EQ(map.find(who(1, kMonday, hash)), std::nullopt);
  EXPECT_EQ(map.number(who(1, kMonday, 500), 200).vd, 5u);
  ASSERT_TRUE(map.sync());
  ASSERT_TRUE(map.erase());
  for (std::uint64_t hash = 102; hash <= 104; ++hash) EXPECT_FALSE(anywhere(files, hash)) << hash;
  VisitorMap next(kDirectory, files);
  EXPECT_TRUE(next.load({{day, 1, 101}, {day, 5, 200}}).empty());
}

TEST(VisitorMap, ADiskThatRefusesLosesNothing) {
  log::MemoryFiles files;
  VisitorMap map(kDirectory, files);
  map.number(who(1, kMonday, 1), 10);
  files.capacity = 0;
  EXPECT_FALSE(map.sync());
  files.capacity = UINT64_MAX;
  files.sync_error = EIO;
  EXPECT_FALSE(map.sync());
  files.longest_write = 5;
  map.number(who(1, kMonday, 2), 20);
  EXPECT_TRUE(map.sync());
  const SiteDay day{SiteKey{1}, kMonday};
  const std::vector<SiteDay> sealed{day};
  EXPECT_TRUE(VisitorMap(kDirectory, files).load({{day, 1, 10}, {day, 2, 20}}).empty());
  map.forget(sealed);
  files.sync_error = EIO;
  EXPECT_FALSE(map.erase());
  EXPECT_TRUE(map.erase());
  EXPECT_TRUE(files.everything().empty());
}

TEST(VisitorMap, WhatWaitsIsBounded) {
  log::MemoryFiles files;
  VisitorMap map(kDirectory, files);
  for (std::uint64_t i = 0; i < VisitorMap::kMaxWaiting; ++i) map.number(who(1, kMonday, i), i + 1);
  map.write_some();
  EXPECT_TRUE(files.everything().empty());
  map.number(who(1, kMonday, VisitorMap::kMaxWaiting), 1);
  map.write_some();
  EXPECT_EQ(files.content(kDirectory / "2026-11-29").size(), (VisitorMap::kMaxWaiting + 1) * VisitorMap::kEntryBytes);
}

TEST(VisitorMap, FilesAreTheirOwnersAlone) {
  testing::Scratch scratch;
  const fs::path directory = VisitorMap::directory_of(scratch / "hitkeep.db");
  VisitorMap map(directory);
  map.number(who(1, kMonday, 1), 10);
  ASSERT_TRUE(map.sync());
  struct stat info{};
  ASSERT_EQ(::stat((directory / "2026-11-29").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(directory.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  // Somebody tidies up.
  fs::remove_all(directory);
  map.number(who(1, kMonday, 2), 20);
  EXPECT_TRUE(map.sync());
  EXPECT_EQ(fs::file_size(directory / "2026-11-29"), VisitorMap::kEntryBytes);
}

/// One step of a lane's life.
struct Step {
  enum Kind : std::uint8_t { hit, seal, checkpoint, kill, lose_power, lose_map };
  Kind kind = hit;
  std::uint32_t site = 1;
  Day day = 0;
  std::uint64_t hash = 0;
};
std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << "{" << int{step.kind} << " " << step.site << " " << step.day << " " << step.hash << "}";
}

rc::Gen<std::vector<Step>> any_steps() {
  const auto kind = rc::gen::weightedElement<Step::Kind>({{30, Step::hit},
                                                          {2, Step::seal},
                                                          {3, Step::checkpoint},
                                                          {1, Step::kill},
                                                          {1, Step::lose_power},
                                                          {1, Step::lose_map}});
  const auto step = rc::gen::map(
      rc::gen::tuple(kind, rc::gen::inRange(1u, 4u), rc::gen::inRange(0, 3), rc::gen::inRange<std::uint64_t>(1, 40)),
      [](const auto& of) {
        return Step{std::get<0>(of), std::get<1>(of), kMonday + std::get<2>(of),
                    0xABCD'EF01'0000'0000 + std::get<3>(of)};
      });
  return rc::gen::scale(4.0, rc::gen::container<std::vector<Step>>(step));
}

/// A lane beside its map: a DuckDB file that has applied so much, and would be older without its WAL.
class Life {
 public:
  void take(const Step& step) {
    switch (step.kind) {
      case Step::hit:
        log_.push_back({.who = who(step.site, step.day, step.hash)});
        return apply();
      case Step::seal:
        log_.push_back({.who = {}, .seal = {{SiteKey{step.site}, step.day}}});
        return apply();
      case Step::checkpoint:
        return checkpoint();
      case Step::kill:
        files_.kill();
        return again(applied_);
      case Step::lose_power:
        files_.lose_power(random_);
        return again(std::uniform_int_distribution<std::size_t>(checkpointed_, applied_)(random_));
      case Step::lose_map:
        map_.reset();
        for (const auto& [name, bytes] : files_.everything()) (void)files_.remove(name);
        return again(applied_);
    }
  }
  void end() {
    for (std::uint32_t site = 1; site < 4; ++site)
      for (Day day = kMonday; day < kMonday + 3; ++day) take({Step::seal, site, day, 0});
    checkpoint();
    for (const auto& [name, bytes] : files_.everything()) RC_FAIL(name + " is left");
  }

 private:
  /// Everything that the log has behind `applied_`.
  void apply() {
    const Rows expected(log_, log_.size());
    for (; applied_ < log_.size(); ++applied_) {
      const auto& [visitor, sealed] = log_[applied_];
      if (sealed.empty())
        RC_ASSERT(map_->number(visitor, applied_ + 1).vd == expected.given[applied_]);
      else
        map_->forget(sealed);
    }
  }
  void checkpoint() {
    RC_ASSERT(map_->sync().has_value());
    checkpointed_ = applied_;
    RC_ASSERT(map_->erase().has_value());
    // What is on the disk is what is hot.
    std::set<std::uint64_t> hot;
    map_->for_each([&](const VisitorDay& visitor, std::uint32_t) { hot.insert(visitor.visitor); });
    for (std::uint64_t i = 1; i < 40; ++i)
      RC_ASSERT(anywhere(files_, 0xABCD'EF01'0000'0000 + i) == hot.contains(0xABCD'EF01'0000'0000 + i));
  }
  void again(std::size_t applied) {
    files_.boot();
    applied_ = applied;
    map_ = start(files_, log_, applied_);
    apply();
  }

  log::MemoryFiles files_;
  Log log_;
  std::mt19937_64 random_{7};
  std::unique_ptr<VisitorMap> map_ = std::make_unique<VisitorMap>(kDirectory, files_);
  std::size_t applied_ = 0, checkpointed_ = 0;
};

TEST(VisitorMap, OrdinalsDependOnTheLogAlone) {
  holds(100, any_steps(), [](const std::vector<Step>& steps) {
    Life life;
    for (const Step& step : steps) life.take(step);
    life.end();
  });
}

}  // namespace
}  // namespace hk::store

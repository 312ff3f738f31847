#include "store/lane.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <span>
#include <thread>
#include <variant>

#include "store/maintenance.h"
#include "store/testing/damage.h"
#include "store/testing/model.h"
#include "store/testing/property.h"
#include "store/testing/rows.h"
#include "store/testing/said_log.h"
#include "store/testing/scratch.h"
#include "store/testing/traffic.h"

namespace hk::store {
namespace {

using testing::Act;
using testing::all_rows;
using testing::Answers;
using testing::answers;
using testing::any_acts;
using testing::DamagedBlock;
using testing::difference;
using testing::first_difference;
using testing::From;
using testing::hit_of;
using testing::holds;
using testing::model_answers;
using testing::out_of_order;
using testing::Scratch;
using testing::some_acts;
using testing::traffic;

const SiteId kSite = *SiteId::parse("0190f3a4-7c1e-7000-8000-00000000abcd");
const LaneIdentity kIdentity{LaneKey::first_team, *TeamId::parse("0190f3a4-7c1e-7000-8000-000000000001")};

db::DuckOptions duck() {
  return {.memory_limit_bytes = 128u << 20, .threads = 1, .read_only = false, .temp_directory = {}};
}

std::unique_ptr<Lane> open(const std::filesystem::path& file, const ReadLog& log = {}) {
  auto lane = Lane::open(file, duck(), kIdentity, log);
  if (!lane) ADD_FAILURE() << lane.error().message;
  return lane ? std::move(*lane) : nullptr;
}

/// Feeds hits as a log would: offset n is behind the n-th.
struct Feed {
  explicit Feed(const std::filesystem::path& f) : file(f), lane(open(f)) {}
  void apply(const std::vector<Hit>& hits, std::size_t batch_rows = 1000) {
    for (std::size_t i = 0; i < hits.size(); i += batch_rows) {
      Batch batch;
      for (std::size_t k = i; k < std::min(hits.size(), i + batch_rows); ++k) {
        batch.records.push_back({hits[k], ++offset});
        log.say(offset, hits[k]);
      }
      batch.end = offset;
      const auto done = lane->apply(batch);
      ASSERT_TRUE(done) << done.error().message;
    }
  }
  void seal(std::vector<SiteDay> days) {
    const auto done = lane->seal({std::move(days)}, ++offset);
    ASSERT_TRUE(done) << done.error().message;
  }
  void seal_all() {
    std::vector<SiteDay> days;
    for (const auto& [day, rows] : lane->hot()) days.push_back(day);
    seal(days);
  }
  void reopen() {
    lane.reset();
    lane = open(file, log.read());
  }
  std::unique_ptr<db::DuckConnection> read() { return *lane->database()->connect(); }
  std::int64_t number(const std::string& sql) {
    auto connection = read();
    auto rows = connection->query(sql);
    if (!rows || !(*rows)->next().value_or(false)) {
      ADD_FAILURE() << sql << (rows ? "" : rows.error().message);
      return -1;
    }
    return (*rows)->i64(0);
  }

  std::filesystem::path file;
  std::unique_ptr<Lane> lane;
  testing::SaidLog log;
  log::Offset offset = 0;
};

/// On another site, when the visits of the first minutes after midnight have ended.
Hit ended(std::int64_t midnight) {
  return hit_of(1, 9, from_ms(midnight + 34 * 60'000 + 500));
}

bool is_over(const SiteDay& d, TimeMs now) {
  const std::int64_t end =
      (std::int64_t{d.day} + 1) * 86'400'000 - testing::site_offset_ms(static_cast<std::uint32_t>(d.site));
  return now >= from_ms(end) + kSealDelay;
}

/// A log in memory: traffic with seals where a maintenance job would have put them, and rewrites.
struct Script {
  std::vector<std::variant<Hit, SealOrder, RewriteOrder>> records;
  std::vector<Hit> hits;
  testing::SaidLog log;

  explicit Script(const std::vector<Act>& acts) : hits(out_of_order(testing::looked_at(acts))) {
    std::set<SiteDay> hot;
    const auto seal_over = [&](TimeMs now) {
      SealOrder order;
      std::erase_if(hot, [&](const SiteDay& d) {
        if (!is_over(d, now)) return false;
        order.days.push_back(d);
        return true;
      });
      if (!order.days.empty()) records.emplace_back(order);
    };
    int n = 0;
    for (const Hit& h : hits) {
      seal_over(h.at);
      if (++n % 200 == 0) records.emplace_back(RewriteOrder{20'727});
      records.emplace_back(h);
      hot.insert({h.site, h.day});
    }
    if (!hits.empty()) seal_over(hits.back().at + std::chrono::hours(72));
    records.emplace_back(RewriteOrder{20'727});  // 2026-10-01
    records.emplace_back(RewriteOrder{20'758});  // 2026-11-01
    for (std::size_t i = 0; i < records.size(); ++i)
      if (const auto* hit = std::get_if<Hit>(&records[i])) log.say(i + 1, *hit);
  }

  /// Applies records from the lane's offset on; offset n is behind record n.
  void apply(Lane& lane, std::size_t batch_rows, std::size_t up_to = SIZE_MAX) const {
    Batch batch;
    const auto flush = [&](log::Offset end) {
      batch.end = end;
      if (!batch.empty()) must(lane.apply(batch));
      batch = {};
    };
    const std::size_t end = std::min(up_to, records.size());
    for (std::size_t i = lane.applied(); i < end; ++i) {
      if (const auto* hit = std::get_if<Hit>(&records[i])) {
        batch.records.push_back({*hit, i + 1});
        if (batch.records.size() == batch_rows) flush(i + 1);
        continue;
      }
      flush(i);
      if (const auto* order = std::get_if<SealOrder>(&records[i])) must(lane.seal(*order, i + 1));
      if (const auto* order = std::get_if<RewriteOrder>(&records[i])) must(lane.rewrite(*order, i + 1));
      must(lane.checkpoint());
    }
    flush(end);
  }
  template <class T>
  static void must(const Result<T>& result) {
    if (!result) {
      std::fprintf(stderr, "%s\n", result.error().message.c_str());
      std::abort();
    }
  }
};

TEST(Lane, HotAndSealedAnswerLikeTheModel) {
  holds(8, any_acts(), [](const std::vector<Act>& acts) {
    const auto hits = testing::looked_at(acts);
    const auto expected = model_answers(hits);
    const Scratch dir;
    Feed feed(dir / "hitkeep.db");
    feed.apply(hits);
    auto read = feed.read();
    RC_ASSERT(difference(expected, answers(*read, From::hot)) == "");
    feed.seal_all();
    RC_ASSERT(difference(expected, answers(*read, From::sealed_bits)) == "");
    RC_ASSERT(difference(expected, answers(*read, From::sealed_distinct)) == "");
    RC_ASSERT(feed.number("SELECT (SELECT count(*) FROM hot_hits) + (SELECT count(*) FROM hot_events) + "
                          "(SELECT count(*) FROM hot_visits) + (SELECT count(*) FROM hot_visitors) + "
                          "(SELECT count(*) FROM hot_pings) + (SELECT count(*) FROM hot_quiet)") == 0);
  });
}

TEST(Lane, SealedDayAfterDayAndSlightlyOutOfOrderItAnswersLikeTheModel) {
  holds(6, any_acts(), [](const std::vector<Act>& acts) {
    const Script script(acts);
    const auto expected = model_answers(script.hits);
    const Scratch dir;
    auto lane = open(dir / "hitkeep.db");
    script.apply(*lane, 100);
    auto read = *lane->database()->connect();
    RC_ASSERT(difference(expected, answers(*read, From::sealed_bits)) == "");
    RC_ASSERT(difference(expected, answers(*read, From::sealed_distinct)) == "");
  });
}

/// What a question sees: the sealed part and the hot part.
Answers both(db::DuckConnection& connection) {
  Answers sum = answers(connection, From::sealed_bits);
  for (const auto& [key, n] : answers(connection, From::hot)) sum[key] += n;
  return sum;
}

TEST(Lane, BetweenTheSealsOfItsTwoDaysNothingOfAVisitOverMidnightWaits) {
  holds(3, any_acts(), [](const std::vector<Act>& acts) {
    const auto hits = testing::looked_at(acts);
    const Scratch dir;
    Feed feed(dir / "hitkeep.db");
    std::set<SiteDay> hot;
    std::size_t applied = 0;
    const auto compare = [&](std::span<const Hit> so_far) {
      auto expected = model_answers({so_far.begin(), so_far.end()});
      auto actual = both(*feed.read());
      // Which visit saw a page first is not for the hot part alone to say.
      for (Answers* one : {&expected, &actual})
        std::erase_if(*one, [](const auto& entry) { return entry.first.contains("/visits page="); });
      RC_ASSERT(difference(expected, actual) == "");
    };
    for (std::size_t i = 0; i <= hits.size(); ++i) {
      const bool ended = i == hits.size();
      std::vector<SiteDay> over;
      std::erase_if(hot, [&](const SiteDay& d) {
        if (!ended && !is_over(d, hits[i].at)) return false;
        over.push_back(d);
        return true;
      });
      if (!ended) hot.insert({hits[i].site, hits[i].day});
      if (over.empty()) continue;
      const auto at = [&](std::size_t n) { return hits.begin() + static_cast<std::ptrdiff_t>(n); };
      feed.apply({at(applied), at(i)});
      applied = i;
      compare(std::span(hits).first(i));
      feed.seal(over);
      compare(std::span(hits).first(i));
    }
    RC_ASSERT(difference(model_answers(hits), answers(*feed.read(), From::sealed_bits)) == "");
  });
}

TEST(Lane, EveryRowIsTheSameWhateverTheBatchesAndRestarts) {
  holds(3, any_acts(), [](const std::vector<Act>& acts) {
    const Script script(acts);
    const Scratch dir;
    auto lane = open(dir / "whole.db");
    script.apply(*lane, 5000);
    const auto expected = all_rows(**lane->database()->connect());
    const auto batch_rows = *rc::gen::inRange<std::size_t>(1, 40);
    std::size_t up_to = 0;
    while (up_to < script.records.size()) {
      lane.reset();
      // A copy comes without its map.
      if (*rc::gen::inRange(0, 3) == 0) std::filesystem::remove_all(VisitorMap::directory_of(dir / "parts.db"));
      lane = open(dir / "parts.db", script.log.read());
      RC_ASSERT(lane->applied() == up_to);
      up_to = std::min(script.records.size(), up_to + *rc::gen::inRange<std::size_t>(100, 400));
      script.apply(*lane, batch_rows, up_to);
    }
    RC_ASSERT(first_difference(expected, all_rows(**lane->database()->connect())) == "");
  });
}

TEST(Lane, KilledAnywhereItGoesOnWhereItWas) {
  const Script script(some_acts(22));
  const Scratch dir;
  std::vector<std::string> expected;
  {
    auto lane = open(dir / "whole.db");
    script.apply(*lane, 40);
    expected = all_rows(**lane->database()->connect());
  }
  const auto file = dir / "killed.db";
  std::mt19937_64 random(5);
  bool finished = false;
  for (int life = 0; life < 40 && !finished; ++life) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto lane = Lane::open(file, duck(), kIdentity, script.log.read());
      if (!lane) {
        std::fprintf(stderr, "%s\n", lane.error().message.c_str());
        ::_exit(1);
      }
      script.apply(**lane, 40);
      ::_exit(0);
    }
    // The last life is spared.
    if (life < 39) {
      ::usleep(static_cast<useconds_t>(20'000 + random() % 400'000));
      ::kill(child, SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << "life " << life;
    finished = WIFEXITED(status);
  }
  auto lane = open(file);
  ASSERT_EQ(lane->applied(), script.records.size());
  EXPECT_EQ(first_difference(expected, all_rows(**lane->database()->connect())), "");
}

TEST(Lane, WhoIsNeitherInTheMapNorInTheLogCountsAsNew) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const TimeMs noon = from_ms(20'760LL * 86'400'000 + 43'200'000);
  feed.apply({hit_of(1, 1, noon), hit_of(1, 2, noon)});
  feed.reopen();
  feed.apply({hit_of(1, 1, noon + std::chrono::minutes(1))});
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visitors"), 2) << "the log knows him";
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits"), 2);
  ASSERT_TRUE(feed.lane->checkpoint());
  feed.log = {};
  feed.reopen();
  feed.apply({hit_of(1, 1, noon + std::chrono::minutes(2))});
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visitors"), 2) << "the map knows him";
  std::filesystem::remove_all(VisitorMap::directory_of(dir / "hitkeep.db"));
  feed.log = {};
  feed.reopen();
  feed.apply({hit_of(1, 1, noon + std::chrono::minutes(3)), hit_of(1, 3, noon + std::chrono::minutes(3))});
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visitors"), 4);
  EXPECT_EQ(feed.number("SELECT max(vd) FROM hot_visitors"), 4) << "no ordinal twice";
  feed.seal_all();
  EXPECT_EQ(feed.number("SELECT count(DISTINCT vd) FROM sealed_visits"), 4);
  EXPECT_EQ(feed.number("SELECT vd FROM numbers"), 4);
}

TEST(Lane, ACheckpointBehindTheSealOverwritesTheHashes) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  feed.apply(traffic(some_acts(3)));
  ASSERT_TRUE(feed.lane->checkpoint());
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(VisitorMap::directory_of(feed.file)), {});
  };
  EXPECT_GT(files(), 0);
  EXPECT_FALSE(feed.lane->must_erase());
  feed.seal_all();
  EXPECT_TRUE(feed.lane->must_erase());
  EXPECT_GT(files(), 0) << "without the WAL the days are hot again";
  ASSERT_TRUE(feed.lane->checkpoint());
  EXPECT_FALSE(feed.lane->must_erase());
  EXPECT_EQ(files(), 0);
}

TEST(Lane, AnOrderThatIsInterruptedLeavesEverythingAsItWas) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const auto hits = traffic(some_acts(3));
  feed.apply(hits);
  std::vector<SiteDay> days;
  for (const auto& [day, rows] : feed.lane->hot()) days.push_back(day);
  const auto before = feed.lane->hot();
  {
    std::jthread interrupting([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) feed.lane->interrupt();
    });
    EXPECT_FALSE(feed.lane->seal({days}, ++feed.offset));
  }
  EXPECT_EQ(feed.lane->hot(), before);
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_hits"), 0);
  const auto checkpointed = feed.lane->checkpoint();
  ASSERT_TRUE(checkpointed) << checkpointed.error().message;
  feed.seal_all();
  EXPECT_EQ(difference(model_answers(hits), answers(*feed.read(), From::sealed_bits)), "");
}

TEST(Lane, WhatStaysHotOfASealedDayKeepsNoHashAndHoldsNoLog) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t midnight = 20'760LL * 86'400'000;
  const auto at = [&](std::int64_t minutes) { return from_ms(midnight + minutes * 60'000); };
  const Hit before = hit_of(0, 1, at(-10)), after = hit_of(0, 1, at(10));
  feed.apply({before, after});
  ASSERT_TRUE(feed.lane->checkpoint());
  feed.seal({{SiteKey{0}, 20'759}});
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_hits"), 2);
  EXPECT_TRUE(feed.lane->must_erase());
  ASSERT_TRUE(feed.lane->checkpoint());
  const auto directory = VisitorMap::directory_of(feed.file);
  EXPECT_FALSE(std::filesystem::exists(directory / "2026-11-02"));
  EXPECT_TRUE(std::filesystem::exists(directory / "2026-11-03"));
  EXPECT_EQ(Lane::look(feed.file, duck()).value().hot, 2u)
      << "the second record's day is the oldest that holds the log";
  // Without the map the log is read again, but not for him.
  std::filesystem::remove_all(directory);
  feed.reopen();
  ASSERT_TRUE(feed.lane->checkpoint());
  EXPECT_FALSE(std::filesystem::exists(directory / "2026-11-02"));
  feed.apply({hit_of(0, 1, at(20))});
  EXPECT_EQ(feed.number("SELECT pageviews FROM hot_visit_rows"), 3) << "the visit goes on";
}

/// What its opening row and its visitor's day say of the only hot visit; nothing where there is not one.
std::string carried(Feed& feed, const std::string& table) {
  auto connection = feed.read();
  auto rows = connection->query("SELECT source.text || ' ' || language.text FROM " + table +
                                " v LEFT JOIN texts source ON source.kind = 4 AND source.site = v.site AND source.id = "
                                "v.source LEFT JOIN texts language ON language.kind = 12 AND language.id = v.language");
  if (!rows || !(*rows)->next().value_or(false)) return "";
  std::string out((*rows)->text(0));
  return (*rows)->next().value_or(true) ? "several" : out;
}

TEST(Lane, WhatStaysHotOfASealedDayKeepsTheRowThatOpenedIt) {
  for (const auto& [kind, reopened] :
       {std::pair(HitKind::pageview, true), std::pair(HitKind::event, true), std::pair(HitKind::pageview, false)}) {
    const Scratch dir;
    Feed feed(dir / "hitkeep.db");
    const std::int64_t midnight = 20'760LL * 86'400'000;
    std::vector<Hit> hits;
    for (const std::int64_t minute : {-10, 10, 35}) hits.push_back(hit_of(0, 1, from_ms(midnight + minute * 60'000)));
    hits[0].kind = kind;
    hits[0].event_name = kind == HitKind::event ? "signup" : "";
    hits[0].source = "Google";
    hits[0].language = hits[1].language = hits[2].language = "de";
    feed.apply({hits.begin(), hits.begin() + 2});
    EXPECT_EQ(carried(feed, "hot_visits_opened"), "Google de");
    feed.seal({{SiteKey{0}, 20'759}});
    if (reopened) feed.reopen();
    EXPECT_EQ(carried(feed, "hot_visits_opened"), "Google de");
    feed.apply({hits[2], hit_of(1, 9, hits[2].at + std::chrono::minutes(32))});
    EXPECT_EQ(carried(feed, "hot_closed"), "Google de") << "kept, or made of its rows when the lane was opened";
    feed.seal({{SiteKey{0}, 20'760}});
    EXPECT_EQ(carried(feed, "sealed_visits"), "Google de");
    EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visitors WHERE site = 0"), 0);
  }
}

TEST(Lane, AVisitThatIsSealedBeforeItEndsDoesNotEndAgain) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t midnight = 20'760LL * 86'400'000;
  feed.apply({hit_of(0, 1, from_ms(midnight - 600'000))});
  feed.seal({{SiteKey{0}, 20'759}});
  feed.apply({hit_of(1, 9, from_ms(midnight + 3'600'000))});
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits"), 1);
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_closed"), 0);
}

TEST(Lane, ACleanCloseLeavesNoWal) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  feed.apply(traffic(some_acts(3)));
  EXPECT_GT(feed.lane->wal_bytes(), 0u);
  ASSERT_TRUE(feed.lane->checkpoint());
  EXPECT_EQ(feed.lane->wal_bytes(), 0u);
  feed.lane.reset();
  EXPECT_FALSE(std::filesystem::exists(dir / "hitkeep.db.wal"));
}

TEST(Lane, AVisitThatCrossesMidnightIsOneVisitOfItsFirstDay) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t midnight = 20'760LL * 86'400'000;
  const auto at = [&](std::int64_t minutes) { return from_ms(midnight + minutes * 60'000); };
  std::vector<Hit> hits;
  for (const std::int64_t minute : {-10, 5, 20, 45, 300}) hits.push_back(hit_of(0, 1, at(minute)));
  hits[0].path = "/yesterday";
  hits[1].path = "/yesterday";
  hits[2].path = "/today";
  feed.apply({hits.begin(), hits.begin() + 3});
  // Yesterday is sealed while the visit goes on: it stays hot, and nobody orders its seal before that of its next day.
  feed.seal({{SiteKey{0}, 20'759}});
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits"), 0);
  EXPECT_EQ(feed.number("SELECT pageviews FROM hot_visit_rows"), 3);
  for (const bool again : {false, true}) {
    if (again) feed.reopen();
    EXPECT_EQ(feed.lane->hot(), (std::map<SiteDay, HotRows>{{{SiteKey{0}, 20'760}, {.all = 2}}}));
    EXPECT_EQ(feed.lane->hot_rows(), 3u);
  }
  feed.apply({hits.begin() + 3, hits.end()});
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits"), 2);
  EXPECT_EQ(feed.number("SELECT pageviews FROM hot_closed"), 4);
  EXPECT_EQ(feed.number("SELECT duration FROM hot_closed"), 55 * 60);
  feed.seal({{SiteKey{0}, 20'760}});
  EXPECT_TRUE(feed.lane->hot().empty());
  EXPECT_EQ(feed.lane->hot_rows(), 0u);
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits"), 2);
  EXPECT_EQ(feed.number("SELECT pageviews FROM sealed_visits WHERE day = DATE '2026-11-02'"), 4);
  EXPECT_EQ(feed.number("SELECT duration FROM sealed_visits WHERE day = DATE '2026-11-02'"), 55 * 60);
  EXPECT_EQ(feed.number("SELECT seal FROM sealed_days WHERE day = DATE '2026-11-02'"), 2);  // with its second day
  // "/yesterday" was seen before midnight: not new in the visit, but new on the visitor's second day.
  EXPECT_EQ(feed.number("SELECT bits FROM sealed_hits h JOIN texts t ON t.kind = 0 AND t.site = h.site AND t.id = "
                        "h.page WHERE text = '/yesterday' "
                        "AND ts > TIMESTAMP_MS '2026-11-03 00:00:00'"),
            2);
  EXPECT_EQ(feed.number("SELECT count(DISTINCT vd) FROM sealed_hits"), 2);
  const auto expected = model_answers(hits);
  EXPECT_EQ(difference(expected, answers(*feed.read(), From::sealed_bits)), "");
}

TEST(Lane, AVisitOverMidnightThatHasEndedIsSealedWithItsFirstDayAndGrowsWithItsSecond) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t midnight = 20'760LL * 86'400'000;
  const auto at = [&](std::int64_t minutes) { return from_ms(midnight + minutes * 60'000); };
  const std::vector<Hit> hits = {hit_of(0, 1, at(-10)), hit_of(0, 1, at(3)), hit_of(0, 2, at(34))};
  feed.apply(hits);
  feed.seal({{SiteKey{0}, 20'759}});
  EXPECT_EQ(feed.number("SELECT pageviews FROM sealed_visits"), 2) << "what it did after midnight is in it already";
  EXPECT_EQ(feed.number("SELECT (SELECT count(*) FROM sealed_hits) * 10 + (SELECT count(*) FROM hot_hits)"), 12);
  feed.seal({{SiteKey{0}, 20'760}});
  EXPECT_EQ(feed.number("SELECT seal FROM sealed_days WHERE day = DATE '2026-11-02'"), 2);
  EXPECT_EQ(difference(model_answers(hits), answers(*feed.read(), From::sealed_bits)), "");
}

TEST(Lane, AVisitOfThreeDaysStaysHotUntilTheLastOfThem) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t midnight = 20'760LL * 86'400'000;
  std::vector<Hit> hits;
  for (std::int64_t minute = -60; minute < 26 * 60; minute += 20)
    hits.push_back(hit_of(0, 1, from_ms(midnight + minute * 60'000)));
  for (const std::int64_t minute : {-90, 600, 1'500}) hits.push_back(hit_of(0, 2, from_ms(midnight + minute * 60'000)));
  std::ranges::sort(hits, {}, &Hit::at);
  std::size_t applied = 0;
  for (const auto& [day, sealed] : {std::pair<Day, std::int64_t>{20'759, 1}, {20'760, 2}, {20'761, 4}}) {
    const auto until = from_ms((day + 1LL) * 86'400'000 + 35 * 60'000);
    const auto end = std::ranges::upper_bound(hits, until, {}, &Hit::at);
    feed.apply({hits.begin() + static_cast<std::ptrdiff_t>(applied), end});
    applied = static_cast<std::size_t>(end - hits.begin());
    feed.seal({{SiteKey{0}, day}});
    EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits"), sealed);
    EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits SEMI JOIN sealed_visits USING (visit)"), 0);
  }
  EXPECT_EQ(difference(model_answers(hits), answers(*feed.read(), From::sealed_bits)), "");
  EXPECT_EQ(difference(model_answers(hits), answers(*feed.read(), From::sealed_distinct)), "");
}

TEST(Lane, HitsThatBridgeTwoVisitsMakeThemOneWhenSealed) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  const auto at = [&](std::int64_t seconds) { return from_ms(noon + seconds * 1000); };
  // The last one was received before the second, but reached the log after it.
  const std::vector<Hit> hits = {hit_of(0, 1, at(0)), hit_of(0, 1, at(1830)), hit_of(0, 1, at(1790))};
  feed.apply(hits);
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits"), 2);
  feed.seal_all();
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits"), 1);
  EXPECT_EQ(difference(model_answers(hits), answers(*feed.read(), From::sealed_bits)), "");
  // The number that went away is not given again, restarted or not.
  feed.reopen();
  feed.apply({hit_of(0, 2, at(5000))});
  EXPECT_EQ(feed.number("SELECT visit FROM hot_visits"), 3);
}

TEST(Lane, WhatArrivesAfterTheSealIsSealedIntoTheSameDayAsSomebodyNew) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  feed.apply({hit_of(0, 1, from_ms(noon)), hit_of(0, 2, from_ms(noon + 1000))});
  feed.seal_all();
  Hit late = hit_of(0, 3, from_ms(noon + 2000));
  late.late = true;
  feed.apply({late});
  feed.seal_all();
  EXPECT_EQ(feed.number("SELECT count(*) FILTER (bits & 1 <> 0) FROM sealed_visits"), 3);
  EXPECT_EQ(feed.number("SELECT count(DISTINCT vd) FROM sealed_visits"), 3);
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits WHERE import = 65535"), 1);
  EXPECT_EQ(feed.number("SELECT seal FROM sealed_days"), 2);
  EXPECT_EQ(feed.number("SELECT appended FROM sealed_months"), 3);
  ASSERT_TRUE(feed.lane->rewrite({20'758}, ++feed.offset));
  EXPECT_EQ(feed.number("SELECT sorted FROM sealed_months"), 3);
  EXPECT_EQ(feed.number("SELECT appended FROM sealed_months"), 0);
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_hits"), 3);
}

TEST(Lane, LateHitsDoNotTurnTheClockBack) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  Hit late = hit_of(0, 3, from_ms(noon - 5LL * 86'400'000));
  late.late = true;
  feed.apply({hit_of(0, 1, from_ms(noon)), late, hit_of(0, 1, from_ms(noon + 60'000))});
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits"), 2);
  EXPECT_EQ(feed.number("SELECT epoch_ms(log_time) FROM applied"), noon + 60'000);
}

TEST(Lane, ALateHitAtTheEndOfABatchLeavesTheClockWhereItWas) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  Hit late = hit_of(0, 3, from_ms(noon - 5LL * 86'400'000));
  late.late = true;
  feed.apply({hit_of(0, 1, from_ms(noon)), late});
  EXPECT_EQ(feed.number("SELECT epoch_ms(log_time) FROM applied"), noon);
  feed.reopen();
  feed.apply({hit_of(0, 1, from_ms(noon + 60'000))});
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits"), 2);
}

TEST(Lane, ExactlyThirtyMinutesOfSilenceEndAVisitHotAndSealed) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  feed.apply({hit_of(0, 1, from_ms(noon)), hit_of(0, 2, from_ms(noon)), hit_of(0, 2, from_ms(noon + 1'799'999)),
              hit_of(0, 1, from_ms(noon + 1'800'000))});
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits"), 3);
  feed.seal_all();
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits"), 3);
}

TEST(Lane, OfTwoViewsInOneMillisecondTheLaterInTheLogIsTheExit) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  std::vector<Hit> hits;
  for (std::uint32_t person = 1; person <= 50; ++person)
    for (const char* path : {"/first", "/last"}) {
      hits.push_back(hit_of(0, person, from_ms(noon)));
      hits.back().path = path;
    }
  feed.apply(hits);
  const std::string exits = " JOIN texts t ON t.kind = 0 AND t.site = 0 AND t.id = exit_page WHERE text = '/last'";
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visit_rows" + exits), 50);
  feed.seal_all();
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits" + exits), 50);
}

TEST(Lane, VisitNumbersNeverGoBackWhenADayHoldsOnlyAnEarlierVisit) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t midnight = 20'760LL * 86'400'000;
  const auto at = [&](std::uint32_t person, std::int64_t minutes) {
    return hit_of(0, person, from_ms(midnight + minutes * 60'000));
  };
  feed.apply({at(1, -10), at(2, -9), at(3, -8), at(1, 3), ended(midnight)});
  feed.seal({{SiteKey{0}, 20'759}});
  feed.seal({{SiteKey{0}, 20'760}});  // nothing but the first visit's end
  feed.reopen();
  feed.apply({at(4, 300)});
  EXPECT_EQ(feed.number("SELECT visit FROM hot_visits WHERE site = 0"), 4);
}

TEST(Lane, AClockSetRightAfterALeapAheadDoesNotTearVisitsForEver) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  feed.apply({hit_of(0, 1, from_ms(noon + 900LL * 86'400'000)), hit_of(0, 2, from_ms(noon)),
              hit_of(0, 2, from_ms(noon + 60'000))});
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits WHERE day = DATE '2026-11-03'"), 1);
}

/// Restarts: behind every batch.
void apply_in_batches(Feed& feed, const std::vector<Hit>& hits, std::size_t batch_rows, bool restarts) {
  for (std::size_t i = 0; i < hits.size(); i += batch_rows) {
    feed.apply({hits.begin() + static_cast<std::ptrdiff_t>(i),
                hits.begin() + static_cast<std::ptrdiff_t>(std::min(hits.size(), i + batch_rows))});
    if (restarts) feed.reopen();
  }
}

/// As those of the first that was asked.
void expect_same_rows(Feed& feed, std::vector<std::string>& expected) {
  const auto rows = all_rows(*feed.read());
  if (expected.empty()) expected = rows;
  EXPECT_EQ(first_difference(expected, rows), "");
}

TEST(Lane, AClockSetRightGivesTheSameVisitsWhateverTheBatchesAndRestarts) {
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  const auto at = [&](std::uint32_t person, std::int64_t minutes) {
    return hit_of(0, person, from_ms(noon + minutes * 60'000));
  };
  // Memory forgets the first visit during the leap, or not: where a batch ends decides. It goes on after the leap.
  const std::vector<Hit> hits = {at(2, 0), at(1, 300), at(3, 301), at(2, 1), at(3, 302), at(2, 20)};
  std::vector<std::string> expected;
  for (const auto [batch_rows, restarts] : {std::pair{100uz, false}, {1uz, false}, {1uz, true}}) {
    const Scratch dir;
    Feed feed(dir / "hitkeep.db");
    SCOPED_TRACE(std::to_string(batch_rows) + (restarts ? " with restarts" : ""));
    apply_in_batches(feed, hits, batch_rows, restarts);
    EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits"), 3);
    expect_same_rows(feed, expected);
  }
}

/// Eight people with a view a minute each; then the clock is set back. No visit is torn, whatever is kept in memory.
TEST(Lane, AClockThatIsSetBackByAnHourTearsNoVisit) {
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  std::vector<Hit> hits;
  for (std::int64_t minute = 0; minute < 80; ++minute)
    for (std::uint32_t person = 0; person < 8; ++person) {
      const std::int64_t set_back = minute >= 40 ? 60 : 0;
      hits.push_back(hit_of(0, person, from_ms(noon + (minute - set_back) * 60'000 + person)));
    }
  std::vector<std::string> expected;
  for (const auto [batch_rows, restarts] : {std::pair{1'000uz, false}, {7uz, false}, {50uz, true}}) {
    const Scratch dir;
    Feed feed(dir / "hitkeep.db");
    SCOPED_TRACE(std::to_string(batch_rows) + (restarts ? " with restarts" : ""));
    apply_in_batches(feed, hits, batch_rows, restarts);
    EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits"), 8);
    EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visit_rows WHERE pageviews = 1"), 0);
    expect_same_rows(feed, expected);
    feed.seal_all();
    EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits"), 8);
    EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits WHERE pageviews = 80"), 8);
  }
}

TEST(Lane, AClockThatLeapsAboutGivesTheSameRowsWhateverTheBatchesAndRestarts) {
  std::mt19937 random(11);
  std::vector<Hit> hits;
  std::int64_t time = 20'760LL * 86'400'000 + 43'200'000, leap = 0;
  for (int i = 0; i < 150; ++i) {
    time += random() % 240'000;
    if (random() % 12 == 0) leap = static_cast<std::int64_t>(random() % 18'000'000) - 9'000'000;
    hits.push_back(hit_of(0, random() % 6, from_ms(time + leap)));
    if (random() % 4 == 0) hits.back().kind = HitKind::event;
  }
  std::vector<std::string> expected;
  for (const auto [batch_rows, restarts] : {std::pair{150uz, false}, {1uz, false}, {13uz, true}}) {
    const Scratch dir;
    Feed feed(dir / "hitkeep.db");
    SCOPED_TRACE(std::to_string(batch_rows) + (restarts ? " with restarts" : ""));
    apply_in_batches(feed, hits, batch_rows, restarts);
    EXPECT_GT(feed.number("SELECT count(*) FROM turns"), 3);
    expect_same_rows(feed, expected);
  }
}

/// One view while the clock was ahead must not tear what its visitor does afterwards, until the time of that view is
/// reached again and behind it.
TEST(Lane, AViewFromALeapAheadHidesNoVisit) {
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  std::vector<Hit> hits = {hit_of(0, 1, from_ms(noon)), hit_of(0, 1, from_ms(noon + 3'600'000))};
  for (std::int64_t minute = 1; minute < 150; ++minute) hits.push_back(hit_of(0, 1, from_ms(noon + minute * 60'000)));
  for (const auto [batch_rows, restarts] : {std::pair{1'000uz, false}, {20uz, true}}) {
    const Scratch dir;
    Feed feed(dir / "hitkeep.db");
    SCOPED_TRACE(std::to_string(batch_rows) + (restarts ? " with restarts" : ""));
    apply_in_batches(feed, hits, batch_rows, restarts);
    EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits"), 2);
    feed.seal_all();
    EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_visits"), 1) << "afterwards nothing was silent";
  }
}

TEST(Lane, ExpiredVisitsLeaveMemoryAndKeepTheirPins) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  Hit morning = hit_of(0, 1, from_ms(noon));
  morning.language = "de";
  Hit evening = hit_of(0, 1, from_ms(noon + 6LL * 3'600'000));
  evening.language = "en";
  feed.apply({morning}, 1);
  feed.apply({hit_of(0, 2, from_ms(noon + 3LL * 3'600'000))}, 1);
  feed.reopen();  // and once more without what memory had
  feed.apply({evening}, 1);
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visits_opened v JOIN texts t ON t.kind = 12 AND t.id = v.language "
                        "WHERE text = 'de'"),
            2);
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visitors"), 2);
}

/// The block that holds most of the first site's sealed visits is damaged until mend().
class Damage {
 public:
  explicit Damage(Feed& feed) {
    const auto block = feed.number(
        "SELECT max(block_id) FROM pragma_storage_info('sealed_visits') WHERE segment_type <> 'VALIDITY' AND "
        "column_name = 'browser_major' AND row_group_id = 0");
    for (const std::string table : {"applied", "lane_info", "texts", "numbers", "sealed_days", "sealed_months"})
      EXPECT_EQ(feed.number("SELECT count(*) FROM pragma_storage_info('" + table +
                            "') WHERE block_id = " + std::to_string(block)),
                0)
          << table;
    feed.lane.reset();  // nothing of it stays in memory
    damaged_.emplace(feed.file, block);
    feed.reopen();
  }
  void mend() { damaged_->mend(); }

 private:
  std::optional<DamagedBlock> damaged_;
};

constexpr std::int64_t kMidnight = 20'760LL * 86'400'000;
constexpr std::uint32_t kLast = 16'384;  // the person whose visit crosses midnight

Hit after_midnight(std::uint32_t site, std::uint32_t person, std::int64_t minutes) {
  return hit_of(site, person, from_ms(kMidnight + minutes * 60'000));
}

/// Two sites with a day of sealed visits, a row group each, in blocks of their own. The last visit of each went on
/// after midnight.
void fill(Feed& feed) {
  std::vector<Hit> hits;
  for (std::uint32_t person = 1; person <= kLast; ++person)
    for (const std::uint32_t site : {0u, 4u}) {
      hits.push_back(hit_of(site, person, from_ms(kMidnight - 40'000'000 + person * 2'400LL)));
      hits.back().browser_major = static_cast<std::uint16_t>(person * 40'503u);
    }
  hits.push_back(after_midnight(0, kLast, 2));
  hits.push_back(after_midnight(4, kLast, 3));
  hits.push_back(after_midnight(0, 70'000, 34));
  hits.push_back(after_midnight(4, 70'000, 35));
  feed.apply(hits, 8'192);
  for (const std::uint32_t site : {0u, 4u}) {
    feed.seal({{SiteKey{site}, 20'759}});
    ASSERT_TRUE(feed.lane->checkpoint());
  }
}

Result<bool> asked(Feed& feed, const std::string& sql) {
  const auto read = feed.read();
  auto rows = read->query(sql);
  if (!rows) return std::unexpected(rows.error());
  return (*rows)->next();
}

TEST(Lane, DamagedRowsKeepTheirSiteFromBeingSealedAndNobodyElse) {
  const Scratch dir;
  Feed whole(dir / "whole.db");
  Feed feed(dir / "hitkeep.db");
  fill(whole);
  fill(feed);
  Damage damage(feed);

  const std::vector<SiteDay> second = {{SiteKey{0}, 20'760}, {SiteKey{4}, 20'760}};
  for (Feed* each : {&whole, &feed}) each->seal(second);
  EXPECT_EQ(feed.lane->applied(), feed.offset) << "the log goes on";
  EXPECT_EQ(feed.lane->damage().days, std::set<SiteDay>{second[0]});
  EXPECT_EQ(feed.lane->damage().met, 1u);
  EXPECT_TRUE(feed.lane->hot().empty()) << "nobody orders it again at once";
  EXPECT_EQ(feed.lane->hot_rows(), 2u);
  EXPECT_EQ(feed.number("SELECT count(*) FROM sealed_hits WHERE site = 4"), kLast + 2);
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_hits WHERE site = 0"), 2);
  // What is damaged can be asked by nobody, everything else by everybody.
  const auto failed = asked(feed, "SELECT sum(browser_major) FROM sealed_visits WHERE site = 0");
  ASSERT_FALSE(failed);
  EXPECT_EQ(db::cause_of(failed.error()), db::DuckCause::damage) << failed.error().message;
  EXPECT_TRUE(asked(feed, "SELECT sum(browser_major) FROM sealed_visits WHERE site = 4"));
  EXPECT_TRUE(asked(feed, "SELECT count(*) FROM hot_visit_rows WHERE site = 0"));
  EXPECT_TRUE(feed.lane->checkpoint());

  // It is tried again with the site's next day, and comes out as if nothing had been.
  damage.mend();
  const std::vector<SiteDay> third = {{SiteKey{0}, 20'761}, {SiteKey{4}, 20'761}};
  for (Feed* each : {&whole, &feed}) {
    each->apply({after_midnight(0, 70'001, 1500), after_midnight(4, 70'001, 1501)});
    each->seal(third);
  }
  EXPECT_TRUE(feed.lane->damage().days.empty());
  EXPECT_EQ(first_difference(all_rows(*whole.read()), all_rows(*feed.read())), "");
}

TEST(Lane, AMonthWithDamagedRowsIsNotSortedAndStopsNothing) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  fill(feed);
  const Damage damage(feed);
  ASSERT_TRUE(feed.lane->rewrite({20'758}, ++feed.offset));
  EXPECT_EQ(feed.lane->applied(), feed.offset);
  EXPECT_EQ(feed.lane->damage().months, std::set<Day>{20'758});
  EXPECT_EQ(feed.number("SELECT sorted FROM sealed_months"), 0);
  EXPECT_TRUE(feed.lane->checkpoint());
}

TEST(Lane, TheHitsViewShowsTextsToAnyClient) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  Batch batch;
  batch.records.push_back({SiteAdded{SiteKey{0}, kSite, "example.com", kIdentity.team}, 1});
  Hit h = hit_of(0, 1, from_ms(noon));
  h.referrer_host = "news.ycombinator.com";
  h.referrer_path = "/item";
  h.country = "AT";
  h.device = Device::mobile;
  batch.records.push_back({h, 1});
  h.at += std::chrono::minutes(1);
  h.path = "/b";
  batch.records.push_back({h, 2});
  batch.end = feed.offset = 2;
  ASSERT_TRUE(feed.lane->apply(batch));
  const std::string all =
      "SELECT string_agg(concat_ws('|', site_id, timestamp, path, referrer, country_code, device, browser), ';' ORDER "
      "BY "
      "timestamp) FROM hits";
  const auto text = [&](const std::string& sql) {
    auto connection = feed.read();
    auto rows = connection->query(sql);
    return rows && (*rows)->next().value_or(false) ? std::string((*rows)->text(0)) : "no answer";
  };
  const std::string hot = text(all);
  EXPECT_EQ(
      hot,
      "0190f3a4-7c1e-7000-8000-00000000abcd|2026-11-03 12:00:00+00|/|https://news.ycombinator.com/item|AT|mobile;"
      "0190f3a4-7c1e-7000-8000-00000000abcd|2026-11-03 12:01:00+00|/b|https://news.ycombinator.com/item|AT|mobile");
  EXPECT_EQ(text("SELECT count(DISTINCT session_id)::VARCHAR FROM hits"), "1");
  const std::string session = text("SELECT any_value(session_id)::VARCHAR FROM hits");
  feed.seal_all();
  EXPECT_EQ(text(all), hot);
  EXPECT_EQ(text("SELECT any_value(session_id)::VARCHAR FROM hits"), session);
  EXPECT_EQ(text("SELECT count(*)::VARCHAR FROM hits WHERE date_trunc('day', timestamp) = '2026-11-03'"), "2");
}

TEST(Lane, EventsAndVisitsAreReadableToo) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t noon = 20'760LL * 86'400'000 + 43'200'000;
  Batch batch;
  batch.records.push_back({SiteAdded{SiteKey{2}, kSite, "example.com", kIdentity.team}, 1});
  Hit h = hit_of(2, 1, from_ms(noon));
  h.source = "Google";
  h.channel = Channel::organic_search;
  h.screen_width = 1366;
  batch.records.push_back({h, 2});
  h.kind = HitKind::event;
  h.at += std::chrono::minutes(1);
  h.path = "/b";
  h.event_name = "signup";
  h.event_json = R"({"plan":"pro","price":12.5})";
  batch.records.push_back({h, 3});
  batch.end = feed.offset = 3;
  ASSERT_TRUE(feed.lane->apply(batch));
  const auto text = [&](const std::string& sql) {
    auto connection = feed.read();
    auto rows = connection->query(sql);
    return rows && (*rows)->next().value_or(false) ? std::string((*rows)->text(0)) : "no answer";
  };
  const std::string events = "SELECT concat_ws('|', timestamp, path, name, properties) FROM events";
  const std::string visits =
      "SELECT concat_ws('|', day, pageviews, events, duration, entry_path, exit_path, source, channel, size_class) "
      "FROM "
      "visits SEMI JOIN events USING (session_id)";
  for (const bool sealed : {false, true}) {
    if (sealed) feed.seal_all();
    EXPECT_EQ(text(events), "2026-11-03 12:01:00+00|/b|signup|{plan=pro, price=12.5}");
    EXPECT_EQ(text(visits), "2026-11-03|1|1|60|/|/b|Google|organic_search|m");
  }
}

TEST(Lane, RowsOfAVisitAreCountedInTheirOrder) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t midnight = 20'760LL * 86'400'000;
  const auto at = [&](std::int64_t minutes, const char* path, bool event = false) {
    Hit h = hit_of(0, 1, from_ms(midnight + minutes * 60'000));
    h.path = path;
    if (event) h.kind = HitKind::event;
    return h;
  };
  // Two in one millisecond, and one after midnight.
  Hit first = at(-20, "/a"), last = at(3, "/d");
  last.visitor = first.visitor;
  last.visitor_before = first.visitor;
  feed.apply({first, at(-10, "/b", true), at(-10, "/c"), last, ended(midnight)});
  feed.seal({{SiteKey{0}, 20'759}});
  feed.seal({{SiteKey{0}, 20'760}});
  const auto n = [&](const std::string& table, const std::string& path) {
    return feed.number("SELECT n FROM " + table + " h JOIN texts t ON t.kind = 0 AND t.site = 0 AND t.id = h.page " +
                       "WHERE t.text = '" + path + "'");
  };
  EXPECT_EQ(n("sealed_hits", "/a"), 1);
  EXPECT_EQ(n("sealed_events", "/b"), 2);
  EXPECT_EQ(n("sealed_hits", "/c"), 3);
  EXPECT_EQ(n("sealed_hits", "/d"), 4);
}

TEST(Lane, AVisitKnowsItsLastSourceWhereThatIsAnother) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  const std::int64_t midnight = 20'760LL * 86'400'000;
  const auto from = [&](std::uint32_t person, std::int64_t minutes, const char* source, Channel channel) {
    Hit h = hit_of(0, person, from_ms(midnight + minutes * 60'000));
    h.visitor = h.visitor_before = person;
    h.source = source;
    h.channel = channel;
    return h;
  };
  feed.apply({from(1, -60, "", Channel::direct), from(1, -50, "Google", Channel::organic_search),
              from(1, -40, "", Channel::direct), from(2, -20, "Google", Channel::organic_search),
              from(2, -19, "Bing", Channel::organic_search), from(3, -18, "Bing", Channel::paid_search),
              from(4, -17, "Google", Channel::organic_search), from(4, -16, "Bing", Channel::paid_search),
              from(2, 1, "", Channel::direct), from(3, 2, "Google", Channel::organic_search),
              from(4, 3, "Google", Channel::organic_search), ended(midnight)});
  for (const Day day : {20'759, 20'760}) {
    SCOPED_TRACE(day);
    feed.seal({{SiteKey{0}, day}});
    const auto last = [&](int person) {
      return feed.number("SELECT last_source * 100 + last_channel FROM sealed_visits WHERE visit = " +
                         std::to_string(person));
    };
    EXPECT_EQ(last(1), 1 * 100 + 1);
    EXPECT_EQ(last(2), 2 * 100 + 0) << "what says no source changes none";
    EXPECT_EQ(last(3), 1 * 100 + 1);
    EXPECT_EQ(last(4), 0) << "the last is the first again";
  }
}

TEST(Lane, FencesAndHitsOfOneBatchAreAppliedInTheirOrder) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  Batch batch;
  const auto add = [&](auto what) { batch.records.push_back({std::move(what), ++feed.offset}); };
  add(hit_of(1, 1, from_ms(kMidnight)));
  add(SiteAdded{SiteKey{2}, kSite, "two.example", kIdentity.team});
  add(SiteAdded{SiteKey{3}, kSite, "three.example", kIdentity.team});
  add(hit_of(2, 1, from_ms(kMidnight + 1)));
  add(hit_of(1, 1, from_ms(kMidnight + 2)));
  batch.end = feed.offset;
  const auto applied = feed.lane->apply(batch);
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(applied->size(), 2u);
  EXPECT_EQ(feed.number("SELECT count(*) FROM sites"), 2);
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_hits"), 3);
  EXPECT_EQ(feed.number("SELECT count(DISTINCT visit) FROM hot_hits WHERE site = 1"), 1) << "the visit goes on";
  EXPECT_EQ(feed.number("SELECT count(*) FROM hot_visitors"), 2);
}

TEST(LaneDeathTest, ABatchOutOfOrderEndsTheProcess) {
  const Scratch dir;
  Feed feed(dir / "hitkeep.db");
  feed.apply({hit_of(1, 1, from_ms(kMidnight))});
  Batch again;
  again.records.push_back({hit_of(1, 1, from_ms(kMidnight + 1)), feed.offset});
  again.end = feed.offset;
  EXPECT_DEATH(static_cast<void>(feed.lane->apply(again)), "what is not applied yet");
}

TEST(Lane, AFileOfAnotherLaneIsRefused) {
  const Scratch dir;
  {
    Feed feed(dir / "hitkeep.db");
  }
  const auto other = Lane::open(dir / "hitkeep.db", duck(), LaneIdentity{LaneKey{7}, kIdentity.team});
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("another"), std::string::npos);
  const auto nobody = Lane::open(dir / "new.db", duck(), std::nullopt);
  ASSERT_FALSE(nobody);
}

}  // namespace
}  // namespace hk::store

// What is written of a visit when it has ended: by the log's clock, whatever the batches, restarts and turns of the
// machine's clock.

#include "store/outcomes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "store/lane.h"
#include "store/maintenance.h"
#include "store/testing/property.h"
#include "store/testing/rows.h"
#include "store/testing/said_log.h"
#include "store/testing/scratch.h"
#include "store/testing/traffic.h"

namespace hk::store {
namespace {

using testing::Act;
using testing::Scratch;

constexpr std::int64_t kNoon = 20'760LL * 86'400'000 + 43'200'000;
constexpr std::int64_t kMinute = 60'000;

TimeMs at(std::int64_t minutes) {
  return from_ms(kNoon + minutes * kMinute);
}

Outcome visit(std::uint32_t number, TimeMs opened) {
  return {.site = SiteKey{1}, .visit = number, .day = 20'760, .start = opened, .first = opened, .last = opened};
}

std::vector<std::uint32_t> ended(Outcomes& outcomes, TimeMs horizon) {
  std::vector<std::uint32_t> out;
  while (const auto one = outcomes.take_ended(horizon)) out.push_back(one->visit);
  return out;
}

TEST(Outcomes, AVisitEndsWithTheLastOfItsActivity) {
  Outcomes outcomes;
  outcomes.open(visit(1, at(0)));
  outcomes.open(visit(2, at(1)));
  outcomes.add(SiteKey{1}, 1, {.at = at(5)});
  outcomes.add(SiteKey{1}, 3, {.at = at(5)});
  EXPECT_EQ(ended(outcomes, at(1) - Millis{1}), std::vector<std::uint32_t>{});
  EXPECT_EQ(ended(outcomes, at(5) - Millis{1}), std::vector<std::uint32_t>{2});
  EXPECT_EQ(ended(outcomes, at(5)), std::vector<std::uint32_t>{1});
  EXPECT_EQ(ended(outcomes, at(99)), std::vector<std::uint32_t>{});
}

TEST(Outcomes, OfASealedDayNothingIsWrittenAnyMoreButWhatIsLeftOfIt) {
  Outcomes outcomes;
  outcomes.open(visit(1, at(0)));
  Outcome tomorrow = visit(2, at(0));
  tomorrow.day = 20'761;
  outcomes.open(tomorrow);
  Outcome left = visit(3, at(0));
  left.vd = 7;
  outcomes.open(left);
  const std::vector<SiteDay> sealed{{SiteKey{1}, 20'760}};
  outcomes.forget(sealed, {{SiteKey{1}, 7}});
  EXPECT_EQ(ended(outcomes, at(99)), (std::vector<std::uint32_t>{2, 3}));
}

TEST(Outcomes, WhatCountsIsTheOrderOfTimeNotOfArrival) {
  Outcome v = visit(1, at(1));
  v.add({.at = at(1), .is_view = true, .page = 10});
  v.add({.at = at(3), .is_view = true, .page = 30, .source = 3, .channel = 4});
  v.add({.at = at(2), .is_view = true, .page = 20, .source = 2, .channel = 3});
  v.add({.at = at(0), .is_view = false, .page = 1});
  EXPECT_EQ(v.exit_page, 30u);
  EXPECT_EQ(v.last_source, 3u);
  EXPECT_EQ(v.last_channel, 4u);
  v.add({.at = at(3), .is_view = true, .page = 31});
  EXPECT_EQ(v.exit_page, 31u) << "the later one of an instant";
  v.add({.at = at(3), .place = 9, .is_view = true, .page = 32, .source = 5});
  v.add({.at = at(3), .place = 8, .is_view = false, .page = 33, .source = 6});
  EXPECT_EQ(v.exit_page, 32u) << "in the log, whichever is read first";
  EXPECT_EQ(v.last_source, 5u);
  EXPECT_EQ(v.first, at(0));
  EXPECT_EQ(v.last, at(3));
  EXPECT_EQ(v.pageviews, 5u);
  EXPECT_EQ(v.events, 2u);
}

/// Rows that only one of the two has: what was written when visits ended, and what their rows say of those that have no
/// activity after the horizon.
constexpr const char* kWrong = R"(
WITH activity AS (
  SELECT site, visit, ts, source, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset AS place FROM hot_hits
  UNION ALL
  SELECT site, visit, ts, source, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset FROM hot_events
  UNION ALL
  SELECT site, visit, until, 0, 0 FROM hot_looks),
ended AS (
  SELECT site, visit, max(ts) AS ended, arg_max(source, place) FILTER (source <> 0) AS newest
  FROM activity GROUP BY ALL HAVING max(ts) <= (SELECT log_time - INTERVAL 31 MINUTE FROM applied)),
told AS (
  SELECT e.ended, h.bits, CASE WHEN e.newest <> v.source THEN e.newest ELSE 0 END AS last_source, v.*,
       coalesce((SELECT 1 + sum(seconds) FROM hot_looks l WHERE l.site = v.site AND l.visit = v.visit), 0) AS engaged,
       CASE WHEN EXISTS (FROM hot_events e WHERE e.site = v.site AND e.visit = v.visit AND e.log_offset NOT IN (
                           SELECT log_offset FROM hot_quiet)) THEN 2 ELSE 1 END AS interactive
  FROM hot_visit_rows v JOIN ended e USING (site, visit) JOIN hot_visits h USING (site, visit)),
written AS (
  SELECT ended, bits, last_source, * EXCLUDE (ended, bits, last_source, engaged, interactive, last_channel), engaged,
         interactive
  FROM hot_closed)
SELECT (SELECT count(*) FROM (FROM told EXCEPT ALL FROM written)) + (SELECT count(*) FROM (FROM written EXCEPT ALL FROM told)))";

/// A lane that is fed as a log would do it, and looked at after each batch.
class Fed {
 public:
  explicit Fed(std::filesystem::path file) : file_(std::move(file)) { reopen(); }

  void apply(std::span<const Hit> hits) {
    Batch batch;
    for (const Hit& hit : hits) {
      batch.records.push_back({hit, ++offset_});
      log_.say(offset_, hit);
    }
    batch.end = offset_;
    const auto done = lane_->apply(batch);
    RC_ASSERT(done.has_value());
    compare();
  }
  void seal_until(TimeMs now) {
    SealOrder order;
    for (const auto& [day, rows] : lane_->hot()) {
      const std::int64_t end =
          (std::int64_t{day.day} + 1) * 86'400'000 - testing::site_offset_ms(static_cast<std::uint32_t>(day.site));
      if (now >= from_ms(end) + kSealDelay) order.days.push_back(day);
    }
    if (order.days.empty()) return;
    RC_ASSERT(lane_->seal(order, ++offset_).has_value());
    compare();
  }
  void reopen() {
    lane_.reset();
    auto lane = Lane::open(file_, {.memory_limit_bytes = 128u << 20, .threads = 1},
                           LaneIdentity{LaneKey::first_team, {}}, log_.read());
    ASSERT_TRUE(lane) << lane.error().message;
    lane_ = std::move(*lane);
  }

 private:
  void compare() {
    auto connection = *lane_->database()->connect();
    auto rows = connection->query(kWrong);
    if (!rows) RC_FAIL(rows.error().message);
    RC_ASSERT((*rows)->next().value_or(false));
    RC_ASSERT((*rows)->i64(0) == 0);
  }

  std::filesystem::path file_;
  testing::SaidLog log_;
  std::unique_ptr<Lane> lane_;
  log::Offset offset_ = 0;
};

/// Clocks that leap ahead and are set right, hits that arrive days late.
std::vector<Hit> disturbed(const std::vector<Act>& acts) {
  auto hits = testing::out_of_order(testing::looked_at(acts));
  for (std::size_t n = 0; n < hits.size(); ++n) {
    if (n % 40 > 34) hits[n].at += std::chrono::hours(5);
    if (n % 23 != 7) continue;
    hits[n].late = true;
    hits[n].at -= std::chrono::days(3);
    hits[n].day -= 3;
    hits[n].visitor ^= n * 0x9E3779B97F4A7C15;
    hits[n].visitor_before = 0;
  }
  return hits;
}

TEST(HotClosed, HoldsTheVisitsThatHaveEndedAfterEveryBatch) {
  testing::holds(1, rc::gen::resize(30, testing::any_acts()), [](const std::vector<Act>& acts) {
    const auto hits = disturbed(acts);
    const Scratch dir;
    Fed lane(dir / "hitkeep.db");
    for (std::size_t i = 0; i < hits.size();) {
      const std::size_t n = std::min(hits.size() - i, *rc::gen::inRange<std::size_t>(1, 60));
      lane.apply(std::span(hits).subspan(i, n));
      i += n;
      if (*rc::gen::inRange(0, 4) == 0) lane.reopen();
      if (*rc::gen::inRange(0, 3) == 0) lane.seal_until(hits[i - 1].at);
    }
  });
}

}  // namespace
}  // namespace hk::store

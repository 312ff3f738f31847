#include "query/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "query/dates.h"
#include "query/engine.h"
#include "query/snapshot.h"
#include "query/testing/lane.h"
#include "query/testing/single.h"

namespace hk::query {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

constexpr SiteKey kSite{7};
const Day kDay = *parse_date("2026-11-21");

/// One view of somebody who was never here before.
store::Hit somebody(const db::Zone& zone, int number) {
  store::Hit hit;
  hit.site = kSite;
  hit.day = kDay;
  hit.at = zone.start_of(kDay) + std::chrono::hours(9) + Millis(number);
  hit.visitor = 1 + static_cast<std::uint64_t>(number);
  hit.path = "/" + std::to_string(number % 7);
  return hit;
}

/// Commits one hit after the other, until it is gone.
class Writer {
 public:
  Writer(testing::TestLane& lane, const db::Zone& zone)
      : thread_([&lane, &zone](const std::stop_token& stop) {
          for (int i = 0; !stop.stop_requested(); ++i) lane.apply({somebody(zone, i)});
        }) {}

 private:
  std::jthread thread_;
};

TEST(Views, SeeOneCommitWhileOthersCome) {
  testing::TestLane lane;
  testing::OneLane lanes(lane);
  const auto site = testing::site_in(testing::zone("UTC"));
  lane.apply({somebody(*site.zone, 1'000'000)});
  const Writer writer(lane, *site.zone);
  std::uint64_t before = 0;
  for (int i = 0; i < 30; ++i) {
    const auto views = open_views(*lanes.read(site.lane), lanes, site, {.most = 3, .few_visits = 0});
    ASSERT_TRUE(views) << views.error().message;
    std::vector<std::uint64_t> rows;
    for (const auto& view : *views) {
      const auto row = one_row(view->connection(), "SELECT count(*) FROM hot_hits", {});
      ASSERT_TRUE(row) << row.error().message;
      rows.push_back((*row)->u64(0));
    }
    EXPECT_THAT(rows, Each(rows.front()));
    EXPECT_GE(rows.front(), before);
    before = rows.front();
  }
}

TEST(Views, AreOneOnASmallSite) {
  testing::TestLane lane;
  testing::OneLane lanes(lane);
  const auto site = testing::site_in(testing::zone("UTC"));
  lane.apply({somebody(*site.zone, 1), somebody(*site.zone, 2), somebody(*site.zone, 3)});
  for (const bool sealed : {false, true}) {
    if (sealed) lane.seal(kSite, kDay);
    EXPECT_THAT(*open_views(*lanes.read(site.lane), lanes, site, {.most = 3, .few_visits = 4}), SizeIs(1));
    EXPECT_THAT(*open_views(*lanes.read(site.lane), lanes, site, {.most = 3, .few_visits = 3}), SizeIs(3));
  }
}

TEST(Views, AllPartsOfAPageAgree) {
  testing::TestLane lane;
  testing::OneLane lanes(lane);
  const auto site = testing::site_in(testing::zone("UTC"));
  lane.apply({somebody(*site.zone, 1'000'000)});
  ManualClock clock(site.zone->start_of(kDay) + std::chrono::hours(10));
  metrics::Registry metrics;
  Engine engine(clock, lanes, metrics, std::chrono::minutes(10), {.most = 3, .few_visits = 0});
  Question page{.range = DayRange{kDay, kDay}, .queries = {}};
  for (int i = 0; i < 4; ++i) {
    for (const Metric metric : {Metric::visitors, Metric::visits, Metric::pageviews})
      page.queries.emplace_back("q" + std::to_string(page.queries.size()), Query{.metrics = {metric}});
  }
  const Writer writer(lane, *site.zone);
  int questions = 0;
  for (double before = 0; questions < 20; ++questions) {
    const auto answer = engine.ask(site, page);
    ASSERT_TRUE(answer) << answer.error().message;
    std::vector<double> figures;
    for (const auto& [name, found] : answer->results)
      figures.push_back(*std::get<QueryResult>(found).rows.at(0).metrics.at(0));
    EXPECT_THAT(figures, Each(figures.front())) << "everybody saw one page in one visit";
    EXPECT_GE(figures.front(), before);
    before = figures.front();
  }
  EXPECT_GT(lanes.lent, questions) << "some were shared out";
}

TEST(Views, AQuestionThatIsStoppedStopsOnAllConnections) {
  testing::TestLane lane;
  testing::OneLane lanes(lane);
  const auto site = testing::site_in(testing::zone("UTC"));
  lane.apply({somebody(*site.zone, 1)});
  ManualClock clock(site.zone->start_of(kDay) + std::chrono::hours(10));
  metrics::Registry metrics;
  Engine engine(clock, lanes, metrics, std::chrono::milliseconds(0), {.most = 3, .few_visits = 0});
  Question page{.range = DayRange{kDay - 80, kDay}, .queries = {}};
  for (int i = 0; i < 1'000; ++i)
    page.queries.emplace_back("q", Query{.metrics = {Metric::visits}, .dimensions = {Dimension::time_hour}});
  const auto answer = engine.ask(site, page);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::busy);
  EXPECT_THAT(metrics.render(), ::testing::HasSubstr("hitkeep_query_timeouts_total 1"));
}

}  // namespace
}  // namespace hk::query

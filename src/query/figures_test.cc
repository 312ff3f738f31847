// Figures that stand in other tables than visits, page views and events, or that are more than a sum.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "query/dates.h"
#include "query/engine.h"
#include "query/parse.h"
#include "query/respond.h"
#include "query/testing/lane.h"
#include "query/testing/single.h"

namespace hk::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Single;
using testing::site_in;
using testing::view;

using Values = std::vector<std::optional<double>>;

/// Each is asked before and after its days are sealed.
struct Figures : ::testing::TestWithParam<bool> {
  ManualClock clock{*parse_instant("2026-11-22T09:41:00Z")};
  metrics::Registry metrics;
  testing::TestLane lane;
  testing::OneLane lanes{lane};
  Engine engine{clock, lanes, metrics, std::chrono::minutes{10}};
  site::Site site = site_in(testing::zone("Europe/Berlin"));
  const db::Zone& zone = *site.zone;

  void apply(const std::vector<store::Hit>& hits) {
    lane.apply(hits);
    if (GetParam()) lane.seal(SiteKey{7}, *parse_date("2026-11-20"));
  }
  std::vector<Row> rows(const Question& question) {
    const auto answer = engine.ask(site, question);
    if (!answer) {
      ADD_FAILURE() << answer.error().message << ' ' << answer.error().field;
      return {};
    }
    return std::get<QueryResult>(answer->results.at(0).second).rows;
  }
  /// By the body of a question.
  std::vector<Row> rows(const std::string& body) {
    const auto question = parse(body, zone, clock.now());
    EXPECT_TRUE(question) << question.error().message << ' ' << question.error().field;
    return question ? rows(*question) : std::vector<Row>{};
  }
  /// "name 1 2; ": names and figures.
  std::string listed(const std::vector<Row>& rows) {
    std::ostringstream out;
    for (const Row& row : rows) {
      for (const std::string& name : row.dimensions) out << name << ' ';
      for (std::size_t i = 0; i < row.metrics.size(); ++i) {
        if (i > 0) out << ' ';
        if (row.metrics[i]) out << *row.metrics[i];
        if (!row.metrics[i]) out << '-';
      }
      out << ';';
    }
    return out.str();
  }
};
INSTANTIATE_TEST_SUITE_P(Sealed, Figures, ::testing::Bool());

constexpr const char* kDay = R"("range":{"from":"2026-11-20","to":"2026-11-20"})";

store::Hit titled(store::Hit hit, std::string title) {
  hit.title = std::move(title);
  return hit;
}

TEST_P(Figures, ATitleIsWhatItsPagesAreCalledNow) {
  apply({titled(view(zone, "2026-11-10T10:00:00Z", 9, "/a"), "Old"),
         titled(view(zone, "2026-11-20T10:00:00Z", 1, "/a"), "New"),
         titled(view(zone, "2026-11-20T10:01:00Z", 1, "/a2"), "New"), view(zone, "2026-11-20T10:02:00Z", 2, "/none")});
  const std::string list =
      listed(rows(std::string("{") +
                  R"("range":"28d","queries":{"q":{"metrics":["visitors","pageviews"],"dimensions":["title"]}}})"));
  EXPECT_EQ(list, "New 2 3; 1 1;") << "who saw two pages of one title on a day is one visitor";
  EXPECT_EQ(listed(rows(std::string("{") + R"("range":"28d","filters":[{"dimension":"title","op":"is","values":[""]}],)"
                                           R"("queries":{"q":{"metrics":["visits","pageviews"]}}})")),
            "1 1;");
}

TEST_P(Figures, ATitleThatChangesIsSeenAtOnce) {
  apply({titled(view(zone, "2026-11-18T10:00:00Z", 1, "/a"), "Old")});
  const std::string ask = R"({"range":"28d","queries":{"q":{"metrics":["pageviews"],"dimensions":["title"]}}})";
  EXPECT_EQ(listed(rows(ask)), "Old 1;");
  lane.apply({titled(view(zone, "2026-11-21T10:00:00Z", 2, "/b"), "B"),
              titled(view(zone, "2026-11-21T11:00:00Z", 2, "/a"), "New")});
  EXPECT_EQ(listed(rows(ask)), "New 2;B 1;");
}

TEST_P(Figures, VitalsAreTheThirdQuarterOfTheirSamples) {
  std::vector<store::Hit> hits{view(zone, "2026-11-20T10:00:00Z", 1, "/a")};
  for (const std::uint32_t ms : {1'000u, 2'000u, 3'000u, 5'000u}) {
    store::Hit vital = hits.front();
    vital.kind = store::HitKind::vital;
    vital.at += Millis(ms);
    vital.vital = store::Vital::lcp;
    vital.vital_value = ms;
    hits.push_back(vital);
  }
  apply(hits);
  EXPECT_EQ(
      listed(rows(std::string("{") + kDay + R"(,"queries":{"q":{"metrics":["lcp","cls"],"dimensions":["page"]}}})")),
      "/a 3.5 -;");
  EXPECT_EQ(listed(rows(std::string("{") + kDay +
                        R"(,"filters":[{"has_done":[{"dimension":"page","op":"is","values":["/a"]}],"within":"day"}],)"
                        R"("queries":{"q":{"metrics":["lcp"],"dimensions":["country"]}}})")),
            " 3.5;");
}

TEST_P(Figures, FetchesByAIsGoByPageAgentAndStatus) {
  std::vector<store::Hit> hits;
  for (const auto& [agent, status] :
       {std::pair("GPTBot", 200), std::pair("GPTBot", 404), std::pair("ClaudeBot", 200)}) {
    store::Hit fetch = view(zone, "2026-11-20T10:00:00Z", 1, "/guide");
    fetch.kind = store::HitKind::fetch;
    fetch.browser = agent;
    fetch.status = static_cast<std::uint16_t>(status);
    hits.push_back(fetch);
  }
  apply(hits);
  const auto asked = [&](const std::string& query) {
    return listed(rows(std::string("{") + kDay + R"(,"queries":{"q":{"metrics":["ai_fetches"],)" + query + "}}}"));
  };
  EXPECT_EQ(asked(R"("dimensions":["agent"])"), "GPTBot 2;ClaudeBot 1;");
  EXPECT_EQ(asked(R"("dimensions":["page","fetch_status"])"), "/guide 200 2;/guide 404 1;");
  EXPECT_EQ(asked(R"("filters":[{"dimension":"agent","op":"starts_with","values":["gpt"]},)"
                  R"({"dimension":"fetch_status","op":"starts_with","values":["4"]}])"),
            "1;");
  EXPECT_EQ(asked(R"("dimensions":["time_day"])"), "2026-11-20 3;");
}

TEST_P(Figures, EntriesAndExitsStandBesideTheViewsOfAPage) {
  apply({view(zone, "2026-11-20T10:00:00Z", 1, "/a"), view(zone, "2026-11-20T10:01:00Z", 1, "/b"),
         view(zone, "2026-11-20T10:02:00Z", 1, "/a"), view(zone, "2026-11-20T11:00:00Z", 2, "/b")});
  const std::string metrics = R"({"metrics":["pageviews","entries","exits","exit_rate"],"dimensions":["page"])";
  EXPECT_EQ(listed(rows(std::string("{") + kDay + R"(,"queries":{"q":)" + metrics + "}}}")),
            "/a 2 1 1 50;/b 2 1 1 50;");
  EXPECT_EQ(
      listed(rows(std::string("{") + kDay +
                  R"(,"filters":[{"dimension":"page","op":"is","values":["/b"]}],"queries":{"q":)" + metrics + "}}}")),
      "/b 2 1 1 50;")
      << "a filter on pages chooses rows of the list";
}

TEST_P(Figures, VisitorsPerDayAreOfTheDaysOfWhichSomethingIsKnown) {
  apply({view(zone, "2026-11-19T10:00:00Z", 1, "/a"), view(zone, "2026-11-20T10:00:00Z", 1, "/a"),
         view(zone, "2026-11-20T10:00:00Z", 2, "/b")});
  // From the first day with data, the 19th, until today, the 22nd, are four days.
  EXPECT_EQ(listed(rows(R"({"range":"28d","queries":{"q":{"metrics":["visitors","visitors_per_day"]}}})")), "3 0.75;");
  EXPECT_EQ(listed(rows(
                R"({"range":"28d","queries":{"q":{"metrics":["visitors_per_day"],"dimensions":["page","country"]}}})")),
            "/a  0.5;/b  0.25;");
}

TEST_P(Figures, RowsSayTheirShareOfEverything) {
  apply({view(zone, "2026-11-20T10:00:00Z", 1, "/a"), view(zone, "2026-11-20T10:01:00Z", 1, "/b"),
         view(zone, "2026-11-20T10:00:00Z", 2, "/b")});
  const auto list =
      rows(std::string("{") + kDay +
           R"(,"queries":{"q":{"metrics":["visitors","time_on_page"],"dimensions":["page"],"share":true}}})");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_THAT(list[0].share, ElementsAre(100.0, std::nullopt));
  EXPECT_THAT(list[1].share, ElementsAre(50.0, std::nullopt)) << "who saw both pages is one visitor of all";
}

TEST_P(Figures, NumbersThatEventsTellHaveSumsMeansAndQuantiles) {
  std::vector<store::Hit> hits{view(zone, "2026-11-20T10:00:00Z", 1, "/a")};
  for (const char* price : {"10", "20.5", "\"free\"", "100"}) {
    store::Hit event = hits.front();
    event.at += std::chrono::seconds(hits.size());
    event.kind = store::HitKind::event;
    event.event_name = "order";
    event.event_json = std::string(R"({"price":)") + price + R"(,"plan":"pro"})";
    hits.push_back(event);
  }
  apply(hits);
  const std::string metrics =
      R"("metrics":["property_sum","property_average","property_median","property_p95","unique_events"],"number":"price")";
  for (const char* by : {"", R"(,"dimensions":["property:plan"])", R"(,"dimensions":["time_hour"])"}) {
    const auto list = rows(std::string("{") + kDay + R"(,"queries":{"q":{)" + metrics + by + "}}}");
    const auto told = std::ranges::find_if(list, [](const Row& row) { return row.metrics[4] == 1.0; });
    ASSERT_NE(told, list.end()) << by;
    EXPECT_EQ(told->metrics[0], 130.5);
    EXPECT_EQ(told->metrics[1], 43.5);
    EXPECT_EQ(told->metrics[2], 20.5);
    EXPECT_NEAR(told->metrics[3].value_or(0), 92.05, 1e-9);
  }
  EXPECT_EQ(listed(rows(std::string("{") + kDay +
                        R"(,"filters":[{"dimension":"property:price","op":"greater","values":["20"]}],)"
                        R"("queries":{"q":{"metrics":["events"]}}})")),
            "2;");
}

TEST_P(Figures, AllOfTheTimeBeginsWithTheFirstDayOfData) {
  apply({view(zone, "2026-11-19T10:00:00Z", 1, "/a"), view(zone, "2026-11-20T10:00:00Z", 1, "/a")});
  const auto question =
      parse(R"({"range":"all","include":["meta"],"queries":{"q":{"metrics":["pageviews"],"dimensions":["time_day"]}}})",
            zone, clock.now());
  ASSERT_TRUE(question) << question.error().message;
  auto answer = engine.ask(site, *question);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(listed(std::get<QueryResult>(answer->results[0].second).rows),
            "2026-11-19 1;2026-11-20 1;2026-11-21 0;2026-11-22 0;");
  const auto shown = query::shown(site, *question, std::move(*answer));
  EXPECT_EQ(shown.range.from, "2026-11-19");
  ASSERT_TRUE(shown.meta);
  EXPECT_EQ(shown.meta->zone, "Europe/Berlin");
  EXPECT_TRUE(shown.meta->partial);
  EXPECT_GT(shown.meta->applied_offset, 0u);
  EXPECT_THAT(shown.meta->imported, IsEmpty());
}

TEST_P(Figures, WeeksBeginOnTheDayOnWhichTheSiteHasThemBegin) {
  site.first_weekday = 7;  // Sundays; the 22nd is one
  apply({view(zone, "2026-11-14T10:00:00Z", 1, "/a"), view(zone, "2026-11-15T10:00:00Z", 1, "/a"),
         view(zone, "2026-11-20T23:30:00Z", 1, "/a")});
  for (const char* metric : {"visits", "pageviews"})
    EXPECT_EQ(listed(rows(std::string(R"({"range":"14d","queries":{"q":{"metrics":[")") + metric +
                          R"("],"dimensions":["time_week"]}}})")),
              "2026-11-08 1;2026-11-15 2;2026-11-22 0;");
  const auto hours = rows(R"({"range":"14d","queries":{"q":{"metrics":["visits"],"dimensions":["hour_of_week"]}}})");
  ASSERT_EQ(hours.size(), 168u);
  EXPECT_EQ(hours[5 * 24 + 11].dimensions, std::vector<std::string>{"6T11"});
  EXPECT_EQ(hours[5 * 24 + 11].metrics, Values{1.0}) << "Saturday the 14th at 11, in Berlin";
  EXPECT_EQ(hours[5 * 24].metrics, Values{1.0}) << "half past midnight on Saturday the 21st";
}

}  // namespace
}  // namespace hk::query

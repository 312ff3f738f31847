#include "query/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "query/dates.h"
#include "query/properties.h"
#include "query/shapes.h"
#include "query/stats.h"
#include "query/testing/api.h"
#include "query/testing/lane.h"
#include "query/tracking.h"

namespace hk::query {
namespace {

using testing::call;
using ::testing::HasSubstr;

constexpr SiteKey kSite{7};

struct RoutesTest : ::testing::Test {
  RoutesTest() { add_routes(router, {.engine = engine, .clock = clock}); }

  store::Hit hit(std::string_view at, std::uint64_t person, std::string path) {
    store::Hit h;
    h.site = kSite;
    h.at = *parse_instant(at);
    h.day = site.zone->day_of(h.at);
    h.visitor = person * 1'000'003 + static_cast<std::uint64_t>(h.day);
    h.path = std::move(path);
    h.hostname = "example.com";
    h.device = store::Device::desktop;
    h.browser = "Firefox";
    h.language = person % 2 == 0 ? "de-AT" : "de";
    return h;
  }
  std::string url(std::string_view rest) { return "/api/sites/" + site.id.str() + std::string(rest); }
  http::Response get(std::string_view rest) { return call(router, site, http::Method::get, url(rest)); }
  http::Response post(std::string body) {
    return call(router, site, http::Method::post, url("/query"), std::move(body));
  }

  ManualClock clock{*parse_instant("2026-11-22T09:41:07.120Z")};
  metrics::Registry metrics;
  testing::TestLane lane;
  testing::OneLane store{lane};
  Engine engine{clock, store, metrics, std::chrono::minutes(10)};
  site::Site site = testing::site_in(testing::zone("Europe/Berlin"));
  http::Router router;
};

TEST_F(RoutesTest, EveryRouteNeedsTheRightToView) {
  ASSERT_EQ(router.routes().size(), 5u);
  for (const http::Route& route : router.routes()) {
    EXPECT_EQ(route.access.name(), "site.view") << route.path;
    EXPECT_EQ(route.run, http::Run::query) << route.path;
  }
}

TEST_F(RoutesTest, AnswersAQuestion) {
  lane.apply({hit("2026-11-21T09:00:00Z", 1, "/"), hit("2026-11-21T10:00:00Z", 3, "/"),
              hit("2026-11-22T09:38:00Z", 2, "/"), hit("2026-11-22T09:39:00Z", 2, "/a\"b")});
  const auto response = post(R"({"range":{"from":"2026-11-22","to":"2026-11-22"},"compare":"previous","queries":{
    "kpis":{"metrics":["visitors","pageviews","bounce_rate"]},
    "pages":{"metrics":["visitors"],"dimensions":["page"],"limit":1,"compare":false}}})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(
      response.body,
      R"({"site_id":"0190f3a4-7c1e-7000-8000-000000000007","zone":"Europe/Berlin","now":"2026-11-22T09:41:07.120Z",)"
      R"("range":{"from":"2026-11-22","to":"2026-11-22"},"compare":{"from":"2026-11-21","to":"2026-11-21",)"
      R"("until":"2026-11-21T10:41:07+01:00"},)"
      R"("first_day":"2026-11-21","live_visitors":1,"results":{)"
      R"("kpis":{"rows":[{"dimensions":[],"metrics":[1,2,0],"compare":[1,1,100],"partial":true}],"more":0},)"
      R"("pages":{"rows":[{"dimensions":["/"],"metrics":[1],"partial":true}],"more":1}}})");
}

TEST_F(RoutesTest, AnswersOnlyWhatIsIncluded) {
  lane.apply({hit("2026-11-22T09:38:00Z", 2, "/")});
  const auto body = [&](const char* include) {
    return post(concat({R"({"range":"7d","include":)", include, R"(,"queries":{"q":{"metrics":["visits"]}}})"})).body;
  };
  EXPECT_EQ(body("[]").find("live_visitors"), std::string::npos);
  EXPECT_EQ(body("[]").find("first_day"), std::string::npos);
  EXPECT_THAT(body(R"(["live_visitors"])"), HasSubstr(R"("live_visitors":1)"));
  EXPECT_THAT(body(R"(["first_day"])"), HasSubstr(R"("first_day":"2026-11-22")"));
  EXPECT_THAT(body("null"), HasSubstr("live_visitors"));
}

TEST_F(RoutesTest, SaysWhichFieldIsWrong) {
  const auto response = post(R"({"range":"7d","queries":{"q":{"metrics":["clicks"]}}})");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr(R"("field":"queries.q.metrics.0")"));
  EXPECT_EQ(post("{").status, 400);
}

TEST_F(RoutesTest, ListsTheNamesOfProperties) {
  const auto told = [&](std::string_view at, std::string event, std::string json) {
    auto h = hit(at, 1, "/");
    h.kind = store::HitKind::event;
    h.event_name = std::move(event);
    h.event_json = std::move(json);
    return h;
  };
  EXPECT_EQ(get("/events/properties").body, "[]");
  lane.apply({told("2026-11-20T09:00:00Z", "Sign up", R"({"plan":"pro","seats":3})")});
  lane.seal(kSite, site.zone->day_of(*parse_instant("2026-11-20T09:00:00Z")));
  lane.apply({told("2026-11-22T09:00:00Z", "Order", R"({"total":12.5,"plan":"free"})")});
  EXPECT_EQ(get("/events/properties").body, R"(["plan","seats","total"])");
  EXPECT_EQ(get("/events/properties?event_name=Sign%20up").body, R"(["plan","seats"])");
  EXPECT_EQ(get("/events/properties?event_name=Order").body, R"(["plan","total"])");
  EXPECT_EQ(get("/events/properties?event_name=plan").body, "[]");
}

TEST_F(RoutesTest, ListsNoMorePropertiesThanAreShown) {
  auto h = hit("2026-11-22T09:00:00Z", 1, "/");
  h.kind = store::HitKind::event;
  h.event_name = "Sign up";
  for (std::uint32_t i = 0; i <= kMostPropertyNames; ++i) {
    h.event_json += concat({i == 0 ? "{" : ",", "\"p", std::to_string(i), "\":1"});
  }
  h.event_json += "}";
  lane.apply({h});
  const auto body = get("/events/properties").body;
  EXPECT_EQ(std::ranges::count(body, ',') + 1, 1'000);
}

TEST_F(RoutesTest, AStoppedLaneIsUnavailable) {
  store.stopped = true;
  EXPECT_EQ(post(R"({"range":"7d","queries":{"q":{"metrics":["visits"]}}})").status, 503);
  EXPECT_EQ(get("/stats").status, 503);
  EXPECT_EQ(get("/live").status, 503);
  EXPECT_EQ(get("/events/properties").status, 503);
}

TEST_F(RoutesTest, WordsOfTheDatabaseStayInTheLog) {
  const struct {
    Error words;
    int status;
    std::string_view code;
  } cases[] = {
      {testing::kCorrupt, 500, "damaged"},
      {{Code::internal, "INTERNAL Error: Attempted to access index 5", "", {}}, 500, "internal"},
      {{Code::conflict, "Constraint Error: NOT NULL constraint failed: picked_texts.id", "", {}}, 500, "internal"},
      {{Code::unavailable, "IO Error: Could not write file \"/srv/tmp/duckdb\": No space left on device", "", {}},
       503,
       "unavailable"},
      {testing::kOutOfMemory, 422, "too_large"},
  };
  for (const auto& c : cases) {
    store.words = c.words;
    for (const bool query : {true, false}) {
      store.failures = 1'000;
      const auto response = query ? post(R"({"range":"7d","queries":{"q":{"metrics":["visits"]}}})") : get("/stats");
      EXPECT_EQ(response.status, c.status) << response.body;
      EXPECT_THAT(response.body, HasSubstr("\"code\":\"" + std::string(c.code) + '"'));
      EXPECT_EQ(response.body.find("Error:"), std::string::npos) << response.body;
      EXPECT_EQ(response.body.find("/srv"), std::string::npos) << response.body;
      const auto id = std::ranges::find(response.headers, "X-Error-Id", &std::pair<std::string, std::string>::first);
      ASSERT_EQ(id != response.headers.end(), c.status >= 500);
      if (c.status >= 500) EXPECT_THAT(response.body, HasSubstr(id->second));
    }
  }
  EXPECT_EQ(store.damage, 2) << "the store hears of damage";
}

TEST_F(RoutesTest, SaysHowFarFiguresGoWhileTheyAreBehind) {
  const std::string question = R"({"range":"7d","queries":{"q":{"metrics":["visits"]}}})";
  store.is_behind = true;
  EXPECT_EQ(post(question).body.find("applied_until"), std::string::npos) << "nothing was ever applied";
  lane.apply({hit("2026-11-22T09:38:00Z", 2, "/")});
  EXPECT_THAT(post(question).body, HasSubstr(R"("applied_until":"2026-11-22T10:38:00+01:00")"));
  store.is_behind = false;
  EXPECT_EQ(post(question).body.find("applied_until"), std::string::npos);
}

TEST_F(RoutesTest, CountsWhoIsThere) {
  EXPECT_EQ(get("/live").body, R"({"visitors":0})");
  lane.apply({hit("2026-11-22T09:38:00Z", 2, "/")});
  EXPECT_EQ(get("/live").body, R"({"visitors":1})");
}

TEST_F(RoutesTest, TrackingFollowsTheLane) {
  const auto status = [&] { return get("/tracking/status").body; };
  EXPECT_THAT(status(), HasSubstr(R"("status":"waiting","configured_domain":"example.com"})"));
  lane.apply({hit("2026-11-20T10:00:00Z", 1, "/"), hit("2026-11-21T10:00:00Z", 1, "/")});
  EXPECT_THAT(status(), HasSubstr(R"("status":"live")"));
  EXPECT_THAT(status(),
              HasSubstr(R"("first_hit_at":"2026-11-20T10:00:00.000Z","last_hit_at":"2026-11-21T10:00:00.000Z")"));
  clock.advance(kDormantAfter);
  EXPECT_THAT(status(), HasSubstr(R"("status":"dormant")"));
  store.stopped = true;
  EXPECT_EQ(get("/tracking/status").status, 503);
}

// --- GET stats ---------------------------------------------------------------------------------------

TEST_F(RoutesTest, StatsHaveEveryKeyOfTheOriginal) {
  const auto response = get("/stats?compare_from=2026-09-01T00:00:00Z&compare_to=2026-09-30T00:00:00Z");
  EXPECT_EQ(response.status, 200) << response.body;
  for (const auto* key : {"live_visitors",
                          "total_pageviews",
                          "unique_sessions",
                          "bounce_rate",
                          "avg_session_duration",
                          "pages_per_session",
                          "chart_data",
                          "top_pages",
                          "top_landing_pages",
                          "top_exit_pages",
                          "top_referrers",
                          "top_devices",
                          "top_countries",
                          "top_cities",
                          "top_providers",
                          "top_asns",
                          "top_browsers",
                          "top_ai_bots",
                          "top_ai_sources",
                          "top_languages",
                          "top_utm_campaigns",
                          "top_utm_contents",
                          "top_utm_mediums",
                          "top_utm_sources",
                          "top_utm_terms",
                          "ai_bot_hits",
                          "ai_source_visits",
                          "utm_campaign_hits",
                          "utm_content_hits",
                          "utm_medium_hits",
                          "utm_source_hits",
                          "utm_term_hits",
                          "goals",
                          "funnels",
                          "comparison",
                          "total_conversions"}) {
    EXPECT_THAT(response.body, HasSubstr('"' + std::string(key) + "\":")) << key;
  }
  EXPECT_THAT(get("/stats").body, ::testing::Not(HasSubstr("comparison")));
}

TEST_F(RoutesTest, StatsCountLikeTheOriginal) {
  auto campaign = hit("2026-11-20T10:00:00Z", 1, "/");
  campaign.referrer_host = "google.com";
  campaign.utm_source = "news";
  auto assistant = hit("2026-11-20T11:00:00Z", 2, "/docs");
  assistant.channel = store::Channel::ai_assistant;
  assistant.source = "ChatGPT";
  lane.apply({hit("2026-11-10T10:00:00Z", 9, "/old"), campaign, hit("2026-11-20T10:01:00Z", 1, "/docs"), assistant});
  const std::string query =
      "/stats?from=2026-11-20T00:00:00Z&to=2026-11-20T23:59:59Z"
      "&compare_from=2026-11-10T00:00:00Z&compare_to=2026-11-10T23:59:59Z";
  const std::string body = get(query).body;
  for (const auto* part :
       {R"("total_pageviews":3,"unique_sessions":2,"bounce_rate":50,"avg_session_duration":30,"pages_per_session":1.5)",
        R"("time":"2026-11-20T10:00:00.000Z","pageviews":2,"visitors":1)",
        R"("top_pages":[{"name":"/docs","value":2},{"name":"/","value":1}])",
        R"("top_exit_pages":[{"name":"/docs","value":2}])",
        R"~("top_referrers":[{"name":"google.com","value":2},{"name":"(Direct)","value":1}])~",
        R"("top_devices":[{"name":"Desktop","value":3}])", R"~("top_countries":[{"name":"(Unknown)","value":3}])~",
        R"("top_languages":[{"name":"de","value":3}])",
        R"~("top_utm_sources":[{"name":"news","value":2},{"name":"(Unspecified)","value":1}])~",
        R"("top_ai_sources":[{"name":"ChatGPT","value":1}])", R"("ai_source_visits":1)",
        R"("utm_source_hits":2,"utm_term_hits":0)",
        R"("comparison":{"total_pageviews":1,"unique_sessions":1,"bounce_rate":100)"}) {
    EXPECT_THAT(body, HasSubstr(part));
  }

  const auto only = [&](const char* filter) { return get(query + filter).body; };
  EXPECT_THAT(only("&filter=path:/docs"), HasSubstr(R"("total_pageviews":2,)"));
  EXPECT_THAT(only("&filter=path:/docs&filter=referrer:(direct)"), HasSubstr(R"("total_pageviews":1,)"));
  EXPECT_THAT(only("&filter=referrer_host:WWW.google.com"), HasSubstr(R"("total_pageviews":2,)"));
  EXPECT_THAT(only("&filter=language:DE"), HasSubstr(R"("total_pageviews":3,)"));
  EXPECT_THAT(only("&filter=utm_source:Unspecified"), HasSubstr(R"("total_pageviews":1,)"));
  EXPECT_THAT(only("&filter_type=device&filter_value=Desktop"), HasSubstr(R"("total_pageviews":3,)"));
  EXPECT_THAT(only("&filter="), HasSubstr(R"("total_pageviews":3,)"));
}

TEST_F(RoutesTest, StatsChartByTheLengthOfTheRange) {
  const auto points = [&](const char* from, const char* to) {
    const std::string body = get(std::string("/stats?from=") + from + "&to=" + to).body;
    std::size_t count = 0;
    for (auto at = body.find("\"time\""); at != std::string::npos; at = body.find("\"time\"", at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(points("2026-11-20T00:00:00Z", "2026-11-21T23:59:59Z"), 48u);
  EXPECT_EQ(points("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z"), 3u);
  EXPECT_EQ(points("2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"), 7u);
}

TEST_F(RoutesTest, StatsRefuseWrongParameters) {
  const auto refused = [&](const std::string& parameters, const char* field, const char* message) {
    const auto response = get("/stats?" + parameters);
    EXPECT_EQ(response.status, 400) << parameters;
    EXPECT_THAT(response.body, HasSubstr("\"field\":\"" + std::string(field) + '"')) << parameters;
    EXPECT_THAT(response.body, HasSubstr(message)) << parameters;
  };
  refused("from=yesterday", "from", "RFC3339");
  refused("to=2026-11-22", "to", "RFC3339");
  refused("compare_from=x&compare_to=2026-11-22T00:00:00Z", "compare_from", "RFC3339");
  refused("from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z", "from", "before");
  refused("from=2001-11-22T00:00:00Z&to=2026-11-21T00:00:00Z", "from", "3660");
  refused("filter=path", "filter", "invalid filter format");
  refused("filter=colour:red", "filter", "invalid filter_type");
  refused("filter_type=path", "filter_value", "required together");
  refused("filter_value=/", "filter_type", "required together");
  refused("filter_type=colour&filter_value=red", "filter_type", "invalid filter_type");
  refused("goal_id=1", "goal_id", "Invalid goal_id");
  refused("funnel_id=x", "funnel_id", "Invalid funnel_id");
  refused("goal_id=11111111-1111-4111-8111-111111111111", "goal_id", "no such");
  std::string many = "x=1";
  for (std::size_t i = 0; i < kMaxFilters; ++i) many += "&filter=path:/";
  refused(many, "filter", "19");
}

TEST(Tracking, StatusFollowsTheLastHit) {
  const TimeMs now = *parse_instant("2024-11-25T08:04:04Z");
  EXPECT_EQ(status_of({}, now), "waiting");
  EXPECT_EQ(status_of({.first_hit = now, .last_hit = now, .last_event = {}}, now), "live");
  EXPECT_EQ(status_of({.first_hit = now, .last_hit = now, .last_event = {}}, now + kDormantAfter), "live");
  EXPECT_EQ(status_of({.first_hit = now, .last_hit = now, .last_event = {}}, now + kDormantAfter + Millis(1)),
            "dormant");
}

TEST(Tracking, JsonLeavesOutWhatNeverHappened) {
  const TimeMs now = *parse_instant("2024-11-25T08:04:04Z");
  site::Site site;
  site.domain = "a.example";
  const std::string body =
      json::text_of(tracking_status(site, {.first_hit = {}, .last_hit = {}, .last_event = now}, now));
  EXPECT_THAT(
      body,
      HasSubstr(R"("status":"waiting","configured_domain":"a.example","last_event_at":"2024-11-25T08:04:04.000Z")"));
  EXPECT_EQ(body.find("last_hit_at"), std::string::npos);
}

}  // namespace
}  // namespace hk::query

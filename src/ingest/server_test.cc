#include "ingest/server.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "ingest/testing/fixture.h"
#include "json/reader.h"

namespace hk::ingest {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// A key may send to the first site.
struct OneSite final : site::Authority {
  bool may(const access::Principal&, access::Permission) const override { return false; }
  bool may(const access::Principal&, access::Permission permission, const site::Site& site) const override {
    return permission == access::Permission::site_ingest && site.domain == "example.com";
  }
  std::string email_of(const UserId&) const override { return {}; }
};

struct ServerTest : ::testing::Test {
  struct Answer {
    int status = 0;
    std::string body;
  };
  Answer answer_of(http::Response response) {
    if (!response.gate) return {response.status, response.body};
    std::optional<Result<void>> outcome;
    response.gate([&](Result<void> came) { outcome = std::move(came); });
    for (auto& job : std::exchange(jobs, {})) job();
    if (!outcome) return {0, "no answer"};
    if (!*outcome) response = http::problem(outcome->error());
    return {response.status, response.body};
  }
  std::string item(const std::string& more = "",
                   const std::string& url = "https://example.com/shoes?utm_source=news&x=1") {
    return R"({"url":")" + url + R"(","visitor_ip":"198.51.100.7","user_agent":")" + std::string(testing::kChrome) +
           '"' + more + '}';
  }
  Answer view(const std::string& body, store::HitKind kind = store::HitKind::pageview) {
    http::Request request;
    request.body = body;
    request.client_ip = "192.0.2.1";
    return answer_of(doors.take(key, request, kind));
  }
  Answer event(const std::string& more) { return view(item(more), store::HitKind::event); }
  Answer batch(const std::string& items) {
    http::Request request;
    request.body = R"({"items":[)" + items + "]}";
    return answer_of(doors.take_batch(key, request).response);
  }
  std::string page(const std::string& more = "") { return item(R"(,"type":"pageview")" + more); }
  store::Hit last() {
    EXPECT_FALSE(f.log.records.empty());
    return *store::decode_hit(f.log.records.back().payload, f.log.records.back().version);
  }
  std::string at(Millis ago) { return R"(,"timestamp":")" + rfc3339(f.clock.now() - ago) + '"'; }

  testing::Fixture f;
  OneSite authority;
  access::ApiKey key;
  std::vector<net::WorkerPool::Job> jobs;
  bool workers = true;
  std::unique_ptr<Repeats> repeats = *Repeats::open(f.dir.path() / "server-ids", f.clock.now());
  ServerDoors doors{{.pipeline = f.pipeline,
                     .repeats = *repeats,
                     .sites = f.sites,
                     .authority = authority,
                     .clock = f.clock,
                     .later = [this](net::WorkerPool::Job job) {
                       if (workers) jobs.push_back(std::move(job));
                       return workers;
                     }}};
};

TEST_F(ServerTest, AViewIsWhatItsVisitorWouldHaveSent) {
  EXPECT_EQ(view(item(R"(,"referrer":"https://www.google.com/","language":"de-AT","screen_width":1920)")).status, 202);
  const store::Hit hit = last();
  EXPECT_EQ(hit.kind, store::HitKind::pageview);
  EXPECT_EQ(hit.site, SiteKey{7});
  EXPECT_EQ(hit.path, "/shoes");
  EXPECT_EQ(hit.utm_source, "news");
  EXPECT_EQ(hit.referrer_host, "google.com");
  EXPECT_EQ(hit.language, "de-AT");
  EXPECT_EQ(hit.screen_width, 1920);
  EXPECT_EQ(hit.browser, "Chrome");
  EXPECT_EQ(hit.tracker, "server");
  EXPECT_EQ(hit.at, f.clock.now());
  EXPECT_FALSE(hit.late);
  auto direct = testing::Fixture::request(R"({"path":"/shoes"})");
  direct.client_ip = "198.51.100.7";
  EXPECT_EQ(hit.visitor, f.hit(direct).visitor) << "it is the same visitor";
}

TEST_F(ServerTest, AnEventHasItsNameAndProperties) {
  EXPECT_EQ(event(R"(,"name":" purchase ","properties":{"value":12.5})").status, 202);
  EXPECT_EQ(last().event_name, "purchase");
  EXPECT_EQ(last().event_json, R"({"value":12.5})");
  EXPECT_EQ(event(R"(,"name":"x","properties":{})").status, 202);
  EXPECT_EQ(last().event_json, "");
}

TEST_F(ServerTest, WhatIsWrongIsNamed) {
  const auto complaint = [&](const Answer& answer) {
    EXPECT_EQ(answer.status, 400);
    const auto document = json::parse(answer.body);
    return json::Object(*document).str("field");
  };
  EXPECT_EQ(complaint(view(item("", "/shoes"))), "url");
  EXPECT_EQ(complaint(view(item("", "ftp://example.com/"))), "url");
  EXPECT_EQ(complaint(view(item(R"(,"timestamp":"yesterday")"))), "timestamp");
  EXPECT_EQ(complaint(view(item(at(kMaxAge + Millis(1))))), "timestamp");
  EXPECT_EQ(complaint(view(item(at(-kMaxAhead - Millis(1))))), "timestamp");
  EXPECT_EQ(complaint(view(R"({"url":"https://example.com/","visitor_ip":"x","user_agent":"y"})")), "visitor_ip");
  EXPECT_EQ(complaint(view(R"({"url":"https://example.com/","visitor_ip":"::1"})")), "user_agent");
  EXPECT_EQ(complaint(event("")), "name");
  EXPECT_EQ(complaint(event(R"(,"name":"x","properties":[1])")), "properties");
  EXPECT_EQ(complaint(event(R"(,"name":"x","properties":{"a":")" + std::string(kMaxPropertiesBytes, 'x') + "\"}")),
            "properties");
  EXPECT_EQ(view("{").status, 400);
  EXPECT_TRUE(f.log.records.empty());
}

TEST_F(ServerTest, ASiteThatTheKeyMayNotSendToIsAsNone) {
  const Answer other = view(item("", "https://localhost/")), none = view(item("", "https://nobody.example/"));
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(none.status, 404);
  EXPECT_TRUE(f.log.records.empty());
}

TEST_F(ServerTest, DropsAreAnsweredLikeWhatCounts) {
  EXPECT_EQ(view(item(R"(,"dnt":true)")).status, 202);
  EXPECT_TRUE(f.log.records.empty());
  EXPECT_EQ(f.dropped(Reason::dnt), 1u);
  EXPECT_EQ(view(R"({"url":"https://example.com/","visitor_ip":"::1","user_agent":"Googlebot/2.1"})").status, 202);
  EXPECT_EQ(last().site, store::shadow_of(SiteKey{7})) << "bots are kept apart, as everywhere";
}

TEST_F(ServerTest, WhatIsOlderComesLateAndKeepsItsVisitorWhileTheSaltLives) {
  ASSERT_EQ(view(item(at(kInOrder))).status, 202);
  const store::Hit now = last();
  EXPECT_FALSE(now.late);
  EXPECT_EQ(now.at, f.clock.now() - kInOrder);
  ASSERT_EQ(view(item(at(kInOrder + Millis(1)))).status, 202);
  EXPECT_TRUE(last().late);
  EXPECT_EQ(last().visitor, now.visitor);
  ASSERT_EQ(view(item(at(-kMaxAhead))).status, 202);
  EXPECT_EQ(last().at, f.clock.now()) << "a clock that is a little ahead";
}

TEST_F(ServerTest, LateItemsOfOneBatchShareAKeyPerDateAndNoOtherDoes) {
  const std::string two_days = page(at(hours(48))), three_days = page(at(hours(72)));
  ASSERT_EQ(batch(two_days + "," + two_days + "," + three_days).status, 202);
  ASSERT_EQ(f.log.records.size(), 3u);
  std::vector<store::Hit> hits;
  for (const auto& record : f.log.records) hits.push_back(*store::decode_hit(record.payload, record.version));
  EXPECT_TRUE(hits[0].late);
  EXPECT_EQ(hits[0].visitor, hits[1].visitor);
  EXPECT_NE(hits[0].visitor, hits[2].visitor) << "another date";
  EXPECT_EQ(hits[0].day, hits[2].day + 1);
  ASSERT_EQ(batch(two_days).status, 202);
  EXPECT_NE(last().visitor, hits[0].visitor) << "another request";
}

TEST_F(ServerTest, ABatchHasAResultForEachItem) {
  const Answer answer =
      batch(page() + "," + item(R"(,"type":"event","name":"x")") + "," + page(R"(,"dnt":true)") + "," +
            item(R"(,"type":"click")") + "," + item(R"(,"type":"pageview")", "https://localhost/") + ",7");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(
      answer.body,
      R"({"results":[{"result":"accepted"},{"result":"accepted"},{"result":"dropped","reason":"dnt"},)"
      R"({"result":"refused","field":"type","message":"type must be pageview or event"},)"
      R"({"result":"refused","field":"url","message":"Site not found: this key may send to no site of localhost"},)"
      R"({"result":"refused","message":"must be an object"}]})");
  EXPECT_EQ(f.log.records.size(), 2u);
}

TEST_F(ServerTest, ABatchHasALimit) {
  std::string items = page();
  for (std::size_t i = 1; i < kMaxItems; ++i) items += ',' + page();
  EXPECT_EQ(batch(items).status, 202);
  EXPECT_EQ(f.log.records.size(), kMaxItems);
  EXPECT_LT(items.size(), kMaxBatchBytes);
  EXPECT_EQ(batch(items + ',' + page()).status, 400);
  EXPECT_EQ(f.log.records.size(), kMaxItems) << "none of them";
}

TEST_F(ServerTest, AnIdIsStoredOnce) {
  const std::string first = page(R"(,"id":"a")");
  EXPECT_EQ(batch(first + "," + first).body, R"({"results":[{"result":"accepted"},{"result":"refused","field":"id",)"
                                             R"("message":"an item with this id is being stored just now"}]})");
  EXPECT_EQ(batch(first).body, R"({"results":[{"result":"duplicate"}]})");
  EXPECT_EQ(f.log.records.size(), 1u);
  const auto after_a_kill = *Repeats::open(f.dir.path() / "server-ids", f.clock.now());
  EXPECT_EQ(after_a_kill->claim(item_id(SiteKey{7}, "a"), f.clock.now()), Repeats::Claim::known);
  f.clock.advance(kRepeatsKept);
  EXPECT_EQ(batch(page(R"(,"id":"a")")).body, R"({"results":[{"result":"accepted"}]})");
  EXPECT_EQ(batch(page(R"(,"id":")" + std::string(kMaxItemIdCharacters + 1, 'x') + '"')).body.substr(0, 34),
            R"({"results":[{"result":"refused","f)");
}

TEST_F(ServerTest, ABatchThatTheLogRefusesMayComeAgain) {
  f.log.refuse = Error{.code = Code::unavailable, .message = "full", .field = {}, .retry_after = {}};
  EXPECT_EQ(batch(page(R"(,"id":"a")")).status, 503);
  f.log.refuse.reset();
  EXPECT_EQ(batch(page(R"(,"id":"a")")).body, R"({"results":[{"result":"accepted"}]})");
  workers = false;
  EXPECT_EQ(batch(page(R"(,"id":"b")")).status, 503) << "no worker keeps the id";
}

}  // namespace
}  // namespace hk::ingest

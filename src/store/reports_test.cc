// What pages tell of views that are there already, what they are called, and what was bought.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "store/lane.h"
#include "store/orders.h"
#include "store/testing/said_log.h"
#include "store/testing/scratch.h"
#include "store/testing/traffic.h"

namespace hk::store {
namespace {

using testing::hit_of;

constexpr SiteKey kSite{4};  // its clock is UTC's
constexpr std::int64_t kMidnight = 20'760LL * 86'400'000;
constexpr std::int64_t kMinute = 60'000;

TimeMs noon(std::int64_t minutes, std::int64_t seconds = 0) {
  return from_ms(kMidnight + 12 * 60 * kMinute + minutes * kMinute + seconds * 1000);
}

Hit view(TimeMs at, std::string path = "/", std::uint32_t person = 1) {
  Hit hit = hit_of(static_cast<std::uint32_t>(kSite), person, at);
  hit.path = std::move(path);
  return hit;
}

Hit event(TimeMs at, std::string name, std::string json = {}) {
  Hit hit = view(at);
  hit.kind = HitKind::event;
  hit.event_name = std::move(name);
  hit.event_json = std::move(json);
  return hit;
}

Hit ping(TimeMs at, std::uint32_t seconds, std::uint8_t percent, std::string path = "/") {
  Hit hit = view(at, std::move(path));
  hit.kind = HitKind::ping;
  hit.engaged = seconds;
  hit.scroll = static_cast<std::uint8_t>(percent + 1);
  return hit;
}

Hit vital(TimeMs at, Vital what, std::uint32_t value, std::uint64_t id) {
  Hit hit = view(at);
  hit.kind = HitKind::vital;
  hit.vital = what;
  hit.vital_value = value;
  hit.vital_id = id;
  return hit;
}

struct Reports : ::testing::Test {
  void SetUp() override { open(); }
  void open() {
    lane_.reset();
    auto lane = Lane::open(dir_ / "hitkeep.db", {.memory_limit_bytes = 128u << 20, .threads = 1},
                           LaneIdentity{LaneKey::first_team, TeamId{}}, log_.read());
    ASSERT_TRUE(lane) << lane.error().message;
    lane_ = std::move(*lane);
  }
  /// Each in a batch of its own, so that no batch may matter. Sums what was counted.
  Applied apply(const std::vector<Hit>& hits) {
    Applied sum;
    for (const Hit& hit : hits) {
      Batch batch;
      batch.records.push_back({hit, ++offset_});
      batch.end = offset_;
      log_.say(offset_, hit);
      const auto done = lane_->apply(batch);
      EXPECT_TRUE(done) << done.error().message;
      for (const Applied& site : done ? *done : std::vector<Applied>{}) {
        sum.hits += site.hits;
        sum.events += site.events;
        sum.reports += site.reports;
        sum.without_visit += site.without_visit;
        sum.without_view += site.without_view;
      }
    }
    return sum;
  }
  void seal() {
    SealOrder order;
    for (const auto& [day, rows] : lane_->hot()) order.days.push_back(day);
    const auto done = lane_->seal(order, ++offset_);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::vector<std::string> rows(const std::string& sql) {
    std::vector<std::string> out;
    auto connection = *lane_->database()->connect();
    auto read = connection->query("SELECT concat_ws('|', CAST(COLUMNS(*) AS VARCHAR)) FROM (" + sql + ")");
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    while (read && (*read)->next().value_or(false)) {
      std::string line;
      for (std::size_t c = 0; c < (*read)->columns(); ++c) line += (c == 0 ? "" : "|") + std::string((*read)->text(c));
      out.push_back(line);
    }
    return out;
  }
  using Rows = std::vector<std::string>;

  testing::Scratch dir_;
  testing::SaidLog log_;
  std::unique_ptr<Lane> lane_;
  log::Offset offset_ = 0;
};

TEST_F(Reports, AViewIsLookedAtAsLongAndAsFarAsItsPageTellsAtMost) {
  const Applied done = apply({view(noon(0)), ping(noon(1), 40, 80), ping(noon(2), 90, 20), ping(noon(3), 60, 50)});
  EXPECT_EQ(done.hits, 1u);
  EXPECT_EQ(done.reports, 3u);
  // 1 + floor(8 * log2(91)) and 1 + 80 / 5
  EXPECT_EQ(rows("SELECT engaged, scroll FROM hot_views"), Rows{"53|17"});
  EXPECT_EQ(rows("SELECT pageviews, duration FROM hot_visit_rows"), Rows{"1|180"});
  seal();
  EXPECT_EQ(rows("SELECT engaged, scroll FROM sealed_hits"), Rows{"53|17"});
  EXPECT_EQ(rows("SELECT pageviews, events, duration, engaged, interactive FROM sealed_visits"), Rows{"1|0|180|91|1"});
  EXPECT_EQ(rows("SELECT * FROM hot_pings"), Rows{});
}

TEST_F(Reports, ItIsTheNewestOfTheLastFourViewsThatIsOfThePage) {
  apply({view(noon(0), "/a"), view(noon(1), "/b"), view(noon(2), "/a"), ping(noon(3), 10, 0, "/a")});
  EXPECT_EQ(rows("SELECT epoch_ms(ts) FROM hot_views WHERE engaged > 0"), Rows{std::to_string(to_ms(noon(2)))});
  apply({view(noon(4), "/c"), view(noon(5), "/d")});
  EXPECT_EQ(apply({ping(noon(6), 7, 0, "/b")}).reports, 1u) << "the fourth";
  apply({view(noon(7), "/e")});
  EXPECT_EQ(apply({ping(noon(8), 9, 0, "/b")}).without_view, 1u) << "the fifth";
  EXPECT_EQ(apply({ping(noon(8), 9, 0, "/never")}).without_view, 1u);
  EXPECT_EQ(rows("SELECT text FROM texts WHERE kind = 0 AND text = '/never'"), Rows{}) << "it makes no text";
}

TEST_F(Reports, NeverOpenAVisitOrAVisitor) {
  const Applied done = apply({ping(noon(0), 10, 10), vital(noon(0), Vital::lcp, 1'200, 1)});
  EXPECT_EQ(done.without_visit, 2u);
  EXPECT_EQ(done.reports + done.hits, 0u);
  apply({view(noon(1))});
  EXPECT_EQ(apply({ping(noon(31), 10, 10)}).without_visit, 1u) << "30 minutes of silence have ended the visit";
  EXPECT_EQ(rows("SELECT count(*) FROM hot_visitors"), Rows{"1"});
  EXPECT_EQ(rows("SELECT count(*) FROM hot_visits"), Rows{"1"});
}

TEST_F(Reports, WhoReadsStaysAlsoBehindARestartAndWhatWasMeasuredKeepsNobody) {
  apply({view(noon(0)), ping(noon(20), 1'200, 90)});
  open();
  apply({view(noon(45), "/next")});
  EXPECT_EQ(rows("SELECT count(*) FROM hot_visits"), Rows{"1"}) << "25 minutes after the last sign of life";
  apply({vital(noon(60), Vital::inp, 40, 1), view(noon(75), "/later")});
  EXPECT_EQ(rows("SELECT count(*) FROM hot_visits"), Rows{"2"});
  seal();
  EXPECT_EQ(rows("SELECT pageviews, duration, engaged FROM sealed_visits ORDER BY start"),
            (Rows{"2|2700|1201", "1|0|0"}));
}

TEST_F(Reports, AVisitOverMidnightHasAllThatWasToldOfIt) {
  const auto night = [](std::int64_t minutes) { return from_ms(kMidnight + 86'400'000 + minutes * kMinute); };
  Hit late = ping(night(5), 600, 70);
  late.visitor = late.visitor_before = view(night(-10)).visitor;
  apply({view(night(-10)), late});
  seal();
  EXPECT_EQ(rows("SELECT pageviews, duration, engaged FROM sealed_visits"), Rows{"1|900|601"});
  Hit later = ping(night(20), 1'500, 70);
  later.visitor = later.visitor_before = late.visitor;
  EXPECT_EQ(apply({later}).without_visit, 1u) << "of a visit whose day is sealed nothing more is told";
  EXPECT_EQ(rows("SELECT * FROM hot_pings"), Rows{});
}

TEST_F(Reports, AVisitThatHasEndedIsWrittenWithItsEngagement) {
  Hit quiet = event(noon(1), "shown");
  quiet.interactive = false;
  apply({view(noon(0)), ping(noon(0, 30), 25, 50), quiet, view(noon(40), "/", 2)});
  EXPECT_EQ(rows("SELECT pageviews, events, engaged, interactive FROM hot_closed"), Rows{"1|1|26|1"});
  apply({event(noon(41), "click")});
  seal();
  EXPECT_EQ(rows("SELECT interactive FROM sealed_visits ORDER BY start, visit"), (Rows{"1", "1", "2"}));
}

TEST_F(Reports, AVitalThatIsToldAgainIsOneTheLast) {
  apply({view(noon(0)), vital(noon(1), Vital::cls, 20, 7), vital(noon(2), Vital::cls, 50, 7),
         vital(noon(2), Vital::lcp, 2'400, 7), vital(noon(3), Vital::cls, 5, 0), vital(noon(3), Vital::cls, 5, 0)});
  seal();
  EXPECT_EQ(rows("SELECT metric, value FROM vitals ORDER BY ALL"), (Rows{"0|2400", "2|5", "2|5", "2|50"}));
  EXPECT_EQ(rows("SELECT * FROM hot_vitals"), Rows{});
  EXPECT_EQ(rows("SELECT duration FROM sealed_visits"), Rows{"0"});
}

TEST_F(Reports, AnEventOfNobodyCountsAndIsOfNoVisit) {
  const auto opened = [](TimeMs at, std::string json) {
    Hit hit = event(at, "pixel opened", std::move(json));
    hit.visitor = 0;
    hit.interactive = false;
    return hit;
  };
  EXPECT_EQ(apply({opened(noon(0), R"({"mail":"a"})"), view(noon(1))}).events, 1u);
  open();
  seal();
  apply({opened(noon(24 * 60), R"({"mail":"b"})")});
  seal();
  EXPECT_EQ(rows("SELECT visit, vd, n FROM sealed_events ORDER BY ts"), (Rows{"0|0|1", "0|0|2"}));
  EXPECT_EQ(rows("SELECT count(*), max(events) FROM sealed_visits"), Rows{"1|0"});
  EXPECT_EQ(rows("SELECT count(*) FROM event_texts p JOIN sealed_events e USING (site, visit, n)"), Rows{"2"})
      << "each has its own properties";
}

TEST_F(Reports, APageHasTheTitleThatItSaysOncePerDay) {
  const auto called = [](TimeMs at, std::string title, std::string path = "/") {
    Hit hit = view(at, std::move(path));
    hit.title = std::move(title);
    return hit;
  };
  apply({called(noon(0), "Home"), called(noon(1), "Home"), called(noon(2), "(1) Home"), called(noon(3), "A", "/a")});
  open();
  apply({called(noon(4), "(2) Home"), called(noon(24 * 60), "Start"), called(noon(24 * 60 + 1), "Home")});
  EXPECT_EQ(rows("SELECT p.text, t.text FROM titles JOIN texts p ON p.kind = 0 AND p.id = page JOIN texts t ON "
                 "t.kind = 21 AND t.id = title ORDER BY since"),
            (Rows{"/|Home", "/a|A", "/|Start"}));
  EXPECT_EQ(rows("SELECT count(*) FROM texts WHERE kind = 21"), Rows{"3"}) << "what is not kept is no text";
}

TEST_F(Reports, WhatAPageTellsOfItselfIsAPropertyOfNoEvent) {
  Hit hit = view(noon(0));
  hit.event_json = R"({"author":"Ada","words":900})";
  apply({hit, event(noon(1), "read", R"({"author":"Bob"})")});
  seal();
  EXPECT_EQ(
      rows("SELECT t.name, v.text FROM event_texts t JOIN texts v ON v.kind = 20 AND v.id = t.value ORDER BY ALL"),
      (Rows{"0|Ada", "1|Bob"}));
  EXPECT_EQ(rows("SELECT number FROM event_numbers WHERE name = 0"), Rows{"900000"});
}

TEST_F(Reports, TheLinesOfAnOrderAreRows) {
  apply({view(noon(0)), event(noon(1), "purchase",
                              R"({"value":24,"currency":"EUR","items":[)"
                              R"({"item_name":"Owl","item_category":"Birds","price":9.5,"quantity":2},)"
                              R"({"product_id":"p7","amount":5}]})")});
  seal();
  const std::string names =
      "(SELECT text FROM texts WHERE kind = 22 AND id = o.item), (SELECT text FROM texts WHERE kind = 22 AND id = "
      "o.category), (SELECT text FROM texts WHERE kind = 22 AND id = o.currency)";
  EXPECT_EQ(rows("SELECT quantity, amount, " + names + " FROM order_items o ORDER BY amount"),
            (Rows{"1|5000|p7||EUR", "2|19000|Owl|Birds|EUR"}));
  EXPECT_EQ(rows("SELECT DISTINCT text FROM texts WHERE kind = 19 ORDER BY ALL"), (Rows{"currency", "value"}));
  EXPECT_EQ(rows("SELECT * FROM hot_order_items"), Rows{});
}

TEST(Orders, HaveTheOriginalsNames) {
  const OrderItem owl{.item = "Owl", .currency = "EUR", .quantity = 1, .amount = 9'500};
  EXPECT_EQ(items_of("purchase", R"({"item_name":"Owl","value":9.5,"currency":"EUR"})"), std::vector{owl});
  EXPECT_EQ(items_of("order_completed", R"({"product_name":"Owl","price":9.5,"currency":" EUR "})"), std::vector{owl});
  EXPECT_EQ(items_of("add_to_cart", R"({"item_name":"Owl"})").size(), 0u);
  EXPECT_EQ(items_of("purchase", R"({"value":9.5})").size(), 0u) << "neither id nor name";
  EXPECT_EQ(items_of("purchase", R"({"items":[{"item_id":3,"price":"9.5"},1,null,{}]})"),
            (std::vector<OrderItem>{{.item = "3"}}))
      << "texts are no numbers";
  EXPECT_EQ(items_of("purchase", "[1]").size(), 0u);
  EXPECT_EQ(items_of("purchase", "{").size(), 0u);
}

TEST(Orders, HaveLimits) {
  std::string lines;
  for (std::size_t i = 0; i <= kMaxOrderItems; ++i) lines += std::string(i == 0 ? "" : ",") + R"({"item_id":"x"})";
  EXPECT_EQ(items_of("purchase", R"({"items":[)" + lines + "]}").size(), kMaxOrderItems);
  const auto one = [](const std::string& fields) {
    return items_of("purchase", R"({"items":[{"item_name":"x",)" + fields + "}]}").front();
  };
  EXPECT_EQ(one(R"("quantity":5000000)").quantity, kMaxQuantity);
  EXPECT_EQ(one(R"("quantity":-2)").quantity, 1u);
  EXPECT_EQ(one(R"("price":999999999999.999,"quantity":1000000)").amount, 999'999'999'999'999) << "no overflow";
  EXPECT_EQ(items_of("purchase", R"({"item_name":")" + std::string(kMaxItemBytes + 1, 'x') + "\"}").front().item.size(),
            kMaxItemBytes);
}

}  // namespace
}  // namespace hk::store

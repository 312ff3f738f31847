#include "live/broker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hk::live {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::int64_t kBoot = 1'774'000'000'000;  // 2026-03-20T09:46:40Z

/// Keeps what it is sent; `room` frames fit, then it is too slow.
struct Sink final : http::EventSink {
  std::vector<std::string> frames;
  std::size_t room = 1'000'000;
  bool closed = false;

  bool send(std::string frame) override {
    if (closed || frames.size() >= room) return false;
    frames.push_back(std::move(frame));
    return true;
  }
  void close() override { closed = true; }
};

const Broker::May everybody = [](const access::Principal&, const SiteId&) { return true; };

struct BrokerTest : testing::Test {
  ManualClock clock{from_ms(kBoot)};
  Broker broker{clock};
  SiteId one{*Uuid::parse("11111111-1111-4111-8111-111111111111")};
  SiteId two{*Uuid::parse("22222222-2222-4222-8222-222222222222")};

  static store::Applied change(std::uint32_t hits, std::uint32_t events) {
    return {.site = {}, .hits = hits, .events = events, .earliest = from_ms(kBoot - 5'000)};
  }
  std::shared_ptr<Sink> open(const SiteId& site, std::string_view last = "",
                             access::Principal who = access::System{"test"}) {
    auto sink = std::make_shared<Sink>();
    broker.subscribe(site, last, std::move(who), sink);
    return sink;
  }
};

TEST_F(BrokerTest, SendsThePreludeAndThenEachChange) {
  const auto sink = open(one);
  broker.publish(one, change(3, 1));
  EXPECT_THAT(sink->frames,
              ElementsAre(": connected\nretry: 3000\n\n",
                          "id: 1774000000000\nevent: analytics.changed\n"
                          "data: {\"site_id\":\"11111111-1111-4111-8111-111111111111\",\"kinds\":[\"hits\",\"events\"],"
                          "\"changed_at\":\"2026-03-20T09:46:40.000Z\",\"bucket_start\":\"2026-03-20T09:46:00.000Z\","
                          "\"counts\":{\"hits\":3,\"events\":1}}\n\n"));
}

TEST_F(BrokerTest, EndsTheStreamsThatMayNotSeeTheSiteAnyMore) {
  const access::Principal ada = access::System{"ada"}, bob = access::System{"bob"};
  const auto stays = open(one, "", ada), leaves = open(one, "", bob), elsewhere = open(two, "", bob);
  broker.review([&](const access::Principal& who, const SiteId& site) { return who == ada || site == two; });
  EXPECT_TRUE(leaves->closed);
  EXPECT_FALSE(stays->closed || elsewhere->closed);
  EXPECT_EQ(broker.subscribers(), 2u);
  broker.publish(one, change(1, 0));
  EXPECT_EQ(leaves->frames.size(), 1u);
  EXPECT_EQ(stays->frames.size(), 2u);
}

TEST_F(BrokerTest, NamesOnlyTheKindsThatChanged) {
  const auto sink = open(one);
  broker.publish(one, change(0, 2));
  broker.publish(one, change(0, 0));
  ASSERT_EQ(sink->frames.size(), 2u);
  EXPECT_THAT(sink->frames[1], HasSubstr("\"kinds\":[\"events\"]"));
  EXPECT_THAT(sink->frames[1], HasSubstr("\"counts\":{\"events\":2}"));
}

TEST_F(BrokerTest, ASiteHearsNothingOfAnother) {
  const auto sink = open(two);
  broker.publish(one, change(1, 0));
  EXPECT_EQ(sink->frames.size(), 1u);
}

TEST_F(BrokerTest, ReplaysWhatAStreamMissed) {
  broker.publish(one, change(1, 0));  // kBoot
  broker.publish(two, change(7, 0));  // kBoot + 1
  broker.publish(one, change(2, 0));  // kBoot + 2
  broker.publish(one, change(3, 0));  // kBoot + 3
  const auto sink = open(one, std::to_string(kBoot));
  ASSERT_EQ(sink->frames.size(), 1u);
  EXPECT_THAT(sink->frames[0], Not(HasSubstr("\"hits\":1}")));
  EXPECT_THAT(sink->frames[0], HasSubstr("\"hits\":2}"));
  EXPECT_THAT(sink->frames[0], HasSubstr("\"hits\":3}"));
  EXPECT_THAT(sink->frames[0], Not(HasSubstr("\"hits\":7}")));
  EXPECT_THAT(sink->frames[0], Not(HasSubstr("resync")));
}

TEST_F(BrokerTest, NothingMissedMeansNothingReplayed) {
  broker.publish(one, change(1, 0));
  EXPECT_THAT(open(one, std::to_string(kBoot))->frames, ElementsAre(": connected\nretry: 3000\n\n"));
  EXPECT_THAT(open(two, std::to_string(kBoot))->frames, ElementsAre(": connected\nretry: 3000\n\n"));
}

TEST_F(BrokerTest, ResyncsAnIdOfAnotherBoot) {
  const auto before = open(one, std::to_string(kBoot - 2));
  EXPECT_THAT(before->frames[0], HasSubstr("event: analytics.resync"));
  EXPECT_THAT(before->frames[0], HasSubstr("id: " + std::to_string(kBoot - 1) + "\n"));
  EXPECT_THAT(before->frames[0], HasSubstr("\"counts\":{}"));
  EXPECT_THAT(open(one, std::to_string(kBoot + 1))->frames[0], HasSubstr("analytics.resync"));  // clock set back
  EXPECT_THAT(open(one, "nonsense")->frames[0], HasSubstr("analytics.resync"));
  EXPECT_THAT(open(one, "-1")->frames[0], HasSubstr("analytics.resync"));
  EXPECT_THAT(open(one, "99999999999999999999999")->frames[0], HasSubstr("analytics.resync"));
}

TEST_F(BrokerTest, AResyncIsNotRepeated) {
  broker.publish(two, change(1, 0));
  ASSERT_THAT(open(one, "5")->frames[0], HasSubstr("id: " + std::to_string(kBoot) + "\nevent: analytics.resync"));
  EXPECT_THAT(open(one, std::to_string(kBoot))->frames, ElementsAre(": connected\nretry: 3000\n\n"));
}

TEST_F(BrokerTest, HistoryIsBoundedAndWhatLiesBeforeItResyncs) {
  for (std::size_t i = 0; i <= kHistory; ++i) broker.publish(one, change(1, 0));       // the first is forgotten
  EXPECT_THAT(open(one, std::to_string(kBoot))->frames[0], Not(HasSubstr("resync")));  // it saw the forgotten one
  EXPECT_THAT(open(one, std::to_string(kBoot - 1))->frames[0], HasSubstr("resync"));
}

TEST_F(BrokerTest, ForgetsSlowAndGoneStreams) {
  const auto slow = open(one);
  slow->room = 2;
  const auto quick = open(one);
  for (int i = 0; i < 3; ++i) broker.publish(one, change(1, 0));
  EXPECT_EQ(slow->frames.size(), 2u);
  EXPECT_EQ(quick->frames.size(), 4u);
  EXPECT_EQ(broker.subscribers(), 1u);
  quick->closed = true;
  broker.heartbeat(everybody);
  EXPECT_EQ(broker.subscribers(), 0u);
}

TEST_F(BrokerTest, AStreamThatIsGoneAtOnceIsNotCounted) {
  auto gone = std::make_shared<Sink>();
  gone->room = 0;
  broker.subscribe(one, "", {}, gone);
  EXPECT_EQ(broker.subscribers(), 0u);
}

TEST_F(BrokerTest, HeartbeatReachesEverySite) {
  const auto a = open(one);
  const auto b = open(two);
  broker.heartbeat(everybody);
  EXPECT_EQ(a->frames.back(), ": heartbeat\n\n");
  EXPECT_EQ(b->frames.back(), ": heartbeat\n\n");
}

/// No change tells that a session's time is over.
TEST_F(BrokerTest, HeartbeatEndsTheStreamsOfSessionsThatAreOver) {
  const access::Principal ada = access::System{"ada"}, bob = access::System{"bob"};
  const auto stays = open(one, "", ada), leaves = open(one, "", bob);
  broker.heartbeat([&](const access::Principal& who, const SiteId&) { return who == ada; });
  EXPECT_TRUE(leaves->closed);
  EXPECT_EQ(leaves->frames.size(), 1u);
  EXPECT_EQ(stays->frames.back(), ": heartbeat\n\n");
}

TEST_F(BrokerTest, SubscribersAreBounded) {
  for (std::size_t i = 0; i < kMaxSubscribers; ++i) open(one);
  const auto refused = open(two);
  EXPECT_TRUE(refused->closed);
  EXPECT_THAT(refused->frames, IsEmpty());
  EXPECT_EQ(broker.subscribers(), kMaxSubscribers);
}

TEST_F(BrokerTest, CloseAllEndsStreamsAndRefusesNewOnes) {
  const auto sink = open(one);
  broker.close_all();
  EXPECT_TRUE(sink->closed);
  EXPECT_EQ(broker.subscribers(), 0u);
  EXPECT_TRUE(open(one)->closed);
  broker.publish(one, change(1, 0));
  EXPECT_EQ(sink->frames.size(), 1u);
}

}  // namespace
}  // namespace hk::live

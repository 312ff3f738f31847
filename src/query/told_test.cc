#include "query/told.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "query/dates.h"
#include "query/engine.h"
#include "query/testing/lane.h"
#include "query/testing/single.h"

namespace hk::query {
namespace {

using testing::OneLane;
using testing::TestLane;

constexpr SiteKey kSite{7};

class Told : public ::testing::Test {
 protected:
  static store::Hit event(const char* at, std::uint64_t person, const char* name, const char* json) {
    store::Hit h;
    h.kind = store::HitKind::event;
    h.site = kSite;
    h.at = *parse_instant(at);
    h.day = static_cast<Day>(to_ms(h.at) / 86'400'000);
    h.visitor = person * 1'000 + static_cast<std::uint64_t>(h.day);
    h.path = "/";
    h.event_name = name;
    h.event_json = json;
    return h;
  }
  /// "[pro] 3 2; …": events and visitors by the property `plan`.
  std::string plans(const std::vector<std::string>& names, const Range& range) {
    const auto site = testing::site_in(testing::zone("UTC"));
    const auto question = testing::Single{.metrics = {Metric::events, Metric::visitors},
                                          .dimensions = {{Dimension::property, "plan"}},
                                          .filters = {{.dimension = Dimension::event_name, .values = names}},
                                          .range = range}
                              .question();
    const auto answer = engine_.ask(site, question);
    if (!answer) return answer.error().message;
    std::string out;
    for (const Row& row : std::get<QueryResult>(answer->results.front().second).rows) {
      out += out.empty() ? "[" : "; [";
      out += row.dimensions.front() + "]";
      for (const auto& metric : row.metrics) out += " " + std::to_string(static_cast<int>(metric.value_or(-1)));
    }
    return out;
  }
  void forget_bits() {
    for (const char* table : {"event_texts", "event_numbers"}) {
      const auto done = lane_.connect()->exec(std::string("UPDATE ") + table + " SET bits = 0");
      ASSERT_TRUE(done) << done.error().message;
    }
  }

  static constexpr DayRange kTwoDays{20'760, 20'761};  // 2026-11-03
  TestLane lane_;
  OneLane lanes_{lane_};
  ManualClock clock_{*parse_instant("2026-11-23T12:00:00Z")};
  metrics::Registry metrics_;
  Engine engine_{clock_, lanes_, metrics_, std::chrono::minutes(10), Sharing{.most = 1}, 0};  // keeps nothing
};

TEST_F(Told, APropertyOfAllEventsIsCountedByItsRowsAndBits) {
  lane_.apply({event("2026-11-03T10:00:00Z", 1, "buy", R"({"plan":"pro"})"),
               event("2026-11-03T10:01:00Z", 1, "buy", R"({"plan":"pro"})"),
               event("2026-11-03T10:02:00Z", 1, "buy", R"({"plan":7.5})"),
               event("2026-11-03T11:00:00Z", 2, "buy", R"({"plan":"pro"})"),
               event("2026-11-04T11:00:00Z", 2, "buy", R"({"plan":"free"})"),
               event("2026-11-03T11:00:00Z", 2, "look", R"({"plan":"pro"})")});
  lane_.seal(kSite, 20'761);
  EXPECT_EQ(plans({"buy"}, kTwoDays), "[pro] 3 2; [7.5] 1 1; [free] 1 1");
  EXPECT_EQ(plans({"buy", "look"}, kTwoDays), "[pro] 4 2; [7.5] 1 1; [free] 1 1");
  forget_bits();
  EXPECT_EQ(plans({"buy"}, kTwoDays), "[pro] 3 0; [7.5] 1 0; [free] 1 0") << "bits were read";
  EXPECT_EQ(plans({"buy", "look"}, kTwoDays), "[pro] 4 2; [7.5] 1 1; [free] 1 1") << "a bit is about one name";
  const InstantRange morning{*parse_instant("2026-11-03T00:00:00Z"), *parse_instant("2026-11-03T10:30:00Z")};
  EXPECT_EQ(plans({"buy"}, morning), "[pro] 2 1; [7.5] 1 1") << "and about whole days";
}

TEST_F(Told, WhereOneEventLacksItAllEventsAreRead) {
  lane_.apply({event("2026-11-03T10:00:00Z", 1, "buy", R"({"plan":"pro"})"),
               event("2026-11-03T10:01:00Z", 1, "buy", R"({"seats":2})"), event("2026-11-03T11:00:00Z", 2, "buy", "")});
  lane_.seal(kSite, 20'761);
  forget_bits();
  EXPECT_EQ(plans({"buy"}, kTwoDays), "[] 2 2; [pro] 1 1");
  EXPECT_EQ(plans({"unheard of"}, kTwoDays), "");
}

}  // namespace
}  // namespace hk::query

#include "query/told.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "query/dates.h"
#include "query/engine.h"
#include "query/testing/lane.h"
#include "query/testing/single.h"
#include "store/properties.h"

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
  std::string plans(const std::vector<std::string>& names, const Range& range,
                    std::vector<Metric> metrics = {Metric::events, Metric::visitors}) {
    const auto site = testing::site_in(testing::zone("UTC"));
    const auto question = testing::Single{.metrics = std::move(metrics),
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
  static InstantRange between(const char* from, const char* to) { return {*parse_instant(from), *parse_instant(to)}; }
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
  lane_.rewrite(month_of(kTwoDays.first));
  EXPECT_EQ(plans({"buy"}, kTwoDays), "[pro] 3 2; [7.5] 1 1; [free] 1 1");
  EXPECT_EQ(plans({"buy", "look"}, kTwoDays), "[pro] 4 2; [7.5] 1 1; [free] 1 1");
  forget_bits();
  EXPECT_EQ(plans({"buy"}, kTwoDays), "[pro] 3 0; [7.5] 1 0; [free] 1 0") << "bits were read";
  EXPECT_EQ(plans({"buy", "look"}, kTwoDays), "[pro] 4 2; [7.5] 1 1; [free] 1 1") << "a bit is about one name";
  EXPECT_EQ(plans({"buy"}, between("2026-11-03T00:00:00Z", "2026-11-03T10:30:00Z")), "[pro] 2 1; [7.5] 1 1")
      << "and about whole days";
  EXPECT_EQ(plans({"buy"}, between("2026-11-03T10:01:00Z", "2026-11-03T10:02:00Z")), "[pro] 1 1")
      << "a property says its quarter of an hour, its event the rest";
  EXPECT_EQ(plans({"buy"}, between("2026-11-03T10:02:00Z", "2026-11-05T00:00:00Z")), "[7.5] 1 1; [free] 1 0; [pro] 1 1")
      << "the whole days of a range have bits";
}

TEST_F(Told, EventsAloneNeedNoWholeDay) {
  lane_.apply({event("2026-11-03T10:00:00Z", 1, "buy", R"({"plan":"pro"})"),
               event("2026-11-03T10:14:59.999Z", 1, "buy", R"({"plan":"pro"})"),
               event("2026-11-03T10:15:00Z", 2, "buy", R"({"plan":"free"})")});
  lane_.seal(kSite, 20'761);
  const auto events = [&](const Range& range) { return plans({"buy"}, range, {Metric::events}); };
  EXPECT_EQ(events(between("2026-11-03T10:00:00Z", "2026-11-03T10:15:00Z")), "[pro] 2");
  EXPECT_EQ(events(between("2026-11-03T10:00:00Z", "2026-11-03T10:15:00.001Z")), "[pro] 2; [free] 1");
  EXPECT_EQ(events(between("2026-11-03T10:00:00.001Z", "2026-11-03T10:15:00Z")), "[pro] 1");
  EXPECT_EQ(events(between("2026-11-03T10:00:00.001Z", "2026-11-03T10:15:00.001Z")), "[free] 1; [pro] 1")
      << "as many as the quarter has";
}

TEST_F(Told, EachOfAVisitsManyEventsHasItsOwn) {
  std::vector<store::Hit> hits(65'534, event("2026-11-03T10:00:00Z", 1, "look", ""));
  for (const char* plan : {R"({"plan":"pro"})", R"({"plan":"free"})", R"({"plan":"pro","a":1})"})
    hits.push_back(event("2026-11-03T10:01:00Z", 1, "buy", plan));
  lane_.apply(hits);
  const InstantRange minute = between("2026-11-03T10:01:00Z", "2026-11-03T10:02:00Z");
  for (const bool sealed : {false, true}) {
    if (sealed) lane_.seal(kSite, 20'761);
    EXPECT_EQ(plans({"buy"}, kTwoDays), "[pro] 2 1; [free] 1 1") << sealed;
    EXPECT_EQ(plans({"buy"}, minute), "[pro] 2 1; [free] 1 1") << sealed;
    EXPECT_EQ(plans({"buy", "look"}, kTwoDays), "[] 65534 1; [pro] 2 1; [free] 1 1") << sealed;
  }
}

/// The same by counting.
std::string counted(const std::vector<store::Hit>& told, bool looks, bool visitors, const InstantRange& range) {
  std::map<std::string, std::pair<int, std::set<std::uint64_t>>> plans;
  for (const store::Hit& hit : told) {
    if (hit.at < range.from || hit.at >= range.to || (hit.event_name == "look" && !looks)) continue;
    auto& [events, people] = plans[std::string(store::properties_of(hit.event_json).front().text)];
    ++events;
    people.insert(hit.visitor);
  }
  std::vector<std::pair<int, std::string>> rows;
  for (const auto& [plan, sums] : plans) {
    const auto& [events, people] = sums;
    rows.emplace_back(-events, "[" + (plan.empty() ? "7.5" : plan) + "] " + std::to_string(events) +
                                   (visitors ? " " + std::to_string(people.size()) : ""));
  }
  std::ranges::sort(rows);
  std::string out;
  for (const auto& [order, row] : rows) out += (out.empty() ? "" : "; ") + row;
  return out;
}

TEST_F(Told, IsWhatOneCountsOnRandomRanges) {
  const TimeMs begin = *parse_instant("2026-11-03T00:00:00Z");
  constexpr int kDays = 4;
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  std::vector<store::Hit> told;
  for (int i = 0; i < 400; ++i) {
    const TimeMs at = begin + Millis(below(kDays * 24 * 60) * 60'000 + below(2));
    const char* json = std::array{R"({"plan":"pro"})", R"({"plan":7.5})", R"({"plan":"free"})"}.at(below(3));
    told.push_back(event(rfc3339(at).c_str(), below(9), below(3) == 0 ? "look" : "buy", json));
  }
  std::ranges::sort(told, {}, &store::Hit::at);
  lane_.apply(told);
  for (Day day = kTwoDays.first; day < kTwoDays.first + kDays - 1; ++day) lane_.seal(kSite, day);
  for (int i = 0; i < 150; ++i) {
    const int step = std::array{1, 15, 24 * 60}.at(below(3));
    const auto instant = [&] { return begin + std::chrono::minutes(below(kDays * 24 * 60 / step + 1) * step); };
    const auto [from, to] = std::minmax({instant(), instant()});
    if (from == to) continue;
    const bool looks = below(3) == 0;
    const bool visitors = below(2) == 0;
    const auto names = looks ? std::vector<std::string>{"buy", "look"} : std::vector<std::string>{"buy"};
    const auto metrics = visitors ? std::vector{Metric::events, Metric::visitors} : std::vector{Metric::events};
    const InstantRange range{from, to};
    EXPECT_EQ(plans(names, range, metrics), counted(told, looks, visitors, range)) << rfc3339(from) << rfc3339(to);
  }
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

#pragma once
// A lane file that tests fill with hits and seal by the day, and zones to go with it.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/zones.h"
#include "query/dates.h"
#include "query/testing/failing.h"
#include "site/directory.h"
#include "store/lane.h"
#include "store/store.h"
#include "store/testing/scratch.h"

namespace hk::query::testing {

class TestLane {
 public:
  explicit TestLane(std::uint64_t memory_bytes = 256u << 20) {
    const store::LaneIdentity identity{LaneKey::first_team,
                                       TeamId::parse("0190f3a4-7c1e-7000-8000-000000000001").value_or(TeamId{})};
    auto lane = store::Lane::open(dir_ / "hitkeep.db", {.memory_limit_bytes = memory_bytes, .threads = 1}, identity);
    if (!lane) throw std::runtime_error(lane.error().message);
    lane_ = std::move(*lane);
  }

  void apply(const std::vector<store::Hit>& hits) {
    if (hits.empty()) return;
    store::Batch batch;
    for (const store::Hit& hit : hits) batch.records.push_back({hit, ++offset_});
    batch.end = offset_;
    const auto done = lane_->apply(batch);
    ASSERT_TRUE(done) << done.error().message;
  }
  /// Seals all hot days of the site up to `last`.
  void seal(SiteKey site, Day last) {
    store::SealOrder order;
    for (const auto& [day, rows] : lane_->hot()) {
      if (day.site == site && day.day <= last) order.days.push_back(day);
    }
    if (order.days.empty()) return;
    const auto done = lane_->seal(order, ++offset_);
    ASSERT_TRUE(done) << done.error().message;
  }
  /// Sorts a month, as the maintenance does when it is over.
  void rewrite(Day month) {
    auto done = lane_->rewrite({.month = month}, ++offset_);
    if (done) done = lane_->checkpoint();
    ASSERT_TRUE(done) << done.error().message;
  }
  Result<std::unique_ptr<db::DuckConnection>> try_connect() { return lane_->database()->connect(); }
  std::unique_ptr<db::DuckConnection> connect() { return try_connect().value(); }

 private:
  store::testing::Scratch dir_;
  std::unique_ptr<store::Lane> lane_;
  log::Offset offset_ = 0;
};

/// The lane as the store lends it.
class OneLane final : public store::Lanes {
 public:
  explicit OneLane(TestLane& lane) : lane_(lane) {}
  Result<store::ReadLease> read(LaneKey) override {
    ++lent;
    if (stopped) return fail(Code::unavailable, "This team's data cannot be read now");
    if (refusals > 0) return --refusals, std::unexpected(kOutOfMemory);
    auto made = kept ? std::move(kept) : lane_.try_connect();
    if (!made) return std::unexpected(made.error());
    auto connection = std::move(*made);
    connection = std::make_unique<CountingConnection>(std::move(connection), statements);
    if (before_chunk) connection = std::make_unique<WatchedConnection>(std::move(connection), before_chunk);
    if (words) connection = std::make_unique<FailingConnection>(std::move(connection), *words, failures);
    return store::ReadLease(std::move(connection), [this](auto back) {
      if (keep) kept = std::move(back);
    });
  }
  bool behind(LaneKey) const override { return is_behind; }
  void saw_damage(LaneKey, const Error&) override { ++damage; }

  std::atomic<int> lent = 0;        // connections so far
  std::atomic<int> statements = 0;  // queries on them
  BeforeChunk before_chunk;         // of streams; set before anybody reads
  bool stopped = false;
  bool is_behind = false;
  int damage = 0;              // how often it was told of damage
  std::optional<Error> words;  // with which so many of the next queries fail
  int failures = 0;
  int refusals = 0;   // so many of the next connections find no memory
  bool keep = false;  // lends one connection again and again, on one thread
  std::unique_ptr<db::DuckConnection> kept;

 private:
  TestLane& lane_;
};

inline std::shared_ptr<const db::Zone> zone(std::string_view name) {
  // Never destroyed: DuckDB must not end after what it stands on.
  static auto& zones =
      *new db::Zones(std::move(*db::DuckDatabase::memory({.memory_limit_bytes = 128u << 20, .threads = 1})));
  auto found = zones.find(name);
  if (!found) throw std::runtime_error(found.error().message);
  return *found;
}

inline site::Site site_in(std::shared_ptr<const db::Zone> zone, SiteKey key = SiteKey{7}) {
  site::Site site;
  site.key = key;
  site.id = SiteId::parse("0190f3a4-7c1e-7000-8000-000000000007").value_or(SiteId{});
  site.lane = LaneKey::first_team;
  site.domain = "example.com";
  site.zone = std::move(zone);
  return site;
}

/// Somebody's view of a page of that site.
inline store::Hit view(const db::Zone& zone, std::string_view at, std::uint64_t person, std::string path) {
  store::Hit hit;
  hit.site = SiteKey{7};
  hit.at = *parse_instant(at);
  hit.day = zone.day_of(hit.at);
  hit.visitor = person * 1'000 + static_cast<std::uint64_t>(hit.day);
  hit.path = std::move(path);
  return hit;
}

}  // namespace hk::query::testing

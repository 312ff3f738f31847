#pragma once
// A log and a store on one directory, and what a test does with them.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "control/change.h"
#include "log/engine.h"
#include "store/fence.h"
#include "store/store.h"
#include "store/testing/scratch.h"
#include "store/testing/traffic.h"

namespace hk::store::testing {

inline const TeamId kTeam = *TeamId::parse("0190f3a4-7c1e-7000-8000-000000000001");
inline const TeamId kOther = *TeamId::parse("0190f3a4-7c1e-7000-8000-000000000002");
inline constexpr LaneKey kOtherLane{2};
inline constexpr std::int64_t kNoon = 20'760LL * 86'400'000 + 43'200'000;  // 2026-11-03

/// A log and a store on one directory.
struct World {
  explicit World(const std::filesystem::path& d, log::FileSystem* log_files = nullptr) : dir(d), files(log_files) {
    open_log();
  }
  /// One that takes the log for small, whose segments are.
  World(const std::filesystem::path& d, std::uint64_t bound, std::uint64_t segment)
      : dir(d), files(nullptr), log_bound(bound), segment_bytes(segment) {
    open_log();
  }
  ~World() { stop(); }

  void open_log() {
    log::Recovery recovery;
    auto opened =
        log::open_on(files ? *files : log::posix_files(),
                     {.directory = dir / "log", .segment_bytes = segment_bytes, .max_pending_bytes = 8u << 20}, clock,
                     registry, recovery);
    ASSERT_TRUE(opened) << opened.error().message;
    log = std::move(*opened);
  }
  Result<void> open_store() {
    auto opened = Store::open({.first_file = dir / "hitkeep.db",
                               .tenants = dir / "tenants",
                               .memory_limit_bytes = memory,
                               .threads = 1,
                               .lane_retry = lane_retry,
                               .rest_after = rest_after,
                               .asleep_bytes = asleep_bytes,
                               .heal_copies = heal_copies,
                               .log_bound = log_bound,
                               .disk_reserve = disk_reserve,
                               .drain = drain,
                               .before_order = before_order,
                               .reached = reached,
                               .lanes = lanes,
                               .removed = removed},
                              *log, clock, registry);
    if (!opened) return std::unexpected(opened.error());
    store = std::move(*opened);
    return {};
  }
  void start() {
    const auto opened = open_store();
    ASSERT_TRUE(opened) << opened.error().message;
    store->start([this](const std::vector<Applied>& changed) {
      const std::scoped_lock lock(mutex);
      for (const Applied& site : changed) applied_records += site.hits + site.events;
      seen.insert(seen.end(), changed.begin(), changed.end());
      applied.notify_all();
    });
  }
  /// Returns when so many hits and events were applied since the start.
  void await(std::uint64_t records) {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(applied.wait_for(lock, std::chrono::seconds(60), [&] { return applied_records >= records; }));
  }
  void stop() {
    if (log) log->close();
    if (store) EXPECT_TRUE(store->stop());
    store.reset();
    log.reset();
  }
  static void eventually(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(Millis{5});
    }
  }
  void append(const log::Record& record) {
    std::mutex m;
    std::condition_variable cv;
    bool done = false;
    log->append(record, [&](Result<log::Offset> at) {
      EXPECT_TRUE(at);
      const std::scoped_lock lock(m);
      done = true;
      cv.notify_all();
    });
    std::unique_lock lock(m);
    cv.wait(lock, [&] { return done; });
  }
  void hit(const Hit& h, LaneKey lane = LaneKey::first_team) {
    append({static_cast<std::uint32_t>(lane), static_cast<std::uint8_t>(RecordKind::hit), kRecordVersion, encode(h)});
  }
  void seal(SiteKey site, Day day, LaneKey lane = LaneKey::first_team) {
    append({static_cast<std::uint32_t>(lane), static_cast<std::uint8_t>(RecordKind::seal), kRecordVersion,
            encode(SealOrder{{{site, day}}})});
  }
  void site(SiteKey key, TeamId team, LaneKey lane) {
    SiteId id;
    id.uuid.bytes[15] = static_cast<std::uint8_t>(key);
    const std::vector<control::Fence> fences = {{lane, encode(SiteAdded{key, id, "example.com", team})}};
    append({0, control::kChangeKind, control::kChangeVersion, control::encode("", fences)});
  }
  std::int64_t number(const std::string& sql, LaneKey lane = LaneKey::first_team) {
    auto lease = store->read(lane);
    if (!lease) return -1;
    auto rows = (*lease)->query(sql);
    return rows && (*rows)->next().value_or(false) ? (*rows)->i64(0) : -2;
  }

  std::filesystem::path dir;
  log::FileSystem* files;  // of the log; null: the disk's
  std::vector<KnownLane> lanes;
  std::vector<RemovedLane> removed;
  bool heal_copies = true;
  std::function<void(std::string_view)> reached;  // of a compaction
  std::uint64_t memory = 128u << 20;
  std::uint64_t log_bound = 4ull << 30, segment_bytes = 1u << 20, disk_reserve = 0;
  Millis rest_after = std::chrono::minutes(10), lane_retry{10};
  std::size_t asleep_bytes = 16u << 20;
  std::function<void(LaneKey)> before_order;
  Millis drain{60'000};  // a loaded machine is no failure

  /// Why what is durable does not become figures.
  Result<void> works() { return log::readiness(store->followers(), Millis::max()); }

  ManualClock clock{from_ms(kNoon)};
  metrics::Registry registry;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<Store> store;
  std::mutex mutex;
  std::condition_variable applied;
  std::uint64_t applied_records = 0;
  std::vector<Applied> seen;
};

/// While it lives no file of this process grows beyond `bytes`, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(std::uint64_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &was_);
    const rlimit now{bytes, was_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &was_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit was_{};
};

}  // namespace hk::store::testing

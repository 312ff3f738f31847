// One log, applied by several stores in several ways: the same rows everywhere.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "control/change.h"
#include "store/counts.h"
#include "store/fence.h"
#include "store/maintenance.h"
#include "store/store.h"
#include "store/testing/property.h"
#include "store/testing/rows.h"
#include "store/testing/scratch.h"
#include "store/testing/traffic.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using testing::Act;
using testing::all_rows;
using testing::any_acts;
using testing::first_difference;
using testing::holds;
using testing::looked_at;
using testing::out_of_order;
using testing::Scratch;
using testing::site_offset_ms;

constexpr std::uint32_t kLanes = 3;
constexpr std::uint32_t kSecondLane = 2;
const std::string kNoLane = "77";
constexpr int kSize = 16;                     // up to 96 hits
constexpr std::chrono::minutes kPatience{2};  // a loaded machine is no failure

TeamId team_of(std::uint32_t lane) {
  TeamId team;
  team.uuid.bytes[15] = static_cast<std::uint8_t>(lane);
  return team;
}
std::uint32_t lane_of(SiteKey site) {
  return 1 + static_cast<std::uint32_t>(site) % kLanes;
}

struct Message {
  std::uint32_t lane = 0;
  std::uint8_t kind = 0;
  std::uint8_t version = 0;
  std::string payload;
};

/// What a log could hold at worst: traffic of several lanes, late hits, a clock that leaps ahead and is set right, days
/// that are sealed too early and again, months sorted again and again, records that nobody can read.
class Script {
 public:
  explicit Script(const std::vector<Act>& acts) {
    std::size_t n = 0;
    for (Hit hit : out_of_order(looked_at(acts))) {
      ++n;
      if (n % 40 > 34) leap(hit);
      if (n % 23 == 7) delay(hit, n);
      if (sites_.insert(hit.site).second) found(hit.site);
      if (n % 25 == 0 && !hit.late) seal_over(hit.at);
      hot_.insert({hit.site, hit.day});
      say(lane_of(hit.site), RecordKind::hit, encode(hit));
      if (n % 60 == 30) say_nonsense();
      if (n % 15 == 8) count(hit, n);
      if (n % 15 == 9) fetch(hit);
      if (n % 120 == 60) sort();
    }
    seal_over(from_ms(std::int64_t{21'000} * 86'400'000));
    sort();
  }

  const std::vector<Message>& messages() const { return messages_; }

 private:
  void say(std::uint32_t lane, RecordKind kind, std::string payload) {
    messages_.push_back({lane, static_cast<std::uint8_t>(kind), kRecordVersion, std::move(payload)});
  }
  void say_nonsense() {
    say(1, RecordKind::hit, "nonsense");
    say(static_cast<std::uint32_t>(std::stoul(kNoLane)), RecordKind::hit, "of a lane that was never made");
    messages_.push_back({0, control::kChangeKind, control::kChangeVersion, "no change"});
    messages_.push_back({0, control::kChangeKind, control::kChangeVersion, control::encode("", {})});
  }
  void fetch(const Hit& hit) {
    Hit one;
    one.kind = HitKind::fetch;
    one.site = hit.site;
    one.at = hit.at;
    one.day = hit.day;
    one.late = hit.late;
    one.path = hit.path + "/fetched";
    one.browser = "GPTBot";
    one.status = 404;
    say(lane_of(hit.site), RecordKind::hit, encode(one));
  }
  void count(const Hit& hit, std::size_t n) {
    const auto kind = static_cast<std::uint8_t>(n % 2);
    say(lane_of(hit.site), RecordKind::counts,
        encode(Counts{.tidy = n % 4 == 0 ? hit.day : 0,
                      .counts = {{hit.site, hit.day, 3, kind, n % 3 == 0 ? "GPTBot" : "", "/a", 2, hit.at},
                                 {hit.site, hit.day - 1, 0, kind, "", "", 7, hit.at}}}));
  }
  void found(SiteKey site) {
    const std::uint32_t lane = lane_of(site);
    SiteId id;
    id.uuid.bytes[15] = static_cast<std::uint8_t>(site);
    const std::vector<control::Fence> fences = {
        {LaneKey{lane}, encode(SiteAdded{site, id, "example.com", team_of(lane)})}};
    messages_.push_back({0, control::kChangeKind, control::kChangeVersion, control::encode("", fences)});
  }
  static void leap(Hit& hit) {
    hit.at += std::chrono::hours(5);
    const std::int64_t local = to_ms(hit.at) + site_offset_ms(static_cast<std::uint32_t>(hit.site));
    const auto day = static_cast<Day>(local / 86'400'000);
    if (day == hit.day) return;
    hit.visitor += static_cast<std::uint64_t>(day - hit.day);
    hit.day = day;
  }
  static void delay(Hit& hit, std::size_t n) {
    hit.late = true;
    hit.at -= std::chrono::days(3);
    hit.day -= 3;
    hit.visitor ^= n * 0x9E3779B97F4A7C15;
    hit.visitor_before = 0;
  }
  void seal_over(TimeMs now) {
    std::map<std::uint32_t, SealOrder> orders;
    std::erase_if(hot_, [&](const SiteDay& d) {
      const std::int64_t end =
          (std::int64_t{d.day} + 1) * 86'400'000 - site_offset_ms(static_cast<std::uint32_t>(d.site));
      if (now < from_ms(end) + kSealDelay) return false;
      orders[lane_of(d.site)].days.push_back(d);
      return true;
    });
    for (const auto& [lane, order] : orders) say(lane, RecordKind::seal, encode(order));
  }
  void sort() {
    for (std::uint32_t lane = 1; lane <= kLanes; ++lane)
      if (std::ranges::any_of(sites_, [&](SiteKey site) { return lane_of(site) == lane; }))
        for (const Day month : {20'727, 20'758})  // October and November 2026
          say(lane, RecordKind::rewrite_month, encode(RewriteOrder{month}));
  }

  std::vector<Message> messages_;
  std::set<SiteKey> sites_;
  std::set<SiteDay> hot_;
};

struct Limits {
  std::size_t batch_rows = 5000;
  Millis batch_wait{200};
  std::uint64_t log_bound = 4ull << 30;
  Millis order_wait{0};  // how long orders take at least
};
/// So small that what a stopped lane misses goes to its backlog, a few records at a time.
constexpr std::uint64_t kTinyLog = 4096;

/// Those that have a file, as control data tells them.
std::vector<KnownLane> lanes_in(const fs::path& dir) {
  std::vector<KnownLane> out;
  for (std::uint32_t lane = 2; lane <= kLanes; ++lane)
    if (fs::exists(dir / "tenants" / team_of(lane).str())) out.push_back({LaneKey{lane}, team_of(lane), SiteKey{0}});
  return out;
}

/// A store that follows the log of its directory.
class Instance {
 public:
  Instance(fs::path dir, Limits limits, std::function<void()> committed = {}) : dir_(std::move(dir)) {
    log::Recovery recovery;
    log_ = must(log::Log::open({.directory = dir_ / "log", .segment_bytes = 1u << 20}, clock_, registry_, recovery));
    store_ =
        must(Store::open({.first_file = dir_ / "hitkeep.db",
                          .tenants = dir_ / "tenants",
                          .memory_limit_bytes = 256u << 20,
                          .threads = 1,
                          .batch_rows = limits.batch_rows,
                          .batch_wait = limits.batch_wait,
                          .lane_retry = Millis{10},
                          .rest_after = limits.batch_wait,  // again and again
                          .log_bound = limits.log_bound,
                          .disk_reserve = 0,
                          .before_order = [wait = limits.order_wait](LaneKey) { std::this_thread::sleep_for(wait); },
                          .lanes = lanes_in(dir_)},
                         *log_, clock_, registry_));
    store_->start([committed = std::move(committed)](const std::vector<Applied>&) {
      if (committed) committed();
    });
  }
  ~Instance() { stop(); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Returns when all are durable.
  void append(std::span<const Message> messages) {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t left = messages.size();
    for (const Message& m : messages)
      log_->append({m.lane, m.kind, m.version, m.payload}, [&](Result<log::Offset> at) {
        must(std::move(at));
        const std::scoped_lock lock(mutex);
        --left;
        changed.notify_all();
      });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return left == 0; });
  }
  /// Returns when this lane has applied all that is durable; 0: every lane.
  void await(std::uint32_t lane = 0) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while ((lane == 0 ? store_->applied() : applied(lane)) < log_->durable_end()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("not everything was applied");
      std::this_thread::sleep_for(Millis{2});
    }
  }
  void stop() {
    if (!log_) return;
    log_->close();
    must(store_->stop());
    store_.reset();
    log_.reset();
  }

 private:
  log::Offset applied(std::uint32_t lane) {
    auto lease = store_->read(LaneKey{lane});
    if (!lease) return 0;
    auto rows = must((*lease)->query("SELECT log_offset FROM applied"));
    return must(rows->next()) ? rows->u64(0) : 0;
  }
  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }

  fs::path dir_;
  ManualClock clock_{from_ms(1'793'000'000'000)};
  metrics::Registry registry_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Store> store_;
};

fs::path second_file(const fs::path& dir) {
  return dir / "tenants" / team_of(kSecondLane).str() / "hitkeep.db";
}
fs::path second_backlog(const fs::path& dir) {
  return dir / "lanes" / (std::to_string(kSecondLane) + ".backlog");
}

/// Every row of every file, and what was put aside, by name.
std::map<std::string, std::vector<std::string>> contents(const fs::path& dir) {
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    const std::string name = fs::relative(entry.path(), dir).string();
    // While a file cannot be opened, nobody knows whether a record of an unknown lane is its own: then it is passed
    // over.
    if (entry.path().extension() == ".record" && !entry.path().filename().string().starts_with(kNoLane + "-"))
      out[name] = {};
    if (entry.path().filename() != "hitkeep.db") continue;
    auto database = db::DuckDatabase::open(entry.path(), {.memory_limit_bytes = 64u << 20, .threads = 1});
    if (!database) throw std::runtime_error(database.error().message);
    auto connection = (*database)->connect();
    if (!connection) throw std::runtime_error(connection.error().message);
    auto& rows = out[name] = all_rows(**connection);
    // A copied log begins a timeline of its own, and a place in it means the same as another place in the original.
    for (std::string& row : rows) {
      if (!row.starts_with("applied|")) continue;
      const auto time = row.find('|', row.find('|') + 1) + 1;
      row = "applied|" + row.substr(time, row.rfind('|') - time);
    }
  }
  return out;
}

std::string difference(const fs::path& expected, const fs::path& actual) {
  const auto a = contents(expected), b = contents(actual);
  for (const auto& [name, rows] : a) {
    if (!b.contains(name)) return name + " is missing";
    if (const auto found = first_difference(rows, b.at(name)); !found.empty())
      return std::string(name).append(": ").append(found);
  }
  return a.size() == b.size() ? "" : "there are more files";
}

fs::path with_log_of(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  fs::copy(from / "log", to / "log", fs::copy_options::recursive);
  return to;
}

/// The log grows while the store runs; between its parts the store is stopped, and during the third part the file of a
/// lane is damaged, so that it stops alone, comes back and catches up with a reader of its own.
void live(const fs::path& dir, const Script& script, Limits limits) {
  const std::span<const Message> all = script.messages();
  const fs::path file = second_file(dir);
  constexpr std::size_t kParts = 4;
  for (std::size_t part = 0; part < kParts; ++part) {
    const std::size_t from = all.size() * part / kParts, to = all.size() * (part + 1) / kParts;
    const bool damage = part == 2 && fs::exists(file);
    if (damage) {
      fs::rename(file, dir / "kept");
      std::ofstream(file) << "no database";
    }
    Instance instance(dir, limits);
    instance.append(all.subspan(from, to - from));
    if (damage) {
      instance.await(1);
      fs::rename(dir / "kept", file);
    }
    if (part % 2 == 0) instance.await();  // otherwise stopping applies the rest
  }
  Instance(dir, limits).await();
}

/// What a child does until it is killed. Its exit status: 0 where it came to its end.
template <class Life>
pid_t begin_life(const Life& life) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    life();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    ::_exit(1);
  }
  ::_exit(0);
}

/// While the second lane is stopped, each life is killed as soon as its backlog has grown so many times.
bool killed_while_copying(const fs::path& dir, Limits limits, const std::vector<int>& lives) {
  const auto size = [&] {
    std::error_code ec;
    const auto bytes = fs::file_size(second_backlog(dir), ec);
    return ec ? 0 : bytes;
  };
  for (const int times : lives) {
    const pid_t child = begin_life([&] {
      Instance instance(dir, limits);
      instance.await(1);
      std::this_thread::sleep_for(Millis{100});
      ::_exit(0);  // as dead as by a signal
    });
    if (child < 0) return false;
    int status = 0;
    auto was = size();
    for (int grown = 0; ::waitpid(child, &status, WNOHANG) == 0;) {
      if (const auto is = size(); is != was && ++grown >= times) ::kill(child, SIGKILL);
      was = size();
      std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return false;
  }
  return true;
}

/// Killed as soon as so many batches were committed, again and again; the last life is spared.
bool killed(const fs::path& dir, Limits limits, const std::vector<int>& lives) {
  for (std::size_t life = 0; life <= lives.size(); ++life) {
    const pid_t child = begin_life([&] {
      int left = life < lives.size() ? lives[life] : -1;
      Instance instance(dir, limits, [&] {
        if (--left == 0) ::kill(::getpid(), SIGKILL);
      });
      instance.await();
      instance.stop();
    });
    if (child < 0) return false;
    int status = 0;
    if (::waitpid(child, &status, 0) != child) return false;
    if (WIFEXITED(status)) return WEXITSTATUS(status) == 0;
  }
  return false;
}

TEST(StoreDeterminism, BatchesPausesKillsAndAStoppedLaneChangeNoRow) {
  const auto acts_for_a_log = rc::gen::resize(kSize, any_acts());  // each case applies it four times
  holds(2, acts_for_a_log, [](const std::vector<Act>& acts) {
    const Script script(acts);
    const Scratch dir;
    const auto some = rc::gen::inRange<std::size_t>(2, 40);
    const fs::path first = dir / "live";
    fs::create_directories(first);
    live(first, script,
         {.batch_rows = *some, .batch_wait = Millis{5}, .log_bound = kTinyLog, .order_wait = Millis{20}});

    const fs::path whole = with_log_of(first, dir / "whole");
    Instance(whole, {}).await();
    RC_ASSERT(difference(first, whole) == "");

    const fs::path single = with_log_of(first, dir / "single");
    Instance(single, {.batch_rows = 1, .batch_wait = Millis{0}}).await();
    RC_ASSERT(difference(whole, single) == "");

    const fs::path torn = with_log_of(first, dir / "torn");
    const auto lives = *rc::gen::container<std::vector<int>>(5, rc::gen::inRange(1, 12));
    RC_ASSERT(killed(torn, {.batch_rows = *some, .batch_wait = Millis{5}}, lives));
    RC_ASSERT(difference(whole, torn) == "");
  });
}

TEST(StoreDeterminism, KillsWhileABacklogIsMadeAndAppliedChangeNoRow) {
  holds(1, rc::gen::resize(kSize / 2, any_acts()), [](const std::vector<Act>& acts) {
    const Script script(acts);
    const Scratch dir;
    const fs::path whole = dir / "whole";
    fs::create_directories(whole);
    {
      Instance instance(whole, {});
      instance.append(script.messages());
      instance.await();
    }
    RC_PRE(fs::exists(second_file(whole)));

    // The second lane's file is none from the beginning; made away with, it is made anew from the backlog.
    const fs::path torn = with_log_of(whole, dir / "torn");
    fs::create_directories(second_file(torn).parent_path());
    std::ofstream(second_file(torn)) << "no database";
    const Limits tiny{.batch_rows = 3, .batch_wait = Millis{5}, .log_bound = kTinyLog};
    RC_ASSERT(killed_while_copying(torn, tiny, {1, 3}));
    RC_ASSERT(fs::exists(second_backlog(torn)));
    fs::remove(second_file(torn));
    const auto lives = *rc::gen::container<std::vector<int>>(2, rc::gen::inRange(1, 12));
    RC_ASSERT(killed(torn, tiny, lives));
    RC_ASSERT(difference(whole, torn) == "");
  });
}

}  // namespace
}  // namespace hk::store

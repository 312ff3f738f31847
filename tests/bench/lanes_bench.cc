// What many teams cost: `lanes_bench TEAMS DIRECTORY [HITS]`. Makes the files of so many teams, each with a site and
// some hits (a copy of an earlier run's is taken as it is), then starts on them: how long that takes and what it holds,
// and how soon 64 of them, then all, show a new hit. With HITS the first team gets so many on one day, which is sealed
// while its own site and another one get hits: what the seal costs, and how long a hit of each was not shown.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "control/change.h"
#include "log/log.h"
#include "store/fence.h"
#include "store/hit.h"
#include "store/store.h"

namespace {

using namespace hk;
using namespace hk::store;
namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::uint32_t kBusy = 64;
/// Of the first lane; those of teams follow.
constexpr std::uint32_t kFirst = 1;

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

/// A row of the result: seconds by the clock on the wall, and of the processor since the last row. On a busy machine
/// the second says more.
void say(const char* what, double seconds) {
  static double last = 0;
  const double cpu = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  std::printf("%s_seconds %.3f\n%s_cpu_seconds %.3f\n", what, seconds, what, cpu - last);
  last = cpu;
}

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::uint64_t rss_mb() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10) / 1024;
  return 0;
}

void say_rss(const char* what, std::uint64_t before) {
  std::printf("%s_rss_mb %lld\n", what, static_cast<long long>(rss_mb()) - static_cast<long long>(before));
}

TeamId team(std::uint32_t number) {
  TeamId id;
  id.uuid.bytes = {0x01, 0x90, 0xf3, 0xa4, 0x7c, 0x1e, 0x70, 0, 0x80};
  id.uuid.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  id.uuid.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

/// A log and a store, with what a test of time needs of them.
class Instance {
 public:
  explicit Instance(const fs::path& dir) : began_(Steady::now()) {
    log::Recovery recovery;
    log_ = must(log::Log::open({.directory = dir / "log"}, clock_, metrics_, recovery));
    store_ = must(Store::open(
        {.first_file = dir / "hitkeep.db", .tenants = dir / "tenants", .memory_limit_bytes = 192u << 20, .threads = 2},
        *log_, clock_, metrics_));
    store_->start([this](const std::vector<Applied>& changed) {
      const std::scoped_lock lock(mutex_);
      for (const Applied& site : changed) {
        applied_ += site.hits;
        watch(site);
      }
      came_.notify_all();
    });
    started_ = seconds_since(began_);
  }
  ~Instance() {
    log_->close();
    must(store_->stop());
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  double started() const { return started_; }

  void add(std::uint32_t lane) {
    SiteId id;
    id.uuid = team(lane).uuid;
    const std::vector<control::Fence> fences = {
        {LaneKey{lane}, encode(SiteAdded{SiteKey{lane}, id, "example.com", team(lane)})}};
    append(0, control::kChangeKind, control::kChangeVersion, control::encode("", fences));
  }
  void hit(std::uint32_t lane, std::uint32_t person) { hit(lane, person, clock_.now()); }
  void hit(std::uint32_t lane, std::uint32_t person, TimeMs at) {
    Hit hit;
    hit.site = SiteKey{lane};
    hit.at = at;
    hit.day = static_cast<Day>(to_ms(hit.at) / kDayMs);
    hit.visitor = 1'000'003ull * lane + person;
    hit.path = "/" + std::to_string(person % 5'003 % (1 + person % 97));
    hit.hostname = "example.com";
    hit.source = "source" + std::to_string(person % 211) + ".example";
    hit.country = "c" + std::to_string(person % 83);
    append(lane, static_cast<std::uint8_t>(RecordKind::hit), kRecordVersion, encode(hit));
    ++sent_;
  }
  /// A hit whose way is watched.
  void probe(std::uint32_t lane, std::uint32_t person) {
    {
      const std::scoped_lock lock(mutex_);
      waiting_[SiteKey{lane}].push_back(Steady::now());
    }
    hit(lane, person);
  }
  /// The longest time, in seconds, from a watched hit of this lane to its being shown.
  double longest_wait(std::uint32_t lane) {
    const std::scoped_lock lock(mutex_);
    return longest_[SiteKey{lane}];
  }
  void seal(std::uint32_t lane, Day day) {
    append(lane, static_cast<std::uint8_t>(RecordKind::seal), kRecordVersion,
           encode(SealOrder{{{SiteKey{lane}, day}}}));
  }
  std::uint64_t hot_rows() const { return store_->hot_rows(); }
  /// Seconds until all hits that were sent can be asked for.
  double settle() {
    const auto began = Steady::now();
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return applied_ >= sent_; });
    return seconds_since(began);
  }

 private:
  /// Under the mutex.
  void watch(const Applied& site) {
    auto& times = waiting_[site.site];
    for (auto n = site.hits; n > 0 && !times.empty(); --n) {
      longest_[site.site] = std::max(longest_[site.site], seconds_since(times.front()));
      times.pop_front();
    }
  }
  void append(std::uint32_t lane, std::uint8_t kind, std::uint8_t version, const std::string& payload) {
    log_->append({lane, kind, version, payload}, [](Result<log::Offset> at) { must(std::move(at)); });
  }

  SystemClock clock_;
  metrics::Registry metrics_;
  Steady::time_point began_;
  double started_ = 0;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Store> store_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::uint64_t applied_ = 0, sent_ = 0;
  std::map<SiteKey, std::deque<Steady::time_point>> waiting_;
  std::map<SiteKey, double> longest_;
};

/// A day of the first team is sealed, while another one shows what comes.
void seal_a_day(const fs::path& dir, std::uint32_t hits) {
  constexpr std::uint32_t kOther = 2, kRowsOfAVisit = 4;
  constexpr Day kDay = 20'000;
  Instance store(dir);
  store.add(kFirst);
  store.add(kOther);
  for (std::uint32_t n = 0; n < hits; ++n) {
    const auto ms = static_cast<std::int64_t>(n) * kDayMs / hits;
    store.hit(kFirst, n / (kRowsOfAVisit * 64) * 64 + n % 64, from_ms(kDay * kDayMs + ms));
    if (n % 10'000 == 0) store.settle();
  }
  store.settle();
  say("filled", 0);
  const auto before = store.hot_rows();
  const auto began = Steady::now();
  store.seal(kFirst, kDay);
  for (std::uint32_t person = 0; store.hot_rows() + hits / 2 > before; ++person) {
    store.probe(kFirst, person);
    store.probe(kOther, person);
    std::this_thread::sleep_for(Millis{20});
  }
  say("seal", seconds_since(began));
  store.settle();
  std::printf("seal_own_wait_seconds %.3f\nseal_other_wait_seconds %.3f\nseal_rss_mb %llu\n",
              store.longest_wait(kFirst), store.longest_wait(kOther), static_cast<unsigned long long>(rss_mb()));
}

void make(const fs::path& dir, std::uint32_t teams) {
  auto began = Steady::now();
  {
    Instance making(dir);
    began = Steady::now();
    for (std::uint32_t lane = kFirst; lane <= teams; ++lane) making.add(lane);
    for (std::uint32_t person = 0; person < 20; ++person)
      for (std::uint32_t lane = kFirst; lane <= teams; ++lane) making.hit(lane, person);
    making.settle();
    say("made", seconds_since(began));
    began = Steady::now();
  }
  say("made_stop", seconds_since(began));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  const auto teams = static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10));
  const fs::path dir = argv[2];
  fs::create_directories(dir);
  if (!fs::exists(dir / "hitkeep.db")) make(dir, teams);
  const auto before = rss_mb();
  auto began = Steady::now();
  {
    Instance store(dir);
    say("start", store.started());
    say_rss("start", before);
    for (std::uint32_t lane = 2; lane < 2 + std::min(kBusy, teams - 1); ++lane) store.hit(lane, 100);
    say("busy_64", store.settle());
    for (std::uint32_t lane = kFirst; lane <= teams; ++lane) store.hit(lane, 101);
    say("busy_all", store.settle());
    for (std::uint32_t lane = kFirst; lane <= teams; ++lane) store.hit(lane, 102);
    say("again_all", store.settle());
    say_rss("busy", before);
    began = Steady::now();
  }
  say("stop", seconds_since(began));
  if (argc == 4) seal_a_day(dir / "sealing", static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10)));
}

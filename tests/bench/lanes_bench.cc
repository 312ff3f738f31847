// What many teams cost: `lanes_bench TEAMS DIRECTORY`. Makes the files of so many teams, each with a site and some
// hits, then starts on them: how long that takes and what it holds, and how soon 64 of them, then all, show a new hit.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
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
      for (const Applied& site : changed) applied_ += site.hits;
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
  void hit(std::uint32_t lane, std::uint32_t person) {
    Hit hit;
    hit.site = SiteKey{lane};
    hit.at = clock_.now();
    hit.day = static_cast<Day>(to_ms(hit.at) / 86'400'000);
    hit.visitor = 1'000'003ull * lane + person;
    hit.path = "/" + std::to_string(person % 7);
    hit.hostname = "example.com";
    append(lane, static_cast<std::uint8_t>(RecordKind::hit), kRecordVersion, encode(hit));
    ++sent_;
  }
  /// Seconds until all hits that were sent can be asked for.
  double settle() {
    const auto began = Steady::now();
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return applied_ >= sent_; });
    return seconds_since(began);
  }

 private:
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
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto teams = static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10));
  const fs::path dir = argv[2];
  fs::create_directories(dir);
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
  const auto before = rss_mb();
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
}

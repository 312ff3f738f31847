// What the store costs: `store_bench HITS SITES DIRECTORY`. Fills a file with HITS page views of SITES Zipf-sized sites
// over a year, then applies a million more through the live path; prints rates, bytes per hit, open times and memory.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "store/bulk.h"
#include "store/lane.h"

namespace {

using namespace hk;
using namespace hk::store;
using Steady = std::chrono::steady_clock;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr Day kFirstDay = 20'400;
constexpr int kDays = 365;

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Of the whole process; on a busy machine it says more than the clock on the wall.
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::uint64_t rss_mb() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10) / 1024;
  return 0;
}

/// Visits of about 3.5 views; pages, referrers and attributes Zipf-like.
class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : random_(seed) {}

  std::uint32_t zipf(std::uint32_t n) {
    const double u = unit_(random_);
    return static_cast<std::uint32_t>(std::pow(static_cast<double>(n) + 1, u)) - 1;
  }

  /// About `views` page views of one site's day, by time.
  void day(std::uint32_t site, Day day, double views, std::vector<Hit>& out) {
    out.clear();
    std::poisson_distribution<int> visits(views / 3.5);
    for (int v = visits(random_); v > 0; --v) {
      Hit h;
      h.site = SiteKey{site};
      h.day = day;
      h.visitor = random_();
      h.hostname = "site" + std::to_string(site) + ".example";
      h.tracker = "hk.js/2";
      const auto source = zipf(2'000);
      if (source % 3 != 0) {
        h.referrer_host = "ref" + std::to_string(source) + ".example";
        h.referrer_path = "/p" + std::to_string(zipf(7));
        h.source = h.referrer_host;
        h.channel = static_cast<Channel>(source % 13);
      }
      h.browser = "Browser" + std::to_string(zipf(12));
      h.browser_major = static_cast<std::uint16_t>(100 + zipf(40));
      h.os = "Os" + std::to_string(zipf(8));
      h.device = static_cast<Device>(1 + zipf(3));
      h.language = "l" + std::to_string(zipf(40));
      h.country = "c" + std::to_string(zipf(150));
      h.screen_width = static_cast<std::uint16_t>(320 + 160 * zipf(12));
      h.screen_height = static_cast<std::uint16_t>(h.screen_width / 2);
      h.viewport_width = static_cast<std::uint16_t>(h.screen_width - zipf(30));
      h.viewport_height = static_cast<std::uint16_t>(h.screen_height - zipf(30));
      std::int64_t at = day * kDayMs + static_cast<std::int64_t>(unit_(random_) * (kDayMs - 2'000'000));
      for (int n = 1 + static_cast<int>(zipf(12)); n > 0; --n) {
        h.at = from_ms(at);
        h.path = "/page" + std::to_string(zipf(5'000));
        out.push_back(h);
        at += 1'000 + static_cast<std::int64_t>(unit_(random_) * 120'000);
      }
    }
    std::ranges::sort(out, {}, [](const Hit& x) { return x.at; });
  }

 private:
  std::mt19937_64 random_;
  std::uniform_real_distribution<double> unit_{0, 1};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: store_bench HITS SITES DIRECTORY\n");
    return 2;
  }
  const double hits = std::atof(argv[1]);
  const auto sites = static_cast<std::uint32_t>(std::atoi(argv[2]));
  const std::filesystem::path dir = argv[3];
  const auto file = dir / "hitkeep.db";
  std::filesystem::create_directories(dir);
  Traffic traffic(1);
  double weights = 0;
  for (std::uint32_t s = 1; s <= sites; ++s) weights += 1.0 / s;

  std::vector<Hit> day;
  std::uint64_t rows = 0;
  {
    auto load = must(BulkLoad::open({.file = file}));
    for (std::uint32_t s = 1; s <= sites; ++s) {
      SiteId id;
      id.uuid.bytes[12] = static_cast<std::uint8_t>(s >> 8);
      id.uuid.bytes[13] = static_cast<std::uint8_t>(s);
      must(load->add_site({SiteKey{s}, id, "site" + std::to_string(s) + ".example", TeamId{}}));
    }
    const auto start = Steady::now();
    double making = 0;
    std::uint64_t unsealed = 0;
    for (Day d = kFirstDay; d < kFirstDay + kDays; ++d) {
      for (std::uint32_t s = 1; s <= sites; ++s) {
        const auto made = Steady::now();
        traffic.day(s, d, hits / kDays / weights / s, day);
        making += seconds_since(made);
        rows += day.size();
        unsealed += day.size();
        for (Hit& h : day) must(load->add(std::move(h)));
      }
      if (next_month(d) != next_month(d + 1) || unsealed > kBulkRows) {
        must(load->seal(d + 1));
        unsealed = 0;
      }
    }
    const double loading = seconds_since(start) - making;
    const auto finish = Steady::now();
    must(load->finish(kFirstDay + kDays));
    const double total = loading + seconds_since(finish);
    std::printf("bulk: %llu hits, %.0f per second (%.0f without the last seal and the sorting), RSS %llu MB\n",
                static_cast<unsigned long long>(rows), static_cast<double>(rows) / total,
                static_cast<double>(rows) / loading, static_cast<unsigned long long>(rss_mb()));
  }
  const auto bytes = std::filesystem::file_size(file);
  {
    auto database = must(db::DuckDatabase::open(file, {.read_only = true}));
    auto connection = must(database->connect());
    auto used = must(connection->query("SELECT used_blocks * block_size FROM pragma_database_size()"));
    if (must(used->next()))
      std::printf("in use: %.1f MB, %.2f bytes per hit\n", used->f64(0) / 1e6,
                  used->f64(0) / static_cast<double>(rows));
  }
  std::printf("sealed: %.1f MB, %.2f bytes per hit\n", static_cast<double>(bytes) / 1e6,
              static_cast<double>(bytes) / static_cast<double>(rows));

  const db::DuckOptions options{
      .memory_limit_bytes = 160u << 20, .threads = 2, .read_only = false, .temp_directory = dir / "tmp"};
  const auto open = [&] { return must(Lane::open(file, options, LaneIdentity{LaneKey::first_team, TeamId{}})); };
  const auto timed_open = [&](const char* what) {
    const auto start = Steady::now();
    const double cpu_start = cpu_seconds();
    auto lane = open();
    std::printf("open %s: %.0f ms, %.0f ms CPU, RSS %llu MB\n", what, 1000 * seconds_since(start),
                1000 * (cpu_seconds() - cpu_start), static_cast<unsigned long long>(rss_mb()));
    return lane;
  };

  // The live path, in a process of its own that is killed at the end.
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    auto lane = timed_open("after a clean stop");
    std::vector<Hit> live;
    log::Offset offset = 0;
    double applying = 0, cpu = 0;
    for (Day d = kFirstDay + kDays; d < kFirstDay + kDays + 5; ++d) {
      live.clear();
      for (std::uint32_t s = 1; s <= sites; ++s) {
        traffic.day(s, d, 2e5 / weights / s, day);
        live.insert(live.end(), day.begin(), day.end());
      }
      std::ranges::sort(live, {}, [](const Hit& x) { return x.at; });
      const auto start = Steady::now();
      const double cpu_start = cpu_seconds();
      for (std::size_t i = 0; i < live.size(); i += 5'000) {
        Batch batch;
        for (std::size_t k = i; k < std::min(live.size(), i + 5'000); ++k)
          batch.records.push_back({std::move(live[k]), ++offset});
        batch.end = offset;
        must(lane->apply(batch));
        if (lane->wal_bytes() > 64u << 20) must(lane->checkpoint());
      }
      applying += seconds_since(start);
      cpu += cpu_seconds() - cpu_start;
    }
    std::printf(
        "apply: %llu hits in batches of 5000, %.0f per second, %.0f per CPU second, checkpoints included, WAL %.0f MB, "
        "RSS %llu MB\n",
        static_cast<unsigned long long>(offset), static_cast<double>(offset) / applying,
        static_cast<double>(offset) / cpu, static_cast<double>(lane->wal_bytes()) / 1e6,
        static_cast<unsigned long long>(rss_mb()));
    std::fflush(stdout);
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  auto lane = timed_open("after a kill");
  const auto start = Steady::now();
  const double cpu_start = cpu_seconds();
  SealOrder order;
  for (const auto& [d, n] : lane->hot()) order.days.push_back(d);
  must(lane->seal(order, lane->applied() + 1));
  std::printf("seal of %zu site-days: %.2f s, %.2f s CPU, RSS %llu MB\n", order.days.size(), seconds_since(start),
              cpu_seconds() - cpu_start, static_cast<unsigned long long>(rss_mb()));
  const auto checkpoint = Steady::now();
  must(lane->checkpoint());
  std::printf("checkpoint: %.2f s\n", seconds_since(checkpoint));
  const auto rewrite = Steady::now();
  must(lane->rewrite({20'758}, lane->applied() + 1));
  must(lane->checkpoint());
  std::printf("rewrite of the last month with checkpoint: %.2f s, RSS %llu MB\n", seconds_since(rewrite),
              static_cast<unsigned long long>(rss_mb()));
  return 0;
}

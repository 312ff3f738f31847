// Durable appends per second: so many producers, each of which waits until its record is durable before it sends the
// next, spread over two threads as the server's I/O threads would do it.
//
//   log_bench [directory] [producers] [seconds] [payload bytes] [segment MB]

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "log/log.h"

namespace {

using Steady = std::chrono::steady_clock;

/// One I/O thread with its share of the producers.
struct Lane {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::size_t> answered;
  std::vector<Steady::time_point> sent;
  std::vector<float> milliseconds;
  std::uint64_t refused = 0;

  void send(hk::log::Log& log, std::size_t producer, std::string_view payload) {
    sent[producer] = Steady::now();
    log.append({.lane = 1, .kind = 1, .version = 1, .payload = payload},
               [this, producer](hk::Result<hk::log::Offset> r) {
                 bool first = false;
                 {
                   const std::lock_guard lock(mutex);
                   first = answered.empty();
                   answered.push_back(producer);
                   if (!r) ++refused;
                 }
                 if (first) changed.notify_one();
               });
  }

  void run(hk::log::Log& log, std::size_t producers, std::size_t bytes, Steady::time_point until) {
    const std::string payload(bytes, 'h');
    sent.resize(producers);
    for (std::size_t i = 0; i < producers; ++i) send(log, i, payload);
    std::vector<std::size_t> batch;
    for (std::size_t open = producers; open > 0;) {
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !answered.empty(); });
        batch.swap(answered);
      }
      const auto now = Steady::now();
      for (const auto producer : batch) {
        milliseconds.push_back(std::chrono::duration<float, std::milli>(now - sent[producer]).count());
        if (now < until) {
          send(log, producer, payload);
        } else {
          --open;
        }
      }
      batch.clear();
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path directory = argc > 1 ? argv[1] : "log-bench-data";
  const std::size_t producers = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 256;
  const double seconds = argc > 3 ? std::strtod(argv[3], nullptr) : 5;
  const std::size_t bytes = argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 300;
  const std::size_t segment_mb = argc > 5 ? std::strtoul(argv[5], nullptr, 10) : 64;

  const hk::SystemClock clock;
  hk::metrics::Registry registry;
  hk::log::Recovery recovery;
  const auto opening = Steady::now();
  auto log = hk::log::Log::open({.directory = directory, .segment_bytes = segment_mb << 20}, clock, registry, recovery);
  if (!log) {
    std::fprintf(stderr, "%s\n", log.error().message.c_str());
    return 1;
  }
  std::printf("open: %.0f ms\n", std::chrono::duration<double, std::milli>(Steady::now() - opening).count());

  constexpr std::size_t kThreads = 2;
  Lane lanes[kThreads];
  const auto start = Steady::now();
  const auto until = start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
      const auto share = producers / kThreads + (i < producers % kThreads ? 1 : 0);
      threads.emplace_back([&, i, share] { lanes[i].run(**log, share, bytes, until); });
    }
    // What a store would do: everything is applied at once, so that segments are recycled.
    threads.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested() && Steady::now() < until) {
        (*log)->release((*log)->durable_end());
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    });
  }
  const auto took = std::chrono::duration<double>(Steady::now() - start).count();

  std::vector<float> all;
  std::uint64_t refused = 0;
  for (auto& lane : lanes) {
    all.insert(all.end(), lane.milliseconds.begin(), lane.milliseconds.end());
    refused += lane.refused;
  }
  std::ranges::sort(all);
  const auto at = [&](double q) { return all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))]; };
  std::printf(
      "%zu producers, %zu bytes: %.0f records/s, append to durable p50 %.2f ms, p99 %.2f ms, max %.0f ms, refused "
      "%llu\n",
      producers, bytes, static_cast<double>(all.size() - refused) / took, at(0.5), at(0.99), at(1),
      static_cast<unsigned long long>(refused));
  const auto before_close = Steady::now();
  (*log)->close();
  std::printf("close: %.0f ms\n", std::chrono::duration<double, std::milli>(Steady::now() - before_close).count());
}

// What the ingest pipeline costs per hit without sockets and disk, on one thread. ingest_bench [hits]

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/testing/temp_dir.h"
#include "ingest/body.h"
#include "ingest/pipeline.h"
#include "ingest/salts.h"

using namespace hk;
using Instant = std::chrono::steady_clock;

namespace {

/// Takes everything at once and keeps nothing.
class NoLog final : public log::Log {
 public:
  std::uint64_t bytes = 0;
  void append(const log::Record& record, log::Done done) override {
    bytes += record.payload.size();
    done(log::Offset{bytes});
  }
  log::Offset durable_end() const override { return bytes; }
  log::Offset begin() const override { return 0; }
  Uuid timeline() const override { return {}; }
  Result<void> fits(const log::Marked&) const override { return {}; }
  Result<std::unique_ptr<log::Reader>> read(log::Offset) override { return fail(Code::unavailable, "not here"); }
  Result<std::unique_ptr<log::Reader>> read_as_guest(log::Offset) override {
    return fail(Code::unavailable, "not here");
  }
  void release(log::Offset) override {}
  void keep_behind(log::Offset) override {}
  bool accepting() const override { return true; }
  bool failed() const override { return false; }
  std::uint64_t disk_bytes() const override { return 0; }
  void close() override {}
};

double nanoseconds(Instant::duration all, std::size_t count) {
  return std::chrono::duration<double, std::nano>(all).count() / static_cast<double>(count);
}

/// Resident set, MiB.
double resident() {
  std::ifstream file("/proc/self/statm");
  long size = 0, pages = 0;
  file >> size >> pages;
  return static_cast<double>(pages) * 4096 / (1 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t hits = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500'000;
  const std::vector<std::string> agents = {
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 "
      "Mobile/15E148 Safari/604.1",
      "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"};
  const std::vector<std::string> referrers = {"null", "\"https://www.google.com/\"",
                                              "\"https://blog.example/post?x=1\"",
                                              "\"https://news.ycombinator.com/item?id=1\""};
  testing::TempDir dir;
  SystemClock clock;
  metrics::Registry registry;
  NoLog log;
  site::Directory directory;
  const ingest::Geo geo;
  const rules::Directory rules;
  auto salts = *ingest::Salts::open(dir / "salts", Secret<std::string>{});
  std::vector<site::Site> sites(1);
  sites[0].key = SiteKey{1};
  sites[0].lane = LaneKey::first_team;
  sites[0].domain = "example.com";
  std::vector<std::int64_t> midnights;
  for (std::int64_t day = 10'957; day < 32'872; ++day) midnights.push_back(day * 86'400'000);
  sites[0].zone = std::make_shared<const db::Zone>("UTC", 10'957, std::move(midnights));
  directory.swap(std::make_shared<const site::Sites>(std::move(sites)));
  ingest::Pipeline pipeline({directory, log, *salts, geo, rules, clock, registry});

  std::vector<http::Request> requests;
  for (std::size_t i = 0; i < 64; ++i) {
    http::Request request;
    request.method = http::Method::post;
    request.path = "/ingest";
    const std::string& agent = agents[i % agents.size()];
    request.headers = {{"host", "stats.example"},
                       {"content-length", "400"},
                       {"user-agent", agent},
                       {"content-type", "text/plain"},
                       {"accept", "*/*"},
                       {"origin", "https://example.com"},
                       {"sec-fetch-site", "cross-site"},
                       {"sec-fetch-mode", "no-cors"},
                       {"accept-language", "en-US,en;q=0.9"}};
    request.body =
        R"({"path":"/page/)" + std::to_string(i) + R"(","vp_w":1280,"vp_h":720,"sc_w":1920,"sc_h":1080,"u_src":null,)" +
        R"("u_med":null,"u_cmp":null,"u_trm":null,"u_cnt":null,"qr":null,"tsrc":"hk.js","tv":"2","cd":false,"ua":")" +
        agent + R"(","lang":"en-US","referrer":)" + referrers[i % referrers.size()] + "}";
    request.client_ip = "198.51.100." + std::to_string(i);
    requests.push_back(std::move(request));
  }

  std::printf("resident before the first hit: %.1f MiB\n", resident());
  auto begin = Instant::now();
  pipeline.take(requests[0], store::HitKind::pageview);
  std::printf("first hit (compiles the tables): %.1f ms, resident then %.1f MiB\n",
              nanoseconds(Instant::now() - begin, 1) / 1e6, resident());

  std::size_t bytes = 0;
  begin = Instant::now();
  for (std::size_t i = 0; i < hits; ++i) {
    ingest::Body body;
    ingest::decode_body(requests[i % requests.size()].body, store::HitKind::pageview, body);
    bytes += body.path.size();
  }
  std::printf("decode a body of %zu bytes: %.0f ns\n", requests[0].body.size(),
              nanoseconds(Instant::now() - begin, hits));

  for (const ingest::Step& step : ingest::Pipeline::kSteps) {
    // Each step alone, on drafts that the steps before it have filled.
    Instant::duration all{};
    for (std::size_t i = 0; i < hits / 10; ++i) {
      ingest::Draft draft{.request = requests[i % requests.size()], .now = clock.now()};
      for (const ingest::Step& before : ingest::Pipeline::kSteps) {
        const auto from = Instant::now();
        before.run(pipeline, draft);
        if (before.name != step.name) continue;
        all += Instant::now() - from;
        break;
      }
    }
    std::printf("  step %-10.*s %5.0f ns\n", static_cast<int>(step.name.size()), step.name.data(),
                nanoseconds(all, hits / 10));
  }

  begin = Instant::now();
  for (std::size_t i = 0; i < hits; ++i) {
    auto response = pipeline.take(requests[i % requests.size()], store::HitKind::pageview);
    response.gate([&](Result<void> outcome) { bytes += outcome.has_value(); });
  }
  std::printf("whole pipeline, warm: %.0f ns per hit, %.0f bytes per record\n",
              nanoseconds(Instant::now() - begin, hits), static_cast<double>(log.bytes) / static_cast<double>(hits));

  begin = Instant::now();
  constexpr std::size_t kCold = 2000;
  for (std::size_t i = 0; i < kCold; ++i)
    bytes += ingest::UserAgents::parse_now(agents[i % agents.size()] + " x/" + std::to_string(i)).browser_major;
  std::printf("user agent, never seen before: %.0f ns; resident %.1f MiB\n", nanoseconds(Instant::now() - begin, kCold),
              resident());
  return bytes == 0;
}

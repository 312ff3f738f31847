// How long a page of the dashboard takes: medians over one connection with one thread, as a query worker has it.
//
//   query_bench [directory] [million hits] [sites] [million hot hits] [runs]
//
// A year of sealed rows of Zipf-sized sites, written in the order of finished months, and a day of hot rows in the
// largest site. The file stays in the directory and is used again.

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "db/zones.h"
#include "query/dates.h"
#include "query/engine.h"
#include "query/parse.h"
#include "store/lane.h"

namespace {

using hk::Result;
using namespace hk::query;

constexpr hk::SiteKey kLargest{1};
constexpr const char* kToday = "2026-11-25";

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result) die(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string replaced(std::string sql, const std::string& name, const std::string& value) {
  for (auto at = sql.find(name); at != std::string::npos; at = sql.find(name, at + value.size())) {
    sql.replace(at, name.size(), value);
  }
  return sql;
}

// Popularity falls like 1/rank: rank = exp(u * ln(n + 1)).
constexpr const char* kTraffic = R"(
CREATE MACRO zipf(u, n) AS floor(exp(u * ln(n + 1)))::UINTEGER;
CREATE TEMP TABLE drawn AS
SELECT zipf(random(), {sites}) AS site, floor(random() * 365)::INTEGER AS d, floor(random() * 86000)::INTEGER AS s,
       floor(-ln(random()) * 2.9 + 1)::INTEGER AS views, random() AS a, random() AS b, random() AS c,
       zipf(random(), 5000) AS entry, zipf(random(), 5000) AS exit
FROM range({visits});
CREATE TEMP TABLE visits AS
SELECT site, DATE '2025-11-25' + d AS day, (DATE '2025-11-25' + d + to_seconds(s))::TIMESTAMP_MS AS start,
       (row_number() OVER (ORDER BY d, site, s))::UINTEGER AS visit, views, entry, exit, a, b, c
FROM drawn;
-- One visit in five is by somebody who was there before on that day.
CREATE TEMP TABLE numbered AS SELECT *, CASE WHEN b < 0.8 THEN visit ELSE visit - visit % 4 END AS vd FROM visits;
CREATE TEMP TABLE wide AS
SELECT site, day, start, visit, vd::UINTEGER AS vd, 0::UTINYINT AS bits, views::USMALLINT AS pageviews, 0::USMALLINT AS events,
       CASE WHEN views = 1 THEN 0 ELSE floor(c * 900) END::UINTEGER AS duration, entry AS entry_page,
       CASE WHEN views = 1 THEN entry ELSE exit END AS exit_page, false AS late, 1::UINTEGER AS hostname,
       CASE WHEN a < 0.4 THEN 0 ELSE zipf(b, 2000) END::UINTEGER AS referrer_host,
       CASE WHEN a < 0.4 THEN 0 ELSE 1 + floor(c * 7) END::UINTEGER AS referrer_path,
       CASE WHEN a < 0.4 THEN 0 ELSE zipf(b, 2000) END::UINTEGER AS source, floor(a * 13)::UTINYINT AS channel,
       CASE WHEN c < 0.9 THEN 0 ELSE 1 END::UINTEGER AS utm_source, 0::UINTEGER AS utm_medium, 0::UINTEGER AS utm_campaign,
       0::UINTEGER AS utm_term, 0::UINTEGER AS utm_content, zipf(vd * 0.618034 % 1, 30) AS browser,
       130::USMALLINT AS browser_major, zipf(vd * 0.414214 % 1, 12) AS os, (1 + vd % 3)::UTINYINT AS device,
       zipf(vd * 0.732051 % 1, 60) AS language, zipf(vd * 0.236068 % 1, 150) AS country,
       1::UINTEGER AS screen, 1500::USMALLINT AS viewport_width,
       900::USMALLINT AS viewport_height, 1::UINTEGER AS tracker
FROM numbered;
)";

constexpr const char* kSealed = R"(
INSERT INTO texts SELECT 0, i, '/guide/' || i FROM range(1, 180000) r(i);
INSERT INTO texts SELECT k, i, 'name ' || i FROM range(1, 17) k(k), range(1, 2001) r(i);
INSERT INTO sealed_visits SELECT * REPLACE (
  ((row_number() OVER (PARTITION BY site, vd ORDER BY start) = 1)::INTEGER
   + 2 * (row_number() OVER (PARTITION BY site, vd, channel ORDER BY start) = 1)::INTEGER
   + 4 * (row_number() OVER (PARTITION BY site, vd, source ORDER BY start) = 1)::INTEGER
   + 8 * (row_number() OVER (PARTITION BY site, vd, referrer_host, referrer_path ORDER BY start) = 1)::INTEGER
   + 16 * (row_number() OVER (PARTITION BY site, vd, entry_page ORDER BY start) = 1)::INTEGER
   + 32 * (row_number() OVER (PARTITION BY site, vd, exit_page ORDER BY start) = 1)::INTEGER)::UTINYINT AS bits)
FROM wide ORDER BY date_trunc('month', day), site, start;
INSERT INTO sealed_hits
SELECT site, ts, visit, vd, page, (1 + 2 * (row_number() OVER (PARTITION BY site, vd, page ORDER BY ts) = 1)::INTEGER)::UTINYINT
FROM (SELECT site, (start + to_seconds((k * 30)::BIGINT))::TIMESTAMP_MS AS ts, visit, vd,
             CASE WHEN k = 0 THEN entry_page WHEN k = pageviews - 1 THEN exit_page ELSE zipf(random(), 5000) END AS page
      FROM wide, range(0, pageviews) r(k))
ORDER BY date_trunc('month', ts), site, ts;
INSERT INTO sealed_days SELECT DISTINCT site, day, 1 FROM wide;
)";

constexpr const char* kHot = R"(
CREATE TEMP TABLE today AS
SELECT * REPLACE (1::UINTEGER AS site, DATE '2026-11-25' AS day,
                  (TIMESTAMP '2026-11-25' + to_milliseconds((random() * 82000000)::BIGINT))::TIMESTAMP_MS AS start,
                  (100000000 + row_number() OVER ())::UINTEGER AS visit)
FROM (SELECT * FROM wide LIMIT {visits});
INSERT INTO hot_visits BY NAME
SELECT site, day, start, visit, hash(vd) AS visitor, * EXCLUDE (site, day, start, visit, vd, bits, pageviews, events, duration, exit_page)
FROM today ORDER BY start;
INSERT INTO hot_hits BY NAME
SELECT (1000000 + row_number() OVER (ORDER BY start, k))::UBIGINT AS log_offset, site,
       (start + to_seconds((k * 30)::BIGINT))::TIMESTAMP_MS AS ts, day, visit, hash(vd) AS visitor, late,
       CASE WHEN k = 0 THEN entry_page ELSE zipf(random(), 5000) END AS page,
       * EXCLUDE (site, day, start, visit, vd, bits, pageviews, events, duration, entry_page, exit_page, late, k)
FROM today, range(0, pageviews) r(k) ORDER BY ts;
)";

/// Of this thread, which does all the work: the lane has one thread. Says more than the clock on a busy machine.
double cpu_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

std::unique_ptr<hk::store::Lane> open(const std::filesystem::path& file) {
  const hk::store::LaneIdentity identity{hk::LaneKey::first_team,
                                         *hk::TeamId::parse("0190f3a4-7c1e-7000-8000-000000000001")};
  return must(hk::store::Lane::open(file, {.memory_limit_bytes = 2ull << 30, .threads = 1}, identity));
}

void build(const std::filesystem::path& file, double sealed_millions, int sites, double hot_millions) {
  std::printf("Writing %.1f M sealed and %.1f M hot hits ...\n", sealed_millions, hot_millions);
  // 3.4 views per visit, as drawn above.
  const auto visits = [](double millions) { return std::to_string(static_cast<long>(millions * 1e6 / 3.42)); };
  auto lane = open(file);
  {
    auto connection = must(lane->database()->connect());
    must(connection->exec("SELECT setseed(0.42)"));
    must(connection->exec(
        replaced(replaced(kTraffic, "{sites}", std::to_string(sites)), "{visits}", visits(sealed_millions))));
    must(connection->exec(kSealed));
    must(connection->exec(replaced(kHot, "{visits}", visits(hot_millions))));
    must(connection->exec("DROP MACRO zipf"));
  }
  must(lane->checkpoint());
}

constexpr const char* kDashboard = R"({"range":{range},"compare":"previous","queries":{
  "kpis":{"metrics":["visitors","visits","pageviews","views_per_visit","bounce_rate","visit_duration"]},
  "chart":{"metrics":["visitors"],"dimensions":["{time}"]},
  "sources":{"metrics":["visitors"],"dimensions":["source"],"limit":8},
  "pages":{"metrics":["visitors"],"dimensions":["page"],"limit":8}}})";

constexpr const char* kOverview = R"({"range":{range},"queries":{
  "kpis":{"metrics":["visitors","visits","pageviews","views_per_visit","bounce_rate","visit_duration"]},
  "chart":{"metrics":["visitors"],"dimensions":["{time}"]},
  "channels":{"metrics":["visitors"],"dimensions":["channel"]},
  "sources":{"metrics":["visitors"],"dimensions":["source"]},
  "referrers":{"metrics":["visitors"],"dimensions":["referrer"]},
  "pages":{"metrics":["visitors"],"dimensions":["page"]},
  "entries":{"metrics":["visitors"],"dimensions":["entry_page"]},
  "exits":{"metrics":["visitors"],"dimensions":["exit_page"]},
  "countries":{"metrics":["visitors"],"dimensions":["country"]},
  "browsers":{"metrics":["visitors"],"dimensions":["browser"]},
  "systems":{"metrics":["visitors"],"dimensions":["os"]},
  "devices":{"metrics":["visitors"],"dimensions":["device"]},
  "languages":{"metrics":["visitors"],"dimensions":["language"]}}})";

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path directory =
      argc > 1 ? argv[1] : std::filesystem::temp_directory_path() / "hitkeep-query-bench";
  const double millions = argc > 2 ? std::atof(argv[2]) : 10;
  const int sites = argc > 3 ? std::atoi(argv[3]) : 1000;
  const double hot_millions = argc > 4 ? std::atof(argv[4]) : 1;
  const int runs = argc > 5 ? std::atoi(argv[5]) : 9;

  std::filesystem::create_directories(directory);
  const auto file = directory / "hitkeep.db";
  if (!std::filesystem::exists(file)) build(file, millions, sites, hot_millions);
  const auto lane = open(file);
  auto connection = must(lane->database()->connect());

  hk::ManualClock clock(*parse_instant(std::string(kToday) + "T22:50:00Z"));
  hk::metrics::Registry metrics;
  Engine engine(clock, metrics, std::chrono::minutes(5));
  hk::db::Zones zones(must(hk::db::DuckDatabase::memory({.memory_limit_bytes = 128u << 20, .threads = 1})));
  hk::site::Site site;
  site.key = kLargest;
  site.zone = must(zones.find("UTC"));

  struct Case {
    const char* name;
    const char* range;
    const char* time;
  };
  const Case cases[] = {{"today, hot", R"("today")", "time_hour"},
                        {"30 days, sealed", R"({"from":"2026-10-26","to":"2026-11-24"})", "time_day"},
                        {"365 days, sealed", R"({"from":"2025-11-25","to":"2026-11-24"})", "time_month"},
                        {"30 days with today", R"("30d")", "time_day"}};
  const std::pair<const char*, const char*> pages[] = {{"dashboard, compared", kDashboard}, {"13 queries", kOverview}};
  std::printf("%-20s %-22s %9s %9s %9s\n", "range", "page", "median", "worst", "CPU");
  for (const Case& c : cases) {
    for (const auto& [name, text] : pages) {
      const auto question =
          must(parse(replaced(replaced(text, "{range}", c.range), "{time}", c.time), *site.zone, clock.now()));
      std::vector<double> ms;
      std::vector<double> cpu;
      for (int run = 0; run < runs + 1; ++run) {
        const auto start = std::chrono::steady_clock::now();
        const double cpu_start = cpu_ms();
        must(engine.run(*connection, site, question));
        if (run == 0) continue;  // warm
        cpu.push_back(cpu_ms() - cpu_start);
        ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
      }
      std::ranges::sort(ms);
      std::ranges::sort(cpu);
      std::printf("%-20s %-22s %6.1f ms %6.1f ms %6.1f ms\n", c.name, name, ms[ms.size() / 2], ms.back(),
                  cpu[cpu.size() / 2]);
      std::fflush(stdout);
    }
  }
  return 0;
}

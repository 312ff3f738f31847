// How long questions take, over one connection with one thread, as a query worker has it.
//
//   query_bench [directory] [million hits] [sites] [million hot hits] [runs] [pages|today|filters]
//
// pages: the dashboard's first page, funnels and journeys. "first" is the first time that it is asked for: nothing of
// it is known from before. In the other columns the sums of sealed days are. filters: that page over the year for the
// first time, with one filter, and how many times the CPU time of none it takes. today: pages, but of the hot day
// alone.
//
// A year of sealed rows of Zipf-sized sites, written in the order of finished months, and a day of hot rows and a
// million events in the largest site. The file stays in the directory and is used again. With 3.5 million hits of one
// site funnels and journeys over the year walk along 1 million visits.

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "db/zones.h"
#include "query/dates.h"
#include "query/engine.h"
#include "query/testing/page.h"
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
       CASE WHEN views = 1 THEN entry ELSE exit END AS exit_page, 0::USMALLINT AS import, 0::UINTEGER AS engaged,
       0::UTINYINT AS interactive, 0::UINTEGER AS last_source, 0::UTINYINT AS last_channel, 1::UINTEGER AS hostname,
       CASE WHEN a < 0.4 THEN 0 ELSE zipf(b, 2000) END::UINTEGER AS referrer_host,
       CASE WHEN a < 0.4 THEN 0 ELSE 1 + floor(c * 7) END::UINTEGER AS referrer_path,
       CASE WHEN a < 0.4 THEN 0 ELSE zipf(b, 2000) END::UINTEGER AS source, floor(a * 13)::UTINYINT AS channel,
       CASE WHEN c < 0.9 THEN 0 ELSE 1 END::UINTEGER AS utm_source, 0::UINTEGER AS utm_medium, 0::UINTEGER AS utm_campaign,
       0::UINTEGER AS utm_term, 0::UINTEGER AS utm_content, zipf(vd * 0.618034 % 1, 30) AS browser,
       130::USMALLINT AS browser_major, zipf(vd * 0.414214 % 1, 12) AS os, (1 + vd % 3)::UTINYINT AS device,
       zipf(vd * 0.732051 % 1, 60) AS language, zipf(vd * 0.236068 % 1, 150) AS country,
       1::UINTEGER AS tracker, (1 + vd % 5)::UTINYINT AS size_class, 0::UINTEGER AS browser_version,
       0::UINTEGER AS os_version, 0::UINTEGER AS city, 0::UINTEGER AS asn
FROM numbered;
)";

constexpr const char* kSealed = R"(
INSERT INTO texts SELECT s, 0, i, '/guide/' || i FROM range(1, {sites} + 1) s(s), range(1, 180000) r(i) WHERE s = 1 OR i <= 300;
INSERT INTO texts
SELECT s, k, i, 'name ' || i FROM range(1, {sites} + 1) s(s), range(1, 10) k(k), range(1, 2001) r(i) WHERE s = 1 OR i <= 30;
INSERT INTO texts SELECT 0, k, i, 'name ' || i FROM range(10, 19) k(k), range(1, 2001) r(i);
INSERT INTO sealed_visits SELECT * REPLACE (
  ((row_number() OVER (PARTITION BY site, vd ORDER BY start) = 1)::INTEGER
   + 2 * (row_number() OVER (PARTITION BY site, vd, channel ORDER BY start) = 1)::INTEGER
   + 4 * (row_number() OVER (PARTITION BY site, vd, source ORDER BY start) = 1)::INTEGER
   + 8 * (row_number() OVER (PARTITION BY site, vd, referrer_host, referrer_path ORDER BY start) = 1)::INTEGER
   + 16 * (row_number() OVER (PARTITION BY site, vd, entry_page ORDER BY start) = 1)::INTEGER
   + 32 * (row_number() OVER (PARTITION BY site, vd, exit_page ORDER BY start) = 1)::INTEGER)::UTINYINT AS bits)
FROM wide ORDER BY date_trunc('month', day), site, start;
INSERT INTO sealed_hits
SELECT site, ts, visit, vd, page, n,
       (1 + 2 * (row_number() OVER (PARTITION BY site, vd, page ORDER BY ts) = 1)::INTEGER)::UTINYINT, 0, 0
FROM (SELECT site, (start + to_seconds((k * 30)::BIGINT))::TIMESTAMP_MS AS ts, visit, vd, k + 1 AS n,
             CASE WHEN k = 0 THEN entry_page WHEN k = pageviews - 1 THEN exit_page ELSE zipf(random(), 5000) END AS page
      FROM wide, range(0, pageviews) r(k))
ORDER BY date_trunc('month', ts), site, ts, visit, n;
INSERT INTO sealed_days SELECT DISTINCT site, day, 1 FROM wide;
)";

// A million events in the largest site, each with a plan of twenty and a price.
constexpr const char* kEvents = R"(
INSERT INTO texts VALUES (1, 15, 1, 'order'), (1, 19, 1, 'plan'), (1, 19, 2, 'price');
INSERT INTO texts SELECT 1, 20, i, 'plan ' || i FROM range(1, 21) r(i);
CREATE TEMP TABLE told AS
SELECT site, (start + to_seconds((k * 30 + 7)::BIGINT))::TIMESTAMP_MS AS ts, visit, vd, entry_page AS page,
       (1000 + k)::UINTEGER AS n, zipf(random(), 20) AS plan, floor(random() * 100000)::BIGINT AS price
FROM (SELECT *, 1000000 // count(*) OVER () + 1 AS times FROM wide WHERE site = 1), range(0, times) r(k)
LIMIT 1000000;
INSERT INTO sealed_events SELECT site, ts, visit, vd, page, n, 1 FROM told ORDER BY date_trunc('month', ts), ts, visit, n;
INSERT INTO event_texts
SELECT site, 1, 1, epoch_ms(ts) // 900000, visit, n, plan, (row_number() OVER (PARTITION BY vd, plan ORDER BY ts) = 1)::UTINYINT
FROM told ORDER BY date_trunc('month', ts), ts;
INSERT INTO event_numbers
SELECT site, 1, 2, epoch_ms(ts) // 900000, visit, n, price, (row_number() OVER (PARTITION BY vd, price ORDER BY ts) = 1)::UTINYINT
FROM told ORDER BY date_trunc('month', ts), ts;
)";

constexpr const char* kHot = R"(
CREATE TEMP TABLE today AS
SELECT * REPLACE (1::UINTEGER AS site, DATE '2026-11-25' AS day,
                  (TIMESTAMP '2026-11-25' + to_milliseconds((random() * 82000000)::BIGINT))::TIMESTAMP_MS AS start,
                  0::UINTEGER AS visit)
FROM (SELECT * FROM wide LIMIT {visits});
-- Numbers and bits as the applier gives them: in order of time.
CREATE OR REPLACE TEMP TABLE today AS
SELECT * EXCLUDE (first_start) REPLACE ((100000000 + row_number() OVER (ORDER BY start))::UINTEGER AS visit,
                  (row_number() OVER (PARTITION BY vd ORDER BY start) = 1)::UTINYINT AS bits,
                  (100000000 + dense_rank() OVER (ORDER BY first_start, vd))::UINTEGER AS vd)
FROM (SELECT *, min(start) OVER (PARTITION BY vd) AS first_start FROM today);
INSERT INTO hot_hits BY NAME
SELECT (1000000 + row_number() OVER (ORDER BY start + to_seconds((k * 30)::BIGINT), visit))::UBIGINT AS log_offset, site,
       (start + to_seconds((k * 30)::BIGINT))::TIMESTAMP_MS AS ts, day, visit, vd, import,
       CASE WHEN k = 0 THEN entry_page ELSE zipf(random(), 5000) END AS page, hostname, referrer_host, referrer_path, source, channel,
       utm_source, utm_medium, utm_campaign, utm_term, utm_content, tracker
FROM today, range(0, pageviews) r(k) ORDER BY ts, visit;
INSERT INTO hot_visits BY NAME
SELECT t.site, t.day, t.start, t.visit, t.vd, t.bits, t.entry_page, t.import, h.log_offset
FROM today t JOIN (SELECT visit, min(log_offset) AS log_offset FROM hot_hits GROUP BY visit) h USING (visit) ORDER BY start;
INSERT INTO hot_visitors BY NAME
SELECT DISTINCT ON (vd) site, day, vd, 0 AS log_offset, browser, browser_major, os, device, language, country, size_class,
                        browser_version, os_version, city, asn
FROM today ORDER BY vd, start;
DELETE FROM applied;
INSERT INTO applied SELECT coalesce(max(log_offset), 1), coalesce(max(ts), TIMESTAMP_MS '2026-11-25'), NULL FROM hot_hits;
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
    must(connection->exec(replaced(kSealed, "{sites}", std::to_string(sites))));
    must(connection->exec(kEvents));
    must(connection->exec(replaced(kHot, "{visits}", visits(hot_millions))));
    must(connection->exec("DROP MACRO zipf"));
  }
  lane.reset();
  lane = open(file);  // knows the log's clock
  must(lane->close_visits());
  must(lane->checkpoint());
}

/// The lane of the file, as the server has it.
class OneLane final : public hk::store::Lanes {
 public:
  explicit OneLane(hk::db::DuckDatabase& database) : database_(database) {}
  Result<hk::store::ReadLease> read(hk::LaneKey) override {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) idle_.push_back(must(database_.connect()));
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return hk::store::ReadLease(std::move(connection), [this](auto back) {
      const std::scoped_lock again(mutex_);
      idle_.push_back(std::move(back));
    });
  }
  bool behind(hk::LaneKey) const override { return false; }
  void saw_damage(hk::LaneKey, const hk::Error& words) override { die(words.message); }

 private:
  hk::db::DuckDatabase& database_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<hk::db::DuckConnection>> idle_;
};

/// Views of these pages.
Matcher on(int first, int last) {
  Filter test{.dimension = Dimension::page, .values = {}};
  for (int page = first; page <= last; ++page) test.values.push_back("/guide/" + std::to_string(page));
  return {test_of(test)};
}
/// From frequent pages to less frequent ones.
Funnel funnel(std::optional<hk::Millis> window) {
  return {.steps = {on(1, 3), on(4, 12), on(13, 40), on(41, 100)}, .within = Funnel::Within::day, .window = window};
}

/// CPU time of a question on an engine that knows nothing from before, and again.
struct Times {
  double first = 0;
  double median = 0;
  double worst = 0;  // by the clock
  double clock = 0;  // the median by the clock
};

/// A site of the file at the end of its last day.
class Asking {
 public:
  Asking(hk::db::DuckDatabase& database, hk::db::Zones& zones) : reader_(database) {
    site_.key = kLargest;
    site_.zone = must(zones.find("UTC"));
  }
  Question page(std::string_view range, std::string_view compare, std::string_view time) const {
    return must(testing::first_page(*site_.zone, clock_.now(), range, compare, time));
  }
  Times times(const Question& question, int runs) {
    Engine engine(clock_, reader_, metrics_, std::chrono::minutes(5), {.most = 1});
    Times out;
    std::vector<double> clock;
    std::vector<double> cpu;
    for (int run = 0; run < runs + 1; ++run) {
      const auto start = std::chrono::steady_clock::now();
      const double cpu_start = cpu_ms();
      must(engine.ask(site_, question));
      const double took = cpu_ms() - cpu_start;
      if (run == 0) {
        out.first = took;
        continue;
      }
      cpu.push_back(took);
      clock.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    if (runs == 0) return out;
    std::ranges::sort(clock);
    std::ranges::sort(cpu);
    out.median = cpu[cpu.size() / 2];
    out.clock = clock[clock.size() / 2];
    out.worst = clock.back();
    return out;
  }
  /// The best of some first times.
  double first(const Question& question, int tries) {
    double best = times(question, 0).first;
    for (int i = 1; i < tries; ++i) best = std::min(best, times(question, 0).first);
    return best;
  }

 private:
  hk::ManualClock clock_{*parse_instant(std::string(kToday) + "T22:50:00Z")};
  hk::metrics::Registry metrics_;
  OneLane reader_;
  hk::site::Site site_;
};

struct Case {
  const char* name;
  const char* range;
  const char* time;
};
constexpr Case kYear{"365 days, sealed", R"({"from":"2025-11-25","to":"2026-11-24"})", "time_month"};
constexpr Case kCases[] = {{"today, hot", R"("today")", "time_hour"},
                           {"30 days, sealed", R"({"from":"2026-10-26","to":"2026-11-24"})", "time_day"},
                           kYear,
                           {"30 days with today", R"("30d")", "time_day"}};

void print(const Case& c, const char* name, const Times& took) {
  std::printf("%-20s %-25s %6.1f ms %6.1f ms %6.1f ms %6.1f ms\n", c.name, name, took.first, took.clock, took.worst,
              took.median);
  std::fflush(stdout);
}

void pages(Asking& asking, int runs, std::span<const Case> cases) {
  std::printf("%-20s %-25s %9s %9s %9s %9s\n", "range", "page", "first", "median", "worst", "CPU");
  for (const Case& c : cases) {
    const auto only = [&](const Analysis& analysis) {
      Question question = asking.page(c.range, "null", c.time);
      question.queries = {{"one", analysis}};
      return question;
    };
    const Filter order{.dimension = Dimension::event_name, .values = {"order"}};
    const auto orders = [&](std::vector<Metric> metrics) {
      return Query{.metrics = std::move(metrics),
                   .dimensions = {{Dimension::property, "plan"}},
                   .filter = normal(test_of(order))};
    };
    const std::pair<const char*, Question> questions[] = {
        {"first page", asking.page(c.range, "null", c.time)},
        {"first page, compared", asking.page(c.range, R"("previous")", c.time)},
        {"funnel of 4 steps", only(funnel(std::nullopt))},
        {"funnel in 10 minutes", only(funnel(std::chrono::minutes(10)))},
        {"journeys", only(Journeys{})},
        {"journeys from a page", only(Journeys{.page = on(3, 3)})},
        {"event breakdown", only(orders({Metric::events}))},
        {"event breakdown, visitors", only(orders({Metric::events, Metric::visitors}))}};
    for (const auto& [name, question] : questions) print(c, name, asking.times(question, runs));
  }
}

/// A value that a good part of the rows has, and a piece of it.
std::pair<std::string, std::string> values_of(Dimension::Kind dimension) {
  if (const auto codes = codes_of(dimension); !codes.empty()) return {std::string(codes[1]), std::string(codes[1])};
  const bool page =
      dimension == Dimension::page || dimension == Dimension::entry_page || dimension == Dimension::exit_page;
  if (page) return {"/guide/1", "guide/1"};
  if (dimension == Dimension::event_name) return {"order", "ord"};
  return {dimension == Dimension::referrer ? "name 1name 1" : "name 1", "me 1"};
}

void filters(Asking& asking, int tries) {
  const Question question = asking.page(kYear.range, "null", kYear.time);
  const double without = asking.first(question, tries);
  std::printf("%-34s %9s %9s\n%-34s %6.1f ms\n", "filter", "CPU", "of none", "none", without);
  for (const Dimension::Kind dimension : kAllDimensions) {
    if (is_time(dimension)) continue;
    for (std::size_t op = 0; op < kOperatorNames.size(); ++op) {
      const auto [whole, piece] = values_of(dimension);
      const Filter filter{.dimension = dimension, .op = Operator(op), .values = {op < 2 ? whole : piece}};
      Question filtered = question;
      filtered.filter = normal(test_of(filter));
      const double took = asking.first(filtered, tries);
      std::printf("%-14s %-19s %6.1f ms %6.2f%s\n", name_of(dimension).c_str(), kOperatorNames[op].data(), took,
                  took / without, took > 3 * without ? "  more than three times" : "");
      std::fflush(stdout);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path directory =
      argc > 1 ? argv[1] : std::filesystem::temp_directory_path() / "hitkeep-query-bench";
  const double millions = argc > 2 ? std::atof(argv[2]) : 10;
  const int sites = argc > 3 ? std::atoi(argv[3]) : 1000;
  const double hot_millions = argc > 4 ? std::atof(argv[4]) : 1;
  const int runs = argc > 5 ? std::atoi(argv[5]) : 9;
  const std::string what = argc > 6 ? argv[6] : "";

  std::filesystem::create_directories(directory);
  const auto file = directory / "hitkeep.db";
  if (!std::filesystem::exists(file)) build(file, millions, sites, hot_millions);
  const auto lane = open(file);
  hk::db::Zones zones(must(hk::db::DuckDatabase::memory({.memory_limit_bytes = 128u << 20, .threads = 1})));
  Asking asking(*lane->database(), zones);
  if (what == "filters") {
    filters(asking, std::min(runs, 3));
  } else {
    pages(asking, runs, what == "today" ? std::span(kCases).first(1) : std::span(kCases));
  }
  return 0;
}

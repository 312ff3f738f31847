#include "app/import_command.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>

#include "app/rooms.h"
#include "base/text.h"
#include "import/importer.h"
#include "query/dates.h"
#include "site/domain.h"
#include "sql/import.h"

namespace hk::app {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::string_view kFolder = "imports";

Result<std::optional<import::LogFormat>> format_of(const CommandLine& line) {
  const auto said = line.flags.find("format");
  if (said == line.flags.end()) return std::nullopt;
  constexpr auto kNames = names(json::Of<import::LogFormat>{});
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (said->second == kNames[i]) return static_cast<import::LogFormat>(i);
  return fail(Code::invalid, "-format must be combined, json, w3c or cloudfront, not \"" + said->second + "\"");
}

/// Days of the site that the tracker counted.
Result<std::set<Day>> tracked_days(query::Engine& engine, const site::Site& site) {
  std::set<Day> days;
  const auto read = engine.read(site, {}, [&](query::Snapshot& snapshot) {
    return snapshot.each_chunk(sql::import::tracked_days, {static_cast<std::uint32_t>(site.key)},
                               [&](const db::DuckRows& rows, std::size_t) -> Result<void> {
                                 for (const Day day : rows.column<Day>(0)) days.insert(day);
                                 return {};
                               });
  });
  if (!read) return std::unexpected(read.error());
  return days;
}

/// A line that is written over: how much of the file, how fast, how long still.
class Report {
 public:
  explicit Report(std::string name) : name_(std::move(name)) {}
  void operator()(const import::ImportStatus& status) {
    if (began_ == Steady::time_point{}) {
      began_ = Steady::now();
      first_ = status;
      return;
    }
    const double seconds = std::chrono::duration<double>(Steady::now() - began_).count();
    const double lines = static_cast<double>(status.lines - first_.lines) / seconds;
    const double bytes = static_cast<double>(status.read_bytes - first_.read_bytes) / seconds;
    const auto left = status.size > status.read_bytes ? static_cast<double>(status.size - status.read_bytes) : 0;
    std::fprintf(
        stderr, "\r[import] %s: %3.0f %%, %llu lines, %.0f lines/s, %.0f s left   ", name_.c_str(),
        status.size == 0 ? 100.0 : 100.0 * static_cast<double>(status.read_bytes) / static_cast<double>(status.size),
        static_cast<unsigned long long>(status.lines), lines, bytes > 0 ? left / bytes : 0.0);
  }

 private:
  const std::string name_;
  Steady::time_point began_{};
  import::ImportStatus first_;
};

template <class Enum, std::size_t N, class Name>
void add_counts(std::string& out, std::string_view what, const std::array<std::uint64_t, N>& counts, std::size_t from,
                Name name) {
  std::string some;
  for (std::size_t i = from; i < N; ++i)
    if (counts[i] > 0)
      some += concat({some.empty() ? "" : ", ", std::to_string(counts[i]), " ", name(static_cast<Enum>(i))});
  if (!some.empty()) out += concat({"  ", what, ": ", some, "\n"});
}

/// What became of the lines of a file.
std::string summary(const std::string& file, const import::Tally& t) {
  std::string out = concat({file, ": ", std::to_string(t.lines), " lines, of these ", std::to_string(t.before),
                            " taken before; ", std::to_string(t.views), " page views, ", std::to_string(t.downloads),
                            " downloads and ", std::to_string(t.fetches), " fetches by AIs\n"});
  add_counts<import::RequestKind>(out, "requests", t.kinds, 0,
                                  [](import::RequestKind kind) { return json::name_of(kind); });
  add_counts<import::Wrong>(out, "no requests", t.wrong, 1, [](import::Wrong wrong) { return json::name_of(wrong); });
  add_counts<ingest::Reason>(out, "not counted", t.dropped, 0, [](ingest::Reason one) { return ingest::name_of(one); });
  add_counts<ingest::Bot>(out, "kept apart", t.bots, 0, [](ingest::Bot one) { return ingest::name_of(one); });
  if (t.other_host > 0) out += concat({"  of hosts that are not the site's: ", std::to_string(t.other_host), "\n"});
  if (!t.tracked_days.empty()) {
    out += concat({"  ", std::to_string(t.tracked_days.size()), " days have visits of the tracker (",
                   query::date_text(*t.tracked_days.begin()), " to ", query::date_text(*t.tracked_days.rbegin()), ")"});
    out += t.tracked > 0 ? concat({": ", std::to_string(t.tracked), " page views of them left out; -add takes them\n"})
                         : std::string("\n");
  }
  return out;
}

}  // namespace

Result<void> import_logs(const CommandLine& line, const Config& config) {
  const auto named = line.flags.find("site");
  if (named == line.flags.end())
    return fail(Code::invalid,
                "import-logs needs -site (for example: hitkeep import-logs access.log -site example.com)");
  const auto format = format_of(line);
  if (!format) return std::unexpected(format.error());
  const auto domain = site::check_domain(named->second);
  if (!domain) return std::unexpected(domain.error());
  for (const std::string& file : line.targets)
    if (auto opens = import::LogSource::open(file); !opens) return std::unexpected(opens.error());

  Rooms rooms;
  if (auto opened = rooms.open(config); !opened) return opened;
  rooms.store->start([](const auto&) {});
  rooms.open_pipeline();
  query::Engine engine(rooms.clock, *rooms.store, rooms.metrics);
  const auto sites = rooms.sites.now();
  const site::Site* site = sites->by_domain(*domain);
  Result<void> done =
      site ? Result<void>() : fail(Code::invalid, concat({"There is no site with the domain ", *domain}));
  for (const std::string& file : line.targets) {
    if (!done) break;
    auto tracked = tracked_days(engine, *site);
    if (!tracked) {
      done = std::unexpected(tracked.error());
      break;
    }
    Report report(file);
    import::Importer importer(
        {.pipeline = *rooms.pipeline,
         .log = *rooms.log,
         .sites = rooms.sites,
         .folder = rooms.data / kFolder,
         .report = [&](const import::ImportStatus& status) { report(status); }},
        {.site = site->id, .format = *format, .tracked = std::move(*tracked), .add = line.flags.contains("add")});
    const auto tally = importer.take(file);
    std::fprintf(stderr, "\n");
    if (tally) std::fputs(summary(file, *tally).c_str(), stdout);
    if (!tally) done = std::unexpected(tally.error());
  }
  const auto closed = rooms.close();
  return done ? closed : done;
}

}  // namespace hk::app

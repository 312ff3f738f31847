#include "app/demo_command.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <limits>

#include "app/memory.h"
#include "app/rooms.h"
#include "app/wait_for.h"
#include "demo/demo.h"
#include "site/sites.h"
#include "store/bulk.h"

namespace hk::app {
namespace {

constexpr const char* kEmail = "demo@hitkeep.example";
constexpr const char* kPassword = "demo-demo-demo";  // of made-up data on somebody's own machine

Result<std::int64_t> number(const CommandLine& line, const std::string& flag, std::int64_t fallback, std::int64_t least,
                            std::int64_t most) {
  const auto given = line.flags.find(flag);
  if (given == line.flags.end()) return fallback;
  std::int64_t value = 0;
  const auto* end = given->second.data() + given->second.size();
  const auto [stop, error] = std::from_chars(given->second.data(), end, value);
  if (error != std::errc{} || stop != end || value < least || value > most)
    return fail(Code::invalid, "-" + flag + " must be a whole number from " + std::to_string(least) + " to " +
                                   std::to_string(most) + ", not \"" + given->second +
                                   "\" (for example: " + std::to_string(fallback) + ")");
  return value;
}

Result<demo::Variety> variety_of(const CommandLine& line) {
  const auto given = line.flags.find("variety");
  if (given == line.flags.end() || given->second == "low") return demo::Variety::low;
  if (given->second == "high") return demo::Variety::high;
  return fail(Code::invalid, "-variety must be low or high, not \"" + given->second + "\"");
}

/// The owner's account.
Result<UserId> create_owner(Rooms& rooms) {
  const auto owner = wait_for([&](auto done) {
    return rooms.accounts->set_up({.email = kEmail,
                                   .password = Secret<std::string>(kPassword),
                                   .given_name = "Demo",
                                   .last_name = "",
                                   .language = "en"},
                                  std::move(done));
  });
  if (!owner) return std::unexpected(owner.error());
  return rooms.identities.now()->users.begin()->first;  // the only one so far
}

Result<std::vector<site::Site>> create_sites(Rooms& rooms, const std::vector<demo::DemoSite>& traffic) {
  const auto owner = create_owner(rooms);
  if (!owner) return std::unexpected(owner.error());
  const auto grant = rooms.gate->grant<access::Permission::team_create_sites>(
      {.task = "demo"}, {.team = rooms.identities.now()->teams.front().id});
  std::vector<site::Site> sites;
  for (const auto& wanted : traffic) {
    auto zone = rooms.zones->find(wanted.zone);
    if (!zone) return std::unexpected(zone.error());
    const auto made = wait_for([&](auto done) {
      return site::create_site(*rooms.control, grant,
                               {.domain = wanted.domain,
                                .zone = *zone,
                                .retention_days = rooms.config.retention_days,
                                .owner = *owner,
                                .unlimited = true},
                               rooms.clock.now(), std::move(done));
    });
    if (!made) return std::unexpected(made.error());
    sites.push_back(*rooms.sites.now()->by_id(made->id));
  }
  return sites;
}

Result<std::int64_t> load(const std::filesystem::path& file, const demo::Recipe& recipe,
                          const std::vector<demo::DemoSite>& traffic, const std::vector<site::Site>& sites,
                          TimeMs now) {
  // Nothing else runs: it may have more than a server's database.
  const auto memory = std::min(store::kBulkMemory, available_memory() / 2);
  auto bulk = store::BulkLoad::open({.file = file, .memory_limit_bytes = memory});
  if (!bulk) return std::unexpected(bulk.error());
  std::vector<const site::Site*> pointers;
  Day today = std::numeric_limits<Day>::max();  // of the site where it is earliest
  for (const auto& site : sites) {
    pointers.push_back(&site);
    today = std::min(today, site.zone->day_of(now));
  }
  std::int64_t since_seal = 0;
  Day reached = 0;
  const auto sink = [&](const store::Hit& hit) -> Result<void> {
    // Days come in order, but sites far to the west are a day behind: two days back is over everywhere.
    const bool month_over = store::next_month(hit.day - 1) != store::next_month(reached - 1);
    if (hit.day > reached && since_seal > 0 && (month_over || since_seal >= store::kBulkRows)) {
      if (auto sealed = (*bulk)->seal(hit.day - 1); !sealed) return sealed;
      since_seal = 0;
    }
    reached = std::max(reached, hit.day);
    ++since_seal;
    return (*bulk)->add(hit);
  };
  int shown = -1;
  const auto progress = [&](double done) {
    if (const int percent = static_cast<int>(done * 100); percent / 5 != shown / 5 || shown < 0)
      std::fprintf(stderr, "\r[demo] %3d %% of a year", shown = percent);
  };
  auto views = demo::generate(recipe, traffic, pointers, now, sink, progress);
  if (!views) return views;
  std::fprintf(stderr, "\r[demo] sorting            ");
  if (auto finished = (*bulk)->finish(today); !finished) return std::unexpected(finished.error());
  std::fprintf(stderr, "\r");
  return views;
}

}  // namespace

Result<void> make_demo(const CommandLine& line, const Config& config) {
  const auto hits = number(line, "hits", 1'000'000, demo::kLeastHits, demo::kMostHits);
  const auto seed = number(line, "seed", 1, 0, std::numeric_limits<std::int64_t>::max());
  const auto count = number(line, "sites", 3, 1, demo::kMostSites);
  for (const auto* checked : {&hits, &seed, &count})
    if (!*checked) return std::unexpected(checked->error());
  const auto variety = variety_of(line);
  if (!variety) return std::unexpected(variety.error());

  if (std::filesystem::exists(config.data_path) && !std::filesystem::is_empty(config.data_path))
    return fail(Code::invalid, "the demo needs a data directory of its own, and " + config.data_path +
                                   " is not empty (for example: -data-path demo-data)");
  const auto traffic = demo::demo_sites(static_cast<std::uint32_t>(*count));
  std::vector<site::Site> sites;
  std::filesystem::path file;
  TimeMs now{};
  {
    Rooms rooms;
    if (auto opened = rooms.open(config); !opened) return opened;
    rooms.store->start([](const auto&) {});
    now = rooms.clock.now();
    file = rooms.store_options.first_file;
    auto made = create_sites(rooms, traffic);
    if (!made) return std::unexpected(made.error());
    sites = std::move(*made);
    if (auto closed = rooms.close(); !closed) return closed;
  }
  const auto views =
      load(file, {.hits = *hits, .seed = static_cast<std::uint64_t>(*seed), .variety = *variety}, traffic, sites, now);
  if (!views) return std::unexpected(views.error());
  std::fprintf(stderr, "[demo] %lld page views of %lld sites in %s; sign in as %s with %s\n",
               static_cast<long long>(*views), static_cast<long long>(*count), config.data_path.c_str(), kEmail,
               kPassword);
  return {};
}

}  // namespace hk::app

#include "app/notices.h"

#include <algorithm>
#include <string>
#include <utility>

#include "app/rooms.h"
#include "app/tls_files.h"
#include "base/text.h"

namespace hk::app {
namespace {

using notice::Level;
using notice::Notice;
using site::Standing;

/// Some hosts of one list, and the hits of all.
struct Gathered {
  std::string names;
  std::size_t named = 0;
  std::uint64_t hits = 0;

  void add(const ingest::Hosts::Seen& seen) {
    hits += seen.hits;
    if (named == kHostsToName) return;
    if (named++ > 0) names += ", ";
    names += seen.host;
  }
};

void tell_unknown(const ingest::Hosts& hosts, const site::Sites& sites, std::vector<Notice>& out) {
  std::string example;
  std::uint64_t hits = 0;
  for (const auto& seen : hosts.unknown()) {
    if (sites.place_of(seen.host).site) continue;  // by now it has one
    if (example.empty()) {
      if (seen.hits < kUnknownHitsToTell) return;
      example = seen.host;
    }
    hits += seen.hits;
  }
  if (example.empty()) return;
  out.push_back({.kind = "hosts_unknown",
                 .level = Level::warning,
                 .site = {},
                 .facts = {{"hits", std::to_string(hits)}, {"host", std::move(example)}}});
}

void tell_of(const site::Site& site, const ingest::Hosts& hosts, const site::Sites& sites, std::vector<Notice>& out) {
  Gathered below, copies;
  for (const auto& seen : hosts.of(site.key)) {
    const site::Place place = sites.place_of(seen.host);
    if (place.site != &site) continue;
    if (place.standing == Standing::below && !site.subdomains) below.add(seen);
    if (place.standing == Standing::counts && ingest::looks_like_a_copy(seen.host, site.domain)) copies.add(seen);
  }
  const auto tell = [&](const char* kind, Level level, Gathered& what) {
    if (what.named == 0) return;
    out.push_back({.kind = kind,
                   .level = level,
                   .site = site.key,
                   .facts = {{"hits", std::to_string(what.hits)}, {"hosts", std::move(what.names)}}});
  };
  tell("subdomains_asked", Level::warning, below);
  tell("copies_counted", Level::info, copies);
}

}  // namespace

void tell_hosts(const ingest::Hosts& hosts, const site::Sites& sites, std::vector<Notice>& out) {
  tell_unknown(hosts, sites, out);
  for (const site::Site& site : sites.all()) tell_of(site, hosts, sites, out);
}

void tell_bounds(const ingest::Bounds& bounds, const site::Sites& sites, std::vector<Notice>& out) {
  for (const site::Site& site : sites.all()) {
    const auto refused = bounds.refused(site.key);
    if (refused.hits() == 0) continue;
    const auto of = [&](ingest::Bound bound) {
      return std::to_string(refused.by_bound[static_cast<std::size_t>(bound)]);
    };
    out.push_back({.kind = "bound_reached",
                   .level = Level::alarm,
                   .site = site.key,
                   .facts = {{"refused", std::to_string(refused.hits())},
                             {"addresses", std::to_string(refused.addresses)},
                             {"bytes", of(ingest::Bound::bytes)},
                             {"texts", of(ingest::Bound::texts)},
                             {"visitors", of(ingest::Bound::visitors)}}});
  }
}

void tell_lanes(std::span<const store::LaneState> lanes, const std::filesystem::path& data, std::vector<Notice>& out) {
  using store::Trouble;
  const auto tell = [&](const char* kind, std::vector<std::pair<std::string, std::string>> facts) {
    out.push_back({.kind = kind, .level = Level::alarm, .site = {}, .facts = std::move(facts)});
  };
  // One disk, one notice, however many files it has no room for.
  if (std::ranges::count(lanes, Trouble::disk_full, &store::LaneState::trouble) > 0) tell("disk_full", {});
  for (const store::LaneState& lane : lanes) {
    const std::string file = lane.file.lexically_proximate(data).string();
    if (lane.trouble == Trouble::damaged)
      tell("damaged_rows", {{"file", file}, {"day", rfc3339(lane.since).substr(0, 10)}});
    if (lane.stopped && lane.trouble != Trouble::disk_full) tell("lane_stopped", {{"file", file}});
    if (lane.dropped > 0) tell("hits_dropped", {{"file", file}, {"hits", std::to_string(lane.dropped)}});
  }
}

void tell_clock(const TrustedClock& clock, std::vector<Notice>& out) {
  const bool refuses = !clock.believable();
  if (!refuses && !clock.leapt()) return;
  out.push_back({.kind = "clock_wrong", .level = refuses ? Level::alarm : Level::warning, .site = {}, .facts = {}});
}

void tell_certificate(std::optional<TimeMs> end, TimeMs now, std::vector<Notice>& out) {
  if (!end || *end >= now + kEndsSoon) return;
  out.push_back({.kind = "certificate_ends",
                 .level = *end <= now ? Level::alarm : Level::warning,
                 .site = {},
                 .facts = {{"day", rfc3339(*end).substr(0, 10)}}});
}

void tell_control(std::span<const std::string> damaged, std::vector<Notice>& out) {
  if (damaged.empty()) return;
  std::string tables;
  for (const std::string& table : damaged) tables += (tables.empty() ? "" : ", ") + table;
  out.push_back(
      {.kind = "control_damaged", .level = Level::alarm, .site = {}, .facts = {{"tables", std::move(tables)}}});
}

/// Sources of what the first page tells; each reads memory only.
void Rooms::add_notices() {
  notices.add([this](std::vector<Notice>& out) {
    if (!log->accepting()) out.push_back({.kind = "log_refuses", .level = Level::alarm, .site = {}, .facts = {}});
    tell_clock(clock, out);
    if (config.tls()) tell_certificate(certificates->end(), clock.now(), out);
  });
  notices.add([this](std::vector<Notice>& out) {
    const auto now = sites.now();
    tell_hosts(pipeline->hosts(), *now, out);
    tell_bounds(pipeline->bounds(), *now, out);
  });
  notices.add([this](std::vector<Notice>& out) {
    tell_control(control->damaged(), out);
    tell_lanes(store->states(), data, out);
  });
  notices.add([this](std::vector<Notice>& out) {
    if (const auto found = server->proxy_finding())
      out.push_back({.kind = found->named ? "proxy_silent" : "proxy_unnamed",
                     .level = notice::Level::warning,
                     .site = {},
                     .facts = {{"headers", found->headers}, {"peer", found->proxy}, {"setting", found->setting()}}});
  });
}

}  // namespace hk::app

#pragma once
// What the rooms know, as notices for the dashboard's first page (docs/notices.md). Pure, so that a test can ask.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/trusted_clock.h"
#include "ingest/bounds.h"
#include "ingest/hosts.h"
#include "notice/board.h"
#include "site/directory.h"
#include "store/store.h"

namespace hk::app {

/// Anybody can write any host into a request: a host of no site is told of from so many hits on.
inline constexpr std::uint64_t kUnknownHitsToTell = 10;
/// Hosts that one notice names.
inline constexpr std::size_t kHostsToName = 5;

/// hosts_unknown, subdomains_asked, copies_counted: by what the sites say of the hosts now.
void tell_hosts(const ingest::Hosts& hosts, const site::Sites& sites, std::vector<notice::Notice>& out);

/// bound_reached: sites of which an address was refused today.
void tell_bounds(const ingest::Bounds& bounds, const site::Sites& sites, std::vector<notice::Notice>& out);

/// disk_full, damaged_rows, lane_stopped. Files are named as they lie below `data`.
void tell_lanes(std::span<const store::LaneState> lanes, const std::filesystem::path& data,
                std::vector<notice::Notice>& out);

/// control_damaged: tables of control.db that do not hold what was written.
void tell_control(std::span<const std::string> damaged, std::vector<notice::Notice>& out);

/// certificate_ends: that of TLS ends within kEndsSoon, which a newer one should have prevented; an alarm once it has.
void tell_certificate(std::optional<TimeMs> end, TimeMs now, std::vector<notice::Notice>& out);

/// clock_wrong: an alarm while hits are refused for it.
void tell_clock(const TrustedClock& clock, std::vector<notice::Notice>& out);

}  // namespace hk::app

#pragma once
// Every limit of the ingest path. Each has a test that crosses it. Texts above theirs are cut at a character's border
// and counted (hitkeep_ingest_cut_total{field}); a hit is never lost because one of its texts is long.

#include <cstddef>
#include <cstdint>

#include "store/attributes.h"

namespace hk::ingest {

inline constexpr std::size_t kMaxPathBytes = store::longest(store::Attribute::page);
inline constexpr std::size_t kMaxHostBytes =
    store::longest(store::Attribute::hostname);  // RFC 1035 without the final dot
inline constexpr std::size_t kMaxReferrerPathBytes = store::longest(store::Attribute::referrer_path);
inline constexpr std::size_t kMaxUtmBytes = store::longest(store::Attribute::utm_source);
inline constexpr std::size_t kMaxEventNameBytes = store::longest(store::Attribute::event_name);
inline constexpr std::size_t kMaxTrackerBytes = 64;  // source and version, each (as the original's script cuts them)
inline constexpr std::size_t kMaxLanguageBytes = store::longest(store::Attribute::language);  // RFC 5646, 4.4.1
inline constexpr std::size_t kMaxUserAgentBytes = 512;
/// Names that come out of a user agent: what a pattern catches must stay a name.
inline constexpr std::size_t kMaxFamilyBytes = store::longest(store::Attribute::browser);

static_assert(2 * kMaxTrackerBytes + 1 == store::longest(store::Attribute::tracker));
static_assert(kMaxHostBytes == store::longest(store::Attribute::referrer_host));

inline constexpr std::size_t kMaxVersionBytes = store::longest(store::Attribute::browser_version);
static_assert(kMaxVersionBytes == store::longest(store::Attribute::os_version));

/// What somebody searched for on a site.
inline constexpr std::size_t kMaxSearchBytes = 255;

/// Event properties as compact JSON, bytes. They can't be cut; above: 400.
inline constexpr std::size_t kMaxPropertiesBytes = std::size_t{16} * 1024;
/// A page's title as it is kept, bytes.
inline constexpr std::size_t kMaxTitleBytes = 255;
/// What names one measurement of a web vital, bytes (as the original cuts it).
inline constexpr std::size_t kMaxVitalIdBytes = 128;
/// A web vital above counts as this: an hour in milliseconds, or as much of a score in thousandths.
inline constexpr double kMaxVital = 3'600'000;
/// Nesting of objects and arrays in a body. Above: 400.
inline constexpr std::size_t kMaxBodyDepth = 32;
/// Viewport and screen, pixels. Larger counts as this, negative as unknown.
inline constexpr int kMaxPixels = 32'767;

/// Visitors whose visits may go on over midnight, all sites together. About 64 bytes each; the visits of those above it
/// are cut at midnight.
inline constexpr std::size_t kMaxRemembered = 262'144;

/// What one address (IPv6: a /64) may bring to one site in a UTC day; above: 429 (ingest/bounds.h). An office of 500
/// people behind one address stays below a half of each: 60 hits of 300 bytes, 20 pages that nobody else has seen and
/// 4 browsers for everyone. Somebody who only wants to fill the disk gets 32 MiB a day instead of some 28 GiB.
inline constexpr std::uint32_t kMaxBytesPerAddress = std::uint32_t{32} << 20;
inline constexpr std::uint32_t kMaxNewTextsPerAddress = 20'000;
inline constexpr std::uint32_t kMaxNewVisitorsPerAddress = 5'000;
/// Cells of one row of the table that counts addresses; 36 bytes each, all rows together. A power of two.
inline constexpr std::size_t kBoundCells = std::size_t{1} << 15;
/// Texts and visitors that can be told apart as new or known; an eighth of a byte each. A power of two.
inline constexpr std::size_t kSeenBits = std::size_t{1} << 23;

/// Hosts that are remembered of each site, and of none (ingest/hosts.h). About 300 bytes each.
inline constexpr std::size_t kHostsPerSite = 20;

/// Parsed user agents that are kept, all shards together. About 200 bytes each.
inline constexpr std::size_t kUserAgentCacheEntries = 4096;

}  // namespace hk::ingest

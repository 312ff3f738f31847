#pragma once
// Every limit of the ingest path. Each has a test that crosses it. Texts above theirs are cut at a character's border
// and counted (hitkeep_ingest_cut_total{field}); a hit is never lost because one of its texts is long.

#include <chrono>
#include <cstddef>

namespace hk::ingest {

inline constexpr std::size_t kMaxPathBytes = 1024;
inline constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 without the final dot
inline constexpr std::size_t kMaxReferrerPathBytes = 512;
inline constexpr std::size_t kMaxUtmBytes = 255;
inline constexpr std::size_t kMaxEventNameBytes = 128;
inline constexpr std::size_t kMaxTrackerBytes = 64;   // source and version, each (as the original's script cuts them)
inline constexpr std::size_t kMaxLanguageBytes = 35;  // RFC 5646, 4.4.1
inline constexpr std::size_t kMaxUserAgentBytes = 512;
/// Names that come out of a user agent: what a pattern catches must stay a name.
inline constexpr std::size_t kMaxFamilyBytes = 64;

/// Event properties as compact JSON, bytes. They can't be cut; above: 400.
inline constexpr std::size_t kMaxPropertiesBytes = std::size_t{16} * 1024;
/// Nesting of objects and arrays in a body. Above: 400.
inline constexpr std::size_t kMaxBodyDepth = 32;
/// Viewport and screen, pixels. Larger counts as this, negative as unknown.
inline constexpr int kMaxPixels = 32'767;

/// After local midnight a hit may still continue a visit of the day before.
inline constexpr std::chrono::minutes kVisitGap{30};

/// Parsed user agents that are kept, all shards together. About 200 bytes each.
inline constexpr std::size_t kUserAgentCacheEntries = 4096;

}  // namespace hk::ingest

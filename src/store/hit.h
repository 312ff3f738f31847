#pragma once
// What the log carries for a measured thing: compact and final. Clock, ids, enrichment and the target
// lane are decided before the append, so that applying needs no clock, no randomness and no lookup.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"

namespace hk::store {

/// `kind` of log records with a store lane.
enum class RecordKind : std::uint8_t {
  hit = 1,            // one Hit
  seal = 2,           // SealOrder: site-days that are over
  rewrite_month = 3,  // RewriteOrder: sort a finished month
  counts = 4,         // Counts: what came to the doors in a minute
};
/// What is written. Older versions, down to the first, are read.
inline constexpr std::uint8_t kRecordVersion = 3;
inline constexpr std::uint8_t kFirstRecordVersion = 1;
constexpr bool is_readable(std::uint8_t version) {
  return version >= kFirstRecordVersion && version <= kRecordVersion;
}

/// What is no person is kept under a key of its own beside the site's: the same tables, another place in their order,
/// and questions about people never read it (docs/storage.md).
inline constexpr std::uint32_t kShadow = std::uint32_t{1} << 31;
constexpr SiteKey shadow_of(SiteKey site) {
  return SiteKey{static_cast<std::uint32_t>(site) | kShadow};
}
/// The site behind either of its keys.
constexpr SiteKey site_of(SiteKey key) {
  return SiteKey{static_cast<std::uint32_t>(key) & ~kShadow};
}

enum class HitKind : std::uint8_t {
  pageview = 0,
  event = 1,
  ping = 2,   // how long a page view was looked at until now, and how far it was scrolled
  vital = 3,  // one web vital of a page view
  fetch = 4,  // a machine of an AI fetched a page: no visit, a row of its own
};
inline constexpr std::size_t kHitKinds = 5;
/// Whether it may open a visit. What only tells more of a page that is open never does, nor what is none.
constexpr bool opens_visits(HitKind kind) {
  return kind == HitKind::pageview || kind == HitKind::event;
}

/// Web vitals; numbers are stored, never renumber.
enum class Vital : std::uint8_t { lcp = 0, inp, cls, fcp, ttfb };
inline constexpr std::array<std::string_view, 5> kVitalNames = {"LCP", "INP", "CLS", "FCP", "TTFB"};

/// The longest time that one page view was looked at which is believed.
inline constexpr std::uint32_t kMaxEngagedSeconds = 86'400;
/// `scroll` of a ping: 0 not told, else 1 + percent.
inline constexpr std::uint8_t kMaxScroll = 101;

/// Acquisition channels; numbers are stored, never renumber.
enum class Channel : std::uint8_t {
  direct = 0,
  organic_search,
  paid_search,
  organic_social,
  paid_social,
  referral,
  email,
  ai_assistant,
  display,
  affiliate,
  video,
  paid_other,
  campaign,
};
inline constexpr std::array<std::string_view, 13> kChannelNames = {
    "direct",       "organic_search", "paid_search", "organic_social", "paid_social", "referral", "email",
    "ai_assistant", "display",        "affiliate",   "video",          "paid_other",  "campaign"};
std::string_view name_of(Channel channel);

enum class Device : std::uint8_t { unknown = 0, desktop, mobile, tablet, tv, console, bot, headset };
inline constexpr std::array<std::string_view, 8> kDeviceNames = {"unknown", "desktop", "mobile", "tablet",
                                                                 "tv",      "console", "bot",    "headset"};
std::string_view name_of(Device device);

/// Texts are UTF-8 without NUL, already cut to their limits (store/attributes.h); empty means absent.
struct Hit {
  HitKind kind = HitKind::pageview;
  SiteKey site{};
  TimeMs at{};  // server receive time, UTC
  Day day = 0;  // site-local date of `at`
  /// Of an event 0 where nobody did it: it is counted, and of no visit.
  std::uint64_t visitor = 0;  // keyed hash under the salt of the day on which the running visit began
  /// What `visitor` was on the day before, where the visit goes on over midnight; 0 = none. The same hash since a visit
  /// keeps its own; records of version 1 that are older than this hold yesterday's beside today's.
  std::uint64_t visitor_before = 0;
  bool late = false;  // throwaway salt: arrived after its day's salt was destroyed

  std::string hostname;
  std::string path;
  std::string referrer_host;  // without "www.", empty for direct and for the site itself
  std::string referrer_path;
  std::string source;  // "Google", "Hacker News", a host, or utm_source; empty for direct
  Channel channel = Channel::direct;
  std::string utm_source, utm_medium, utm_campaign, utm_term, utm_content;

  std::string browser;  // family, e.g. "Chrome"
  std::uint16_t browser_major = 0;
  std::string os;
  Device device = Device::unknown;
  std::string language;         // primary subtag with region as sent, e.g. "de-AT"
  std::string country;          // ISO 3166-1 alpha-2; empty = unknown
  std::string city;             // "Linz, Upper Austria, AT", or "Upper Austria, AT"; empty = unknown
  std::uint32_t asn = 0;        // the autonomous system that the address is of; 0 = unknown
  std::string browser_version;  // "146", "18.2"
  std::string os_version;       // "15", "14.5"
  std::uint16_t viewport_width = 0, viewport_height = 0;
  std::uint16_t screen_width = 0, screen_height = 0;
  std::string tracker;  // tracker source and version, e.g. "hk.js/2"

  std::string event_name;   // kind == event
  std::string event_json;   // of an event or a page view: properties as one JSON object, "" = none
  bool interactive = true;  // of an event: somebody did something

  std::string title;  // kind == pageview: what the page calls itself

  std::uint32_t engaged = 0;  // kind == ping: seconds since the view, at most kMaxEngagedSeconds
  std::uint8_t scroll = 0;    // kind == ping

  Vital vital{};                  // kind == vital
  std::uint32_t vital_value = 0;  // thousandths of a second, or of a score
  std::uint64_t vital_id = 0;     // by which a page that tells it again is known; 0: none

  std::uint16_t status = 0;  // kind == fetch: of the answer; `browser` is the machine's name
};

/// Whether a lane takes this hit: what would make decode_hit() refuse its record, found before it is one. Who lets hits
/// in asks this first, so that nothing that was acknowledged is ever put aside.
Result<void> check(const Hit& hit);
/// Little-endian, length-prefixed, about 100 bytes (store/hit.cc is the layout).
std::string encode(const Hit& hit);
/// Code::invalid when the bytes are not one whole Hit of a version that is read.
Result<Hit> decode_hit(std::string_view payload, std::uint8_t version);

}  // namespace hk::store

#include "store/hit.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/attributes.h"
#include "store/bytes.h"

namespace hk::store {
namespace {

// First byte: which optional parts follow.
constexpr std::uint8_t kEvent = 1;
constexpr std::uint8_t kLate = 2;
constexpr std::uint8_t kBefore = 4;
constexpr std::uint8_t kUtm = 8;
// Since version 3.
constexpr std::uint8_t kPing = 16;  // with kEvent: a web vital; with kMore: a fetch
constexpr std::uint8_t kQuiet = 32;
constexpr std::uint8_t kMore = 64;    // what a page says of itself
constexpr std::uint8_t kPlace = 128;  // since version 2: place, network and versions
constexpr std::uint8_t kKnownFlags = kEvent | kLate | kBefore | kUtm | kPing | kQuiet | kMore | kPlace;

// Instants outside these years are no receive times: 2000-01-01 and 2100-01-01 in ms.
constexpr std::int64_t kEarliestMs = 946'684'800'000;
constexpr std::int64_t kLatestMs = 4'102'444'800'000;
constexpr std::int64_t kDayMs = 86'400'000;
/// Room for nearly every record; a longer one costs another allocation.
constexpr std::size_t kUsualBytes = 240;

/// What a hit says as a code.
constexpr auto kCoded = kSelected<[](const AttributeRow& row) { return row.number != nullptr && !row.codes.empty(); }>;

/// Everything but the texts.
Result<void> check_numbers(const Hit& hit, std::int64_t ms, std::int64_t day) {
  const auto named = [&](Attribute a) { return row_of(a).number(hit) < row_of(a).codes.size(); };
  if (!std::ranges::all_of(kCoded, named)) return fail(Code::invalid, "hit record holds a number without a meaning");
  if (hit.engaged > kMaxEngagedSeconds || hit.scroll > kMaxScroll ||
      static_cast<std::size_t>(hit.vital) >= kVitalNames.size())
    return fail(Code::invalid, "hit record holds a number without a meaning");
  // A local date is at most one day away from the UTC date.
  if (ms < kEarliestMs || ms >= kLatestMs || day < ms / kDayMs - 1 || day > ms / kDayMs + 1)
    return fail(Code::invalid, "hit record holds a time outside 2000 to 2100 or a day that does not fit it");
  return {};
}

/// Which bits say the kind.
constexpr std::array<std::uint8_t, kHitKinds> kKindFlags = {0, kEvent, kPing, kEvent | kPing, kPing | kMore};

HitKind kind_of(std::uint8_t flags) {
  if ((flags & (kEvent | kPing | kMore)) == (kPing | kMore)) return HitKind::fetch;
  return HitKind(std::ranges::find(kKindFlags, flags & (kEvent | kPing)) - kKindFlags.begin());
}

/// Of itself, with a view.
bool says_more(const Hit& hit) {
  return hit.kind == HitKind::pageview && !(hit.title.empty() && hit.event_json.empty());
}

std::uint8_t flags_of(const Hit& hit, bool utm) {
  return static_cast<std::uint8_t>(kKindFlags.at(static_cast<std::size_t>(hit.kind)) | (hit.late ? kLate : 0) |
                                   (hit.visitor_before != 0 ? kBefore : 0) | (utm ? kUtm : 0) |
                                   (hit.interactive ? 0 : kQuiet) | (says_more(hit) ? kMore : 0) | kPlace);
}

/// What a page tells of a view that it told before, and what a server tells of a fetch.
void write_told(ByteWriter& out, const Hit& hit) {
  out.text(hit.path);
  if (hit.kind == HitKind::fetch) {
    out.text(hit.browser);
    out.varint(hit.status);
    out.text(hit.tracker);
    return;
  }
  if (hit.kind == HitKind::ping) {
    out.varint(hit.engaged);
    out.u8(hit.scroll);
    return;
  }
  out.u8(static_cast<std::uint8_t>(hit.vital));
  out.varint(hit.vital_value);
  out.u64(hit.vital_id);
}

void read_told(ByteReader& in, Hit& hit) {
  hit.path = in.text();
  if (hit.kind == HitKind::fetch) {
    hit.browser = in.text();
    hit.status = in.u16();
    hit.tracker = in.text();
    return;
  }
  if (hit.kind == HitKind::ping) {
    hit.engaged = in.u32();
    hit.scroll = in.u8();
    return;
  }
  hit.vital = Vital{in.u8()};
  hit.vital_value = in.u32();
  hit.vital_id = in.u64();
}

/// What a page view or an event says of itself and its visit.
void read_said(ByteReader& in, std::uint8_t flags, Hit& hit) {
  hit.hostname = in.text();
  hit.path = in.text();
  hit.referrer_host = in.text();
  hit.referrer_path = in.text();
  hit.source = in.text();
  hit.channel = Channel{in.u8()};
  if ((flags & kUtm) != 0) {
    hit.utm_source = in.text();
    hit.utm_medium = in.text();
    hit.utm_campaign = in.text();
    hit.utm_term = in.text();
    hit.utm_content = in.text();
  }
  hit.browser = in.text();
  hit.browser_major = in.u16();
  hit.os = in.text();
  hit.device = Device{in.u8()};
  hit.language = in.text();
  hit.country = in.text();
  hit.viewport_width = in.u16();
  hit.viewport_height = in.u16();
  hit.screen_width = in.u16();
  hit.screen_height = in.u16();
  hit.tracker = in.text();
  if ((flags & kPlace) != 0) {
    hit.city = in.text();
    hit.asn = in.u32();
    hit.browser_version = in.text();
    hit.os_version = in.text();
  }
  if (hit.kind == HitKind::event) {
    hit.event_name = in.text();
    hit.event_json = in.text();
  }
  if ((flags & kMore) != 0) {
    hit.title = in.text();
    hit.event_json = in.text();
  }
}

}  // namespace

std::string_view name_of(Channel channel) {
  return kChannelNames.at(static_cast<std::size_t>(channel));
}

std::string_view name_of(Device device) {
  return kDeviceNames.at(static_cast<std::size_t>(device));
}

Result<void> check(const Hit& hit) {
  std::string scratch;
  const bool texts = std::ranges::all_of(
      kAttributeTable, [&](const AttributeRow& row) { return row.text == nullptr || is_text(row.text(hit, scratch)); });
  if (!texts || !is_text(hit.event_json) || !is_text(hit.title))
    return fail(Code::invalid, "hit record holds text that is not UTF-8");
  return check_numbers(hit, to_ms(hit.at), hit.day);
}

std::string encode(const Hit& hit) {
  const bool utm = !(hit.utm_source.empty() && hit.utm_medium.empty() && hit.utm_campaign.empty() &&
                     hit.utm_term.empty() && hit.utm_content.empty());
  ByteWriter out(kUsualBytes);
  out.u8(flags_of(hit, utm));
  out.varint(static_cast<std::uint32_t>(hit.site));
  out.varint(static_cast<std::uint64_t>(to_ms(hit.at)));
  out.zigzag(std::int64_t{hit.day} - to_ms(hit.at) / kDayMs);
  out.u64(hit.visitor);
  if (hit.visitor_before != 0) out.u64(hit.visitor_before);
  if (!opens_visits(hit.kind)) {
    write_told(out, hit);
    return out.take();
  }
  out.text(hit.hostname);
  out.text(hit.path);
  out.text(hit.referrer_host);
  out.text(hit.referrer_path);
  out.text(hit.source);
  out.u8(static_cast<std::uint8_t>(hit.channel));
  if (utm) {
    out.text(hit.utm_source);
    out.text(hit.utm_medium);
    out.text(hit.utm_campaign);
    out.text(hit.utm_term);
    out.text(hit.utm_content);
  }
  out.text(hit.browser);
  out.varint(hit.browser_major);
  out.text(hit.os);
  out.u8(static_cast<std::uint8_t>(hit.device));
  out.text(hit.language);
  out.text(hit.country);
  out.varint(hit.viewport_width);
  out.varint(hit.viewport_height);
  out.varint(hit.screen_width);
  out.varint(hit.screen_height);
  out.text(hit.tracker);
  out.text(hit.city);
  out.varint(hit.asn);
  out.text(hit.browser_version);
  out.text(hit.os_version);
  if (hit.kind == HitKind::event) {
    out.text(hit.event_name);
    out.text(hit.event_json);
  }
  if (says_more(hit)) {
    out.text(hit.title);
    out.text(hit.event_json);
  }
  return out.take();
}

Result<Hit> decode_hit(std::string_view payload, std::uint8_t version) {
  if (!is_readable(version))
    return fail(Code::invalid, "hit record of version " + std::to_string(version) +
                                   ", this program reads up to version " + std::to_string(kRecordVersion));
  ByteReader in(payload);
  Result<Hit> out;  // filled in place: a hit is large
  Hit& hit = *out;
  const std::uint8_t flags = in.u8();
  hit.kind = kind_of(flags);
  hit.interactive = (flags & kQuiet) == 0;
  hit.late = (flags & kLate) != 0;
  hit.site = SiteKey{in.u32()};
  const std::uint64_t ms = in.varint();
  const std::int64_t day_shift = in.zigzag();
  hit.visitor = in.u64();
  if ((flags & kBefore) != 0) hit.visitor_before = in.u64();
  if (opens_visits(hit.kind))
    read_said(in, flags, hit);
  else
    read_told(in, hit);
  if (!in.done()) return fail(Code::invalid, "hit record is cut short, too long or holds text that is not UTF-8");
  if ((flags & ~kKnownFlags) != 0) return fail(Code::invalid, "hit record holds a number without a meaning");
  // What is no time or no day at all stays none when it is brought near enough to be added up.
  const auto time = static_cast<std::int64_t>(std::min<std::uint64_t>(ms, kLatestMs));
  const std::int64_t day = time / kDayMs + std::clamp<std::int64_t>(day_shift, -2, 2);
  if (auto fine = check_numbers(hit, time, day); !fine) return std::unexpected(std::move(fine.error()));
  hit.at = from_ms(time);
  hit.day = static_cast<Day>(day);
  return out;
}

}  // namespace hk::store

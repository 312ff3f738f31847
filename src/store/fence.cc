#include "store/fence.h"

#include <algorithm>

#include "store/bytes.h"

namespace hk::store {
namespace {

// First byte: the kind of event; numbers are stored, never renumber.
constexpr std::uint8_t kSiteAdded = 1, kSitesErased = 2, kLaneRemoved = 3;

void put(ByteWriter& out, const Uuid& uuid) {
  for (const std::uint8_t b : uuid.bytes) out.u8(b);
}

Uuid get_uuid(ByteReader& in) {
  Uuid uuid;
  std::ranges::generate(uuid.bytes, [&] { return in.u8(); });
  return uuid;
}

SiteAdded get_added(ByteReader& in) {
  SiteAdded event;
  event.site = SiteKey{in.u32()};
  event.id.uuid = get_uuid(in);
  event.team.uuid = get_uuid(in);
  event.domain = in.text();
  return event;
}

SitesErased get_erased(ByteReader& in) {
  SitesErased event;
  event.gone = in.u8() != 0;
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) event.sites.push_back(SiteKey{in.u32()});
  return event;
}

}  // namespace

std::string encode(const SiteAdded& event) {
  ByteWriter out;
  out.u8(kSiteAdded);
  out.varint(static_cast<std::uint32_t>(event.site));
  put(out, event.id.uuid);
  put(out, event.team.uuid);
  out.text(event.domain);
  return out.take();
}

std::string encode(const SitesErased& event) {
  ByteWriter out;
  out.u8(kSitesErased);
  out.u8(event.gone ? 1 : 0);
  out.varint(event.sites.size());
  for (const SiteKey site : event.sites) out.varint(static_cast<std::uint32_t>(site));
  return out.take();
}

std::string encode(const LaneRemoved& event) {
  ByteWriter out;
  out.u8(kLaneRemoved);
  put(out, event.team.uuid);
  return out.take();
}

Result<FenceEvent> decode_fence(std::string_view bytes) {
  ByteReader in(bytes);
  FenceEvent event;
  switch (in.u8()) {
    case kSiteAdded:
      event = get_added(in);
      break;
    case kSitesErased:
      event = get_erased(in);
      break;
    case kLaneRemoved:
      event = LaneRemoved{TeamId{get_uuid(in)}};
      break;
    default:
      return fail(Code::invalid, "fence of a kind that this program does not know");
  }
  if (!in.done()) return fail(Code::invalid, "fence is cut short or too long");
  if (std::visit([](const auto& known) { return encode(known); }, event) != bytes)
    return fail(Code::invalid, "fence holds what nobody writes");
  return event;
}

}  // namespace hk::store

#include "store/fence.h"

#include "store/bytes.h"

namespace hk::store {
namespace {

// First byte: the kind of event; numbers are stored, never renumber.
constexpr std::uint8_t kSiteAdded = 1, kSitesErased = 2, kLaneRemoved = 3;

SiteAdded get_added(ByteReader& in) {
  SiteAdded event;
  event.site = SiteKey{in.u32()};
  event.id.uuid = in.uuid();
  event.team.uuid = in.uuid();
  event.domain = in.text();
  return event;
}

SitesErased get_erased(ByteReader& in) {
  SitesErased event;
  event.gone = in.flag();
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) event.sites.push_back(SiteKey{in.u32()});
  return event;
}

}  // namespace

std::string encode(const SiteAdded& event) {
  ByteWriter out;
  out.u8(kSiteAdded);
  out.varint(static_cast<std::uint32_t>(event.site));
  out.uuid(event.id.uuid);
  out.uuid(event.team.uuid);
  out.text(event.domain);
  return out.take();
}

std::string encode(const SitesErased& event) {
  ByteWriter out;
  out.u8(kSitesErased);
  out.flag(event.gone);
  out.varint(event.sites.size());
  for (const SiteKey site : event.sites) out.varint(static_cast<std::uint32_t>(site));
  return out.take();
}

std::string encode(const LaneRemoved& event) {
  ByteWriter out;
  out.u8(kLaneRemoved);
  out.uuid(event.team.uuid);
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
      event = LaneRemoved{TeamId{in.uuid()}};
      break;
    default:
      return fail(Code::invalid, "fence of a kind that this program does not know");
  }
  if (!in.done()) return fail(Code::invalid, "fence is cut short or too long");
  return event;
}

}  // namespace hk::store

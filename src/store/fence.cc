#include "store/fence.h"

#include <algorithm>

#include "store/bytes.h"

namespace hk::store {
namespace {

// First byte: the kind of event; numbers are stored, never renumber.
constexpr std::uint8_t kSiteAdded = 1;

void put(ByteWriter& out, const Uuid& uuid) {
  for (const std::uint8_t b : uuid.bytes) out.u8(b);
}

Uuid get_uuid(ByteReader& in) {
  Uuid uuid;
  std::ranges::generate(uuid.bytes, [&] { return in.u8(); });
  return uuid;
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

Result<FenceEvent> decode_fence(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kSiteAdded) return fail(Code::invalid, "fence of a kind that this program does not know");
  SiteAdded event;
  event.site = SiteKey{in.u32()};
  event.id.uuid = get_uuid(in);
  event.team.uuid = get_uuid(in);
  event.domain = in.text();
  if (!in.done()) return fail(Code::invalid, "fence is cut short or too long");
  return event;
}

}  // namespace hk::store

// Any bytes either decode to a Hit that encodes to the same bytes, or are refused.

#include <cstdlib>

#include "store/counts.h"
#include "store/fence.h"
#include "store/hit.h"
#include "store/order.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      if (const auto hit = hk::store::decode_hit(payload, hk::store::kRecordVersion))
        if (hk::store::decode_hit(hk::store::encode(*hit), hk::store::kRecordVersion)->visitor != hit->visitor)
          std::abort();
      break;
    case 1:
      if (const auto order = hk::store::decode_seal(payload, hk::store::kRecordVersion))
        if (hk::store::encode(*order) != payload) std::abort();
      break;
    case 2:
      if (const auto order = hk::store::decode_rewrite(payload, hk::store::kRecordVersion))
        if (hk::store::encode(*order) != payload) std::abort();
      break;
    case 3:
      if (const auto counts = hk::store::decode_counts(payload, hk::store::kRecordVersion))
        if (hk::store::encode(*counts) != payload) std::abort();
      break;
    default:
      if (const auto event = hk::store::decode_fence(payload))
        if (std::visit([](const auto& known) { return hk::store::encode(known); }, *event) != payload) std::abort();
  }
  return 0;
}

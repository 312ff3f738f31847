// Whatever decodes encodes to the same bytes again.

#include <cstdlib>

#include "control/change.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto record = hk::control::decode_change(payload, data[0]);
  if (record && hk::control::encode(record->changeset, record->fences) != payload) std::abort();
  return 0;
}

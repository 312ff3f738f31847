#pragma once
// Where the people of the demo are, and whose networks they use.

#include <cstdint>
#include <string_view>

#include "demo/traffic.h"

namespace hk::demo {

struct Whereabouts {
  std::string_view city;  // as it is stored (docs/places.md); empty: unknown
  std::uint32_t asn = 0;
};

/// A city and a network of a country; nothing where the demo knows none.
Whereabouts somewhere_in(std::string_view country, Random& random);

}  // namespace hk::demo

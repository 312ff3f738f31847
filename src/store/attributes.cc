#include "store/attributes.h"

namespace hk::store {

std::uint32_t said_size_class(const Hit& hit) {
  constexpr std::array<std::uint16_t, 5> kFrom = {1, 576, 992, 1440, 1920};
  return static_cast<std::uint32_t>(std::ranges::upper_bound(kFrom, hit.screen_width) - kFrom.begin());
}

std::string column_list(std::span<const Attribute> attributes, std::string_view before) {
  std::string out;
  for (const Attribute attribute : attributes) {
    if (!out.empty()) out += ", ";
    (out += before) += row_of(attribute).name;
  }
  return out;
}

}  // namespace hk::store

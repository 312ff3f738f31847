#pragma once
// What a page told with an event, one by one (docs/storage.md, section "Properties").

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace hk::store {

/// When a sealed property was told; the exact time stands in its event. Days of every zone are made of these.
inline constexpr std::chrono::milliseconds kQuarter = std::chrono::minutes(15);
/// Since 1970, before which nothing was told.
constexpr std::uint32_t quarter_of(TimeMs at) {
  return static_cast<std::uint32_t>(std::max(at.time_since_epoch() / kQuarter, Millis::rep{0}));
}
constexpr bool on_quarter(TimeMs at) {
  return at.time_since_epoch() % kQuarter == Millis(0);
}

/// A property is a text, or a number in thousandths.
struct Property {
  std::string key;
  std::string text;                    // where it is no number
  std::optional<std::int64_t> number;  // thousandths

  bool operator==(const Property&) const = default;
};

/// Of one JSON object, in its order. Numbers that thousandths hold exactly are numbers; true and false, other numbers,
/// and arrays and objects are the text of their JSON. null and empty texts say nothing, and neither does what is no
/// object.
std::vector<Property> properties_of(std::string_view json);

/// The number that a text spells, where it is one as JSON has it and thousandths hold it exactly.
std::optional<std::int64_t> thousandths_of(std::string_view text);
/// "12.5", "-3": the shortest text of a number.
std::string text_of_thousandths(std::int64_t number);

}  // namespace hk::store

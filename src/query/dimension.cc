#include "query/dimension.h"

#include <algorithm>

#include "base/text.h"

namespace hk::query {
namespace {

constexpr std::array<std::string_view, kTimes> kTimeNames{"time_hour", "time_day", "time_month"};
constexpr std::string_view kProperty = "property:";

}  // namespace

std::string name_of(const Dimension& dimension) {
  if (is_time(dimension)) return std::string(kTimeNames.at(static_cast<std::size_t>(dimension.kind)));
  if (dimension == Dimension::property) return concat({kProperty, dimension.parameter});
  return std::string(attribute_of(dimension).dimension);
}

std::optional<Dimension> dimension_named(std::string_view name) {
  if (name.starts_with(kProperty)) {
    name.remove_prefix(kProperty.size());
    if (name.empty() || name.size() > kMaxPropertyChars) return std::nullopt;
    return Dimension(Dimension::property, std::string(name));
  }
  const auto* const found = std::ranges::find(kAllDimensions, name, [](Dimension::Kind d) { return name_of(d); });
  if (found == kAllDimensions.end()) return std::nullopt;
  return *found;
}

std::vector<store::Attribute> columns_of(Dimension::Kind dimension) {
  if (is_time(dimension) || has_parameter(dimension)) return {};
  const store::AttributeRow& row = attribute_of(dimension);
  if (row.within) return {*row.within, row.id};
  return {row.id};
}

std::span<const std::string_view> codes_of(Dimension::Kind dimension) {
  if (is_time(dimension) || has_parameter(dimension)) return {};
  return attribute_of(dimension).codes;
}

std::vector<store::TextKind> kinds_of(Dimension::Kind dimension) {
  std::vector<store::TextKind> out;
  for (const store::Attribute attribute : columns_of(dimension))
    if (store::row_of(attribute).column == store::Column::text) out.push_back(store::kind_of(attribute));
  return out;
}

}  // namespace hk::query

#include "query/dimension.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace hk::query {
namespace {

constexpr std::array<std::string_view, kTimes> kTimeNames{"time_minute", "time_hour",    "time_day",    "time_week",
                                                          "time_month",  "time_quarter", "hour_of_week"};
constexpr std::string_view kProperty = "property:";
constexpr std::string_view kPageProperty = "page_property:";
constexpr std::string_view kBetweenParts = ", ";  // of a place
constexpr std::string_view kNetwork = "AS";

}  // namespace

std::string name_of(const Dimension& dimension) {
  if (is_time(dimension)) return std::string(kTimeNames.at(static_cast<std::size_t>(dimension.kind)));
  switch (dimension.kind) {
    case Dimension::property:
      return concat({kProperty, dimension.parameter});
    case Dimension::page_property:
      return concat({kPageProperty, dimension.parameter});
    case Dimension::region:
      return "region";
    case Dimension::title:
      return "title";
    case Dimension::agent:
      return "agent";
    case Dimension::fetch_status:
      return "fetch_status";
    case Dimension::done_in_visit:
    case Dimension::done_in_day:
      return "has_done";
    default:
      return std::string(attribute_of(dimension).dimension);
  }
}

std::optional<Dimension> dimension_named(std::string_view name) {
  for (const auto& [prefix, kind] :
       {std::pair(kProperty, Dimension::property), std::pair(kPageProperty, Dimension::page_property)}) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    if (name.empty() || name.size() > kMaxPropertyChars) return std::nullopt;
    return Dimension(kind, std::string(name));
  }
  const auto* const found = std::ranges::find(kAllDimensions, name, [](Dimension::Kind d) { return name_of(d); });
  if (found == kAllDimensions.end()) return std::nullopt;
  return *found;
}

std::vector<store::Attribute> columns_of(Dimension::Kind dimension) {
  if (has_no_attribute(dimension)) return {};
  const store::AttributeRow& row = attribute_of(dimension);
  if (row.within) return {*row.within, row.id};
  return {row.id};
}

std::span<const std::string_view> codes_of(Dimension::Kind dimension) {
  if (has_no_attribute(dimension)) return {};
  return attribute_of(dimension).codes;
}

std::vector<store::TextKind> kinds_of(Dimension::Kind dimension) {
  if (dimension == Dimension::title) return {store::kTitle};
  if (dimension == Dimension::agent) return {store::kAgent};
  std::vector<store::TextKind> out;
  for (const store::Attribute attribute : columns_of(dimension))
    if (store::row_of(attribute).column == store::Column::text) out.push_back(store::kind_of(attribute));
  return out;
}

std::string joined(Dimension::Kind dimension, std::string_view first, std::string_view second) {
  const std::string_view between = attribute_of(dimension).between;
  return concat({first, second.empty() ? "" : between, second});
}

std::string_view region_of(std::string_view place) {
  const std::size_t country = place.rfind(kBetweenParts);
  if (country == std::string_view::npos || country == 0) return {};
  const std::size_t before = place.rfind(kBetweenParts, country - 1);
  const std::size_t from = before == std::string_view::npos ? 0 : before + kBetweenParts.size();
  const bool both = from < country && country + kBetweenParts.size() < place.size();
  return both ? place.substr(from) : std::string_view();
}

std::string network_text(std::uint32_t asn) {
  return asn == 0 ? "" : std::string(kNetwork) + std::to_string(asn);
}

std::string network_text(std::uint32_t asn, const ProviderOf& provider) {
  std::string out = network_text(asn);
  const std::string name = asn == 0 ? "" : provider(asn);
  return name.empty() ? out : concat({out, " ", name});
}

std::optional<std::uint32_t> network_in(std::string_view text) {
  if (text.empty()) return 0;
  if (!text.starts_with(kNetwork)) return std::nullopt;
  text.remove_prefix(kNetwork.size());
  std::uint32_t asn = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), asn);
  if (error != std::errc{} || asn == 0 || (end != text.data() + text.size() && *end != ' ')) return std::nullopt;
  return asn;
}

}  // namespace hk::query

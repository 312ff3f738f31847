#pragma once
// What a question can be put by: times, the attributes that name a dimension (store/attributes.h), and what goes by a
// name besides, such as a property of events.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/attributes.h"

namespace hk::query {

/// In the site's zone; a query has at most one of them, gap-filled.
inline constexpr std::size_t kTimes = 7;

constexpr std::uint8_t dimension_number(store::Attribute attribute) {
  return static_cast<std::uint8_t>(kTimes + static_cast<std::size_t>(attribute));
}

inline constexpr std::size_t kMaxPropertyChars = 128;  // of a property's name

struct Dimension {
  /// Times first, then attributes by their numbers, then those with a parameter. Only those that code must tell apart
  /// have a name here.
  enum class Kind : std::uint8_t {
    time_minute,
    time_hour,
    time_day,
    time_week,
    time_month,
    time_quarter,
    hour_of_week,  // 168 of them, those of all weeks together
    page = dimension_number(store::Attribute::page),
    event_name = dimension_number(store::Attribute::event_name),
    entry_page = dimension_number(store::Attribute::entry_page),
    exit_page = dimension_number(store::Attribute::exit_page),
    hostname = dimension_number(store::Attribute::hostname),
    referrer_host = dimension_number(store::Attribute::referrer_host),
    referrer = dimension_number(store::Attribute::referrer_path),  // host and path
    source = dimension_number(store::Attribute::source),
    channel = dimension_number(store::Attribute::channel),
    utm_source = dimension_number(store::Attribute::utm_source),
    utm_medium = dimension_number(store::Attribute::utm_medium),
    utm_campaign = dimension_number(store::Attribute::utm_campaign),
    utm_term = dimension_number(store::Attribute::utm_term),
    utm_content = dimension_number(store::Attribute::utm_content),
    browser = dimension_number(store::Attribute::browser),
    os = dimension_number(store::Attribute::os),
    device = dimension_number(store::Attribute::device),
    language = dimension_number(store::Attribute::language),
    country = dimension_number(store::Attribute::country),
    network = dimension_number(store::Attribute::asn),
    fetch_status = 246,   // of a fetch by an AI's machine
    agent = 247,          // which machine: of a fetch, or where a question is about machines what is its browser
    done_in_visit = 248,  // filters alone: what somebody did (query/predicate.h)
    done_in_day = 249,
    page_property = 251,  // of a page view, by its name
    title = 252,          // what the pages that `page` names are called now
    visitor_kind = 253,   // people, or machines by their class: whose rows are asked; nothing but parse() meets it
    region = 254,         // of the places that `city` names
    property = 255,       // of an event, by its name: what the page told with it
  };
  using enum Kind;

  Kind kind{};
  std::string parameter;  // which of its kind: a property's name

  Dimension() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): most are nothing but their kind
  Dimension(Kind of, std::string which = {}) : kind(of), parameter(std::move(which)) {}
  operator Kind() const { return kind; }  // NOLINT(google-explicit-constructor)
  auto operator<=>(const Dimension&) const = default;
  bool operator==(const Dimension&) const = default;
  bool operator==(Kind other) const { return kind == other; }
};

inline constexpr std::size_t kDimensions = [] {
  std::size_t n = kTimes + 4;  // title, region, agent, fetch_status
  for (const store::AttributeRow& row : store::kAttributeTable) n += row.dimension.empty() ? 0 : 1;
  return n;
}();
/// Every dimension that has no parameter, once.
inline constexpr std::array<Dimension::Kind, kDimensions> kAllDimensions = [] {
  std::array<Dimension::Kind, kDimensions> out{};
  std::size_t n = 0;
  for (; n < kTimes; ++n) out[n] = Dimension::Kind(n);
  for (const store::AttributeRow& row : store::kAttributeTable)
    if (!row.dimension.empty()) out[n++] = Dimension::Kind(dimension_number(row.id));
  for (const auto kind : {Dimension::title, Dimension::region, Dimension::agent, Dimension::fetch_status})
    out[n++] = kind;
  return out;
}();

/// "source", "property:plan"
std::string name_of(const Dimension& dimension);
std::optional<Dimension> dimension_named(std::string_view name);

constexpr bool is_time(Dimension::Kind dimension) {
  return static_cast<std::size_t>(dimension) < kTimes;
}
/// A day has several of them.
constexpr bool cuts_days(Dimension::Kind dimension) {
  return dimension == Dimension::time_minute || dimension == Dimension::time_hour ||
         dimension == Dimension::hour_of_week;
}
/// Properties.
constexpr bool has_parameter(Dimension::Kind dimension) {
  return dimension == Dimension::property || dimension == Dimension::page_property;
}
/// Of a fetch by an AI's machine, and of nothing else.
constexpr bool is_of_fetches(Dimension::Kind dimension) {
  return dimension == Dimension::agent || dimension == Dimension::fetch_status;
}
/// Neither a time nor of an attribute.
constexpr bool has_no_attribute(Dimension::Kind dimension) {
  return is_time(dimension) || has_parameter(dimension) || dimension == Dimension::done_in_visit ||
         dimension == Dimension::done_in_day || is_of_fetches(dimension);
}
/// Of a dimension that has one.
constexpr const store::AttributeRow& attribute_of(Dimension::Kind dimension) {
  if (dimension == Dimension::region) return store::row_of(store::Attribute::city);
  if (dimension == Dimension::title) return store::row_of(store::Attribute::page);
  return store::kAttributeTable[static_cast<std::size_t>(dimension) - kTimes];
}
/// Whose rows hold it; none: it is a time, what was done, or of a fetch.
constexpr bool belongs_to(Dimension::Kind dimension, store::Owner owner) {
  if (dimension == Dimension::property) return owner == store::Owner::event;
  if (dimension == Dimension::page_property) return owner == store::Owner::hit;
  return !has_no_attribute(dimension) && attribute_of(dimension).owner == owner;
}
/// Pinned at the visitor's first hit of the day: the same for all of a visitor's rows of a day.
/// What a visitor did on a day is so as well.
constexpr bool constant_for_the_day(Dimension::Kind dimension) {
  return dimension == Dimension::done_in_day || (!has_no_attribute(dimension) && attribute_of(dimension).pinned);
}

/// The columns whose values together are a dimension's, one or two; none: it has no attribute.
std::vector<store::Attribute> columns_of(Dimension::Kind dimension);

/// Dimensions stored as a small number instead of a text id: names in order of their codes; empty for the others.
std::span<const std::string_view> codes_of(Dimension::Kind dimension);

/// What the texts of a dimension are: one kind per column, none where they are not in the dictionary.
std::vector<store::TextKind> kinds_of(Dimension::Kind dimension);

/// "Firefox 146": the name of two texts that are a dimension's together.
std::string joined(Dimension::Kind dimension, std::string_view first, std::string_view second);

/// "Upper Austria, AT" of "Linz, Upper Austria, AT"; empty where the region is not known.
std::string_view region_of(std::string_view place);

/// Who runs a network, by the number of its autonomous system; empty: nobody knows.
using ProviderOf = std::function<std::string(std::uint32_t asn)>;
/// "AS3320", to which answers add who runs it; 0 is no network.
std::string network_text(std::uint32_t asn);
/// "AS3320 Deutsche Telekom AG"
std::string network_text(std::uint32_t asn, const ProviderOf& provider);
/// The number that such a text begins with; 0 of an empty one; none: it names no network.
std::optional<std::uint32_t> network_in(std::string_view text);

}  // namespace hk::query

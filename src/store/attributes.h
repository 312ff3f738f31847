#pragma once
// What is known of a hit, a visit or an event: one row per attribute. Rows of the tables, their SQL, the dictionary's
// kinds, the dimensions of questions and the limits of texts follow this table (docs/storage.md, section "Attributes").

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "store/hit.h"

namespace hk::store {

enum class Attribute : std::uint8_t {
  page,
  event_name,
  entry_page,
  exit_page,
  // From here on in the order of their columns. A new one goes to the end, as ALTER TABLE puts it.
  hostname,
  referrer_host,
  referrer_path,
  source,
  channel,
  utm_source,
  utm_medium,
  utm_campaign,
  utm_term,
  utm_content,
  browser,
  browser_major,
  os,
  device,
  language,
  country,
  tracker,
  size_class,
  browser_version,
  os_version,
  city,
  asn,
};
inline constexpr std::size_t kAttributes = 26;

/// What a column holds, and its type in DuckDB.
enum class Column : std::uint8_t {
  text,    // UINTEGER: an id of the dictionary, 0 = none
  code,    // UTINYINT: a place in `codes`
  number,  // USMALLINT, 0 = unknown
  wide,    // UINTEGER, 0 = unknown
};

/// In whose rows it stands.
enum class Owner : std::uint8_t { hit, event, visit };

/// What a text is: in each site every kind has ids of its own, so that a column's ids lie close together and pack into
/// few bits. `kind` of the table texts; numbers are stored, never renumber.
enum class TextKind : std::uint8_t {};
/// Kinds of texts that no attribute has.
inline constexpr TextKind kPropertyKey{19}, kPropertyValue{20}, kTitle{21}, kItem{22}, kAgent{23};
/// How many kinds there are; their numbers have no gaps.
inline constexpr std::size_t kTextKinds = 24;

/// The bit of a visit that is the first of its visitor's day, whatever it has. Attributes have bits of their own.
inline constexpr std::uint8_t kFirstVisit = 1;
/// The bit of a page view that is the first of its page in its visit.
inline constexpr std::uint8_t kFirstInVisit = 1;
/// The bit of a property that is the first of its visitor's day with its event's name, its key and its value.
inline constexpr std::uint8_t kFirstOfValue = 1;

struct AttributeRow {
  Attribute id;
  std::string_view name;  // of its column
  Owner owner = Owner::visit;
  Column column = Column::text;
  /// What a hit says itself; neither: the store finds it out. `scratch` holds what the hit does not hold as a text.
  std::string_view (*text)(const Hit&, std::string& scratch) = nullptr;
  std::uint32_t (*number)(const Hit&) = nullptr;
  TextKind kind{};                               // of a text
  bool shared = false;                           // of a text: all sites have the same few, kept once
  std::size_t longest = 0;                       // of a text, in bytes: what is longer is cut before it is a record
  std::span<const std::string_view> codes = {};  // of a code: names, in order
  /// Taken from a visitor's first hit of the day: the same for all of that day's visits.
  bool pinned = false;
  /// Bit in `bits` of its owner's sealed rows: the first row of this visitor's day with this value. 0: none is kept.
  std::uint8_t first_of_day = 0;
  /// Means something only together with this one's value, and its bit is that of both.
  std::optional<Attribute> within = {};
  std::string_view between = {};  // of one within another: what stands between the two texts, where there are two
  /// What questions call it (docs/query-language.md); empty: none can ask.
  std::string_view dimension = {};
  /// Columns of the view `hits` that it is read from.
  std::array<std::string_view, 2> readable = {};

  constexpr bool said() const { return text != nullptr || number != nullptr; }
};

template <auto Member>
std::string_view said_text(const Hit& hit, std::string&) {
  return hit.*Member;
}
template <auto Member>
std::uint32_t said_number(const Hit& hit) {
  return static_cast<std::uint32_t>(hit.*Member);
}

/// How wide a screen is, in classes: below 576 CSS pixels (phones), 992 (tablets), 1440 (laptops), 1920, and above.
inline constexpr std::array<std::string_view, 6> kSizeClassNames = {"unknown", "xs", "s", "m", "l", "xl"};
std::uint32_t said_size_class(const Hit& hit);

// clang-format off: it would give each member a line
inline constexpr std::array<AttributeRow, kAttributes> kAttributeTable = {{
    {.id = Attribute::page, .name = "page", .owner = Owner::hit, .text = said_text<&Hit::path>, .kind = TextKind{0},
     .longest = 1024, .first_of_day = 2, .dimension = "page", .readable = {"path"}},
    {.id = Attribute::event_name, .name = "name", .owner = Owner::event, .text = said_text<&Hit::event_name>,
     .kind = TextKind{15}, .longest = 128, .dimension = "event_name"},
    {.id = Attribute::entry_page, .name = "entry_page", .kind = TextKind{0}, .longest = 1024, .first_of_day = 16,
     .dimension = "entry_page"},
    {.id = Attribute::exit_page, .name = "exit_page", .kind = TextKind{0}, .longest = 1024, .first_of_day = 32,
     .dimension = "exit_page"},
    {.id = Attribute::hostname, .name = "hostname", .text = said_text<&Hit::hostname>, .kind = TextKind{1},
     .longest = 253, .dimension = "hostname", .readable = {"hostname"}},
    {.id = Attribute::referrer_host, .name = "referrer_host", .text = said_text<&Hit::referrer_host>,
     .kind = TextKind{2}, .longest = 253, .dimension = "referrer_host", .readable = {"referrer"}},
    {.id = Attribute::referrer_path, .name = "referrer_path", .text = said_text<&Hit::referrer_path>,
     .kind = TextKind{3}, .longest = 512, .first_of_day = 8, .within = Attribute::referrer_host,
     .dimension = "referrer", .readable = {"referrer"}},
    {.id = Attribute::source, .name = "source", .text = said_text<&Hit::source>, .kind = TextKind{4}, .longest = 255,
     .first_of_day = 4, .dimension = "source", .readable = {"source"}},
    {.id = Attribute::channel, .name = "channel", .column = Column::code, .number = said_number<&Hit::channel>,
     .codes = kChannelNames, .first_of_day = 2, .dimension = "channel"},
    {.id = Attribute::utm_source, .name = "utm_source", .text = said_text<&Hit::utm_source>, .kind = TextKind{5},
     .longest = 255, .dimension = "utm_source", .readable = {"utm_source"}},
    {.id = Attribute::utm_medium, .name = "utm_medium", .text = said_text<&Hit::utm_medium>, .kind = TextKind{6},
     .longest = 255, .dimension = "utm_medium", .readable = {"utm_medium"}},
    {.id = Attribute::utm_campaign, .name = "utm_campaign", .text = said_text<&Hit::utm_campaign>,
     .kind = TextKind{7}, .longest = 255, .dimension = "utm_campaign", .readable = {"utm_campaign"}},
    {.id = Attribute::utm_term, .name = "utm_term", .text = said_text<&Hit::utm_term>, .kind = TextKind{8},
     .longest = 255, .dimension = "utm_term", .readable = {"utm_term"}},
    {.id = Attribute::utm_content, .name = "utm_content", .text = said_text<&Hit::utm_content>, .kind = TextKind{9},
     .longest = 255, .dimension = "utm_content", .readable = {"utm_content"}},
    {.id = Attribute::browser, .name = "browser", .text = said_text<&Hit::browser>, .kind = TextKind{10},
     .shared = true, .longest = 64, .pinned = true, .dimension = "browser", .readable = {"browser"}},
    {.id = Attribute::browser_major, .name = "browser_major", .column = Column::number,
     .number = said_number<&Hit::browser_major>, .pinned = true, .readable = {"browser_major"}},
    {.id = Attribute::os, .name = "os", .text = said_text<&Hit::os>, .kind = TextKind{11}, .shared = true,
     .longest = 64, .pinned = true, .dimension = "os", .readable = {"os"}},
    {.id = Attribute::device, .name = "device", .column = Column::code, .number = said_number<&Hit::device>,
     .codes = kDeviceNames, .pinned = true, .dimension = "device", .readable = {"device"}},
    {.id = Attribute::language, .name = "language", .text = said_text<&Hit::language>, .kind = TextKind{12},
     .shared = true, .longest = 35, .pinned = true, .dimension = "language", .readable = {"language"}},
    {.id = Attribute::country, .name = "country", .text = said_text<&Hit::country>, .kind = TextKind{13},
     .shared = true, .longest = 2, .pinned = true, .dimension = "country", .readable = {"country_code"}},
    {.id = Attribute::tracker, .name = "tracker", .text = said_text<&Hit::tracker>, .kind = TextKind{14},
     .shared = true, .longest = 129},
    {.id = Attribute::size_class, .name = "size_class", .column = Column::code, .number = said_size_class,
     .codes = kSizeClassNames, .pinned = true, .dimension = "screen"},
    {.id = Attribute::browser_version, .name = "browser_version", .text = said_text<&Hit::browser_version>, .kind = TextKind{16},
     .shared = true, .longest = 32, .pinned = true, .within = Attribute::browser, .between = " ",
     .dimension = "browser_version"},
    {.id = Attribute::os_version, .name = "os_version", .text = said_text<&Hit::os_version>, .kind = TextKind{17}, .shared = true,
     .longest = 32, .pinned = true, .within = Attribute::os, .between = " ", .dimension = "os_version"},
    {.id = Attribute::city, .name = "city", .text = said_text<&Hit::city>, .kind = TextKind{18}, .shared = true, .longest = 128,
     .pinned = true, .dimension = "city"},
    {.id = Attribute::asn, .name = "asn", .column = Column::wide, .number = said_number<&Hit::asn>, .pinned = true,
     .dimension = "network"},
}};
// clang-format on

constexpr const AttributeRow& row_of(Attribute attribute) {
  return kAttributeTable[static_cast<std::size_t>(attribute)];
}
static_assert([] {
  for (std::size_t i = 0; i < kAttributes; ++i)
    if (kAttributeTable[i].id != Attribute(i)) return false;
  return true;
}());

constexpr TextKind kind_of(Attribute attribute) {
  return row_of(attribute).kind;
}
constexpr std::size_t longest(Attribute attribute) {
  return row_of(attribute).longest;
}
/// Of which kinds all sites share the texts. They stand under no site.
inline constexpr std::array<bool, kTextKinds> kShared = [] {
  std::array<bool, kTextKinds> out{};
  for (const AttributeRow& row : kAttributeTable)
    if (row.column == Column::text && row.shared) out.at(static_cast<std::size_t>(row.kind)) = true;
  return out;
}();
constexpr bool is_shared(TextKind kind) {
  return kShared.at(static_cast<std::size_t>(kind));
}
/// `site` of the table texts.
constexpr std::uint32_t dictionary_of(TextKind kind, SiteKey site) {
  return is_shared(kind) ? 0 : static_cast<std::uint32_t>(site);
}
/// Bytes of the longest text that a filter can be about, with what it means something together with.
inline constexpr std::size_t kLongestText = [] {
  std::size_t longest = 0;
  for (const AttributeRow& row : kAttributeTable)
    longest = std::max(longest, row.longest + (row.within ? row_of(*row.within).longest : 0));
  return longest;
}();

/// The attributes for which `which` holds, in order.
template <auto which>
inline constexpr auto kSelected = [] {
  constexpr auto count = static_cast<std::size_t>(std::ranges::count_if(kAttributeTable, which));
  std::array<Attribute, count> out{};
  std::size_t n = 0;
  for (const AttributeRow& row : kAttributeTable)
    if (which(row)) out[n++] = row.id;
  return out;
}();
/// The columns that end the rows of hot_closed and sealed_visits.
inline constexpr auto kCarried =
    kSelected<[](const AttributeRow& row) { return row.owner == Owner::visit && row.said(); }>;
/// The columns that end the rows of hot_visitors.
inline constexpr auto kPinned = kSelected<[](const AttributeRow& row) { return row.pinned; }>;
/// The columns that end the rows of hot_hits and hot_events: what a visit takes from the row that opens it.
inline constexpr auto kOwn =
    kSelected<[](const AttributeRow& row) { return row.owner == Owner::visit && row.said() && !row.pinned; }>;

/// "browser, os": the columns as a list for SQL, each behind `before`.
std::string column_list(std::span<const Attribute> attributes, std::string_view before = {});

}  // namespace hk::store

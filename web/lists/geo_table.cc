// Makes the table of places and networks that is built into the program: geo_table CITY_V4.mmdb CITY_V6.mmdb
// ASN_V4.csv ASN_V6.csv OUT. Reads the packages as their registry serves them, checks what it wrote, and fails when a
// package holds less than it ever did, so that an update is never silently half of itself.

#include <maxminddb.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ingest/enrich/geo/geo_tables.h"
#include "ingest/enrich/geo/prefix_codes.h"
#include "ingest/enrich/geo/range_table.h"
#include "ingest/enrich/geo/range_table_writer.h"

namespace {

using namespace hk::ingest;
using U128 = unsigned __int128;

constexpr std::size_t kFewestRanges = 1'000'000;  // of cities, either family
constexpr std::size_t kFewestNetworks = 50'000;
/// Of the ranges written, each so-manyth is looked up again.
constexpr std::size_t kCheckEvery = 61;

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "geo_table: %s\n", why.c_str());
  std::exit(1);
}

/// Texts, each once; where one is stands fixed only when all are known.
class Names {
 public:
  std::uint32_t of(std::string_view text) {
    if (text.size() > 255 || !hk::valid_utf8(text)) die("no name: " + std::string(text));
    const auto [known, fresh] = numbers_.try_emplace(std::string(text), static_cast<std::uint32_t>(texts_.size()));
    if (fresh) texts_.push_back(&known->first);
    return known->second;
  }
  struct Packed {
    std::string codes, bytes;
    std::vector<std::uint32_t> at;  // by number
  };
  Packed pack() const {
    std::vector<std::uint64_t> counts(256, 0);
    for (const std::string* text : texts_)
      for (const char c : *text) ++counts[static_cast<unsigned char>(c)];
    const auto codes = codes_of(counts);
    const auto table = reading_table(codes);
    Packed out{.codes = {reinterpret_cast<const char*>(table.data()), sizeof table}, .bytes = {}, .at = {}};
    BitWriter bits;
    for (const std::string* text : texts_) {
      out.at.push_back(static_cast<std::uint32_t>(bits.next_byte()));
      bits.put(text->size(), 8);
      for (const char c : *text) bits.put(codes[static_cast<unsigned char>(c)]);
    }
    // No name's longest possible bits may reach behind the end.
    out.bytes = bits.take() + std::string(255 * kCodeBits / 8 + 9, '\0');
    return out;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> texts_;
};

struct PlaceName {
  std::string country, region, city;
  auto operator<=>(const PlaceName&) const = default;
};

/// Numbers for places, from 1: the commonest get the smallest.
struct Places {
  std::map<PlaceName, std::uint32_t> first;  // as they came
  std::vector<const PlaceName*> names{nullptr};

  std::uint32_t of(const PlaceName& name) {
    const auto [known, fresh] = first.try_emplace(name, static_cast<std::uint32_t>(names.size()));
    if (fresh) names.push_back(&known->first);
    return known->second;
  }
  /// New numbers by old ones; `names` is in the new order.
  std::vector<std::uint32_t> by_frequency(const std::vector<std::uint64_t>& counts) {
    std::vector<std::uint32_t> order(names.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order.begin() + 1, order.end(), {}, [&](std::uint32_t i) { return std::pair(~counts[i], i); });
    std::vector<std::uint32_t> next(order.size());
    std::vector<const PlaceName*> sorted(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      next[order[i]] = i;
      sorted[i] = names[order[i]];
    }
    names = std::move(sorted);
    return next;
  }
};

/// Ranges of one family over what tables know of an address: what the first address of each /24 (/48) is, all of it is.
class Line {
 public:
  explicit Line(unsigned bits, unsigned known) : drop_(bits - known) {}
  void add(U128 address, std::uint32_t value) {
    const auto first = static_cast<std::uint64_t>((address + (U128{1} << drop_) - 1) >> drop_);
    if (!all_.empty() && all_.back().first == first)
      all_.back().value = value;
    else
      all_.push_back({first, value});
  }
  std::vector<Stretch>& all() { return all_; }
  void count(std::vector<std::uint64_t>& counts) const {
    for (const Stretch& s : all_) ++counts[s.value];
  }
  template <class Next>
  void renumber(Next next) {
    for (Stretch& s : all_) s.value = next(s.value);
  }

 private:
  unsigned drop_;
  std::vector<Stretch> all_;
};

/// A MaxMind DB of DB-IP's city table, as @ip-location-db packs it: one family a file.
class CityFile {
 public:
  explicit CityFile(const char* file) {
    if (MMDB_open(file, MMDB_MODE_MMAP, &db_) != MMDB_SUCCESS) die(std::string("cannot read ") + file);
  }
  ~CityFile() { MMDB_close(&db_); }
  CityFile(const CityFile&) = delete;
  CityFile& operator=(const CityFile&) = delete;

  Line read(Places& places) {
    Line line(db_.depth, db_.depth == 32 ? geo_format::kKeyBits4 : geo_format::kKeyBits6);
    walk(0, 0, 0, places, line);
    if (line.all().size() < kFewestRanges) die("a city table holds fewer ranges than it ever did");
    return line;
  }

 private:
  static std::string text(MMDB_entry_s& entry, const char* key) {
    MMDB_entry_data_s data;
    if (MMDB_get_value(&entry, &data, key, nullptr) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING)
      return {};
    return {data.utf8_string, data.data_size};
  }

  std::uint32_t place(MMDB_entry_s entry, Places& places) {
    const auto known = known_.find(entry.offset);
    if (known != known_.end()) return known->second;
    PlaceName name{text(entry, "country_code"), text(entry, "state1"), text(entry, "city")};
    // Districts are nobody's business: "Vienna (Leopoldstadt)" is Vienna.
    if (const auto district = name.city.find(" ("); district != std::string::npos) name.city.resize(district);
    std::ranges::replace(name.region, ',', ' ');
    const bool is = name.country.size() == 2 && name.country != "ZZ";
    return known_[entry.offset] = is ? places.of(name) : 0;
  }

  void walk(std::uint32_t at, U128 first, unsigned depth, Places& places, Line& line) {
    MMDB_search_node_s node;
    if (MMDB_read_node(&db_, at, &node) != MMDB_SUCCESS) die("a city table is damaged");
    for (const bool right : {false, true}) {
      const U128 from = first | static_cast<U128>(right) << (db_.depth - 1 - depth);
      switch (right ? node.right_record_type : node.left_record_type) {
        case MMDB_RECORD_TYPE_SEARCH_NODE:
          walk(static_cast<std::uint32_t>(right ? node.right_record : node.left_record), from, depth + 1, places, line);
          break;
        case MMDB_RECORD_TYPE_EMPTY:
          line.add(from, 0);
          break;
        default:
          line.add(from, place(right ? node.right_record_entry : node.left_record_entry, places));
      }
    }
  }

  MMDB_s db_{};
  std::unordered_map<std::uint32_t, std::uint32_t> known_;  // place by its record
};

U128 number(std::string_view& row) {
  U128 out = 0;
  while (!row.empty() && row[0] != ',') {
    if (row[0] < '0' || row[0] > '9') die("a row of networks that is none: " + std::string(row));
    out = out * 10 + static_cast<unsigned>(row[0] - '0');
    row.remove_prefix(1);
  }
  if (!row.empty()) row.remove_prefix(1);
  return out;
}

/// first, last, AS number, name: of networks, ascending. What is said first of an AS names it.
Line read_networks(const char* file, Line line, std::map<std::uint32_t, std::string>& names) {
  std::ifstream in(file);
  if (!in) die(std::string("cannot read ") + file);
  U128 behind = 0;
  for (std::string text; std::getline(in, text);) {
    std::string_view row = text;
    const U128 first = number(row), last = number(row);
    const auto asn = static_cast<std::uint32_t>(number(row));
    if (!row.empty() && row.back() == '\r') row.remove_suffix(1);
    if (row.size() >= 2 && row.front() == '"') row = row.substr(1, row.size() - 2);
    if (first > behind) line.add(behind, 0);
    line.add(first, asn);
    names.try_emplace(asn, row.substr(0, 255));
    behind = last + 1;
  }
  if (behind != 0) line.add(behind, 0);
  if (line.all().size() < kFewestNetworks) die("a table of networks holds fewer ranges than it ever did");
  return line;
}

class FileWriter {
 public:
  template <class T>
  void put(geo_format::Section part, const std::vector<T>& numbers) {
    put(part, std::string_view(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)));
  }
  void put(geo_format::Section part, std::string_view bytes) {
    body_.resize((body_.size() + 7) / 8 * 8, '\0');
    header_.parts[part] = {.at = sizeof header_ + body_.size(), .size = bytes.size()};
    body_ += bytes;
  }
  std::string take() {
    header_.magic = geo_format::kMagic;
    return std::string(reinterpret_cast<const char*>(&header_), sizeof header_) + body_;
  }

 private:
  geo_format::Header header_{};
  std::string body_;
};

void check(const std::string& file, geo_format::Section part, const std::vector<Stretch>& all) {
  geo_format::Header header;
  std::copy_n(file.data(), sizeof header, reinterpret_cast<char*>(&header));
  const auto table = RangeTable::open(std::string_view(file).substr(header.parts[part].at, header.parts[part].size));
  if (!table) die("what was written is no table");
  for (std::size_t i = 0; i + 1 < all.size(); i += kCheckEvery)
    for (const std::uint64_t key : {all[i].first, all[i + 1].first - 1})
      if (table->find(key) != all[i].value) die("what was written says another place than the source");
}

using Lines = std::vector<std::pair<geo_format::Section, Line*>>;

/// The file, looked up in once more.
std::string file_of(const Places& all, const Lines& lines, const std::map<std::uint32_t, std::string>& providers,
                    const std::vector<std::uint32_t>& numbers) {
  using namespace geo_format;
  Names texts;
  std::map<std::pair<std::string, std::string>, std::uint16_t> regions;
  std::vector<std::uint32_t> region_name, place_name{texts.of("")}, provider_name;
  std::vector<std::uint16_t> place_region{0};
  std::string countries;
  for (const PlaceName* place : std::span(all.names).subspan(1)) {
    const auto [region, fresh] =
        regions.try_emplace({place->country, place->region}, static_cast<std::uint16_t>(regions.size()));
    if (regions.size() > 0xFFFF) die("more regions than fit");
    if (fresh) {
      region_name.push_back(texts.of(place->region));
      countries += place->country;
    }
    place_region.push_back(region->second);
    place_name.push_back(texts.of(place->city));
  }
  for (const auto& [asn, name] : providers) provider_name.push_back(texts.of(name));
  const Names::Packed packed = texts.pack();
  for (auto* list : {&region_name, &place_name, &provider_name})
    for (std::uint32_t& name : *list) name = packed.at[name];

  FileWriter out;
  for (const auto& [part, line] : lines) out.put(part, write_range_table(line->all()));
  out.put(place_names, place_name);
  out.put(place_regions, place_region);
  out.put(region_names, region_name);
  out.put(region_countries, countries);
  out.put(asns, numbers);
  out.put(asn_names, provider_name);
  out.put(name_codes, packed.codes);
  out.put(names, packed.bytes);
  std::string file = out.take();
  for (const auto& [part, line] : lines) check(file, part, line->all());
  return file;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) die("usage: geo_table CITY_V4.mmdb CITY_V6.mmdb ASN_V4.csv ASN_V6.csv OUT");
  using namespace geo_format;
  Places all;
  Line city4 = CityFile(argv[1]).read(all), city6 = CityFile(argv[2]).read(all);
  std::vector<std::uint64_t> counts(all.names.size(), 0);
  for (Line* line : {&city4, &city6}) line->count(counts);
  const auto next = all.by_frequency(counts);
  for (Line* line : {&city4, &city6}) line->renumber([&](std::uint32_t place) { return next[place]; });

  std::map<std::uint32_t, std::string> providers;
  Line asn4 = read_networks(argv[3], Line(32, kKeyBits4), providers);
  Line asn6 = read_networks(argv[4], Line(128, kKeyBits6), providers);
  std::vector<std::uint32_t> numbers;
  for (const auto& [asn, name] : providers) numbers.push_back(asn);
  const auto network = [&](std::uint32_t asn) -> std::uint32_t {
    if (asn == 0) return 0;
    return static_cast<std::uint32_t>(std::ranges::lower_bound(numbers, asn) - numbers.begin()) + 1;
  };
  for (Line* line : {&asn4, &asn6}) line->renumber(network);

  const std::string file =
      file_of(all, {{city_v4, &city4}, {city_v6, &city6}, {asn_v4, &asn4}, {asn_v6, &asn6}}, providers, numbers);
  std::ofstream out(argv[5], std::ios::binary);
  if (!(out << file).flush()) die(std::string("cannot write ") + argv[5]);
  std::printf("%zu places, %zu networks, %zu bytes\n", all.names.size() - 1, providers.size(), file.size());
}

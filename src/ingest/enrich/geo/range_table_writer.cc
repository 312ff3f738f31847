#include "ingest/enrich/geo/range_table_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ingest/enrich/geo/prefix_codes.h"
#include "ingest/enrich/geo/range_table.h"

namespace hk::ingest {
namespace {

using namespace range_format;

/// One stretch as it is written.
struct Item {
  std::uint32_t value_symbol = 0;
  std::uint32_t value_rest = 0;
  std::uint32_t gap_symbol = kGapSymbols;  // of the last in a block: none, the next block says where it begins
  std::uint64_t gap = 0;
};

std::vector<Stretch> joined(std::span<const Stretch> stretches) {
  std::vector<Stretch> out;
  if (stretches.empty() || stretches[0].first != 0) out.push_back({});
  for (const Stretch& s : stretches)
    if (out.empty() || out.back().value != s.value) out.push_back(s);
  return out;
}

std::vector<std::uint64_t> commonest_gaps(std::span<const Stretch> all) {
  std::unordered_map<std::uint64_t, std::uint64_t> counts;
  for (std::size_t i = 1; i < all.size(); ++i) ++counts[all[i].first - all[i - 1].first];
  std::vector<std::pair<std::uint64_t, std::uint64_t>> order(counts.begin(), counts.end());
  std::ranges::sort(
      order, [](const auto& a, const auto& b) { return std::pair(b.second, a.first) < std::pair(a.second, b.first); });
  std::vector<std::uint64_t> out(kGapSymbols, 0);
  for (std::size_t i = 0; i < std::min<std::size_t>(order.size(), kCommonGaps); ++i) out[i] = order[i].first;
  return out;
}

std::vector<Item> items_of(std::span<const Stretch> all, std::span<const std::uint64_t> common) {
  std::unordered_map<std::uint64_t, std::uint32_t> symbol_of;
  for (std::uint32_t s = 0; s < kCommonGaps; ++s)
    if (common[s] != 0) symbol_of.emplace(common[s], s);
  std::vector<Item> items(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    Item& item = items[i];
    const std::size_t begin = i / kBlock * kBlock;
    std::uint32_t back = 2;
    while (back < kBack + 2 && i >= begin + back && all[i - back].value != all[i].value) ++back;
    if (back < kBack + 2 && i >= begin + back) {
      item.value_symbol = back - 2;
    } else {
      const std::uint32_t next = all[i].value + 1;
      const auto bits = static_cast<std::uint32_t>(std::bit_width(next)) - 1;
      item.value_symbol = kBack + bits;
      item.value_rest = next ^ std::uint32_t{1} << bits;
    }
    if (i + 1 == all.size() || (i + 1) % kBlock == 0) continue;
    item.gap = all[i + 1].first - all[i].first;
    const auto known = symbol_of.find(item.gap);
    item.gap_symbol = known == symbol_of.end() ? kCommonGaps : known->second;
  }
  return items;
}

template <class T>
void append(std::string& out, std::span<const T> numbers) {
  out.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
  out.resize((out.size() + 7) / 8 * 8, '\0');
}

}  // namespace

std::string write_range_table(std::span<const Stretch> stretches) {
  const std::vector<Stretch> all = joined(stretches);
  const std::vector<std::uint64_t> common = commonest_gaps(all);
  const std::vector<Item> items = items_of(all, common);
  std::vector<std::uint64_t> value_counts(kValueSymbols, 0), gap_counts(kGapSymbols, 0);
  gap_counts[0] = 1;  // never without a code
  for (const Item& item : items) {
    ++value_counts[item.value_symbol];
    if (item.gap_symbol < kGapSymbols) ++gap_counts[item.gap_symbol];
  }
  const std::vector<PrefixCode> value_codes = codes_of(value_counts), gap_codes = codes_of(gap_counts);

  BitWriter stream;
  std::vector<std::uint64_t> begins;
  std::vector<std::uint32_t> at;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i % kBlock == 0) {
      begins.push_back(all[i].first);
      at.push_back(static_cast<std::uint32_t>(stream.next_byte()));
    }
    const Item& item = items[i];
    stream.put(value_codes[item.value_symbol]);
    if (item.value_symbol >= kBack) stream.put(item.value_rest, item.value_symbol - kBack);
    if (item.gap_symbol == kGapSymbols) continue;
    stream.put(gap_codes[item.gap_symbol]);
    if (item.gap_symbol != kCommonGaps) continue;
    const auto zeros = static_cast<unsigned>(std::countr_zero(item.gap));
    const auto size = static_cast<unsigned>(std::bit_width(item.gap >> zeros));
    stream.put(zeros, 6);
    stream.put(size - 1, 6);
    stream.put(item.gap >> zeros, size);
  }
  const std::string packed = stream.take() + std::string(kTail, '\0');

  const std::array header = {Header{.magic = kMagic,
                                    .stretches = static_cast<std::uint32_t>(all.size()),
                                    .blocks = static_cast<std::uint32_t>(begins.size()),
                                    .stream_bytes = packed.size()}};
  std::string out;
  append<Header>(out, header);
  append<std::uint64_t>(out, common);
  append<std::uint16_t>(out, reading_table(gap_codes));
  append<std::uint16_t>(out, reading_table(value_codes));
  append<std::uint64_t>(out, begins);
  append<std::uint32_t>(out, at);
  append<char>(out, packed);
  return out;
}

}  // namespace hk::ingest

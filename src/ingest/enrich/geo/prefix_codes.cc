#include "ingest/enrich/geo/prefix_codes.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace hk::ingest {
namespace {

/// How long each symbol's code is; 0 where it never occurs.
std::vector<unsigned> huffman_lengths(std::span<const std::uint64_t> counts) {
  struct Node {
    std::uint64_t count;
    std::size_t left, right;  // of a leaf: its symbol, twice
  };
  std::vector<Node> nodes;
  using Entry = std::pair<std::uint64_t, std::size_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> rest;
  for (std::size_t s = 0; s < counts.size(); ++s)
    if (counts[s] > 0) {
      rest.emplace(counts[s], nodes.size());
      nodes.push_back({counts[s], s, s});
    }
  const std::size_t leaves = nodes.size();
  std::vector<unsigned> lengths(counts.size(), 0);
  if (leaves == 1) lengths[nodes[0].left] = 1;
  while (rest.size() > 1) {
    const auto a = rest.top();
    rest.pop();
    const auto b = rest.top();
    rest.pop();
    rest.emplace(a.first + b.first, nodes.size());
    nodes.push_back({a.first + b.first, a.second, b.second});
  }
  std::vector<unsigned> depth(nodes.size(), 0);
  for (std::size_t n = nodes.size(); n-- > leaves;) depth[nodes[n].left] = depth[nodes[n].right] = depth[n] + 1;
  for (std::size_t n = 0; n < leaves && leaves > 1; ++n) lengths[nodes[n].left] = depth[n];
  return lengths;
}

}  // namespace

std::vector<PrefixCode> codes_of(std::vector<std::uint64_t> counts) {
  std::vector<unsigned> lengths = huffman_lengths(counts);
  while (std::ranges::max(lengths) > kCodeBits) {
    for (std::uint64_t& count : counts)
      if (count > 0) count = count / 2 + 1;
    lengths = huffman_lengths(counts);
  }
  std::vector<PrefixCode> codes(counts.size());
  std::uint32_t next = 0;
  for (unsigned bits = 1; bits <= kCodeBits; ++bits, next <<= 1)
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      if (lengths[s] != bits) continue;
      std::uint32_t reversed = 0;
      for (unsigned bit = 0; bit < bits; ++bit) reversed |= (next >> bit & 1) << (bits - 1 - bit);
      codes[s] = {bits, reversed};
      ++next;
    }
  return codes;
}

std::array<std::uint16_t, kCodes> reading_table(std::span<const PrefixCode> codes) {
  std::array<std::uint16_t, kCodes> out{};
  for (std::size_t s = 0; s < codes.size(); ++s)
    for (std::size_t rest = 0; codes[s].bits > 0 && rest < kCodes >> codes[s].bits; ++rest)
      out[rest << codes[s].bits | codes[s].reversed] = static_cast<std::uint16_t>(s << 4 | codes[s].bits);
  return out;
}

}  // namespace hk::ingest

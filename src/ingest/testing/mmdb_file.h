#pragma once
// A MaxMind DB file of one IPv4 network, for tests (https://maxmind.github.io/MaxMind-DB/).

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace hk::ingest::testing {

/// Values as the format writes them.
inline std::string mmdb_text(std::string_view text) {
  return static_cast<char>(2 << 5 | text.size()) + std::string(text);  // shorter than 29 bytes
}
inline std::string mmdb_number(std::uint32_t number) {
  std::string out(1, static_cast<char>(6 << 5 | 4));
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
  return out;
}
inline std::string mmdb_map(std::initializer_list<std::pair<std::string_view, std::string>> entries) {
  std::string out(1, static_cast<char>(7 << 5 | entries.size()));
  for (const auto& [key, value] : entries) (out += mmdb_text(key)) += value;
  return out;
}
inline std::string mmdb_list(std::initializer_list<std::string> values) {
  std::string out{static_cast<char>(values.size()), 4};
  for (const std::string& value : values) out += value;
  return out;
}

/// Writes a file in which the addresses that begin with `bits` ("0"s and "1"s) have `data`.
inline void write_mmdb(const std::filesystem::path& path, std::string_view bits, const std::string& data) {
  const auto small = [](char number) { return std::string{static_cast<char>(5 << 5 | 2), '\0', number}; };
  const auto nodes = static_cast<std::uint32_t>(bits.size());
  std::string out;
  for (std::uint32_t node = 0; node < nodes; ++node)
    for (const char side : {'0', '1'}) {
      const std::uint32_t on_the_way = node + 1 == nodes ? nodes + 16 : node + 1;
      const std::uint32_t record = bits[node] == side ? on_the_way : nodes;
      for (int shift = 16; shift >= 0; shift -= 8) out += static_cast<char>(record >> shift);
    }
  out += std::string(16, '\0') + data + "\xab\xcd\xefMaxMind.com" +
         mmdb_map({{"binary_format_major_version", small(2)},
                   {"binary_format_minor_version", small(0)},
                   {"build_epoch", std::string("\1\2\1", 3)},
                   {"database_type", mmdb_text("Test")},
                   {"description", mmdb_map({{"en", mmdb_text("of a test")}})},
                   {"ip_version", small(4)},
                   {"languages", mmdb_list({mmdb_text("en")})},
                   {"node_count", mmdb_number(nodes)},
                   {"record_size", small(24)}});
  std::ofstream(path, std::ios::binary) << out;
}

}  // namespace hk::ingest::testing

#pragma once
// Makes the tables that range_table.h reads. Runs while the program is built, and in tests.

#include <cstdint>
#include <span>
#include <string>

namespace hk::ingest {

/// A stretch of the number line: from `first` to the next one's, or to the end.
struct Stretch {
  std::uint64_t first = 0;
  std::uint32_t value = 0;  // 0 = none; small numbers, for what is common, take fewer bits. Below 2^32 - 1

  bool operator==(const Stretch&) const = default;
};

/// The bytes of a table. Stretches ascend; what lies before the first has no value. Neighbours of one value become one.
std::string write_range_table(std::span<const Stretch> stretches);

}  // namespace hk::ingest

#pragma once
// What came to the doors and what became of it, gathered for a minute. Most of it left no hit, so it has records of its
// own.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"

namespace hk::store {

/// How long the table `counted` keeps a day.
inline constexpr Day kCountedDays = 400;
/// Days whose rows are put together again: later ones may come for a while, earlier ones have been.
inline constexpr Day kCountedTidied = 7;
/// Of one record.
inline constexpr std::size_t kMaxCounts = 1'000;
/// What a count is told apart by, and its example, each in bytes.
inline constexpr std::size_t kMaxCountedText = 255;

/// Hits of one site and day that had the same outcome.
struct Count {
  SiteKey site{};  // 0: of no site that is known
  Day day = 0;     // of the site's zone, on which they came
  /// Numbers of the columns `reason` and `kind`: what they mean is the matter of who counts (ingest/counters.h).
  std::uint8_t reason = 0, kind = 0;
  std::string agent, example;  // empty: none
  std::uint32_t hits = 0;
  TimeMs last{};

  bool operator==(const Count&) const = default;
};

/// RecordKind::counts.
struct Counts {
  /// Not 0: what was counted on each of the kCountedTidied days before this one becomes one row, and what is older than
  /// kCountedDays goes.
  Day tidy = 0;
  std::vector<Count> counts;  // at most kMaxCounts

  bool operator==(const Counts&) const = default;
};

std::string encode(const Counts& counts);
/// Code::invalid when the bytes are not one whole record of a version that is read.
Result<Counts> decode_counts(std::string_view payload, std::uint8_t version);

}  // namespace hk::store

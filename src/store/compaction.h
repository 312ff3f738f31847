#pragma once
// Deleted rows leave a file as large as it was. Where much of one is free, it is written anew without that
// (docs/storage.md).

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <stop_token>

#include "base/clock.h"
#include "base/metrics.h"
#include "store/store.h"

namespace hk::store {

/// A file is worth it from so many bytes that are free in it …
inline constexpr std::uint64_t kCompactBytes = 256u << 20;
/// … if they are more than this part of it, in percent. One month is free after it was sorted, and used again.
inline constexpr std::uint64_t kCompactPercent = 40;
/// Files are looked at once a day, between these hours, UTC.
inline constexpr std::chrono::hours kQuietFrom{2}, kQuietTo{5};
/// Where what was deleted cannot be taken out of a file, it is tried again after this.
inline constexpr std::chrono::minutes kErasedRetry{10};

struct CompactFacts {
  LaneKey lane{};
  std::filesystem::path file;
  std::uint64_t file_bytes = 0;
  std::uint64_t unused_bytes = 0;  // of the file
  std::uint64_t free_bytes = 0;    // of the disk
  bool erased = false;             // blocks of it hold rows of what was deleted
};
enum class CompactStep : std::uint8_t { none, take, no_room };
CompactStep next_step(const CompactFacts& facts);

/// Looks which files are worth it, and has them written anew. One thread, which may take long.
class Compactor {
 public:
  Compactor(Store& store, const Clock& clock, metrics::Registry& registry);

  /// What holds rows of deleted sites at once, others in a quiet hour, once a day: one file after the other; how many
  /// were written anew.
  std::size_t run(const std::stop_token& stop = {});

 private:
  bool is_due();
  bool may_try(const CompactFacts& facts);
  bool make_smaller(const CompactFacts& facts, const std::stop_token& stop);

  Store& store_;
  const Clock& clock_;
  metrics::Counter& compacted_;
  std::chrono::sys_days looked_{};
  std::map<LaneKey, TimeMs> tried_;  // files with erased rows that could not be written anew
};

}  // namespace hk::store

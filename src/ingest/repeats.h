#pragma once
// Items that a program sends once more because it did not hear the answer: each is stored once (docs/server-ingest.md).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "log/file.h"

namespace hk::ingest {

/// How long an id is known after its item was accepted.
inline constexpr std::chrono::hours kRepeatsKept{24};
/// Ids that are known of one site; the oldest are forgotten first. About 100 bytes each.
inline constexpr std::size_t kRepeatsPerSite = 100'000;
/// The file is written anew when so much of it is of ids that are forgotten, bytes.
inline constexpr std::size_t kRepeatsWaste = std::size_t{4} << 20;

/// An id of a site, as a hash: nobody's text is kept.
struct ItemId {
  SiteKey site{};
  std::uint64_t hash = 0;
  bool operator==(const ItemId&) const = default;
};
ItemId item_id(SiteKey site, std::string_view id);

/// Which ids were accepted, in memory and in a file of their own. The order is: claim, append the hits, and when these
/// are durable keep the ids, before anybody is told that they were accepted. So what was acknowledged is known after
/// any kill; what was not may be stored twice when it comes again. Thread-safe.
class Repeats {
 public:
  /// Reads the file, or makes it; a torn end is cut.
  static Result<std::unique_ptr<Repeats>> open(std::filesystem::path file, TimeMs now,
                                               log::FileSystem& files = log::posix_files());

  enum class Claim : std::uint8_t {
    fresh,    // the caller's now: keep() or give_back() follows
    known,    // accepted before
    pending,  // somebody else is at it
  };
  Claim claim(const ItemId& id, TimeMs now);
  /// The items are not stored.
  void give_back(std::span<const ItemId> ids);
  /// The items are durable. Blocks (fdatasync): workers only. A failure leaves them known until the process ends.
  Result<void> keep(std::span<const ItemId> ids, TimeMs now);

  std::size_t known(SiteKey site) const;

 private:
  Repeats(std::filesystem::path file, log::FileSystem& files) : path_(std::move(file)), files_(files) {}

  struct Site {
    std::unordered_map<std::uint64_t, std::optional<TimeMs>> ids;  // none: pending
    std::deque<std::pair<TimeMs, std::uint64_t>> order;            // of those that are known
  };
  static void forget(Site& site, TimeMs now);
  Result<void> read(TimeMs now);
  Result<void> rewrite();

  const std::filesystem::path path_;
  log::FileSystem& files_;
  mutable std::mutex mutex_;  // of the memory
  std::unordered_map<std::uint32_t, Site> sites_;
  std::mutex writing_;  // of the file; taken before mutex_
  std::unique_ptr<log::File> file_;
  std::uint64_t end_ = 0;
};

}  // namespace hk::ingest

#pragma once
// The random salts that make visitors of one day recognisable, and nobody after it (docs/visits.md).

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "crypto/hash.h"
#include "db/zones.h"

namespace hk::ingest {

/// One random salt per calendar date, shared by all sites (the site is part of what is hashed).
///
/// A date's salt is made before the date begins in the first zone, and dies when the date has been over for
/// kSaltGrace in the last zone that the instance's sites use. The file `salts` (0600) keeps the living ones over a
/// restart, in two slots with a checksum each. Destroying overwrites both slots, one after the other, each synced; a
/// crash in between leaves one whole slot, and the next start overwrites the other. Nothing else ever holds a salt:
/// no log, no database, no backup.
///
/// Thread-safe. of() takes no lock once a date's salt is there.
class Salts {
 public:
  using Salt = crypto::SipKey;

  /// Reads the file, or makes it; overwrites dates that are over in every zone on earth. A file that others may read
  /// is refused; one whose slots are both damaged is started anew (today's visitors count again) with a warning.
  static Result<std::unique_ptr<Salts>> open(std::filesystem::path file, TimeMs now);

  /// The salt of a date, made now if there is none. If it can't be written to the file it still counts until the
  /// process ends, and the failure is logged.
  Salt of(Day day);

  /// Makes what the zones need soon and destroys what none needs any more. To be called every minute. Without zones
  /// (no site yet) only what is over in every zone on earth goes.
  Result<void> tend(TimeMs now, const std::vector<std::shared_ptr<const db::Zone>>& zones);

  /// Dates that have a salt, ascending.
  std::vector<Day> days() const;

  /// A visit may go on for half an hour after midnight under the old date's hash (kVisitGap); then some slack.
  static constexpr std::chrono::minutes kSaltGrace{35};
  /// How long before a date begins its salt is made, so that no request waits for the disk.
  static constexpr std::chrono::hours kAhead{1};
  /// Dates that can be alive at one instant anywhere, one coming included, and slack.
  static constexpr std::size_t kMaxSalts = 8;
  static constexpr std::size_t kSlotBytes = 4096;

 private:
  struct Entry {
    Day day = 0;
    Salt salt{};
  };
  using Table = std::vector<Entry>;  // ascending by day

  Salts(std::filesystem::path file, int fd) : file_(std::move(file)), fd_(fd) {}

 public:
  ~Salts();
  Salts(const Salts&) = delete;
  Salts& operator=(const Salts&) = delete;

 private:
  static std::string encode(const Table& table, std::uint64_t sequence);
  static bool decode(std::string_view slot, Table& table, std::uint64_t& sequence);
  /// Writes one slot, or both where something has to disappear. With mutex_ held. After a failure the next write, or
  /// tend(), does both.
  Result<void> write(const Table& table, bool both);
  void publish(Table table);

  const std::filesystem::path file_;
  const int fd_;
  std::mutex mutex_;  // writers
  std::uint64_t sequence_ = 0;
  bool stale_ = false;  // the file may hold what should be gone, or lack what is there: written again at the next turn
  std::atomic<std::shared_ptr<const Table>> table_{std::make_shared<const Table>()};
};

}  // namespace hk::ingest

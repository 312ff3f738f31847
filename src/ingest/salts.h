#pragma once
// The random salts that make visitors of one day recognisable, and nobody after it (docs/visits.md).

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "db/zones.h"

namespace hk::ingest {

/// One random salt per zone and calendar date, shared by all sites of the zone (the site is part of what is hashed).
///
/// A salt is made before its date begins in its zone and dies when the date has been over there for kSaltGrace. The
/// file `salts` (0600) keeps the living ones over a restart, in two slots with a checksum each. Destroying overwrites
/// both slots, one after the other, each synced; a crash in between leaves one whole slot, and the next start
/// overwrites the other. Nothing else ever holds a salt: no log, no database, no backup (kNeverCopied).
///
/// What is hashed with is the salt mixed with a second half that lies elsewhere, where there is one
/// (ingest/visitor_secret.h): a copy of the data directory alone then names nobody, not even on the day itself.
///
/// Thread-safe. of() takes no lock once a date's salt is there.
class Salts {
 public:
  using Salt = crypto::SipKey;
  enum class Destroy : std::uint8_t { what_is_over, nothing };

  /// Reads the file, or makes it. A file that others may read is refused; one whose slots are both damaged is started
  /// anew (today's visitors count again) with a warning. Salts that were mixed with another `second_half` are of no use
  /// and go, with a warning; those that were made without one stay as they are until their dates are over.
  static Result<std::unique_ptr<Salts>> open(std::filesystem::path file, Secret<std::string> second_half);

  /// The key of a date in a zone, made now if there is none. If it can't be written to the file it still counts until
  /// the process ends, and the failure is logged.
  Salt of(const db::Zone& zone, Day day);

  /// Makes what the zones need soon, and destroys what none of them needs any more unless the clock is in doubt. To be
  /// called every minute. Without zones (no site yet) only what is over everywhere on earth goes.
  Result<void> tend(TimeMs now, const std::vector<std::shared_ptr<const db::Zone>>& zones, Destroy destroy);

  /// Dates that have a salt in this zone, ascending.
  std::vector<Day> days(const db::Zone& zone) const;
  /// Salts of all zones.
  std::size_t size() const { return table_.load()->size(); }

  /// A visit may go on for half an hour after midnight; then some slack for a clock that is set back a little.
  static constexpr std::chrono::minutes kSaltGrace{35};
  /// How long before a date begins its salt is made, so that no request waits for the disk.
  static constexpr std::chrono::hours kAhead{1};
  /// Dates that a zone keeps: more than can be alive at one instant. The oldest goes when the clock has leapt.
  static constexpr std::size_t kMaxDates = 6;
  static constexpr std::size_t kSlotBytes = std::size_t{128} * 1024;
  /// All zones together, what a slot has room for: more than there are zones, each with all its dates.
  static constexpr std::size_t kMaxSalts = 4'500;
  /// The file's name in the data directory. Whatever copies that directory leaves it out.
  static constexpr std::string_view kNeverCopied = "salts";

 private:
  struct Entry {
    std::uint64_t zone = 0;  // kAnyZone, or a hash of its name
    Day day = 0;
    bool mixed = false;  // with the second half
    Salt salt{};         // as the file has it
    Salt key{};          // as it is used
    auto place() const { return std::pair(zone, day); }
  };
  using Table = std::vector<Entry>;  // ascending by zone and day

  Salts(std::filesystem::path file, int fd, Secret<std::string> second_half)
      : file_(std::move(file)), fd_(fd), second_half_(std::move(second_half)) {}

 public:
  ~Salts();
  Salts(const Salts&) = delete;
  Salts& operator=(const Salts&) = delete;

 private:
  static constexpr std::uint64_t kAnyZone = 0;

  /// By the zone that cuts this date.
  static std::uint64_t id_of(const db::Zone& zone, Day day);
  static const Entry* find(const Table& table, std::uint64_t zone, Day day);
  std::string encode(const Table& table, std::uint64_t sequence) const;
  bool decode(std::string_view slot, Table& table, std::uint64_t& sequence, bool& other_half) const;
  static bool decode_version_1(std::string_view slot, Table& table, std::uint64_t& sequence);
  Result<Table> read();
  std::uint64_t fingerprint() const;
  /// With mutex_ held.
  Entry& add(Table& table, std::uint64_t zone, Day day) const;
  void complete(Entry& entry) const;
  /// Writes one slot, or both where something has to disappear. With mutex_ held. After a failure the next write, or
  /// tend(), does both.
  Result<void> write(const Table& table, bool both);
  void publish(Table table);

  const std::filesystem::path file_;
  const int fd_;
  const Secret<std::string> second_half_;  // empty: none
  std::mutex mutex_;                       // writers
  std::uint64_t sequence_ = 0;
  bool stale_ = false;  // the file may hold what should be gone, or lack what is there: written again at the next turn
  std::atomic<std::shared_ptr<const Table>> table_{std::make_shared<const Table>()};
};

}  // namespace hk::ingest

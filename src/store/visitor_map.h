#pragma once
// Which ordinal (vd) a visitor's hash has on its day, for the days of one lane that are hot. It is kept beside the
// lane's DuckDB file, which never holds a hash, and overwritten when the day is sealed (docs/storage.md, The map of
// visitors).

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "log/file.h"
#include "log/timeline.h"
#include "store/order.h"
#include "store/visits.h"

namespace hk::store {

/// What a lane's file itself says of a visitor's day (a row of hot_visitors).
struct KnownVisitor {
  SiteDay day;
  std::uint32_t vd = 0;
  log::Offset first = 0;  // of the record that it came with; 0: it did not come from the log

  auto operator<=>(const KnownVisitor&) const = default;
};

/// In memory, about 20 bytes for each visitor of a hot day; the files hold what a start would otherwise have to read
/// from the log. They are written when the lane is checkpointed, so what a crash takes is what the DuckDB file has in
/// its WAL, and the log still has it. An entry counts where the lane's rows say the same of it, and no other is
/// believed. One thread.
class VisitorMap {
 public:
  /// Entries that wait in memory to be written, all files together.
  static constexpr std::size_t kMaxWaiting = 65'536;
  static constexpr std::size_t kEntryBytes = 32;

  /// `directory` is made with the first entry; with an empty one nothing is read or written.
  explicit VisitorMap(std::filesystem::path directory = {}, log::FileSystem& files = log::posix_files());

  /// How the name of the directory beside a lane's file ends. Whatever copies files leaves it out.
  static constexpr std::string_view kNeverCopied = ".visitors";
  static std::filesystem::path directory_of(const std::filesystem::path& lane_file);

  /// Takes from the files the entries of these visitors, once and before anything else, and gives back those that have
  /// none, by `first`. All others are to be overwritten. A file that cannot be read has none.
  std::vector<KnownVisitor> load(std::vector<KnownVisitor> known);
  /// The highest ordinal that was ever given on this site.
  void restore_number(SiteKey site, std::uint32_t highest);
  /// One of those that load() did not find.
  void restore(const VisitorDay& who, std::uint32_t vd, log::Offset first);

  struct Number {
    std::uint32_t vd = 0;
    bool fresh = false;  // given now: per site, without gaps
  };
  Number number(const VisitorDay& who, log::Offset first);
  std::optional<std::uint32_t> find(const VisitorDay& who) const;

  /// Nothing of a sealed site-day stays in memory, and erase() will leave nothing in the files.
  void forget(std::span<const SiteDay> sealed);
  /// The same of all days of these sites, their numbers included.
  void forget_sites(const std::set<SiteKey>& sites);

  /// Writes what waits where there is more than kMaxWaiting. What cannot be written waits on.
  void write_some();
  /// All that was given is on the disk when this returns.
  Result<void> sync();
  bool is_synced() const;
  /// Overwrites on the disk what is not in memory any more. Not before the lane's file holds the seal without its WAL:
  /// it would come back without.
  Result<void> erase();
  bool must_erase() const;

  /// `take(const VisitorDay&, std::uint32_t vd)` for each.
  template <class Take>
  void for_each(const Take& take) const {
    for (const auto& [day, table] : tables_)
      table.for_each([&](std::uint64_t hash, std::uint32_t vd) { take(VisitorDay{day.site, day.day, hash}, vd); });
  }
  std::size_t size() const;

 private:
  /// Hash → ordinal of one site-day: open addressing in two plain arrays.
  class Table {
   public:
    std::uint32_t find(std::uint64_t hash) const;  // 0: none
    void set(std::uint64_t hash, std::uint32_t vd);
    std::size_t size() const { return used_; }
    template <class Take>
    void for_each(const Take& take) const {
      for (std::size_t i = 0; i < vds_.size(); ++i)
        if (vds_[i] != 0) take(hashes_[i], vds_[i]);
    }

   private:
    std::size_t slot(std::uint64_t hash) const;
    void grow();
    std::vector<std::uint64_t> hashes_;
    std::vector<std::uint32_t> vds_;  // 0: free
    std::size_t used_ = 0;
  };
  struct SiteDayHash {
    std::size_t operator()(const SiteDay& d) const noexcept {
      return (static_cast<std::uint64_t>(d.site) << 32 | static_cast<std::uint32_t>(d.day)) * 0x9E3779B97F4A7C15;
    }
  };
  struct Entry;
  /// Of one date.
  struct DayFile {
    std::uint64_t end = 0;  // bytes that are written
    std::string waiting;    // entries behind them
    bool there = false;
    bool unsynced = false;
    bool stale = false;  // holds entries that are not in memory
  };

  static std::string name_of(Day day);
  static std::optional<Day> day_of(std::string_view name);
  std::filesystem::path path_of(Day day) const { return directory_ / name_of(day); }
  void add(const VisitorDay& who, std::uint32_t vd, log::Offset first);
  bool holds(const Entry& entry) const;
  void load_file(Day day, DayFile& file, std::span<const KnownVisitor> known, std::vector<bool>& found);
  void load_entries(std::string_view bytes, Day day, DayFile& file, std::span<const KnownVisitor> known,
                    std::vector<bool>& found);
  log::Io<std::unique_ptr<log::File>> open(Day day, DayFile& file);
  Result<void> write(Day day, DayFile& file);
  Result<void> write_all_waiting();
  Result<void> erase(Day day, DayFile& file, bool& empty);
  Result<void> sync_names();

  const std::filesystem::path directory_;
  log::FileSystem& fs_;
  std::unordered_map<SiteDay, Table, SiteDayHash> tables_;
  std::unordered_map<std::uint32_t, std::uint32_t> numbers_;  // site → highest ordinal
  std::map<Day, DayFile> days_;
  std::size_t waiting_ = 0;  // entries, all files together
  bool names_changed_ = false;
};

}  // namespace hk::store

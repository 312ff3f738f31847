#pragma once
// A DuckDB file of an earlier form is written anew: its rows go into a new file beside it, which then takes its name.
//
// A process may be killed anywhere: the file is at every moment either the earlier one, whole, or the new one, whole.
// The next start removes what was begun, and begins again. The earlier file stays beside the new one until the first
// clean stop, where the disk has the room.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>

#include "base/error.h"
#include "db/duck.h"
#include "db/migrations.h"

namespace hk::db {

/// Called with the name of each step that is done; tests end the process here.
using Reached = std::function<void(std::string_view step)>;

struct Rebuild {
  Forms forms;
  /// Brings the rows over: tables without a catalogue are those of the new file, `earlier.NAME` those of the other.
  std::function<Result<void>(DuckConnection& connection, const Reached& reached)> fill;
  Reached reached = {};
  /// Tables of the earlier form whose rows are left out where the disk does not give them back. All others must be
  /// whole.
  std::span<const std::string_view> may_lose = {};
  /// Told of each of them how many rows are lost.
  std::function<void(std::string_view table, std::uint64_t rows)> lost = {};
  /// Bytes that are free where a file stands; tests have less.
  std::function<std::uint64_t(const std::filesystem::path& folder)> room = {};
};

/// open_migrated(), after a rebuild where the file is of the earlier form.
Result<std::shared_ptr<DuckDatabase>> open_rebuilt(const std::filesystem::path& file, const DuckOptions& options,
                                                   const Rebuild& how, const AfterStatement& after = {});

/// Writes what a file holds into a new one, synced: its tables and views, rows in their order, and none of the room
/// that deleted rows leave in a file. `from` is closed and has no WAL; nobody writes it meanwhile. One thread.
Result<void> write_compact(const std::filesystem::path& from, const std::filesystem::path& to, DuckOptions options,
                           const std::stop_token& stop = {});
/// Removes what a write_compact() that was killed has begun.
void remove_begun(const std::filesystem::path& to);

/// After a clean stop: the earlier file is needed no more.
void forget_earlier(const std::filesystem::path& file);
/// Whether a file of this name holds nothing that another beside it does not: what a rebuild began or left.
bool is_of_rebuild(const std::filesystem::path& file);

}  // namespace hk::db

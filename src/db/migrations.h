#pragma once
// One mechanism for both engines: named migrations, applied in order, each exactly once.
//
// A migration runs in its own transaction together with its row in `migrations`; in DuckDB a CHECKPOINT follows at
// once, because a WAL with some kinds of DDL cannot be replayed (docs/duckdb.md, 4). A process may be killed anywhere:
// the next start goes on.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/error.h"
#include "db/duck.h"
#include "db/sqlite.h"

namespace hk::db {

/// `name` is recorded and never changes; `sql` is one or more statements, without BEGIN and COMMIT.
struct Migration {
  std::string_view name;
  std::string_view sql;
};

/// What a DuckDB file can look like. One whose migrations are of the earlier form is rebuilt (db/rebuild.h).
struct Forms {
  std::span<const Migration> present;
  std::span<const Migration> earlier = {};
};

/// Whose DuckDB file that is, found without touching it.
enum class FileOwner : std::uint8_t {
  nobody,  // no tables
  hitkeep,
  original,  // the Go program, 2.8.1 and older
  other,
};
/// Fails with a sentence where the file cannot be read as a database.
Result<FileOwner> owner_of(const std::filesystem::path& file);
/// The sentence for a file that is not ours.
Result<void> refuse_owner(const std::filesystem::path& file, FileOwner owner);

/// Called after each statement; tests end the process here.
using AfterStatement = std::function<void()>;

/// What a look found.
template <class Handle>
struct Looked {
  Handle handle;          // null where there is no file, or nothing in it
  bool complete = false;  // no migration is before it
  bool earlier = false;   // it is of the earlier form
};

/// The look before open_migrated(): reads a file with its WAL and leaves everything byte for byte as it is. Refused
/// with a sentence are a damaged file, one of the original HitKeep or of another program, one that a newer HitKeep
/// migrated. Code::conflict: a DuckDB file is whole, but its WAL is not of it (see DuckOptions::without_wal).
Result<Looked<std::shared_ptr<DuckDatabase>>> look_at(const std::filesystem::path& file, DuckOptions options,
                                                      const Forms& forms);
/// The same for SQLite: also checks every page.
Result<Looked<std::unique_ptr<Sqlite>>> look_at(const std::filesystem::path& file,
                                                std::span<const Migration> migrations);

/// Opens or creates a file and brings it up to date. Refuses what look_at() refuses, but opening may have touched it
/// then: look first. `options.read_only` must be off. Null: it is of the earlier form, and nothing was done.
Result<std::shared_ptr<DuckDatabase>> open_migrated(const std::filesystem::path& file, const DuckOptions& options,
                                                    const Forms& forms, const AfterStatement& after = {});

/// Called when a file of an earlier version is about to change its shape: what still has to be written in the old one.
using BeforeMigrating = std::function<Result<void>()>;

/// The same for SQLite; the connection is of Mode::read_write.
Result<std::unique_ptr<Sqlite>> open_migrated(const std::filesystem::path& file, std::span<const Migration> migrations,
                                              const BeforeMigrating& before = {}, const AfterStatement& after = {});

}  // namespace hk::db

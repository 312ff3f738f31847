#include "db/migrations.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "db/advice.h"
#include "sql/db.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;

using Names = std::set<std::string, std::less<>>;

std::unexpected<Error> refuse(const fs::path& file, const std::string& rest) {
  return fail(Code::unavailable, file.string() + rest);
}

/// What a look into a file found.
struct Found {
  FileOwner owner = FileOwner::nobody;
  Names applied;  // where it is ours
};

bool has(std::span<const Migration> migrations, std::string_view name) {
  return std::ranges::find(migrations, name, &Migration::name) != migrations.end();
}

Result<void> judge(const fs::path& file, const Result<Found>& found, const Forms& forms) {
  if (!found) return refuse(file, unreadable(found.error()));
  if (auto ours = refuse_owner(file, found->owner); !ours) return ours;
  for (const auto& name : found->applied) {
    if (!has(forms.present, name) && !has(forms.earlier, name))
      return refuse(file, " was written by a newer HitKeep (migration " + name + "); start that version or newer.");
  }
  return {};
}

bool complete(const Found& found, std::span<const Migration> migrations) {
  return std::ranges::all_of(migrations, [&](const Migration& one) { return found.applied.contains(one.name); });
}

bool is_earlier(const Found& found, const Forms& forms) {
  return std::ranges::any_of(found.applied, [&](const std::string& name) { return has(forms.earlier, name); });
}

/// Splits at the semicolons that end statements. Knows comments and quotes; triggers and dollar quotes do not occur.
std::vector<std::string_view> statements_of(std::string_view sql) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  bool code = false;  // something else than space and comments since `start`
  const auto end_at = [&](std::size_t at) {
    if (code) out.push_back(sql.substr(start, at - start));
    start = at + 1;
    code = false;
  };
  for (std::size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    const auto pair = sql.substr(i, 2);
    if (pair == "--") {
      i = std::min(sql.find('\n', i), sql.size());
    } else if (pair == "/*") {
      const auto end = sql.find("*/", i + 2);
      i = end == std::string_view::npos ? sql.size() : end + 1;
    } else if (c == '\'' || c == '"') {
      code = true;
      i = std::min(sql.find(c, i + 1), sql.size());  // a doubled quote is two texts side by side
    } else if (c == ';') {
      end_at(i);
    } else if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
      code = true;
    }
  }
  end_at(sql.size());
  return out;
}

/// The steps are the same; `Handle` is a DuckConnection or a Sqlite.
template <class Handle>
Result<void> apply(Handle& handle, const Migration& migration, std::span<const std::string_view> before,
                   std::span<const std::string_view> behind, const AfterStatement& after) {
  std::vector<std::string_view> steps{"BEGIN"};
  steps.insert(steps.end(), before.begin(), before.end());
  for (const auto statement : statements_of(migration.sql)) steps.push_back(statement);
  steps.insert(steps.end(), behind.begin(), behind.end());
  for (const auto step : steps) {
    if (auto done = handle.exec(step); !done) {
      (void)handle.exec("ROLLBACK");
      done.error().message = "Migration " + std::string(migration.name) + " failed: " + done.error().message;
      return done;
    }
    if (after) after();
  }
  return {};
}

/// The row that says that a migration is done. Names are ours: letters, digits, underscores.
std::string row_sql(std::string_view sql, const Migration& migration) {
  constexpr std::string_view kPlace = "{{name}}";
  std::string out(sql);
  return out.replace(out.find(kPlace), kPlace.size(), migration.name);
}

// ---- DuckDB --------------------------------------------------------------------------------------

Result<Names> names_of(DuckConnection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  if (!rows) return std::unexpected(std::move(rows.error()));
  for (Names names;;) {
    auto more = (*rows)->next();
    if (!more) return std::unexpected(std::move(more.error()));
    if (!*more) return names;
    names.emplace((*rows)->text(0));
  }
}

/// The second look walks through every file that is attached beside this one: only where there is nothing of ours.
Result<Found> find(DuckConnection& connection) {
  if (const auto known = names_of(connection, sql::db::duck_migrations_columns);
      known && known->contains("name") && !known->contains("migration")) {
    auto names = names_of(connection, sql::db::migrated);
    if (!names) return std::unexpected(std::move(names.error()));
    return Found{.owner = FileOwner::hitkeep, .applied = std::move(*names)};
  }
  Found found;
  auto columns = connection.query(sql::db::duck_columns);
  if (!columns) return std::unexpected(std::move(columns.error()));
  for (;;) {
    auto more = (*columns)->next();
    if (!more) return std::unexpected(std::move(more.error()));
    if (!*more) return found;
    if ((*columns)->text(0) == "migrations" && (*columns)->text(1) == "migration")
      found.owner = FileOwner::original;
    else if (found.owner == FileOwner::nobody)
      found.owner = FileOwner::other;
  }
}

// ---- SQLite --------------------------------------------------------------------------------------

Result<Found> find(Sqlite& sqlite) {
  Found found;
  auto read = sqlite.rows(sql::db::sqlite_columns, {}, [&](const SqlRow& row) {
    if (found.owner == FileOwner::nobody) found.owner = FileOwner::other;
    if (row.text(0) == "migrations" && row.text(1) == "name") found.owner = FileOwner::hitkeep;
  });
  if (read && found.owner == FileOwner::hitkeep)
    read = sqlite.rows(sql::db::migrated, {}, [&](const SqlRow& row) { found.applied.emplace(row.text(0)); });
  if (!read) return std::unexpected(std::move(read.error()));
  return found;
}

}  // namespace

Result<FileOwner> owner_of(const fs::path& file) {
  auto database = DuckDatabase::open(file, {.read_only = true, .temp_directory = {}});
  if (!database) return std::unexpected(std::move(database.error()));
  auto connection = (*database)->connect();
  if (!connection) return std::unexpected(std::move(connection.error()));
  auto found = find(**connection);
  if (!found) return refuse(file, unreadable(found.error()));
  return found->owner;
}

Result<void> refuse_owner(const fs::path& file, FileOwner owner) {
  switch (owner) {
    case FileOwner::original:
      return refuse(
          file,
          " belongs to the original HitKeep. This program keeps data in another form and has not touched the "
          "file: give it a data directory of its own with HITKEEP_DATA_PATH (and HITKEEP_DB_PATH, where set).");
    case FileOwner::other:
      return refuse(file,
                    " is the database of another program and was not touched: give HitKeep a data directory of its own "
                    "with HITKEEP_DATA_PATH (and HITKEEP_DB_PATH, where set).");
    default:
      return {};
  }
}

Result<Looked<std::shared_ptr<DuckDatabase>>> look_at(const fs::path& file, DuckOptions options, const Forms& forms) {
  std::error_code ec;
  if (!fs::exists(file, ec)) {
    if (fs::exists(file.string() + ".wal", ec))
      return refuse(
          file, " is gone, but its write-ahead log is still there. Restore both from a backup, or move the log away.");
    return Looked<std::shared_ptr<DuckDatabase>>{};
  }
  options.read_only = true;
  auto database = DuckDatabase::open(file, options);
  if (!database) return std::unexpected(std::move(database.error()));
  auto connection = (*database)->connect();
  if (!connection) return std::unexpected(std::move(connection.error()));
  const auto found = find(**connection);
  if (auto fine = judge(file, found, forms); !fine) return std::unexpected(std::move(fine.error()));
  if (found->owner == FileOwner::nobody) return Looked<std::shared_ptr<DuckDatabase>>{};
  return Looked<std::shared_ptr<DuckDatabase>>{
      .handle = *database, .complete = complete(*found, forms.present), .earlier = is_earlier(*found, forms)};
}

Result<Looked<std::unique_ptr<Sqlite>>> look_at(const fs::path& file, std::span<const Migration> migrations) {
  std::error_code ec;
  if (!fs::exists(file, ec)) return Looked<std::unique_ptr<Sqlite>>{};
  auto sqlite = Sqlite::open(file, Sqlite::Mode::look);
  if (!sqlite) return std::unexpected(std::move(sqlite.error()));
  std::string verdict;
  const auto checked = (*sqlite)->rows("PRAGMA quick_check(1)", {}, [&](const SqlRow& row) { verdict = row.text(0); });
  if (!checked) return refuse(file, unreadable(checked.error()));
  if (verdict != "ok") return refuse(file, unreadable({Code::unavailable, verdict, {}}));
  const auto found = find(**sqlite);
  if (auto fine = judge(file, found, Forms{migrations}); !fine) return std::unexpected(std::move(fine.error()));
  if (found->owner == FileOwner::nobody) return Looked<std::unique_ptr<Sqlite>>{};
  return Looked<std::unique_ptr<Sqlite>>{.handle = std::move(*sqlite), .complete = complete(*found, migrations)};
}

Result<std::shared_ptr<DuckDatabase>> open_migrated(const fs::path& file, const DuckOptions& options,
                                                    const Forms& forms, const AfterStatement& after) {
  std::error_code ec;
  const bool fresh = !fs::exists(file, ec);
  auto database = DuckDatabase::open(file, options);
  if (!database) return database;
  auto connection = (*database)->connect();
  if (!connection) return std::unexpected(std::move(connection.error()));
  auto found = fresh ? Found{} : find(**connection);
  if (auto fine = judge(file, found, forms); !fine) return std::unexpected(std::move(fine.error()));
  if (is_earlier(*found, forms)) return std::shared_ptr<DuckDatabase>{};
  for (const auto& migration : forms.present) {
    if (found->applied.contains(migration.name)) continue;
    const std::string row = row_sql(sql::db::duck_done, migration);
    const std::string_view before[] = {sql::db::duck_migrations};
    const std::string_view behind[] = {row, "COMMIT", "CHECKPOINT"};
    if (auto done = apply(**connection, migration, before, behind, after); !done)
      return refuse(file, ": " + done.error().message);
  }
  return database;
}

Result<std::unique_ptr<Sqlite>> open_migrated(const fs::path& file, std::span<const Migration> migrations,
                                              const BeforeMigrating& before_any, const AfterStatement& after) {
  auto sqlite = Sqlite::open(file, Sqlite::Mode::read_write);
  if (!sqlite) return sqlite;
  auto found = find(**sqlite);
  if (auto fine = judge(file, found, Forms{migrations}); !fine) return std::unexpected(std::move(fine.error()));
  if (before_any && !found->applied.empty() && !complete(*found, migrations)) {
    if (auto done = before_any(); !done) return std::unexpected(std::move(done.error()));
  }
  for (const auto& migration : migrations) {
    if (found->applied.contains(migration.name)) continue;
    const std::string row = row_sql(sql::db::sqlite_done, migration);
    const std::string_view before[] = {sql::db::sqlite_migrations};
    const std::string_view behind[] = {row, "COMMIT"};
    if (auto done = apply(**sqlite, migration, before, behind, after); !done)
      return refuse(file, ": " + done.error().message);
  }
  return sqlite;
}

}  // namespace hk::db

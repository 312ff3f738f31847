#include "db/rebuild.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "base/text.h"
#include "sql/db.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::string_view kFresh = ".rebuild", kSpilled = ".rebuild-tmp", kKept = ".before-rebuild";
/// What can be read of a damaged file, in the form that it has.
constexpr std::string_view kReadable = ".rebuild-readable";
/// Rows that are read or lost together: DuckDB's vectors.
constexpr std::int64_t kRowsTogether = 2'048;
/// The earlier file is kept where the disk has this many times its size free before the rebuild.
constexpr std::uint64_t kRoomToKeep = 2;
/// What sorting millions of rows needs, in all and for each thread, before it can spill. Nothing else runs meanwhile.
constexpr std::uint64_t kLeastMemory = std::uint64_t{256} << 20, kMemoryPerThread = std::uint64_t{128} << 20;

fs::path beside(const fs::path& file, std::string_view ending) {
  return file.string() + std::string(ending);
}

/// What a rebuild that was killed has begun.
void forget_begun(const fs::path& file) {
  for (const std::string_view ending : {kFresh, kReadable}) remove_begun(beside(file, ending));
  std::error_code ec;
  fs::remove_all(beside(file, kSpilled), ec);
}

Result<void> sync(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int why = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) return fail(Code::unavailable, concat({path.string(), " cannot be synced: ", std::strerror(why), "."}));
  return {};
}

std::uint64_t free_bytes(const fs::path& folder) {
  std::error_code ec;
  const auto space = fs::space(folder, ec);
  return ec ? 0 : space.available;
}

void say(const Reached& reached, std::string_view step) {
  if (reached) reached(step);
}

/// The earlier file without a WAL: whole in one piece, with all migrations of its form.
Result<void> settle_earlier(const fs::path& file, const DuckOptions& options, const Rebuild& how) {
  auto earlier = open_migrated(file, options, Forms{how.forms.earlier});
  if (!earlier) return std::unexpected(std::move(earlier.error()));
  auto connection = (*earlier)->connect();
  if (!connection) return std::unexpected(std::move(connection.error()));
  return (*connection)->exec("CHECKPOINT");
}

/// After its checkpoint and closed: no WAL is left, and the disk has it.
Result<void> settle(const fs::path& file) {
  std::error_code ec;
  if (const auto wal = beside(file, ".wal"); fs::exists(wal, ec) && fs::file_size(wal, ec) > 0)
    return fail(Code::unavailable, wal.string() + " is still there after a checkpoint");
  return sync(file, O_RDONLY);
}

/// The new file, whole and durable, still under its own name, with the rows of `earlier`.
Result<void> make_fresh(const fs::path& file, const fs::path& earlier, DuckOptions options, const Rebuild& how) {
  const fs::path fresh = beside(file, kFresh);
  remove_begun(fresh);
  options.beside = earlier;
  {
    auto database = open_migrated(fresh, options, Forms{how.forms.present});
    if (!database) return std::unexpected(std::move(database.error()));
    say(how.reached, "schema");
    auto connection = (*database)->connect();
    if (!connection) return std::unexpected(std::move(connection.error()));
    if (auto filled = how.fill(**connection, how.reached); !filled) return filled;
    if (auto done = (*connection)->exec("CHECKPOINT"); !done) return done;
  }
  if (auto settled = settle(earlier); !settled) return settled;
  return settle(fresh);
}

/// Copies tables of a file beside, without the rows that the disk does not give back.
class Salvage {
 public:
  Salvage(DuckConnection& connection, const Rebuild& how) : connection_(connection), how_(how) {}

  Result<void> run() {
    if (auto done = connection_.exec(sql::db::readable_schema); !done) return done;
    std::vector<std::string> tables;
    auto rows = connection_.query(sql::db::readable_tables);
    while (rows && (*rows)->next().value_or(false)) tables.emplace_back((*rows)->text(0));
    if (!rows) return std::unexpected(std::move(rows.error()));
    // What must be whole is there first, or nothing more is tried.
    std::ranges::stable_partition(tables, [&](const std::string& table) { return !may_lose(table); });
    for (const std::string& table : tables)
      if (auto done = copy(table); !done) return done;
    return connection_.exec("CHECKPOINT");
  }

 private:
  bool may_lose(std::string_view table) const { return std::ranges::find(how_.may_lose, table) != how_.may_lose.end(); }
  Result<std::int64_t> number(std::string_view sql, const std::string& table, const std::vector<DuckValue>& params) {
    auto rows = connection_.query(fill(sql, {{"table", table}}), params);
    if (!rows) return std::unexpected(std::move(rows.error()));
    if (const auto next = (*rows)->next(); !next) return std::unexpected(next.error());
    return (*rows)->i64(0);
  }
  Result<void> copy(const std::string& table) {
    auto end = number(sql::db::readable_end, table, {});
    if (!end) return std::unexpected(std::move(end.error()));
    auto lost = copy_rows_of(table, 0, *end);
    if (!lost) return std::unexpected(std::move(lost.error()));
    if (*lost > 0 && how_.lost) how_.lost(table, static_cast<std::uint64_t>(*lost));
    return {};
  }
  /// By halves, until what cannot be read is small. How many rows are lost.
  Result<std::int64_t> copy_rows_of(const std::string& table, std::int64_t begin, std::int64_t end) {
    auto done = connection_.query(fill(sql::db::readable_rows, {{"table", table}}), {begin, end});
    if (done) return 0;
    if (cause_of(done.error()) != DuckCause::damage || !may_lose(table))
      return std::unexpected(std::move(done.error()));
    if (end - begin <= kRowsTogether) return number(sql::db::unreadable_rows, table, {begin, end});
    const auto middle = begin + ((end - begin) / 2 + kRowsTogether - 1) / kRowsTogether * kRowsTogether;
    const auto first = copy_rows_of(table, begin, middle);
    if (!first) return first;
    const auto second = copy_rows_of(table, middle, end);
    return second ? Result<std::int64_t>(*first + *second) : second;
  }

  DuckConnection& connection_;
  const Rebuild& how_;
};

/// What can be read of the earlier file, in a file of the same form.
Result<void> make_readable(const fs::path& file, DuckOptions options, const Rebuild& how) {
  options.beside = file;
  options.threads = 1;  // rows keep their order
  const fs::path readable = beside(file, kReadable);
  {
    auto database = DuckDatabase::open(readable, options);
    if (!database) return std::unexpected(std::move(database.error()));
    auto connection = (*database)->connect();
    if (!connection) return std::unexpected(std::move(connection.error()));
    if (auto done = Salvage(**connection, how).run(); !done) return done;
  }
  return settle(readable);
}

/// Damage stays with its rows: the others go over.
Result<void> make_fresh_or_salvage(const fs::path& file, const DuckOptions& options, const Rebuild& how) {
  auto done = make_fresh(file, file, options, how);
  if (done || how.may_lose.empty() || cause_of(done.error()) != DuckCause::damage) return done;
  logging::error("rows of a database file of an earlier form cannot be read; they are left out",
                 {{"file", file.string()}, {"error", done.error().message}});
  remove_begun(beside(file, kFresh));
  done = make_readable(file, options, how);
  return done ? make_fresh(file, beside(file, kReadable), options, how) : done;
}

/// The new file takes the place of the earlier one, which gets a second name where it is to be kept.
Result<void> take_place(const fs::path& file, bool keep, const Reached& reached) {
  const fs::path folder = fs::absolute(file).parent_path(), kept = beside(file, kKept);
  std::error_code ec;
  fs::remove(kept, ec);
  if (keep) fs::create_hard_link(file, kept, ec);
  logging::info(keep && !ec ? "the earlier database file is kept until the next clean stop"
                            : "the earlier database file is not kept: the disk has no room for it",
                {{"file", file.string()}});
  if (auto synced = sync(folder, O_RDONLY | O_DIRECTORY); !synced) return synced;
  say(reached, "kept");
  fs::rename(beside(file, kFresh), file, ec);
  if (ec) return fail(Code::unavailable, concat({file.string(), " cannot be replaced: ", ec.message(), "."}));
  say(reached, "placed");
  return sync(folder, O_RDONLY | O_DIRECTORY);
}

Result<void> rebuild(const fs::path& file, DuckOptions options, const Rebuild& how) {
  options.instance = nullptr;  // two files that see each other
  // Its own folder: two that run would mix what they spill.
  if (!options.temp_directory.empty()) options.temp_directory = beside(file, kSpilled);
  options.memory_limit_bytes = std::max(options.memory_limit_bytes, kLeastMemory);
  const auto threads = std::clamp<std::uint64_t>(options.memory_limit_bytes / kMemoryPerThread, 1, 64);
  options.threads = std::min(options.threads, static_cast<int>(threads));
  const auto begun = Steady::now();
  std::error_code ec;
  const auto bytes = fs::file_size(file, ec);
  const auto folder = fs::absolute(file).parent_path();
  const bool keep = (how.room ? how.room : free_bytes)(folder) / kRoomToKeep >= bytes;
  logging::info("a database file of an earlier form is written anew; nothing is served meanwhile",
                {{"file", file.string()}, {"bytes", bytes}});
  auto done = settle_earlier(file, options, how);
  if (done) {
    say(how.reached, "earlier");
    done = make_fresh_or_salvage(file, options, how);
  }
  if (done) {
    say(how.reached, "fresh");
    done = take_place(file, keep, how.reached);
  }
  if (!done) {
    forget_begun(file);
    const bool full = cause_of(done.error()) == DuckCause::disk_full;
    done.error().message = concat({file.string(), " cannot be brought into this version's form",
                                   full ? ": the disk needs about as much room as the file has" : "",
                                   ". It is as it was. ", done.error().message});
    return done;
  }
  forget_begun(file);
  logging::info("the database file is written anew",
                {{"file", file.string()},
                 {"bytes", fs::file_size(file, ec)},
                 {"seconds", std::chrono::duration_cast<std::chrono::seconds>(Steady::now() - begun).count()}});
  return {};
}

Result<void> copy_rows(const fs::path& to, const DuckOptions& options, const std::stop_token& stop) {
  auto database = DuckDatabase::open(to, options);
  if (!database) return std::unexpected(std::move(database.error()));
  auto connection = (*database)->connect();
  if (!connection) return std::unexpected(std::move(connection.error()));
  const std::stop_callback told(stop, [&] { (*connection)->interrupt(); });
  if (auto done = (*connection)->exec(sql::db::copy_rows); !done) return done;
  return (*connection)->exec("CHECKPOINT");
}

}  // namespace

Result<void> write_compact(const fs::path& from, const fs::path& to, DuckOptions options, const std::stop_token& stop) {
  remove_begun(to);
  options.instance = nullptr;  // two files that see each other
  options.threads = 1;
  options.beside = from;
  auto done = copy_rows(to, options, stop);
  if (done && stop.stop_requested()) done = fail(Code::unavailable, "the program stops");
  if (done) done = settle(to);
  if (!done) remove_begun(to);
  return done;
}

void remove_begun(const fs::path& to) {
  std::error_code ec;
  for (const std::string_view ending : {"", ".new", ".new.wal"}) fs::remove(beside(to, ending), ec);
  for (const std::string_view ending : kWalFiles) fs::remove(beside(to, ending), ec);
}

Result<std::shared_ptr<DuckDatabase>> open_rebuilt(const fs::path& file, const DuckOptions& options, const Rebuild& how,
                                                   const AfterStatement& after) {
  forget_begun(file);
  auto database = open_migrated(file, options, how.forms, after);
  if (!database || *database) return database;
  if (auto done = rebuild(file, options, how); !done) return std::unexpected(std::move(done.error()));
  return open_migrated(file, options, how.forms, after);
}

void forget_earlier(const fs::path& file) {
  std::error_code ec;
  fs::remove(beside(file, kKept), ec);
}

bool is_of_rebuild(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.contains(kFresh) || name.ends_with(kKept);
}

}  // namespace hk::db

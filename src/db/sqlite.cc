#include "db/sqlite.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "db/advice.h"

// Debian's library has both compiled in; its header shows the session functions only to those who ask.
#define SQLITE_ENABLE_SESSION
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include <sqlite3.h>

namespace hk::db {
namespace {

namespace fs = std::filesystem;

/// Statements that a connection keeps prepared. More distinct texts than this are a bug of the caller (values
/// belong into parameters); they are prepared again.
constexpr std::size_t kStatements = 128;
/// Pages that a connection keeps, in KiB: control data is small, and connections are several.
constexpr int kCacheKib = 256;
/// How long a connection waits for a lock of another one, ms.
constexpr int kBusyMs = 5'000;

constexpr std::string_view kMagic{"SQLite format 3\0", 16};

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, Finalize>;

/// "UNIQUE constraint failed: users.email" -> "email"; empty where SQLite names no column.
std::string column_in(std::string_view message) {
  const auto colon = message.rfind(": ");
  if (colon == std::string_view::npos) return {};
  auto name = message.substr(colon + 2);
  name = name.substr(0, name.find(','));
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string() : std::string(name.substr(dot + 1));
}

std::unexpected<Error> failed(sqlite3* db, int rc) {
  const std::string message = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
  switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return fail(Code::conflict, message, column_in(message));
    case SQLITE_CONSTRAINT_NOTNULL:
      return fail(Code::invalid, message, column_in(message));
    default:
      break;
  }
  switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
      return fail(Code::invalid, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(Code::busy, message);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(Code::unavailable, message);
    default:
      return fail(Code::internal, message);
  }
}

class Row final : public SqlRow {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int col) const override { return sqlite3_column_type(statement_, col) == SQLITE_NULL; }
  std::int64_t i64(int col) const override { return sqlite3_column_int64(statement_, col); }
  double f64(int col) const override { return sqlite3_column_double(statement_, col); }
  std::string_view text(int col) const override {
    // A blob is its bytes; sqlite3_column_text would convert it in place.
    const void* data = sqlite3_column_type(statement_, col) == SQLITE_BLOB ? sqlite3_column_blob(statement_, col)
                                                                           : sqlite3_column_text(statement_, col);
    if (data == nullptr) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, col))};
  }
  Uuid uuid(int col) const override {
    Uuid out;
    if (is_null(col)) return out;
    const void* data = sqlite3_column_blob(statement_, col);
    assert(sqlite3_column_bytes(statement_, col) == 16 && "uuid() of a column that is no UUID");
    if (data != nullptr && sqlite3_column_bytes(statement_, col) == 16) std::memcpy(out.bytes.data(), data, 16);
    return out;
  }

 private:
  sqlite3_stmt* statement_;
};

/// Values live as long as the step: the caller's vector outlives it, so nothing is copied.
struct Binder {
  sqlite3_stmt* statement;
  int index;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(std::int64_t v) const { return sqlite3_bind_int64(statement, index, v); }
  int operator()(double v) const { return sqlite3_bind_double(statement, index, v); }
  int operator()(const std::string& v) const {
    return sqlite3_bind_text64(statement, index, v.data(), v.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  int operator()(const Uuid& v) const {
    return sqlite3_bind_blob(statement, index, v.bytes.data(), static_cast<int>(v.bytes.size()), SQLITE_STATIC);
  }
};

/// One value behind the others: its kind, and how long it is.
void put_value(std::string& out, sqlite3_value* value) {
  const int kind = sqlite3_value_type(value);
  out += static_cast<char>(kind);
  const auto put_number = [&](std::uint64_t v) {
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(v >> shift);
  };
  switch (kind) {
    case SQLITE_INTEGER:
      return put_number(static_cast<std::uint64_t>(sqlite3_value_int64(value)));
    case SQLITE_FLOAT:
      return put_number(std::bit_cast<std::uint64_t>(sqlite3_value_double(value)));
    case SQLITE_NULL:
      return;
    default: {
      const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
      const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
      put_number(size);
      if (size > 0) out.append(bytes, size);
    }
  }
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

class Connection final : public Sqlite {
 public:
  explicit Connection(sqlite3* db) : db_(db) {}
  ~Connection() override {
    end_session();
    statements_.clear();
    sqlite3_close(db_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> exec(std::string_view sql) override {
    const int rc = sqlite3_exec(db_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK) return failed(db_, rc);
    return {};
  }

  Result<std::int64_t> run(std::string_view sql, const std::vector<SqlValue>& params) override {
    if (auto done = rows(sql, params, nullptr); !done) return std::unexpected(std::move(done.error()));
    return sqlite3_changes64(db_);
  }

  Result<void> rows(std::string_view sql, const std::vector<SqlValue>& params, const RowFn& each) override {
    StatementPtr own;  // where the cached one is busy (a row callback that runs the same text) or there is no room
    auto statement = find(sql, own);
    if (!statement) return std::unexpected(std::move(statement.error()));
    auto done = step(*statement, params, each);
    sqlite3_reset(*statement);
    sqlite3_clear_bindings(*statement);
    return done;
  }

  Result<void> record_changes() override {
    assert(session_ == nullptr && "changes are recorded already");
    int rc = sqlite3session_create(db_, "main", &session_);
    if (rc == SQLITE_OK) rc = sqlite3session_attach(session_, nullptr);
    if (rc != SQLITE_OK) {
      end_session();
      return failed(db_, rc);
    }
    return {};
  }

  Result<std::string> take_changeset() override {
    assert(session_ != nullptr && "record_changes() comes first");
    int size = 0;
    void* bytes = nullptr;
    const int rc = sqlite3session_changeset(session_, &size, &bytes);
    end_session();
    std::string out;
    if (rc == SQLITE_OK) out.assign(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    sqlite3_free(bytes);
    if (rc != SQLITE_OK) return failed(db_, rc);
    return out;
  }

  Result<ChangedTables> apply_changeset(std::string_view changeset) override {
    auto changes = check_changeset(changeset);
    if (!changes) return changes;
    struct Conflict {
      int kind = 0;
      std::string table;
    } conflict;
    const auto on_conflict = [](void* context, int kind, sqlite3_changeset_iter* at) {
      auto& seen = *static_cast<Conflict*>(context);
      const char* table = nullptr;
      int columns = 0, operation = 0, indirect = 0;
      if (seen.kind == 0 && sqlite3changeset_op(at, &table, &columns, &operation, &indirect) == SQLITE_OK)
        seen.table = table;
      seen.kind = kind;
      return SQLITE_CHANGESET_ABORT;
    };
    const int rc = sqlite3changeset_apply(db_, static_cast<int>(changeset.size()), const_cast<char*>(changeset.data()),
                                          nullptr, on_conflict, &conflict);
    if (rc == SQLITE_OK) return changes;
    if (rc == SQLITE_ABORT && conflict.kind != 0)
      return fail(Code::conflict, "The change does not fit the table " + conflict.table + " as it is now");
    return failed(db_, rc);
  }

  Result<void> rows_as_bytes(std::string_view sql, const RowBytes& each) override {
    StatementPtr own;
    auto statement = find(sql, own);
    if (!statement) return std::unexpected(std::move(statement.error()));
    std::string bytes;
    auto done = step(*statement, {}, [&](const SqlRow&) {
      bytes.clear();
      const int columns = sqlite3_column_count(*statement);
      for (int i = 0; i < columns; ++i) put_value(bytes, sqlite3_column_value(*statement, i));
      each(bytes);
    });
    sqlite3_reset(*statement);
    return done;
  }

  void watch_rows(RowChange each) override {
    assert(session_ == nullptr && "the session listens where we would");
    watch_ = std::move(each);
    sqlite3_preupdate_hook(
        db_,
        [](void* self, sqlite3*, int kind, const char* schema, const char* table, sqlite3_int64, sqlite3_int64) {
          if (std::string_view(schema) == "main") static_cast<Connection*>(self)->tell(kind, table);
        },
        this);
  }

 private:
  /// Called by SQLite before it changes a row.
  void tell(int kind, std::string_view table) {
    const auto row = [&](int (*value_at)(sqlite3*, int, sqlite3_value**), bool comes) {
      std::string bytes;
      const int columns = sqlite3_preupdate_count(db_);
      for (int i = 0; i < columns; ++i) {
        sqlite3_value* value = nullptr;
        if (value_at(db_, i, &value) == SQLITE_OK) put_value(bytes, value);
      }
      watch_(table, bytes, comes);
    };
    if (kind != SQLITE_INSERT) row(sqlite3_preupdate_old, false);
    if (kind != SQLITE_DELETE) row(sqlite3_preupdate_new, true);
  }

  Result<sqlite3_stmt*> find(std::string_view sql, StatementPtr& own) {
    const auto known = statements_.find(sql);
    if (known != statements_.end() && sqlite3_stmt_busy(known->second.get()) == 0) return known->second.get();
    sqlite3_stmt* made = nullptr;
    const char* tail = nullptr;
    const int rc =
        sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &made, &tail);
    if (rc != SQLITE_OK) return failed(db_, rc);
    StatementPtr statement(made);
    if (made == nullptr) return fail(Code::internal, "There is no statement in the SQL text");
    const std::string_view rest(tail, static_cast<std::size_t>(sql.data() + sql.size() - tail));
    if (rest.find_first_not_of(" \t\r\n;") != std::string_view::npos)
      return fail(Code::internal, "There is more than one statement in the SQL text");
    if (known != statements_.end() || statements_.size() >= kStatements) {
      own = std::move(statement);
      return made;
    }
    statements_.emplace(sql, std::move(statement));
    return made;
  }

  Result<void> step(sqlite3_stmt* statement, const std::vector<SqlValue>& params, const RowFn& each) {
    if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != params.size())
      return fail(Code::internal, "The statement takes another number of parameters");
    for (std::size_t i = 0; i < params.size(); ++i) {
      const int rc = std::visit(Binder{statement, static_cast<int>(i) + 1}, params[i]);
      if (rc != SQLITE_OK) return failed(db_, rc);
    }
    const Row row(statement);
    for (;;) {
      const int rc = sqlite3_step(statement);
      if (rc == SQLITE_DONE) return {};
      if (rc != SQLITE_ROW) return failed(db_, rc);
      if (each) each(row);
    }
  }

  /// SQLite skips changes of tables that it does not know; we refuse them. Reads the whole changeset once, so that
  /// malformed bytes are told from a damaged file.
  Result<ChangedTables> check_changeset(std::string_view changeset) {
    sqlite3_changeset_iter* at = nullptr;
    int rc = sqlite3changeset_start(&at, static_cast<int>(changeset.size()), const_cast<char*>(changeset.data()));
    if (rc != SQLITE_OK) return failed(nullptr, rc);
    std::map<std::string, int, std::less<>> columns_of;
    ChangedTables changes;
    Result<void> outcome;
    while (outcome && (rc = sqlite3changeset_next(at)) == SQLITE_ROW) {
      const char* table = nullptr;
      int columns = 0, operation = 0, indirect = 0;
      sqlite3changeset_op(at, &table, &columns, &operation, &indirect);
      auto known = columns_of.find(std::string_view(table));
      if (known == columns_of.end()) {
        int count = 0;
        outcome = rows("SELECT count(*) FROM pragma_table_info(?1)", {std::string(table)},
                       [&](const SqlRow& row) { count = static_cast<int>(row.i64(0)); });
        known = columns_of.emplace(table, count).first;
      }
      if (outcome && known->second != columns)
        outcome = fail(Code::conflict, "The change belongs to another version of the table " + known->first);
      changes.add(table, operation == SQLITE_INSERT   ? ChangedTables::inserted
                         : operation == SQLITE_DELETE ? ChangedTables::removed
                                                      : ChangedTables::updated);
    }
    const int end = sqlite3changeset_finalize(at);
    if (!outcome) return std::unexpected(std::move(outcome.error()));
    if (rc != SQLITE_DONE || end != SQLITE_OK) return fail(Code::invalid, "The bytes are no changeset");
    return changes;
  }

  void end_session() {
    if (session_ != nullptr) sqlite3session_delete(std::exchange(session_, nullptr));
  }

  sqlite3* db_;
  sqlite3_session* session_ = nullptr;
  RowChange watch_;
  std::unordered_map<std::string, StatementPtr, TextHash, std::equal_to<>> statements_;
};

/// Fails with a sentence when the file system alone shows that the file cannot be used.
Result<void> look(const fs::path& file, bool read_only) {
  const auto refuse = [&](const std::string& rest) { return fail(Code::unavailable, file.string() + rest); };
  std::error_code ec;
  const auto status = fs::status(file, ec);
  if (status.type() == fs::file_type::not_found) {
    if (read_only) return refuse(" does not exist.");
    return {};
  }
  if (ec) return refuse(" cannot be reached: " + ec.message() + ".");
  if (!fs::is_regular_file(status)) return refuse(" is not a file, but the database needs this name: move it away.");
  if (::access(file.c_str(), read_only ? R_OK : R_OK | W_OK) != 0)
    return refuse(std::string(" cannot be opened: ") + std::strerror(errno) +
                  ". Give it to the user that runs HitKeep.");
  std::array<char, kMagic.size()> head{};
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), head.size());
  // An empty file is what a kill before the first page leaves.
  if (in.gcount() != 0 && std::string_view(head.data(), static_cast<std::size_t>(in.gcount())) != kMagic)
    return refuse(" is not an SQLite database; nothing was changed. Move it away, or use another data directory.");
  return {};
}

std::unexpected<Error> open_failed(const fs::path& file, sqlite3* db, int rc) {
  const auto refuse = [&](const std::string& rest) { return fail(Code::unavailable, file.string() + rest); };
  const std::string words = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
  switch (rc & 0xff) {
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return refuse(" or its folder cannot be written. Give both to the user that runs HitKeep.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return refuse(" is in use by another process; stop it first.");
    case SQLITE_FULL:
      return refuse(" cannot be opened: the disk is full.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return refuse(concat({" is damaged.", kDamagedAdvice, " SQLite says: ", words}));
    default:
      return refuse(" cannot be opened. SQLite says: " + words);
  }
}

/// A path may hold what means something in a URI.
std::string uri(const fs::path& file) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "file:";
  for (const char c : file.string()) {
    if (c == '%' || c == '?' || c == '#') {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void ChangedTables::add(std::string_view table, Kind kind) {
  const auto known = tables_.find(table);
  if (known == tables_.end())
    tables_.emplace(table, kind);
  else
    known->second |= kind;
}

void ChangedTables::add(const ChangedTables& more) {
  for (const auto& [table, kinds] : more.tables_) tables_[table] |= kinds;
}

bool ChangedTables::any(std::span<const std::string_view> tables, std::uint8_t kinds) const {
  return std::ranges::any_of(tables, [&](std::string_view table) {
    const auto known = tables_.find(table);
    return known != tables_.end() && (known->second & kinds) != 0;
  });
}

Result<std::unique_ptr<Sqlite>> Sqlite::open(const fs::path& file, Mode mode) {
  const bool read_only = mode == Mode::read_only || mode == Mode::look;
  // A look takes no lock, unless there is a WAL: then the file alone may be half a checkpoint. In exclusive mode SQLite
  // keeps the WAL's index in memory and makes no file for it; the lock needs a file that is open for writing.
  std::error_code ec;
  const auto wal_bytes = fs::file_size(file.string() + "-wal", ec);
  const bool exclusive = mode == Mode::look && !ec && wal_bytes > 0;
  if (auto usable = look(file, read_only && !exclusive); !usable) return std::unexpected(std::move(usable.error()));
  sqlite3* db = nullptr;
  const std::string name = mode == Mode::look && !exclusive ? uri(file) + "?immutable=1" : uri(file);
  const int access = exclusive   ? SQLITE_OPEN_READWRITE
                     : read_only ? SQLITE_OPEN_READONLY
                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  int rc = sqlite3_open_v2(name.c_str(), &db, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI,
                           nullptr);
  if (rc != SQLITE_OK) {
    auto error = open_failed(file, db, rc);
    sqlite3_close(db);
    return error;
  }
  auto connection = std::make_unique<Connection>(db);
  sqlite3_busy_timeout(db, kBusyMs);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  std::string pragmas;
  if (exclusive) {
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    pragmas = "PRAGMA locking_mode = EXCLUSIVE;";  // before anything is read
  }
  pragmas +=
      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -" +
      std::to_string(kCacheKib) + ";";
  if (read_only) {
    pragmas += "PRAGMA query_only = ON;";
  } else {
    pragmas += "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;";
    // A cascade is in the changeset already; enforced again it would end in a conflict.
    pragmas += mode == Mode::apply ? "PRAGMA foreign_keys = OFF;" : "PRAGMA foreign_keys = ON;";
  }
  // Reads the schema as well, so that a damaged file fails here and not in the middle of a request.
  pragmas += "SELECT count(*) FROM sqlite_schema;";
  rc = sqlite3_exec(db, pragmas.c_str(), nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return open_failed(file, db, rc);
  return connection;
}

}  // namespace hk::db

#pragma once
// Thin RAII over SQLite: prepared statements, strict values, sessions (changesets).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/id.h"

namespace hk::db {

using SqlValue =
    std::variant<std::monostate, std::int64_t, double, std::string, Uuid>;  // Uuid is stored as a 16-byte BLOB

/// One row of a result; columns count from 0.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual bool is_null(int col) const = 0;
  virtual std::int64_t i64(int col) const = 0;
  virtual double f64(int col) const = 0;
  virtual std::string_view text(int col) const = 0;  // valid until the next step
  virtual Uuid uuid(int col) const = 0;
};

/// What a changeset does to which tables.
class ChangedTables {
 public:
  enum Kind : std::uint8_t { inserted = 1, updated = 2, removed = 4 };
  static constexpr std::uint8_t kAny = inserted | updated | removed;

  void add(std::string_view table, Kind kind);
  void add(const ChangedTables& more);
  /// Whether rows of one of these tables changed in one of these ways.
  bool any(std::span<const std::string_view> tables, std::uint8_t kinds = kAny) const;
  bool empty() const { return tables_.empty(); }

 private:
  std::map<std::string, std::uint8_t, std::less<>> tables_;
};

/// One connection, one thread at a time. Opened with foreign_keys ON (except for applying changesets),
/// trusted_schema OFF, secure_delete ON, WAL journal with synchronous FULL.
class Sqlite {
 public:
  enum class Mode : std::uint8_t {
    read_write,
    apply,
    read_only,
    look,  // reads file and WAL, touches neither and makes no other; nobody may write meanwhile
  };
  static Result<std::unique_ptr<Sqlite>> open(const std::filesystem::path& file, Mode mode);
  virtual ~Sqlite() = default;

  /// Runs statements without parameters or result (DDL, BEGIN, COMMIT).
  virtual Result<void> exec(std::string_view sql) = 0;
  /// Runs one statement; statements are cached by text. Constraint failures come back as Code::conflict
  /// (UNIQUE, PRIMARY KEY) or Code::invalid (CHECK, NOT NULL, FOREIGN KEY), `field` names the column where SQLite says
  /// it.
  virtual Result<std::int64_t> run(std::string_view sql, const std::vector<SqlValue>& params = {}) = 0;  // rows changed
  using RowFn = std::function<void(const SqlRow&)>;
  virtual Result<void> rows(std::string_view sql, const std::vector<SqlValue>& params, const RowFn& each) = 0;

  /// Starts to record changes of every table; one at a time.
  virtual Result<void> record_changes() = 0;
  /// The changes recorded since record_changes(), which ends the recording.
  virtual Result<std::string> take_changeset() = 0;
  /// Applies a changeset and says what it changed; a conflict is an error (Code::conflict) and changes nothing.
  virtual Result<ChangedTables> apply_changeset(std::string_view changeset) = 0;

  /// A row as bytes: the values of all its columns in their order. Equal rows have equal bytes, others have others.
  using RowBytes = std::function<void(std::string_view row)>;
  /// Reads rows as bytes; with `SELECT *` they are those that watch_rows() tells.
  virtual Result<void> rows_as_bytes(std::string_view sql, const RowBytes& each) = 0;
  /// From here on tells every row of a table that goes and every one that comes, a changed row as both. Also what is
  /// rolled back later. Not together with record_changes(). A row that is older than a column with a default is told
  /// without that default.
  using RowChange = std::function<void(std::string_view table, std::string_view row, bool comes)>;
  virtual void watch_rows(RowChange each) = 0;
};

}  // namespace hk::db

#pragma once
// Thin RAII over SQLite: prepared statements, strict values, sessions (changesets).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
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
  /// Applies a changeset; a conflict is an error (Code::conflict) and changes nothing.
  virtual Result<void> apply_changeset(std::string_view changeset) = 0;
};

}  // namespace hk::db

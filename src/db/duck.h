#pragma once
// Thin RAII over DuckDB's C API: chunk reads and writes only (docs/duckdb.md).
// The one place, with duck*.cc, that knows duckdb.h.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"

namespace hk::db {

class DuckInstance;

struct DuckOptions {
  /// Where a file is attached; null: an instance of its own, which takes the sizes, threads and folder from here.
  std::shared_ptr<DuckInstance> instance = {};
  std::uint64_t memory_limit_bytes = 512ull << 20;
  int threads = 2;
  bool read_only = false;                // touches nothing: a WAL is replayed in memory
  bool without_wal = false;              // with read_only: the file alone, as its last checkpoint left it
  std::filesystem::path temp_directory;  // empty: no spilling
  std::filesystem::path beside;          // with an own instance: another file, attached as `earlier` for reading alone
};

/// A value to bind, already of the column's own type: a TIMESTAMP_MS column gets TimeMs, a DATE column
/// gets DateValue, a UINTEGER column uint32_t … A cast in a plan kills pruning (docs/duckdb.md, 3).
struct DateValue {
  Day day;
};
using DuckValue = std::variant<std::monostate, bool, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                               std::uint32_t, std::uint64_t, double, TimeMs, DateValue, Uuid, std::string>;

/// What stands behind a failure of DuckDB, where that decides what to do.
enum class DuckCause : std::uint8_t {
  other,
  damage,     // stored bytes are not what was written, or the disk does not give them back
  disk_full,  // a write found no room
  memory,     // the memory limit
};
DuckCause cause_of(const Error& error);

class DuckConnection;

/// Gone when what it was taken from is closed to the last byte: an expired pointer to the object itself only says that
/// nobody holds it any more, while somebody may be closing it.
using Presence = std::weak_ptr<const void>;

/// A running DuckDB with its memory limit and threads, shared by the files that are attached to it. Locked down: no
/// external access, no extension loading, locked configuration, time zone UTC. Thread-safe.
class DuckInstance {
 public:
  /// Files below `directories` can be attached, and no others reached.
  static Result<std::shared_ptr<DuckInstance>> start(const DuckOptions& options,
                                                     const std::vector<std::filesystem::path>& directories);
  virtual ~DuckInstance() = default;
  /// False after a failure that DuckDB takes for fatal (docs/duckdb.md, 9): all files that are attached to it refuse
  /// everything, and stay open until everybody who holds one of them has let go.
  virtual bool answers() = 0;
  virtual Presence presence() const = 0;
};

/// An open database file; shared by its connections, detached with the last of them.
class DuckDatabase {
 public:
  /// Opens or creates. The message of a failure names the file and what to do. Code::conflict: the file is not at
  /// fault, its write-ahead log is torn, or of another moment or file.
  static Result<std::shared_ptr<DuckDatabase>> open(const std::filesystem::path& file, const DuckOptions& options);
  static Result<std::shared_ptr<DuckDatabase>> memory(const DuckOptions& options);
  virtual ~DuckDatabase() = default;
  virtual Result<std::unique_ptr<DuckConnection>> connect() = 0;
  virtual Presence presence() const = 0;
};

/// The ends of the names beside a file that hold what its WAL does; an interrupted checkpoint leaves the first two.
inline constexpr std::string_view kWalFiles[] = {".wal.checkpoint", ".wal.recovery", ".wal"};
/// Moves the write-ahead log of a closed file to a name beside it that nothing reads, durably, and says which.
Result<std::filesystem::path> set_wal_aside(const std::filesystem::path& file);

/// Rows of one result, chunk by chunk. Cell accessors are valid for the row last stepped to.
class DuckRows {
 public:
  virtual ~DuckRows() = default;
  virtual Result<bool> next() = 0;  // false: no more rows
  virtual std::size_t columns() const = 0;
  virtual bool is_null(std::size_t col) const = 0;
  virtual std::int64_t i64(
      std::size_t col) const = 0;  // any integer type, DATE (days), TIMESTAMP_MS/S/µs (as ms), BOOLEAN
  virtual std::uint64_t u64(std::size_t col) const = 0;
  virtual double f64(std::size_t col) const = 0;             // any numeric type
  virtual std::string_view text(std::size_t col) const = 0;  // VARCHAR, BLOB; valid until next()
  virtual Uuid uuid(std::size_t col) const = 0;

  /// Steps to a whole chunk of rows, in place of next(): how many, 0: no more.
  virtual Result<std::size_t> next_chunk() = 0;
  /// A column of the chunk, without nulls. T is what DuckDB keeps for its type: std::uint32_t for UINTEGER,
  /// std::int64_t for TIMESTAMP_MS (ms).
  template <class T>
  std::span<const T> column(std::size_t col) const {
    const auto [data, rows] = raw_column(col, sizeof(T));
    return {static_cast<const T*>(data), rows};
  }

 protected:
  virtual std::pair<const void*, std::size_t> raw_column(std::size_t col, std::size_t width) const = 0;
};

/// A prepared statement, reusable: binding clears nothing but the given index (1-based).
class DuckStatement {
 public:
  virtual ~DuckStatement() = default;
  virtual Result<void> bind(std::size_t index, const DuckValue& value) = 0;
  virtual Result<void> bind(std::string_view name, const DuckValue& value) = 0;
  virtual Result<std::unique_ptr<DuckRows>> run() = 0;
};

/// Appends rows into a table by chunks of 2,048. Values in column order; flush() at the end.
/// Nothing is visible before the surrounding transaction commits.
class DuckAppender {
 public:
  virtual ~DuckAppender() = default;
  virtual void null() = 0;
  virtual void boolean(bool v) = 0;
  virtual void u8(std::uint8_t v) = 0;
  virtual void u16(std::uint16_t v) = 0;
  virtual void u32(std::uint32_t v) = 0;
  virtual void u64(std::uint64_t v) = 0;
  virtual void i32(std::int32_t v) = 0;
  virtual void i64(std::int64_t v) = 0;
  virtual void f64(double v) = 0;
  virtual void time(TimeMs v) = 0;  // TIMESTAMP_MS
  virtual void date(Day v) = 0;     // DATE
  virtual void uuid(const Uuid& v) = 0;
  virtual void text(std::string_view v) = 0;
  virtual Result<void> end_row() = 0;
  virtual Result<void> flush() = 0;
};

/// One thread at a time, except interrupt().
class DuckConnection {
 public:
  virtual ~DuckConnection() = default;
  /// Runs one or more statements without a result.
  virtual Result<void> exec(std::string_view sql) = 0;
  virtual Result<std::unique_ptr<DuckStatement>> prepare(std::string_view sql) = 0;
  virtual Result<std::unique_ptr<DuckRows>> query(std::string_view sql, const std::vector<DuckValue>& params = {}) = 0;
  /// The same for many rows, which are made while they are read and never stand in memory together: what fails in their
  /// middle is an error of the next chunk. Until they are read or gone the connection runs nothing else, or they end
  /// with an error.
  virtual Result<std::unique_ptr<DuckRows>> stream(std::string_view sql, const std::vector<DuckValue>& params = {}) = 0;
  /// A table of the file, or "temp.NAME" for a temporary table of this connection.
  virtual Result<std::unique_ptr<DuckAppender>> append_to(std::string_view table) = 0;
  /// COMMIT. A wait for the disk keeps no core busy. Code::unavailable, whatever made it fail.
  virtual Result<void> commit() = 0;
  /// ROLLBACK, which no interrupt() stops; refused where no transaction is active.
  virtual Result<void> roll_back() = 0;
  /// Stops the running statement; callable from any thread (deadlines, gone clients).
  virtual void interrupt() = 0;
};

/// BEGIN on construction through begin(); rolled back on destruction unless committed. Where that finds no memory, the
/// next begin() on the connection makes up for it.
class DuckTransaction {
 public:
  static Result<DuckTransaction> begin(DuckConnection& connection);
  DuckTransaction(DuckTransaction&& other) noexcept;
  DuckTransaction& operator=(DuckTransaction&&) = delete;
  ~DuckTransaction();
  Result<void> commit();

 private:
  explicit DuckTransaction(DuckConnection* connection) : connection_(connection) {}
  DuckConnection* connection_;
};

}  // namespace hk::db

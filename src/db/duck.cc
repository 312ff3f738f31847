#include "db/duck.h"

#include <duckdb.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "base/text.h"
#include "db/advice.h"
#include "db/duck_ordinals.h"
#include "db/duck_wal.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;

// Row groups of 16,384 make a year's query of one site among a thousand half as expensive (docs/duckdb.md, 2).
// The size is no property of the file: it counts for tables while they are attached with it, so it is given each time.
constexpr std::string_view kRowGroupRows = "16384";
// Bytes of a block of a new file; the file says it from then on. DuckDB leaves up to a fifth of each shared block
// empty: at its own 256 kB that is 14 % of sealed tables, at 64 kB 5 %. Smaller ones no longer hold 2,048 packed
// timestamps.
constexpr std::string_view kBlockBytes = "65536";
// The form of a new file. Since this one, file and WAL name each other and the checkpoint between them, so that a WAL
// of another file or moment is refused; an older file must be attached without it.
constexpr std::string_view kStorageVersion = "v1.5.0";
constexpr std::uint64_t kStorageNumber = 68;  // how the file's header says it
// Where the header has it, behind checksum and magic.
constexpr std::size_t kStorageNumberAt = 12;
// Checkpoints are ours to time; DuckDB's own would come in the middle of a batch.
constexpr std::string_view kCheckpointThreshold = "256MB";
// Between two looks at work that another of DuckDB's threads has.
constexpr std::chrono::microseconds kNap{100};
// Bytes of a thread's freed memory that DuckDB's allocator keeps before it gives it back.
constexpr std::string_view kAllocatorFlush = "16MB";
// Sets of visitors may take this part of the memory limit, beside it.
constexpr std::uint64_t kOrdinalShare = 4;
// Names of attached files inside SQL begin so. The DuckDB CLI gives hitkeep.db this one; numbers follow, because a
// file may be attached again while somebody still holds it under its last name.
constexpr std::string_view kCatalog = "hitkeep";

// The name of one beside it (DuckOptions::beside).
constexpr std::string_view kBeside = "earlier";

// How append_to() is told that a table is a temporary one of its connection.
constexpr std::string_view kTemporary = "temp.";

constexpr std::uint64_t kUuidFlip = std::uint64_t{1} << 63;

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

/// As directories that may be reached are compared with it.
fs::path in_full(const fs::path& path) {
  return fs::absolute(path).lexically_normal();
}

Code code_of(duckdb_error_type type) {
  switch (type) {
    case DUCKDB_ERROR_CONSTRAINT:
      return Code::conflict;
    case DUCKDB_ERROR_INTERRUPT:
      return Code::busy;
    case DUCKDB_ERROR_OUT_OF_MEMORY:
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_FATAL:
      return Code::unavailable;
    default:
      return Code::internal;
  }
}

std::unexpected<Error> failed(duckdb_error_type type, const char* message) {
  return fail(code_of(type), message != nullptr ? message : "DuckDB gave no reason");
}

/// Where DuckDB gives words without a type.
std::unexpected<Error> failed(const char* message) {
  const bool interrupted = message != nullptr && std::string_view(message).starts_with("INTERRUPT");
  return failed(interrupted ? DUCKDB_ERROR_INTERRUPT : DUCKDB_ERROR_INVALID, message);
}

std::unexpected<Error> failed_and_destroy(duckdb_result& result) {
  auto error = failed(duckdb_result_error_type(&result), duckdb_result_error(&result));
  duckdb_destroy_result(&result);
  return error;
}

Uuid uuid_of(duckdb_hugeint v) {
  Uuid out;
  const std::uint64_t high = static_cast<std::uint64_t>(v.upper) ^ kUuidFlip;
  for (int i = 0; i < 8; ++i) {
    out.bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    out.bytes[8 + i] = static_cast<std::uint8_t>(v.lower >> (56 - 8 * i));
  }
  return out;
}

std::pair<std::uint64_t, std::uint64_t> halves(const Uuid& uuid) {
  std::uint64_t high = 0, low = 0;
  for (int i = 0; i < 8; ++i) {
    high = high << 8 | uuid.bytes[i];
    low = low << 8 | uuid.bytes[8 + i];
  }
  return {high, low};
}

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

// ---- rows ----------------------------------------------------------------------------------------

/// Bytes of a stored value; 0: it is none of fixed width that anybody reads as a column.
std::size_t width_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_UTINYINT:
      return 1;
    case DUCKDB_TYPE_USMALLINT:
      return 2;
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_DATE:
      return 4;
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return 8;
    default:
      return 0;
  }
}

class Rows final : public DuckRows {
 public:
  Rows(std::shared_ptr<void> owner, duckdb_result result) : owner_(std::move(owner)), result_(result) {
    const idx_t count = duckdb_column_count(&result_);
    columns_.resize(count);
    for (idx_t i = 0; i < count; ++i) {
      Column& column = columns_[i];
      duckdb_logical_type type = duckdb_column_logical_type(&result_, i);
      column.type = duckdb_get_type_id(type);
      column.storage = column.type;
      if (column.type == DUCKDB_TYPE_DECIMAL) {
        column.storage = duckdb_decimal_internal_type(type);
        for (int n = duckdb_decimal_scale(type); n > 0; --n) column.scale *= 10;
      }
      duckdb_destroy_logical_type(&type);
    }
  }
  ~Rows() override {
    if (chunk_ != nullptr) duckdb_destroy_data_chunk(&chunk_);
    duckdb_destroy_result(&result_);
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  Result<bool> next() override {
    if (chunk_ != nullptr && ++row_ < rows_) return true;
    const auto rows = next_chunk();
    if (!rows) return std::unexpected(rows.error());
    return *rows > 0;
  }

  Result<std::size_t> next_chunk() override {
    if (over_) return 0;  // of rows that are made while they are read, asking again is an error
    for (;;) {
      if (chunk_ != nullptr) duckdb_destroy_data_chunk(&chunk_);
      chunk_ = duckdb_fetch_chunk(result_);
      if (chunk_ == nullptr) {
        if (const char* error = duckdb_result_error(&result_); error != nullptr && *error != '\0')
          return failed(duckdb_result_error_type(&result_), error);
        over_ = true;
        return 0;
      }
      rows_ = duckdb_data_chunk_get_size(chunk_);
      row_ = 0;
      if (rows_ > 0) break;
    }
    for (idx_t i = 0; i < columns_.size(); ++i) {
      duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_, i);
      columns_[i].data = duckdb_vector_get_data(vector);
      columns_[i].validity = duckdb_vector_get_validity(vector);
    }
    return rows_;
  }

  std::pair<const void*, std::size_t> raw_column(std::size_t col, std::size_t width) const override {
    const Column& c = at(col);
    assert(width == width_of(c.storage) && "a column of another type");
    return {c.data, width == width_of(c.storage) ? rows_ : 0};
  }

  std::size_t columns() const override { return columns_.size(); }

  bool is_null(std::size_t col) const override {
    const std::uint64_t* validity = at(col).validity;
    return validity != nullptr && (validity[row_ / 64] >> (row_ % 64) & 1) == 0;
  }

  std::int64_t i64(std::size_t col) const override {
    if (is_null(col)) return 0;
    const Column& c = at(col);
    switch (c.type) {
      case DUCKDB_TYPE_TIMESTAMP:
      case DUCKDB_TYPE_TIMESTAMP_TZ:
        return floor_div(cell<std::int64_t>(c), 1'000);
      case DUCKDB_TYPE_TIMESTAMP_S:
        return cell<std::int64_t>(c) * 1'000;
      case DUCKDB_TYPE_TIMESTAMP_MS:
        return cell<std::int64_t>(c);
      case DUCKDB_TYPE_TIMESTAMP_NS:
        return floor_div(cell<std::int64_t>(c), 1'000'000);
      case DUCKDB_TYPE_DATE:
        return cell<std::int32_t>(c);
      default:
        return integer<std::int64_t>(c);
    }
  }

  std::uint64_t u64(std::size_t col) const override { return is_null(col) ? 0 : integer<std::uint64_t>(at(col)); }

  double f64(std::size_t col) const override {
    if (is_null(col)) return 0;
    const Column& c = at(col);
    switch (c.storage) {
      case DUCKDB_TYPE_FLOAT:
        return static_cast<double>(cell<float>(c));
      case DUCKDB_TYPE_DOUBLE:
        return cell<double>(c);
      case DUCKDB_TYPE_HUGEINT:
        return duckdb_hugeint_to_double(cell<duckdb_hugeint>(c)) / c.scale;
      case DUCKDB_TYPE_UBIGINT:
        return static_cast<double>(cell<std::uint64_t>(c));
      default:
        return static_cast<double>(integer<std::int64_t>(c)) / c.scale;
    }
  }

  std::string_view text(std::size_t col) const override {
    const Column& c = at(col);
    assert((c.type == DUCKDB_TYPE_VARCHAR || c.type == DUCKDB_TYPE_BLOB) && "text() of a column that is no text");
    if (is_null(col) || (c.type != DUCKDB_TYPE_VARCHAR && c.type != DUCKDB_TYPE_BLOB)) return {};
    // The view points into the chunk (short strings) or its heap: both live until the next chunk is fetched.
    auto* string = static_cast<duckdb_string_t*>(c.data) + row_;
    return {duckdb_string_t_data(string), duckdb_string_t_length(*string)};
  }

  Uuid uuid(std::size_t col) const override {
    const Column& c = at(col);
    assert(c.type == DUCKDB_TYPE_UUID && "uuid() of a column that is no UUID");
    if (is_null(col) || c.type != DUCKDB_TYPE_UUID) return {};
    return uuid_of(cell<duckdb_hugeint>(c));
  }

 private:
  struct Column {
    duckdb_type type = DUCKDB_TYPE_INVALID;
    duckdb_type storage = DUCKDB_TYPE_INVALID;  // of a DECIMAL: the integer inside
    double scale = 1;
    void* data = nullptr;
    std::uint64_t* validity = nullptr;
  };

  const Column& at(std::size_t col) const {
    assert(chunk_ != nullptr && row_ < rows_ && "cell read outside a row");
    assert(col < columns_.size());
    return columns_[col];
  }
  template <class T>
  T cell(const Column& c) const {
    return static_cast<const T*>(c.data)[row_];
  }
  template <class T>
  T integer(const Column& c) const {
    switch (c.storage) {
      case DUCKDB_TYPE_BOOLEAN:
        return cell<bool>(c) ? 1 : 0;
      case DUCKDB_TYPE_TINYINT:
        return static_cast<T>(cell<std::int8_t>(c));
      case DUCKDB_TYPE_SMALLINT:
        return static_cast<T>(cell<std::int16_t>(c));
      case DUCKDB_TYPE_INTEGER:
        return static_cast<T>(cell<std::int32_t>(c));
      case DUCKDB_TYPE_BIGINT:
        return static_cast<T>(cell<std::int64_t>(c));
      case DUCKDB_TYPE_UTINYINT:
        return static_cast<T>(cell<std::uint8_t>(c));
      case DUCKDB_TYPE_USMALLINT:
        return static_cast<T>(cell<std::uint16_t>(c));
      case DUCKDB_TYPE_UINTEGER:
        return static_cast<T>(cell<std::uint32_t>(c));
      case DUCKDB_TYPE_UBIGINT:
        return static_cast<T>(cell<std::uint64_t>(c));
      case DUCKDB_TYPE_HUGEINT: {  // what sum() of integers gives
        const auto v = cell<duckdb_hugeint>(c);
        assert((v.upper == 0 || v.upper == -1) && "a HUGEINT that does not fit");
        return static_cast<T>(v.lower);
      }
      default:
        assert(false && "integer read of a column that is none");
        return 0;
    }
  }

  std::shared_ptr<void> owner_;  // connection and database outlive the result
  duckdb_result result_;
  std::vector<Column> columns_;
  duckdb_data_chunk chunk_ = nullptr;
  idx_t rows_ = 0;
  idx_t row_ = 0;
  bool over_ = false;
};

// ---- statements ----------------------------------------------------------------------------------

/// A DuckDB value that destroys itself.
struct Boxed {
  explicit Boxed(duckdb_value v) : value(v) {}
  ~Boxed() { duckdb_destroy_value(&value); }
  Boxed(const Boxed&) = delete;
  Boxed& operator=(const Boxed&) = delete;
  duckdb_value value;
};

struct Binder {
  duckdb_prepared_statement statement;
  idx_t index;

  duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, index); }
  duckdb_state operator()(bool v) const { return duckdb_bind_boolean(statement, index, v); }
  duckdb_state operator()(std::int32_t v) const { return duckdb_bind_int32(statement, index, v); }
  duckdb_state operator()(std::int64_t v) const { return duckdb_bind_int64(statement, index, v); }
  duckdb_state operator()(std::uint8_t v) const { return duckdb_bind_uint8(statement, index, v); }
  duckdb_state operator()(std::uint16_t v) const { return duckdb_bind_uint16(statement, index, v); }
  duckdb_state operator()(std::uint32_t v) const { return duckdb_bind_uint32(statement, index, v); }
  duckdb_state operator()(std::uint64_t v) const { return duckdb_bind_uint64(statement, index, v); }
  duckdb_state operator()(double v) const { return duckdb_bind_double(statement, index, v); }
  duckdb_state operator()(DateValue v) const { return duckdb_bind_date(statement, index, {v.day}); }
  duckdb_state operator()(TimeMs v) const {
    Boxed boxed(duckdb_create_timestamp_ms({to_ms(v)}));
    return duckdb_bind_value(statement, index, boxed.value);
  }
  duckdb_state operator()(const Uuid& v) const {
    const auto [high, low] = halves(v);
    Boxed boxed(duckdb_create_uuid({.lower = low, .upper = high}));
    return duckdb_bind_value(statement, index, boxed.value);
  }
  duckdb_state operator()(const std::string& v) const {
    return duckdb_bind_varchar_length(statement, index, v.data(), v.size());
  }
};

class Statement final : public DuckStatement {
 public:
  Statement(std::shared_ptr<void> owner, duckdb_prepared_statement statement)
      : owner_(std::move(owner)), statement_(statement) {}
  ~Statement() override { duckdb_destroy_prepare(&statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Result<void> bind(std::size_t index, const DuckValue& value) override {
    if (std::visit(Binder{statement_, index}, value) == DuckDBSuccess) return {};
    const char* message = duckdb_prepare_error(statement_);
    return fail(Code::internal,
                message != nullptr ? message : concat({"Parameter ", std::to_string(index), " cannot be bound"}));
  }

  Result<void> bind(std::string_view name, const DuckValue& value) override {
    idx_t index = 0;
    if (duckdb_bind_parameter_index(statement_, &index, std::string(name).c_str()) != DuckDBSuccess)
      return fail(Code::internal, concat({"The statement has no parameter $", name}));
    return bind(index, value);
  }

  Result<std::unique_ptr<DuckRows>> run() override {
    duckdb_result result;
    if (duckdb_execute_prepared(statement_, &result) != DuckDBSuccess) return failed_and_destroy(result);
    return std::make_unique<Rows>(owner_, result);
  }

  Result<std::unique_ptr<DuckRows>> stream() {
    duckdb_pending_result pending = nullptr;
    if (duckdb_pending_prepared_streaming(statement_, &pending) != DuckDBSuccess) {
      auto error = failed(duckdb_pending_error(pending));
      duckdb_destroy_pending(&pending);
      return error;
    }
    duckdb_result result;
    const auto state = duckdb_execute_pending(pending, &result);
    duckdb_destroy_pending(&pending);
    if (state != DuckDBSuccess) return failed_and_destroy(result);
    return std::make_unique<Rows>(owner_, result);
  }

  /// Without a result. While another of DuckDB's threads has the work, run() would look for it without a pause.
  Result<void> run_patiently() {
    duckdb_pending_result pending = nullptr;
    auto state = duckdb_pending_prepared(statement_, &pending) == DuckDBSuccess ? DUCKDB_PENDING_RESULT_NOT_READY
                                                                                : DUCKDB_PENDING_ERROR;
    while (!duckdb_pending_execution_is_finished(state)) {
      if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::sleep_for(kNap);
      state = duckdb_pending_execute_task(pending);
    }
    Result<void> done;
    if (state == DUCKDB_PENDING_ERROR) {
      done = fail(Code::unavailable, duckdb_pending_error(pending));
    } else if (duckdb_result result; duckdb_execute_pending(pending, &result) == DuckDBSuccess) {
      duckdb_destroy_result(&result);
    } else {
      done = failed_and_destroy(result);
    }
    duckdb_destroy_pending(&pending);
    return done;
  }

 private:
  std::shared_ptr<void> owner_;
  duckdb_prepared_statement statement_;
};

// ---- appender ------------------------------------------------------------------------------------

class Appender final : public DuckAppender {
 public:
  Appender(std::shared_ptr<void> owner, duckdb_appender appender)
      : owner_(std::move(owner)), appender_(appender), capacity_(duckdb_vector_size()) {
    const idx_t count = duckdb_appender_column_count(appender_);
    std::vector<duckdb_logical_type> types(count);
    columns_.resize(count);
    for (idx_t i = 0; i < count; ++i) {
      types[i] = duckdb_appender_column_type(appender_, i);
      columns_[i].type = duckdb_get_type_id(types[i]);
    }
    chunk_ = duckdb_create_data_chunk(types.data(), count);
    for (auto& type : types) duckdb_destroy_logical_type(&type);
    start_chunk();
  }
  ~Appender() override {
    duckdb_destroy_data_chunk(&chunk_);
    duckdb_appender_destroy(&appender_);
  }
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  void null() override {
    assert(column_ < columns_.size() && "more values than columns");
    Column& c = columns_[column_++];
    duckdb_vector_ensure_validity_writable(c.vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(c.vector), row_);
  }
  void boolean(bool v) override { put(DUCKDB_TYPE_BOOLEAN, v); }
  void u8(std::uint8_t v) override { put(DUCKDB_TYPE_UTINYINT, v); }
  void u16(std::uint16_t v) override { put(DUCKDB_TYPE_USMALLINT, v); }
  void u32(std::uint32_t v) override { put(DUCKDB_TYPE_UINTEGER, v); }
  void u64(std::uint64_t v) override { put(DUCKDB_TYPE_UBIGINT, v); }
  void i32(std::int32_t v) override { put(DUCKDB_TYPE_INTEGER, v); }
  void i64(std::int64_t v) override { put(DUCKDB_TYPE_BIGINT, v); }
  void f64(double v) override { put(DUCKDB_TYPE_DOUBLE, v); }
  void time(TimeMs v) override { put(DUCKDB_TYPE_TIMESTAMP_MS, to_ms(v)); }
  void date(Day v) override { put(DUCKDB_TYPE_DATE, v); }
  void uuid(const Uuid& v) override {
    const auto [high, low] = halves(v);
    put(DUCKDB_TYPE_UUID, duckdb_hugeint{.lower = low, .upper = static_cast<std::int64_t>(high ^ kUuidFlip)});
  }
  void text(std::string_view v) override {
    assert(column_ < columns_.size() && "more values than columns");
    Column& c = columns_[column_++];
    assert((c.type == DUCKDB_TYPE_VARCHAR || c.type == DUCKDB_TYPE_BLOB) && "text() into a column that is no text");
    // Validates: bytes that are not UTF-8 become NULL instead of a file that no client can read.
    duckdb_vector_assign_string_element_len(c.vector, row_, v.data(), v.size());
  }

  Result<void> end_row() override {
    assert(column_ == columns_.size() && "fewer values than columns");
    column_ = 0;
    if (++row_ < capacity_) return {};
    return hand_over();
  }

  Result<void> flush() override {
    assert(column_ == 0 && "flush() in the middle of a row");
    if (auto done = hand_over(); !done) return done;
    if (duckdb_appender_flush(appender_) != DuckDBSuccess) return appender_error();
    return {};
  }

 private:
  struct Column {
    duckdb_type type = DUCKDB_TYPE_INVALID;
    duckdb_vector vector = nullptr;
    void* data = nullptr;
  };

  template <class T>
  void put([[maybe_unused]] duckdb_type type, T v) {
    assert(column_ < columns_.size() && "more values than columns");
    Column& c = columns_[column_++];
    assert(c.type == type && "a value of another type than its column");
    static_cast<T*>(c.data)[row_] = v;
  }

  /// Data pointers may move when a chunk is reset.
  void start_chunk() {
    row_ = 0;
    for (idx_t i = 0; i < columns_.size(); ++i) {
      columns_[i].vector = duckdb_data_chunk_get_vector(chunk_, i);
      columns_[i].data = duckdb_vector_get_data(columns_[i].vector);
    }
  }

  Result<void> hand_over() {
    if (row_ == 0) return {};
    duckdb_data_chunk_set_size(chunk_, row_);
    const auto state = duckdb_append_data_chunk(appender_, chunk_);
    duckdb_data_chunk_reset(chunk_);
    start_chunk();
    if (state != DuckDBSuccess) return appender_error();
    return {};
  }

  Result<void> appender_error() const {
    duckdb_error_data data = duckdb_appender_error_data(appender_);
    Result<void> error = failed(duckdb_error_data_error_type(data), duckdb_error_data_message(data));
    duckdb_destroy_error_data(&data);
    return error;
  }

  std::shared_ptr<void> owner_;
  duckdb_appender appender_;
  duckdb_data_chunk chunk_ = nullptr;
  std::vector<Column> columns_;
  idx_t capacity_;
  idx_t row_ = 0;
  std::size_t column_ = 0;
};

// ---- connection ----------------------------------------------------------------------------------

/// The handle, shared by a connection and everything made from it; disconnects with the last of them.
struct Session {
  Session(std::shared_ptr<DuckDatabase> owner, duckdb_connection c) : database(std::move(owner)), connection(c) {}
  ~Session() { duckdb_disconnect(&connection); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  std::shared_ptr<DuckDatabase> database;
  duckdb_connection connection;
};

class Connection final : public DuckConnection {
 public:
  Connection(std::shared_ptr<Session> session, std::string catalog)
      : session_(std::move(session)), catalog_(std::move(catalog)) {}

  Result<void> exec(std::string_view sql) override {
    duckdb_result result;
    const auto state = duckdb_query(session_->connection, std::string(sql).c_str(), &result);
    if (state != DuckDBSuccess) return failed_and_destroy(result);
    duckdb_destroy_result(&result);
    return {};
  }

  Result<std::unique_ptr<DuckStatement>> prepare(std::string_view sql) override {
    duckdb_prepared_statement statement = nullptr;
    if (duckdb_prepare(session_->connection, std::string(sql).c_str(), &statement) != DuckDBSuccess) {
      auto error = failed(duckdb_prepare_error(statement));
      duckdb_destroy_prepare(&statement);
      return error;
    }
    return std::make_unique<Statement>(session_, statement);
  }

  Result<std::unique_ptr<DuckRows>> query(std::string_view sql, const std::vector<DuckValue>& params) override {
    auto statement = bound(sql, params);
    if (!statement) return std::unexpected(std::move(statement.error()));
    return (*statement)->run();
  }

  Result<std::unique_ptr<DuckRows>> stream(std::string_view sql, const std::vector<DuckValue>& params) override {
    auto statement = bound(sql, params);
    if (!statement) return std::unexpected(std::move(statement.error()));
    return static_cast<Statement&>(**statement).stream();
  }

  Result<std::unique_ptr<DuckAppender>> append_to(std::string_view table) override {
    duckdb_appender appender = nullptr;
    std::string catalog = catalog_, name(table);
    if (table.starts_with(kTemporary)) {
      catalog = "temp";
      name = table.substr(kTemporary.size());
    }
    if (duckdb_appender_create_ext(session_->connection, catalog.c_str(), nullptr, name.c_str(), &appender) !=
        DuckDBSuccess) {
      auto error = fail(Code::internal, concat({"Rows cannot be appended to \"", table, "\""}));
      if (appender != nullptr) {
        duckdb_error_data data = duckdb_appender_error_data(appender);
        error.error().message = duckdb_error_data_message(data);
        duckdb_destroy_error_data(&data);
        duckdb_appender_destroy(&appender);
      }
      return error;
    }
    return std::make_unique<Appender>(session_, appender);
  }

  void interrupt() override {
    const std::scoped_lock lock(interrupting_);
    if (!rolling_back_) duckdb_interrupt(session_->connection);
  }

  Result<void> roll_back() override {
    set_rolling_back(true);
    auto done = exec("ROLLBACK");
    // One that came before it stops one statement.
    if (!done && done.error().code == Code::busy) done = exec("ROLLBACK");
    set_rolling_back(false);
    return done;
  }

  Result<void> commit() override {
    auto statement = prepare("COMMIT");
    if (!statement) return std::unexpected(std::move(statement.error()));
    return static_cast<Statement&>(**statement).run_patiently();
  }

 private:
  Result<std::unique_ptr<DuckStatement>> bound(std::string_view sql, const std::vector<DuckValue>& params) {
    auto statement = prepare(sql);
    for (std::size_t i = 0; statement && i < params.size(); ++i) {
      if (auto done = (*statement)->bind(i + 1, params[i]); !done) return std::unexpected(std::move(done.error()));
    }
    return statement;
  }

  void set_rolling_back(bool now) {
    const std::scoped_lock lock(interrupting_);
    rolling_back_ = now;
  }

  std::shared_ptr<Session> session_;
  std::string catalog_;
  std::mutex interrupting_;
  bool rolling_back_ = false;  // guarded by interrupting_
};

// ---- instance ------------------------------------------------------------------------------------

class Instance final : public DuckInstance {
 public:
  static Result<std::shared_ptr<Instance>> start(const DuckOptions& options);
  Instance(duckdb_database handle, std::size_t ordinal_bytes) : ordinals_(ordinal_bytes), handle_(handle) {}
  ~Instance() override { duckdb_close(&handle_); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  bool answers() override {
    const auto connection = connect(nullptr, kMemory);
    return connection && (*connection)->exec("SELECT 1");
  }
  Presence presence() const override { return presence_; }

  /// For `owner`, in whose catalog it looks for tables.
  Result<std::unique_ptr<DuckConnection>> connect(std::shared_ptr<DuckDatabase> owner, std::string_view catalog) {
    duckdb_connection connection = nullptr;
    if (duckdb_connect(handle_, &connection) != DuckDBSuccess)
      return fail(Code::unavailable, "DuckDB refuses another connection");
    return std::make_unique<Connection>(std::make_shared<Session>(std::move(owner), connection), std::string(catalog));
  }

  /// From here on SQL reaches what lies below these directories and nothing else. The order matters: configuration is
  /// locked last.
  Result<void> lock_down(const std::vector<fs::path>& directories) {
    auto connection = connect(nullptr, kMemory);
    if (!connection) return std::unexpected(std::move(connection.error()));
    std::string allowed;
    for (const fs::path& directory : directories)
      allowed += concat({allowed.empty() ? "" : ", ", sql_text(in_full(directory.empty() ? "." : directory).string())});
    return (*connection)
        ->exec(concat({"SET GLOBAL TimeZone = 'UTC'; SET allowed_directories = [", allowed,
                       "]; SET enable_external_access = false; SET lock_configuration = true;"}));
  }

  std::string new_name() {
    const auto number = ++names_;
    return number == 1 ? std::string(kCatalog) : concat({kCatalog, std::to_string(number)});
  }

  /// Of an instance without files, and what it is in before `USE`.
  static constexpr std::string_view kMemory = "memory";

 private:
  /// Our own functions, before anybody connects.
  Result<void> know_ordinals() {
    duckdb_connection connection = nullptr;
    if (duckdb_connect(handle_, &connection) != DuckDBSuccess)
      return fail(Code::unavailable, "DuckDB refuses a first connection");
    auto known = make_ordinals_known(connection, ordinals_);
    duckdb_disconnect(&connection);
    return known;
  }

  std::shared_ptr<const void> presence_ = std::make_shared<char>();  // first, so that it goes last
  OrdinalBudget ordinals_;                                           // outlives the handle
  duckdb_database handle_;
  std::atomic<std::uint64_t> names_{0};
};

/// Files are attached to an instance that is in memory, because only ATTACH takes a row group size.
Result<std::shared_ptr<Instance>> Instance::start(const DuckOptions& options) {
  duckdb_config config = nullptr;
  if (duckdb_create_config(&config) != DuckDBSuccess) return fail(Code::internal, "DuckDB cannot be configured");
  const std::string settings[][2] = {
      {"memory_limit", concat({std::to_string(options.memory_limit_bytes), "B"})},
      {"threads", std::to_string(std::max(1, options.threads))},
      {"temp_directory", options.temp_directory.string()},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"preserve_insertion_order", "false"},
      {"checkpoint_threshold", std::string(kCheckpointThreshold)},
      {"allocator_flush_threshold", std::string(kAllocatorFlush)},
      {"allocator_bulk_deallocation_flush_threshold", std::string(kAllocatorFlush)},
  };
  std::string refused;
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(config, name.c_str(), value.c_str()) != DuckDBSuccess) refused = name;
  }
  if (!refused.empty()) {
    duckdb_destroy_config(&config);
    return fail(Code::internal, concat({"DuckDB refuses the setting ", refused}));
  }
  duckdb_database handle = nullptr;
  char* message = nullptr;
  const auto state = duckdb_open_ext(nullptr, &handle, config, &message);
  duckdb_destroy_config(&config);
  if (state != DuckDBSuccess) {
    auto error = fail(Code::internal, message != nullptr ? message : "DuckDB does not start");
    duckdb_free(message);
    return error;
  }
  auto instance = std::make_shared<Instance>(handle, options.memory_limit_bytes / kOrdinalShare);
  if (auto known = instance->know_ordinals(); !known) return std::unexpected(std::move(known.error()));
  return instance;
}

// ---- database ------------------------------------------------------------------------------------

/// What an instance has of its own.
class MemoryDatabase final : public DuckDatabase, public std::enable_shared_from_this<MemoryDatabase> {
 public:
  explicit MemoryDatabase(std::shared_ptr<Instance> instance) : instance_(std::move(instance)) {}
  Result<std::unique_ptr<DuckConnection>> connect() override {
    return instance_->connect(shared_from_this(), Instance::kMemory);
  }
  Presence presence() const override { return instance_->presence(); }

 private:
  std::shared_ptr<Instance> instance_;
};

/// An attached file.
class FileDatabase final : public DuckDatabase, public std::enable_shared_from_this<FileDatabase> {
 public:
  FileDatabase(std::shared_ptr<Instance> instance, std::string catalog)
      : instance_(std::move(instance)), catalog_(std::move(catalog)) {}
  /// The last who held it is gone: DETACH closes the file, and checkpoints where that is possible.
  ~FileDatabase() override {
    if (auto connection = instance_->connect(nullptr, Instance::kMemory))
      (void)(*connection)->exec(concat({"DETACH ", catalog_}));
  }
  FileDatabase(const FileDatabase&) = delete;
  FileDatabase& operator=(const FileDatabase&) = delete;

  Result<std::unique_ptr<DuckConnection>> connect() override {
    auto connection = instance_->connect(shared_from_this(), catalog_);
    if (!connection) return connection;
    if (auto used = (*connection)->exec(concat({"USE ", catalog_})); !used)
      return std::unexpected(std::move(used.error()));
    return connection;
  }
  Presence presence() const override { return presence_; }

 private:
  std::shared_ptr<const void> presence_ = std::make_shared<char>();  // first, so that it goes last
  std::shared_ptr<Instance> instance_;
  std::string catalog_;
};

/// How many of a file's first bytes there are; -1 with errno: the disk does not give them.
ssize_t first_bytes(const fs::path& file, std::span<char> into) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t got = ::pread(fd, into.data(), into.size(), 0);
  const int error = errno;
  ::close(fd);
  errno = error;
  return got;
}

/// Whether the file is of the form that we give to new ones.
bool tells_its_wal(const fs::path& file) {
  std::array<char, kStorageNumberAt + sizeof(std::uint64_t)> head{};
  if (first_bytes(file, head) != std::ssize(head)) return false;
  std::uint64_t number = 0;
  std::memcpy(&number, head.data() + kStorageNumberAt, sizeof number);
  return number >= kStorageNumber;
}

std::string attach_sql(const fs::path& file, std::string_view name, bool new_form, std::string_view more = {}) {
  const std::string form = new_form ? concat({"STORAGE_VERSION '", kStorageVersion, "', "}) : "";
  return concat({"ATTACH ", sql_text(in_full(file).string()), " AS ", name, " (", form, more, "ROW_GROUP_SIZE ",
                 kRowGroupRows, ")"});
}

/// Fails with a sentence when the file system alone shows that the file cannot be used.
Result<void> look(const fs::path& file, bool read_only) {
  const auto refuse = [&](std::string_view rest) { return fail(Code::unavailable, concat({file.string(), rest})); };
  std::error_code ec;
  const auto status = fs::status(file, ec);
  if (status.type() == fs::file_type::not_found) {
    if (read_only) return refuse(" does not exist.");
    return {};
  }
  if (ec) return refuse(concat({" cannot be reached: ", ec.message(), "."}));
  if (!fs::is_regular_file(status)) return refuse(" is not a file, but the database needs this name: move it away.");
  if (::access(file.c_str(), read_only ? R_OK : R_OK | W_OK) != 0)
    return refuse(concat({" cannot be opened: ", std::strerror(errno), ". Give it to the user that runs HitKeep."}));
  std::array<char, 12> head{};
  const ssize_t got = first_bytes(file, head);
  if (got < 0) return refuse(concat({" cannot be read: ", std::strerror(errno), ". Look at the disk."}));
  if (got < std::ssize(head) || std::string_view(head.data() + 8, 4) != "DUCK")
    return refuse(" is not a DuckDB database; nothing was changed. Move it away, or use another data directory.");
  return {};
}

/// DuckDB's own words about a file that it cannot attach, as a sentence that says what to do.
std::unexpected<Error> attach_failed(const fs::path& file, std::string_view words) {
  const auto refuse = [&](std::string_view rest) { return fail(Code::unavailable, concat({file.string(), rest})); };
  const auto has = [&](std::string_view part) { return words.find(part) != std::string_view::npos; };
  if (has("Could not set lock") || has("Conflicting lock")) {
    std::string who = "another process";
    if (const auto pid = words.find("PID "); pid != std::string_view::npos) {
      const auto digits = words.substr(pid + 4);
      who += concat({" (PID ", digits.substr(0, digits.find_first_not_of("0123456789")), ")"});
    }
    return refuse(concat({" is in use by ", who, "; stop it first."}));
  }
  if (has("with version number"))
    return refuse(" was written by a newer DuckDB than this program has; start a newer HitKeep.");
  if (has("No space left")) return refuse(" cannot be opened: the disk is full.");
  if (has("Permission denied") || has("Read-only file system"))
    return refuse(" or its folder cannot be written. Give both to the user that runs HitKeep.");
  if ((has("replaying WAL") || has("This WAL was created")) && !has("Out of Memory"))
    return fail(Code::conflict, concat({file.string(), ".wal cannot be replayed. DuckDB says: ", words}));
  return refuse(concat({" cannot be read as a database.", kDamagedAdvice, " DuckDB says: ", words}));
}

void sync_folder_of(const fs::path& file) {
  if (const int dir = ::open(fs::absolute(file).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); dir >= 0) {
    ::fsync(dir);
    ::close(dir);
  }
}

/// A file appears under its name only when it is a whole database: a kill in the middle leaves a file that is not used.
Result<void> create_file(DuckConnection& connection, const fs::path& file, std::string_view name) {
  std::error_code ec;
  fs::create_directories(fs::absolute(file).parent_path(), ec);
  const fs::path fresh = file.string() + ".new";
  fs::remove(fresh, ec);
  fs::remove(fresh.string() + ".wal", ec);
  if (auto made = connection.exec(attach_sql(fresh, name, true, concat({"BLOCK_SIZE ", kBlockBytes, ", "}))); !made)
    return attach_failed(file, made.error().message);
  if (auto closed = connection.exec(concat({"DETACH ", name})); !closed) return closed;
  fs::rename(fresh, file, ec);
  if (ec) return fail(Code::unavailable, concat({file.string(), " cannot be created: ", ec.message(), "."}));
  sync_folder_of(file);
  return {};
}

/// A second name of the file, so that DuckDB finds no WAL beside it. Gone with this object.
class Alone {
 public:
  static Result<Alone> name(const fs::path& file) {
    Alone alone(file.string() + ".look");
    std::error_code ec;
    fs::remove(alone.path_, ec);
    fs::create_hard_link(file, alone.path_, ec);
    if (ec) return fail(Code::unavailable, concat({file.string(), " cannot be looked at: ", ec.message(), "."}));
    return alone;
  }
  Alone(Alone&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Alone& operator=(Alone&&) = delete;
  ~Alone() {
    std::error_code ec;
    if (!path_.empty()) fs::remove(path_, ec);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit Alone(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

}  // namespace

DuckCause cause_of(const Error& error) {
  // DuckDB has one type for every failure of a file.
  const auto has = [&](std::string_view part) { return error.message.contains(part); };
  if (has("Corrupt database file") || has("Could not read")) return DuckCause::damage;
  if (has("No space left") || has("File too large") || has("quota exceeded") || has("disk is full"))
    return DuckCause::disk_full;
  return has("Out of Memory") ? DuckCause::memory : DuckCause::other;
}

Result<std::shared_ptr<DuckInstance>> DuckInstance::start(const DuckOptions& options,
                                                          const std::vector<fs::path>& directories) {
  auto instance = Instance::start(options);
  if (!instance) return std::unexpected(std::move(instance.error()));
  if (auto locked = (*instance)->lock_down(directories); !locked) return std::unexpected(std::move(locked.error()));
  return *instance;
}

Result<std::shared_ptr<DuckDatabase>> DuckDatabase::open(const fs::path& file, const DuckOptions& options) {
  if (auto usable = look(file, options.read_only); !usable) return std::unexpected(std::move(usable.error()));
  auto instance = std::static_pointer_cast<Instance>(options.instance);
  if (!instance) {
    auto own = Instance::start(options);
    if (!own) return std::unexpected(std::move(own.error()));
    instance = std::move(*own);
  }
  auto connection = instance->connect(nullptr, Instance::kMemory);
  if (!connection) return std::unexpected(std::move(connection.error()));
  const std::string name = instance->new_name();
  std::error_code ec;
  if (!fs::exists(file, ec)) {
    if (auto created = create_file(**connection, file, name); !created)
      return std::unexpected(std::move(created.error()));
  }
  if (!options.read_only)
    if (auto cut = cut_uncommitted(file.string() + ".wal"); !cut) return std::unexpected(std::move(cut.error()));
  std::optional<Alone> alone;
  if (options.without_wal) {
    auto named = Alone::name(file);
    if (!named) return std::unexpected(std::move(named.error()));
    alone.emplace(std::move(*named));
  }
  const auto attached = (*connection)
                            ->exec(attach_sql(alone ? alone->path() : file, name, tells_its_wal(file),
                                              options.read_only ? "READ_ONLY, " : ""));
  if (!attached) return attach_failed(file, attached.error().message);
  auto database = std::make_shared<FileDatabase>(instance, name);
  if (options.instance) return database;
  if (!options.beside.empty())
    if (auto other =
            (*connection)
                ->exec(concat({"ATTACH ", sql_text(options.beside.string()), " AS ", kBeside, " (READ_ONLY)"}));
        !other)
      return attach_failed(options.beside, other.error().message);
  if (auto locked = instance->lock_down({}); !locked) return std::unexpected(std::move(locked.error()));
  return database;
}

Result<fs::path> set_wal_aside(const fs::path& file) {
  fs::path kept;
  std::error_code ec;
  for (int n = 1; kept.empty() || fs::exists(kept, ec); ++n) kept = file.string() + ".wal.aside-" + std::to_string(n);
  for (const std::string_view part : kWalFiles) {
    const fs::path from = file.string() + std::string(part);
    if (!fs::exists(from, ec)) continue;
    fs::rename(from, kept.string() + std::string(part.substr(4)), ec);
    if (ec) return fail(Code::unavailable, concat({from.string(), " cannot be moved away: ", ec.message(), "."}));
  }
  sync_folder_of(file);
  return kept;
}

Result<std::shared_ptr<DuckDatabase>> DuckDatabase::memory(const DuckOptions& options) {
  auto instance = Instance::start(options);
  if (!instance) return std::unexpected(std::move(instance.error()));
  if (auto locked = (*instance)->lock_down({}); !locked) return std::unexpected(std::move(locked.error()));
  return std::make_shared<MemoryDatabase>(std::move(*instance));
}

// ---- transaction ---------------------------------------------------------------------------------

Result<DuckTransaction> DuckTransaction::begin(DuckConnection& connection) {
  auto begun = connection.exec("BEGIN");
  // A roll-back needs memory, too: the one before may still be owed.
  if (!begun) {
    auto rolled_back = connection.roll_back();
    if (rolled_back)
      begun = connection.exec("BEGIN");
    else if (cause_of(rolled_back.error()) == DuckCause::memory)
      begun = std::move(rolled_back);
  }
  if (!begun) return std::unexpected(std::move(begun.error()));
  return DuckTransaction(&connection);
}

DuckTransaction::DuckTransaction(DuckTransaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

DuckTransaction::~DuckTransaction() {
  if (connection_ != nullptr) (void)connection_->roll_back();
}

Result<void> DuckTransaction::commit() {
  return std::exchange(connection_, nullptr)->commit();
}

}  // namespace hk::db

#include "control/counter.h"

#include <string>

#include "sql/control.h"

namespace hk::control {

Result<std::uint32_t> next_number(db::Sqlite& sql, std::string_view counter) {
  const std::string name(counter);
  const auto bumped = sql.run(hk::sql::control::counter_bump, {name});
  if (!bumped) return std::unexpected(bumped.error());
  std::uint32_t number = 0;
  const auto read = sql.rows(hk::sql::control::counter_read, {name},
                             [&](const db::SqlRow& row) { number = static_cast<std::uint32_t>(row.i64(0)); });
  if (!read) return std::unexpected(read.error());
  if (number == 0) return fail(Code::internal, "there is no counter \"" + name + "\"");
  return number;
}

}  // namespace hk::control

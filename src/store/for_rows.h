#pragma once
// Every row of a result, one by one.

#include <string_view>
#include <vector>

#include "base/error.h"
#include "db/duck.h"

namespace hk::store {

template <class Each>
Result<void> for_rows(db::DuckConnection& connection, std::string_view sql, const std::vector<db::DuckValue>& params,
                      Each each) {
  auto rows = connection.query(sql, params);
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    auto row = (*rows)->next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    each(**rows);
  }
}

}  // namespace hk::store

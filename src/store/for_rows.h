#pragma once
// Every row of a result, one by one or by chunks.

#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "db/duck.h"

namespace hk::store {

template <class Each>
Result<void> for_rows(Result<std::unique_ptr<db::DuckRows>> rows, Each each) {
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    auto row = (*rows)->next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    each(**rows);
  }
}

template <class Each>
Result<void> for_rows(db::DuckConnection& connection, std::string_view sql, const std::vector<db::DuckValue>& params,
                      Each each) {
  return for_rows(connection.query(sql, params), each);
}

/// Calls `each(rows, count)` with each chunk of a stream, until it fails.
template <class Each>
Result<void> for_chunks(db::DuckConnection& connection, std::string_view sql, const std::vector<db::DuckValue>& params,
                        Each each) {
  const auto rows = connection.stream(sql, params);
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    const auto count = (*rows)->next_chunk();
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return {};
    if (Result<void> done = each(**rows, *count); !done) return done;
  }
}

}  // namespace hk::store

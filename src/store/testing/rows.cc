#include "store/testing/rows.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hk::store::testing {

std::vector<std::string> all_rows(db::DuckConnection& connection) {
  std::vector<std::string> tables, out;
  auto names = connection.query("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL");
  if (!names) {
    ADD_FAILURE() << names.error().message;
    return out;
  }
  while ((*names)->next().value_or(false)) tables.emplace_back((*names)->text(0));
  for (const std::string& table : tables) {
    if (table == "migrations") continue;  // when they ran is the machine's time
    auto rows = connection.query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM " + table + " ORDER BY ALL");
    if (!rows) {
      ADD_FAILURE() << rows.error().message;
      continue;
    }
    while ((*rows)->next().value_or(false)) {
      std::string line = table;
      for (std::size_t c = 0; c < (*rows)->columns(); ++c) line += "|" + std::string((*rows)->text(c));
      out.push_back(line);
    }
  }
  return out;
}

std::string first_difference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
    if (i >= a.size() || i >= b.size() || a[i] != b[i])
      return (i < a.size() ? a[i] : "nothing") + "\n  against\n" + (i < b.size() ? b[i] : "nothing");
  return "";
}

}  // namespace hk::store::testing

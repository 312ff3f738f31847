#include "control/checksums.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/logging.h"
#include "crypto/hash.h"
#include "sql/control.h"

namespace hk::control {
namespace {

namespace sql = hk::sql::control;

/// Of which migrations the sums are.
constexpr std::string_view kMigrations = "migrations";

std::uint64_t hash_of(std::string_view row) {
  return crypto::siphash24({}, row);
}

}  // namespace

Result<std::unique_ptr<Checksums>> Checksums::open(db::Sqlite& sql, bool accept, std::span<const std::string> known) {
  std::unique_ptr<Checksums> sums(new Checksums(sql));
  if (auto read = sql.rows(sql::sums_exist, {}, [&](const db::SqlRow&) { sums->followed_ = true; }); !read)
    return std::unexpected(std::move(read.error()));
  if (!sums->followed_) return sums;
  auto done = sql.exec("BEGIN IMMEDIATE");
  if (done) done = sums->check(accept, known);
  if (done) done = sql.exec("COMMIT");
  if (!done) return std::unexpected(std::move(done.error()));
  sql.watch_rows([&into = *sums](std::string_view table, std::string_view row, bool comes) {
    const auto sum = into.sums_.find(table);
    if (sum != into.sums_.end()) sum->second += comes ? hash_of(row) : -hash_of(row);
  });
  return sums;
}

Result<void> Checksums::check(bool accept, std::span<const std::string> known) {
  auto found = count();
  if (!found) return std::unexpected(std::move(found.error()));
  auto kept = stored();
  if (!kept) return std::unexpected(std::move(kept.error()));
  kept_ = std::move(*kept);
  // A process may have died between its migrations and the sums behind them.
  const bool anew = kept_.empty() || kept_[std::string(kMigrations)] != (*found)[std::string(kMigrations)];
  sums_ = anew || accept ? *found : kept_;
  for (const auto& [table, sum] : *found) {
    const bool hidden = anew && !accept && std::ranges::find(known, table) != known.end();
    if (hidden) ++sums_[table];  // told at the next start as well
    if (sums_[table] != sum) damaged_.push_back(table);
    if (!anew && accept && kept_[table] != sum)
      logging::warn("rows of control.db that are not those that were written are taken for right", {{"table", table}});
  }
  if (auto mended = mend_indexes(); !mended) return mended;
  return store();
}

Result<Checksums::Sums> Checksums::count() const {
  std::vector<std::pair<std::string, std::string>> tables;
  auto read =
      sql_.rows(sql::sums_of, {}, [&](const db::SqlRow& row) { tables.emplace_back(row.text(0), row.text(1)); });
  Sums found;
  for (const auto& [table, rows] : tables) {
    std::uint64_t& sum = found[table];
    if (read) read = sql_.rows_as_bytes(rows, [&](std::string_view row) { sum += hash_of(row); });
  }
  if (!read) return std::unexpected(std::move(read.error()));
  return found;
}

Result<Checksums::Sums> Checksums::stored() const {
  Sums kept;
  auto read = sql_.rows(sql::sums_read, {}, [&](const db::SqlRow& row) {
    kept[std::string(row.text(0))] = std::bit_cast<std::uint64_t>(row.i64(1));
  });
  if (!read) return std::unexpected(std::move(read.error()));
  return kept;
}

/// An index holds nothing that its table does not.
Result<void> Checksums::mend_indexes() {
  std::string words;
  const auto check = [&] {
    words.clear();
    return sql_.rows("PRAGMA integrity_check(1)", {}, [&](const db::SqlRow& row) { words = row.text(0); });
  };
  if (auto checked = check(); !checked || words == "ok") return checked;
  logging::warn("an index of control.db did not agree with its table and is made anew", {{"found", words}});
  const auto anew = sql_.exec("REINDEX");
  if (auto checked = check(); !checked || words == "ok") return checked;
  damaged_.emplace_back("indexes");
  logging::error("an index of control.db cannot be made anew",
                 {{"found", words}, {"error", anew ? std::string() : anew.error().message}});
  return {};
}

Result<void> Checksums::store() {
  for (const auto& [table, sum] : sums_) {
    const auto kept = kept_.find(table);
    if (kept != kept_.end() && kept->second == sum) continue;
    if (auto put = sql_.run(sql::sums_put, {table, std::bit_cast<std::int64_t>(sum)}); !put)
      return std::unexpected(std::move(put.error()));
    kept_[table] = sum;
  }
  return {};
}

}  // namespace hk::control

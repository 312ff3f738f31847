#pragma once
// What the rows of control.db add up to, kept beside them: a letter that the disk changes is noticed at the next start.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "db/sqlite.h"

namespace hk::control {

/// A sum per table of a hash of every row, whatever their order: a change costs the hashes of the rows that it changes.
/// Follows what the lane's own connection changes, so nothing else may change the file; migrations may, the sums are
/// made anew behind them. Nobody who means harm is kept out: the sums lie in the same file.
///
/// Belongs to one connection and lives as long as that changes anything. One thread.
class Checksums {
 public:
  using Sums = std::map<std::string, std::uint64_t, std::less<>>;

  /// Counts every row, compares, and mends indexes that disagree with their tables. Outside of a transaction.
  /// `accept`: what is there is taken for right. `known`: tables that were damaged before migrations hid it.
  /// A file without a table of sums is not followed.
  static Result<std::unique_ptr<Checksums>> open(db::Sqlite& sql, bool accept, std::span<const std::string> known);

  /// Tables whose rows are not those that were written, and stay so until they are accepted.
  const std::vector<std::string>& damaged() const { return damaged_; }

  /// Before a change that may be rolled back to here.
  const Sums& sums() const { return sums_; }
  void go_back(Sums sums) { sums_ = std::move(sums); }

  /// Stores what has changed since the last time, in the transaction of the change.
  Result<void> store();

 private:
  explicit Checksums(db::Sqlite& sql) : sql_(sql) {}
  Result<void> check(bool accept, std::span<const std::string> known);
  Result<Sums> count() const;
  Result<Sums> stored() const;
  Result<void> mend_indexes();

  db::Sqlite& sql_;
  bool followed_ = false;
  Sums sums_;
  Sums kept_;  // as stored
  std::vector<std::string> damaged_;
};

}  // namespace hk::control

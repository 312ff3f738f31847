#pragma once
// Connections of one lane that see the same commit, so that the parts of a question can be answered side by side.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "db/duck.h"
#include "site/directory.h"
#include "store/store.h"

namespace hk::query {

/// A connection in a read transaction, which is rolled back with it. One thread.
class ReadView {
 public:
  explicit ReadView(store::ReadLease lease) : lease_(std::move(lease)) {}
  db::DuckConnection& connection() { return *lease_; }
  /// A new transaction in place of the one before. It sees what is committed when its first statement runs.
  Result<void> begin();

 private:
  store::ReadLease lease_;
  std::optional<db::DuckTransaction> transaction_;
};
using Views = std::vector<std::unique_ptr<ReadView>>;

/// Who shares a question out over several connections.
struct Sharing {
  std::size_t most = 1;          // connections; 1: nothing is shared out
  std::uint64_t few_visits = 0;  // a site with fewer is asked on one
};

/// At least one view, on `lease`, begun; several see one commit. Fewer than asked for where the site is small, where
/// connections or memory are short, or where commits come too fast. Errors are DuckDB's words.
Result<Views> open_views(store::ReadLease lease, store::Lanes& lanes, const site::Site& site, const Sharing& sharing);

}  // namespace hk::query

#include "query/views.h"

#include <utility>

#include "query/snapshot.h"
#include "sql/query.h"

namespace hk::query {
namespace {

/// How often all are begun anew because a commit fell between two of them.
constexpr int kTries = 4;

struct Seen {
  std::uint64_t log_offset = 0;
  std::uint64_t visits = 0;
};

/// BEGIN takes no snapshot, the first statement does. Every commit moves the offset: where it is the same, the rows
/// are.
Result<Seen> begin_and_touch(ReadView& view, const site::Site& site) {
  if (auto begun = view.begin(); !begun) return std::unexpected(begun.error());
  auto row = one_row(view.connection(), sql::query::touch, {static_cast<std::uint32_t>(site.key)});
  if (!row) return std::unexpected(row.error());
  return Seen{.log_offset = (*row)->u64(0), .visits = (*row)->u64(1)};
}

}  // namespace

Result<void> ReadView::begin() {
  transaction_.reset();
  auto begun = db::DuckTransaction::begin(*lease_);
  if (!begun) return std::unexpected(begun.error());
  transaction_.emplace(std::move(*begun));
  return {};
}

Result<Views> open_views(store::ReadLease lease, store::Lanes& lanes, const site::Site& site, const Sharing& sharing) {
  Views out;
  ReadView& first = *out.emplace_back(std::make_unique<ReadView>(std::move(lease)));
  if (sharing.most <= 1) {
    if (auto begun = first.begin(); !begun) return std::unexpected(begun.error());
    return out;
  }
  for (int left = kTries; left > 0; --left) {
    const auto seen = begin_and_touch(first, site);
    if (!seen) return std::unexpected(seen.error());
    if (seen->visits < sharing.few_visits) return out;
    std::size_t together = 1;
    for (; together < sharing.most; ++together) {
      if (together == out.size()) {
        auto another = lanes.read(site.lane);
        if (!another) break;
        out.push_back(std::make_unique<ReadView>(std::move(*another)));
      }
      const auto same = begin_and_touch(*out[together], site);
      if (!same || same->log_offset != seen->log_offset) break;
    }
    if (together == sharing.most || left == 1) out.resize(together);
    if (together == out.size()) return out;
  }
  return out;
}

}  // namespace hk::query

#include "store/bulk.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "store/maintenance.h"
#include "store/order.h"

namespace hk::store {
namespace {

constexpr std::size_t kBatchRows = 20'000;
constexpr std::uint64_t kCheckpointWal = 128u << 20;

}  // namespace

Result<std::unique_ptr<BulkLoad>> BulkLoad::open(const BulkOptions& options) {
  auto lane = Lane::open(options.file,
                         {.memory_limit_bytes = options.memory_limit_bytes,
                          .threads = options.threads,
                          .read_only = false,
                          .temp_directory = options.file.parent_path() / "tmp"},
                         options.identity);
  if (!lane) return std::unexpected(lane.error());
  return std::unique_ptr<BulkLoad>(new BulkLoad(std::move(*lane)));
}

Result<void> BulkLoad::add_site(SiteAdded site) {
  batch_.sites.push_back(std::move(site));
  return {};
}

Result<void> BulkLoad::add(Hit hit) {
  batch_.hits.push_back({std::move(hit), ++added_});
  return batch_.hits.size() < kBatchRows ? Result<void>{} : flush();
}

Result<void> BulkLoad::flush() {
  if (batch_.empty()) return {};
  batch_.end = lane_->applied();
  auto done = lane_->apply(batch_);
  if (!done) return std::unexpected(done.error());
  batch_.sites.clear();
  batch_.hits.clear();
  return {};
}

Result<void> BulkLoad::seal(Day day) {
  if (auto done = flush(); !done) return done;
  auto hot = lane_->hot();
  std::vector<std::pair<SiteDay, std::uint64_t>> days(hot.begin(), hot.end());
  std::ranges::sort(days, {}, [](const auto& d) { return std::pair(d.first.day, d.first.site); });
  SealOrder order;
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < days.size() && days[i].first.day < day; ++i) {
    order.days.push_back(days[i].first);
    rows += days[i].second;
    const bool last = i + 1 == days.size() || days[i + 1].first.day >= day;
    if (!last && rows + days[i + 1].second <= kSealRows && order.days.size() < kMaxSealDays) continue;
    if (auto done = lane_->seal(order, lane_->applied()); !done) return done;
    order.days.clear();
    rows = 0;
    if (lane_->wal_bytes() > kCheckpointWal)
      if (auto done = lane_->checkpoint(); !done) return done;
  }
  // A month is sorted as soon as nothing more comes for it: what it leaves free in the file is used by the next one.
  return sort([day](const SealedMonth& month) { return next_month(month.month) < day && month.worth_sorting(); });
}

template <class Due>
Result<void> BulkLoad::sort(Due due) {
  auto months = lane_->sealed_months();
  if (!months) return std::unexpected(months.error());
  for (const SealedMonth& month : *months) {
    if (!due(month)) continue;
    if (auto done = lane_->checkpoint(); !done) return done;
    if (auto done = lane_->rewrite({month.month}, lane_->applied()); !done) return done;
    if (auto done = lane_->checkpoint(); !done) return done;
  }
  return {};
}

Result<void> BulkLoad::finish(Day day) {
  if (auto done = seal(day); !done) return done;
  if (auto done = sort([](const SealedMonth& month) { return month.appended > 0; }); !done) return done;
  if (auto done = lane_->checkpoint(); !done) return done;
  lane_.reset();
  return {};
}

}  // namespace hk::store

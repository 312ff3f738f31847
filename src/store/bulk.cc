#include "store/bulk.h"

#include <map>
#include <utility>

#include "sql/store.h"
#include "store/clone.h"
#include "store/order.h"

namespace hk::store {
namespace {

/// Fewer than a row group has: whole ones would go straight into the file, and leave a hole there when they are sealed.
constexpr std::size_t kBatchRows = 10'000;
/// Rows of one seal, unless a single site-day has more. Each seal leaves a few blocks half full.
constexpr std::uint64_t kSealAtOnce = 400'000;

}  // namespace

Result<std::unique_ptr<BulkLoad>> BulkLoad::open(const BulkOptions& options) {
  forget_clone(options.file);  // the log will not have what comes in
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
  batch_.records.push_back({std::move(site), ++added_});
  return {};
}

Result<void> BulkLoad::add(Hit hit) {
  const std::pair visitor(hit.site, hit.visitor);
  if (hit.kind == HitKind::ping) {
    const auto view = newest_view_.find(visitor);
    if (view != newest_view_.end() && view->second.page == hit.path)
      reports_.push_back({.place = ++added_, .view = view->second.place, .hit = std::move(hit)});
    return {};
  }
  if (hit.kind == HitKind::pageview) newest_view_[visitor] = {.place = added_ + 1, .page = hit.path};
  batch_.records.push_back({std::move(hit), ++added_});
  return batch_.records.size() < kBatchRows ? Result<void>{} : flush();
}

Result<void> BulkLoad::flush() {
  if (batch_.empty()) return {};
  batch_.end = lane_->applied();
  batch_.by_site = true;
  auto done = lane_->apply(batch_);
  if (!done) return std::unexpected(done.error());
  batch_.records.clear();
  return report();
}

/// Who told them is known by the rows of the views: a load that comes site after site keeps no open visits.
Result<void> BulkLoad::report() {
  if (reports_.empty()) return {};
  if (!connection_) {
    auto made = lane_->database()->connect();
    if (!made) return std::unexpected(made.error());
    connection_ = std::move(*made);
  }
  if (auto made = connection_->exec(sql::store::make_bulk_reports); !made) return made;
  auto to = connection_->append_to("temp.bulk_reports");
  if (!to) return std::unexpected(to.error());
  for (const Report& report : reports_) {
    (*to)->u64(report.place);
    (*to)->u64(report.view);
    (*to)->u32(static_cast<std::uint32_t>(report.hit.site));
    (*to)->time(report.hit.at);
    (*to)->date(report.hit.day);
    (*to)->u32(report.hit.engaged);
    (*to)->u8(report.hit.scroll);
    if (auto ok = (*to)->end_row(); !ok) return ok;
  }
  if (auto ok = (*to)->flush(); !ok) return ok;
  reports_.clear();
  return connection_->exec(sql::store::bulk_reports);
}

/// Seals site after site, so that all rows of one call are appended in sorted order.
Result<void> BulkLoad::seal_before(Day day) {
  SealOrder order;
  std::uint64_t rows = 0;
  const auto obey = [&]() -> Result<void> {
    if (order.days.empty()) return {};
    auto done = lane_->seal(order, lane_->applied());
    order.days.clear();
    rows = 0;
    return done;
  };
  for (const auto& [site_day, n] : lane_->hot()) {
    if (site_day.day >= day) continue;
    if (rows + n.all > kSealAtOnce || order.days.size() == kMaxSealDays)
      if (auto done = obey(); !done) return done;
    order.days.push_back(site_day);
    rows += n.all;
  }
  if (auto done = obey(); !done) return done;
  // Not before: what is hot would be written into the file, only to leave a hole there.
  return lane_->checkpoint();
}

Result<void> BulkLoad::seal(Day day) {
  if (auto done = flush(); !done) return done;
  newest_view_.clear();
  auto before = lane_->sealed_months();
  if (!before) return std::unexpected(before.error());
  std::map<Day, std::uint64_t> older;  // rows by month
  for (const SealedMonth& month : *before) older[month.month] = month.sorted + month.appended;
  if (auto done = seal_before(day); !done) return done;
  auto months = lane_->sealed_months();
  if (!months) return std::unexpected(months.error());
  for (const SealedMonth& month : *months) {
    if (!month.worth_sorting()) continue;
    if (older[month.month] * kRewriteShare <= month.sorted + month.appended) {
      if (auto done = lane_->call_sorted(month.month); !done) return done;
    } else if (next_month(month.month) < day) {
      // As soon as nothing more comes for it: what it leaves free in the file is used by the next one.
      if (auto done = sort(month.month); !done) return done;
    }
  }
  return {};
}

Result<void> BulkLoad::sort(Day month) {
  if (auto done = lane_->rewrite({month}, lane_->applied()); !done) return done;
  return lane_->checkpoint();
}

Result<void> BulkLoad::finish(Day day) {
  if (auto done = seal(day); !done) return done;
  auto months = lane_->sealed_months();
  if (!months) return std::unexpected(months.error());
  for (const SealedMonth& month : *months)
    if (month.worth_sorting())
      if (auto done = sort(month.month); !done) return done;
  if (auto done = lane_->close_visits(); !done) return done;
  if (auto done = lane_->checkpoint(); !done) return done;
  connection_.reset();
  lane_.reset();
  return {};
}

}  // namespace hk::store

#include "store/store_metrics.h"

#include <string_view>
#include <vector>

#include "store/store.h"

namespace hk::store {
namespace {

constexpr std::string_view kDropped = "Hits of stopped database files that neither the log nor a backlog had room for.";
constexpr std::string_view kOpened = "Closed database files that were opened for a record.";
constexpr std::string_view kUnmatched = "What pages told of views that are over: engagement and web vitals.";
constexpr std::string_view kApplied = "Log records applied to database files.";
const std::vector<double> kSeconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

}  // namespace

StoreMetrics::StoreMetrics(metrics::Registry& r)
    : hits(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "hit"}})),
      events(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "event"}})),
      reports(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "report"}})),
      without_visit(r.counter("hitkeep_reports_dropped_total", kUnmatched, {{"reason", "no_visit"}})),
      without_view(r.counter("hitkeep_reports_dropped_total", kUnmatched, {{"reason", "no_view"}})),
      seals(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "seal"}})),
      rewrites(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "rewrite_month"}})),
      erasures(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "erase"}})),
      fences(r.counter("hitkeep_applied_records_total", kApplied, {{"kind", "fence"}})),
      of_deleted(r.counter("hitkeep_hits_of_deleted_sites_total",
                           "Hits that were on their way when their site was deleted, and dropped.")),
      dead_letters(r.counter("hitkeep_dead_letters_total", "Log records that could not be read and were put aside.")),
      damage(r.counter("hitkeep_damaged_reads_total",
                       "Questions and orders that met rows which cannot be read from the disk.")),
      checkpoint_failures(r.counter("hitkeep_checkpoint_failures_total", "Checkpoints that were refused and retried.")),
      healed(r.counter("hitkeep_files_healed_total", "Damaged database files whose copy took their place.")),
      remembered(r.counter("hitkeep_files_opened_total", kOpened, {{"known", "memory"}})),
      read(r.counter("hitkeep_files_opened_total", kOpened, {{"known", "file"}})),
      dropped_bound(r.counter("hitkeep_backlog_dropped_total", kDropped, {{"reason", "bound"}})),
      dropped_disk(r.counter("hitkeep_backlog_dropped_total", kDropped, {{"reason", "disk"}})),
      batch(r.histogram("hitkeep_apply_batch_seconds", "One batch of one database file, commit included.", kSeconds)),
      seal(r.histogram("hitkeep_seal_seconds", "One seal order or month rewrite.", kSeconds)),
      checkpoint(r.histogram("hitkeep_checkpoint_seconds", "One checkpoint of one database file.", kSeconds)) {
  r.gauge("hitkeep_apply_lag_seconds", "Age of the oldest durable record that is not applied yet.", [g = gauges] {
    const std::scoped_lock lock(g->mutex);
    return g->store == nullptr ? 0 : static_cast<double>(g->store->lag().count()) / 1000;
  });
  r.gauge("hitkeep_hot_rows", "Page views and events that are not sealed yet.",
          [g = gauges] { return static_cast<double>(g->hot_rows.load()); });
  r.gauge("hitkeep_lane_stopped", "Database files that cannot be opened or written; each is tried again.",
          [g = gauges] { return static_cast<double>(g->stopped.load()); });
  r.gauge("hitkeep_set_aside", "Site-days and months that are not sealed or sorted because rows cannot be read.",
          [g = gauges] { return static_cast<double>(g->set_aside.load()); });
  r.gauge("hitkeep_backlog_bytes", "Hits of stopped database files that were copied out of the log.",
          [g = gauges] { return static_cast<double>(g->backlog_bytes.load()); });
}

}  // namespace hk::store

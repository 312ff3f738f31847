#pragma once
// Fills a lane file from outside the log, with history that is known at once: demo data, benches. The rows are those
// that the log would have led to.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "db/duck.h"
#include "store/fence.h"
#include "store/hit.h"
#include "store/lane.h"

namespace hk::store {

/// Hits that may wait to be sealed. They are in memory and in the WAL alone, about 200 bytes each, and never in the
/// file: it would keep the hole that they leave.
inline constexpr std::int64_t kBulkRows = 1'250'000;

/// What kBulkRows need without spilling.
inline constexpr std::uint64_t kBulkMemory = 512u << 20;

struct BulkOptions {
  std::filesystem::path file;
  LaneIdentity identity{LaneKey::first_team, TeamId{}};  // of a new file
  std::uint64_t memory_limit_bytes = kBulkMemory;
  /// With one, rows come in whole row groups; several threads leave a half one behind every seventh.
  int threads = 1;
};

/// The server must not run on the same file. One thread. After a failure nothing more can be added.
/// Call add() for each site's hits in order of time, whichever site comes next; seal() when a month is over, but at the
/// latest after kBulkRows hits (a hit after it may still continue a visit of the day before); finish() at the end.
/// A month that one seal() brings whole is sorted as it is; one that comes in pieces is written once more.
class BulkLoad {
 public:
  static Result<std::unique_ptr<BulkLoad>> open(const BulkOptions& options);

  Result<void> add_site(SiteAdded site);
  /// What a page tells of a view (HitKind::ping) is about its visitor's newest one; where that is another page, or
  /// sealed, it is left out.
  Result<void> add(Hit hit);
  /// Seals every site-day before `day`, and sorts the months that are over by then where they are not.
  Result<void> seal(Day day);
  /// Seals what is before `day` (the rest stays hot, as on a running server), leaves no month worth sorting and closes
  /// the file.
  Result<void> finish(Day day);

 private:
  explicit BulkLoad(std::unique_ptr<Lane> lane) : lane_(std::move(lane)) {}
  Result<void> flush();
  Result<void> report();
  Result<void> seal_before(Day day);
  Result<void> sort(Day month);

  struct View {
    log::Offset place = 0;
    std::string page;
  };
  struct Report {
    log::Offset place = 0, view = 0;
    Hit hit;
  };

  std::unique_ptr<Lane> lane_;
  std::unique_ptr<db::DuckConnection> connection_;  // of its own, once there are reports
  Batch batch_;
  std::vector<Report> reports_;                                    // of views that are there, or in the batch
  std::map<std::pair<SiteKey, std::uint64_t>, View> newest_view_;  // of each visitor
  log::Offset added_ = 0;  // order of arrival; the lane's own offset stays where the log has brought it
};

}  // namespace hk::store
